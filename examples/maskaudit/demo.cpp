#include "demo.hpp"

#include "audit.hpp"
#include "interrupt.hpp"
#include "scene.hpp"
#include "scene_photo.hpp"
#include "streams.hpp"
#include "table.hpp"
#include "text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace maskaudit_program {
namespace {

constexpr const char* injected_file = "injected_errors.csv";
constexpr std::array<const char*, 6> class_names{"ground", "sky", "building", "tree", "car", "person"};

const char* name_of(error_kind kind) {
    switch (kind) {
    case error_kind::drop:
        return "drop";
    case error_kind::swap:
        return "swap";
    case error_kind::shift:
        return "shift";
    }
    return "";
}

/// Writes the scene image by image; returns what is wrong with its labels, and sets the inputs of the audit.
std::vector<injected_error> write_scene(staged_folder& folder, const scene_options& scene, audit_options& audit) {
    audit.labels = folder.add("labels.npy");
    audit.pred_probs = folder.add("pred_probs.npy");
    audit.classes = folder.add("classes.txt");
    audit.images = folder.add("images.npy");
    const std::vector<std::size_t> shape{scene.images, scene.height, scene.width};
    maskaudit::npy_writer<std::uint8_t> labels(audit.labels, shape);
    maskaudit::npy_writer<std::uint8_t> true_labels(folder.add("true_labels.npy"), shape);
    maskaudit::npy_writer<bool> errors(folder.add("errors.npy"), shape);
    maskaudit::npy_writer<float> pred_probs(audit.pred_probs, {scene.images, scene.classes, scene.height, scene.width});
    maskaudit::npy_writer<std::uint8_t> photos(*audit.images, {scene.images, scene.height, scene.width, 3});
    std::vector<injected_error> injected;
    for (std::size_t n = 0; n < scene.images; ++n) {
        throw_if_interrupted();
        const scene_image image = make_scene_image(scene, n);
        labels.append(xt::adapt(image.labels));
        true_labels.append(xt::adapt(image.true_labels));
        pred_probs.append(xt::adapt(image.pred_probs));
        photos.append(xt::adapt(make_scene_photo(image.true_labels, scene.height, scene.width, scene.seed, n)));
        xt::xtensor<bool, 1> wrong({image.labels.size()}, false);
        for (const injected_error& error : image.errors)
            for (const std::size_t position : error.pixels)
                wrong(position) = true;
        errors.append(wrong);
        injected.insert(injected.end(), image.errors.begin(), image.errors.end());
    }
    labels.finish();
    true_labels.finish();
    errors.finish();
    pred_probs.finish();
    photos.finish();
    write_text(*audit.classes, fmt::format("{}\n", fmt::join(class_names, "\n")));
    return injected;
}

/// How many pixels of each error are among the issues.
std::vector<std::size_t> flagged_pixels(const maskaudit::inspection& found,
                                        const std::vector<injected_error>& injected) {
    std::vector<std::size_t> flagged;
    for (const injected_error& error : injected) {
        const std::vector<std::size_t>& issues = found.images[error.image].positions; // ascending, as the pixels are
        std::vector<std::size_t> both;
        std::set_intersection(error.pixels.begin(), error.pixels.end(), issues.begin(), issues.end(),
                              std::back_inserter(both));
        flagged.push_back(both.size());
    }
    return flagged;
}

std::string errors_csv(const std::vector<injected_error>& injected, const std::vector<std::size_t>& flagged) {
    std::string text = csv_line({"image", "kind", "class", "pixels", "class_name", "flagged_pixels"});
    for (std::size_t i = 0; i < injected.size(); ++i)
        text += csv_line({std::to_string(injected[i].image), name_of(injected[i].kind),
                          std::to_string(injected[i].true_class), std::to_string(injected[i].pixels.size()),
                          class_names[injected[i].true_class], std::to_string(flagged[i])});
    return text;
}

std::string verdict_text(const std::vector<injected_error>& injected, const std::vector<std::size_t>& flagged,
                         std::uint64_t issues) {
    std::vector<std::vector<std::string>> rows{{"image", "error", "class", "pixels", "flagged", ""}};
    std::uint64_t wrong = 0;
    std::uint64_t right_issues = 0;
    std::size_t found = 0;
    for (std::size_t i = 0; i < injected.size(); ++i) {
        const std::size_t pixels = injected[i].pixels.size();
        const bool is_found = 2 * flagged[i] >= pixels;
        rows.push_back({std::to_string(injected[i].image), name_of(injected[i].kind),
                        class_names[injected[i].true_class], grouped(pixels), grouped(flagged[i]),
                        is_found ? "found" : "missed"});
        wrong += pixels;
        right_issues += flagged[i];
        found += is_found ? 1 : 0;
    }
    constexpr auto left = align::left;
    constexpr auto right = align::right;
    return "\nLabel errors put into the scene\n" + table({right, left, left, right, right, left}, rows) +
           fmt::format("\nFound {} of {} errors (at least half of their pixels flagged).\n"
                       "Precision {}: of {} issue pixels {} are wrong labels.\n"
                       "Recall {}: of {} wrong labels {} are flagged.\n",
                       found, injected.size(), percent(right_issues, issues), grouped(issues), grouped(right_issues),
                       percent(right_issues, wrong), grouped(wrong), grouped(right_issues));
}

/// What a demo has made another may replace; a data set of the user's own has the same names.
void require_no_other_data(const std::filesystem::path& out) {
    if (std::filesystem::exists(out / injected_file)) return;
    for (const char* const name : {"labels.npy", "pred_probs.npy", "images.npy", "true_labels.npy", "classes.txt"})
        if (std::filesystem::exists(out / name))
            throw maskaudit::file_error(out, "a folder for a scene, empty or of an earlier demo",
                                        fmt::format("a file {} that the scene's would replace", name));
}

} // namespace

void run(const demo_options& options) {
    require_no_other_data(options.out);
    const scene_options scene{.classes = class_names.size(), .seed = options.seed};
    staged_folder folder(options.out);
    audit_options audit{
        .out = options.out, .ignore_label = {scene_void}, .pixel_scores = true, .report = true, .quiet = options.quiet};
    const std::vector<injected_error> injected = write_scene(folder, scene, audit);
    const std::filesystem::path injected_path = folder.add(injected_file);
    audit_inputs inputs = open_inputs(audit);
    const auto [found, report] = audit_into(folder, inputs, audit);
    const std::vector<std::size_t> flagged = flagged_pixels(found, injected);
    write_text(injected_path, errors_csv(injected, flagged));
    folder.commit();
    if (!options.quiet) print(to_text(report) + verdict_text(injected, flagged, found.num_issues));
}

} // namespace maskaudit_program
