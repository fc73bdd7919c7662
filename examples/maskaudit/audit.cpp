#include "audit.hpp"

#include "interrupt.hpp"
#include "look.hpp"
#include "progress_bar.hpp"
#include "streams.hpp"
#include "text_file.hpp"

#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

/// Where the files go until they are put into place.
struct output_paths {
    fs::path softmin_scores, num_pixel_issues_scores, issues, images, swaps, summary;
    std::optional<fs::path> pixel_scores{};
};

output_paths plan(staged_folder& folder, bool pixel_scores) {
    output_paths paths{.softmin_scores = folder.add("softmin_scores.npy"),
                       .num_pixel_issues_scores = folder.add("num_pixel_issues_scores.npy"),
                       .issues = folder.add("issues.npy"),
                       .images = folder.add("images.csv"),
                       .swaps = folder.add("swaps.csv"),
                       .summary = folder.add("summary.json")};
    if (pixel_scores) paths.pixel_scores = folder.add("pixel_scores.npy");
    return paths;
}

void write_issues(const fs::path& path, const audit_inputs& inputs, const maskaudit::inspection& found, bool quiet) {
    maskaudit::npy_writer<bool> writer(path, file_of(inputs.labels).shape());
    progress_bar progress("writing issues", inputs.num_images(), inputs.image_pixels(), quiet);
    for (std::size_t n = 0; n < inputs.num_images(); ++n) {
        throw_if_interrupted();
        writer.append(found.issues(n));
        progress.advance();
    }
    writer.finish();
}

std::vector<image_row> worst_first(const maskaudit::inspection& found) {
    std::vector<image_row> rows;
    for (std::size_t n = 0; n < found.images.size(); ++n)
        rows.push_back({n, found.softmin_scores(n), found.num_pixel_issues_scores(n), found.issue_pixels(n)});
    std::sort(rows.begin(), rows.end(), [](const image_row& a, const image_row& b) {
        return std::tie(a.softmin, a.image) < std::tie(b.softmin, b.image);
    });
    return rows;
}

file_facts facts_of(const staged_folder& folder, const maskaudit::npy_view& file) {
    return {folder.final_path(file.path()), to_string(file.type()), file.shape()};
}

audit_report make_report(const staged_folder& folder, const audit_inputs& inputs, const audit_options& options,
                         const maskaudit::inspection& found) {
    audit_report report{.options = options,
                        .labels = facts_of(folder, file_of(inputs.labels)),
                        .pred_probs = facts_of(folder, file_of(inputs.pred_probs)),
                        .pixels = inputs.num_images() * inputs.image_pixels(),
                        .valid_pixels =
                            std::accumulate(found.valid_pixels.begin(), found.valid_pixels.end(), std::uint64_t{0}),
                        .issue_pixels = found.num_issues,
                        .confident_thresholds = {found.confident_thresholds.begin(), found.confident_thresholds.end()},
                        .class_names = inputs.class_names,
                        .images = worst_first(found),
                        .files = folder.names()};
    for (const auto& swap : found.common_label_issues({.top = std::numeric_limits<std::size_t>::max()}))
        report.swaps.push_back({swap.given_label, swap.predicted_label, swap.num_pixel_issues});
    if (options.classes) report.options.classes = folder.final_path(*options.classes);
    return report;
}

} // namespace

audit_result audit_into(staged_folder& folder, audit_inputs& inputs, const audit_options& options) {
    const output_paths paths = plan(folder, options.pixel_scores);
    look_result look = look_at_images(inputs, options, paths.pixel_scores);
    maskaudit::write_npy(paths.softmin_scores, look.found.softmin_scores);
    maskaudit::write_npy(paths.num_pixel_issues_scores, look.found.num_pixel_issues_scores);
    write_issues(paths.issues, inputs, look.found, options.quiet);
    audit_report report = make_report(folder, inputs, options, look.found);
    report.assumed_normalized = look.sums_to_one;
    write_text(paths.images, images_csv(report));
    write_text(paths.swaps, swaps_csv(report));
    write_text(paths.summary, dump(to_json(report)));
    return {std::move(look.found), std::move(report)};
}

void run(const audit_options& options) {
    audit_inputs inputs = open_inputs(options);
    std::vector<fs::path> never_replaced{options.labels, options.pred_probs};
    if (options.classes) never_replaced.push_back(*options.classes);
    staged_folder folder(options.out, never_replaced);
    const audit_report report = audit_into(folder, inputs, options).report;
    folder.commit();
    if (const fs::path old = options.out / "pixel_scores.npy"; !options.pixel_scores && fs::exists(old))
        tell(old.string() + " is of an earlier run: --pixel-scores would have written it anew");
    if (options.quiet) return;
    print(options.json ? dump(to_json(report)) : to_text(report));
}

} // namespace maskaudit_program
