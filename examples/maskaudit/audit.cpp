#include "audit.hpp"

#include "boundary_tolerance.hpp"
#include "fingerprint.hpp"
#include "html_report.hpp"
#include "interrupt.hpp"
#include "issue_masks.hpp"
#include "look.hpp"
#include "region_files.hpp"
#include "streams.hpp"
#include "table.hpp"
#include "text_file.hpp"
#include "worst_regions.hpp"

#include <fmt/format.h>
#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

/// Where the files go until they are put into place.
struct output_paths {
    fs::path softmin_scores, num_pixel_issues_scores, images, swaps, summary;
    region_paths regions;
    std::optional<issue_masks> issues{};
    std::optional<fs::path> report{};
    std::optional<pixel_score_target> pixel_scores{};
};

pixel_score_target plan_pixel_scores(staged_folder& folder, const image_set& images) {
    if (!images.has_names()) return folder.add("pixel_scores.npy");
    std::vector<fs::path> paths;
    for (std::size_t n = 0; n < images.num_images(); ++n)
        paths.push_back(folder.add("pixel_scores/" + images.name(n) + ".npy"));
    return [paths = std::move(paths)](std::size_t n) { return paths[n]; };
}

region_facts facts_of(const audit_inputs& inputs, const audit_options& options) {
    const image_set& images = *inputs.images;
    region_facts facts{.num_classes = images.num_classes(), .class_names = inputs.class_names};
    for (std::size_t n = 0; n < images.num_images(); ++n) {
        fs::path file = inputs.picture_file(n);
        if (!file.empty())
            file = file.lexically_relative(*options.images);
        else if (images.has_names())
            file = images.labels_path(n).lexically_relative(options.labels);
        facts.images.push_back({images.name(n), std::move(file), images.shape(n)});
    }
    return facts;
}

region_paths plan_regions(staged_folder& folder, const std::vector<region_image>& images) {
    region_paths paths{.csv = folder.add("regions.csv"), .json = folder.add("regions.json")};
    if (fit_coco(images)) {
        paths.coco = folder.add("coco.json");
        paths.coco_uncompressed = folder.add("coco_uncompressed.json");
    }
    return paths;
}

output_paths plan(staged_folder& folder, const audit_inputs& inputs, const audit_options& options,
                  const region_facts& facts) {
    const image_set& images = *inputs.images;
    output_paths paths{.softmin_scores = folder.add("softmin_scores.npy"),
                       .num_pixel_issues_scores = folder.add("num_pixel_issues_scores.npy"),
                       .images = folder.add("images.csv"),
                       .swaps = folder.add("swaps.csv"),
                       .summary = folder.add("summary.json"),
                       .regions = plan_regions(folder, facts.images),
                       .issues = issue_masks(folder, images)};
    if (options.pixel_scores) paths.pixel_scores = plan_pixel_scores(folder, images);
    if (options.report) paths.report = folder.add("report.html");
    return paths;
}

/// What is kept for another run stays where it is kept, until all is done.
void take_pixel_scores(const pixel_score_target& kept, const pixel_score_target& target, const audit_inputs& inputs) {
    if (const auto* const file = std::get_if<fs::path>(&target)) {
        join_pixel_scores(kept, *file, *inputs.images, inputs.own);
        return;
    }
    for (std::size_t n = inputs.own.first; n < inputs.own.end; ++n) {
        const fs::path from = std::get<1>(kept)(n), to = std::get<1>(target)(n);
        fs::remove(to);
        std::error_code error; // not all file systems have second names
        fs::create_hard_link(from, to, error);
        if (error) fs::copy_file(from, to);
    }
}

look_result look(audit_inputs& inputs, const audit_options& options, const output_paths& paths, resume_state* state,
                 const ranks& group) {
    std::optional<pixel_score_target> target = paths.pixel_scores;
    group.on_first([&] {
        if (target) make_pixel_scores(*target, *inputs.images);
    });
    if (state && target) target = [&](std::size_t n) { return state->pixel_scores(*inputs.images, n); };
    look_result result = look_at_images(inputs, options, target, state, group);
    if (state && target) group.together([&] { take_pixel_scores(*target, *paths.pixel_scores, inputs); });
    return result;
}

/// What was found of an image.
struct image_figures {
    double softmin, num_pixel_issues;
    std::uint64_t issue_pixels, valid_pixels;
};

/// Of all images, on the first rank.
std::vector<image_figures> gather_figures(const maskaudit::inspection& own, const ranks& group) {
    std::vector<image_figures> figures;
    group.together([&] {
        for (std::size_t n = 0; n < own.images.size(); ++n)
            figures.push_back(
                {own.softmin_scores(n), own.num_pixel_issues_scores(n), own.issue_pixels(n), own.valid_pixels(n)});
    });
    return group.gather(figures);
}

void write_scores(const fs::path& path, const std::vector<image_figures>& figures, double image_figures::*score) {
    auto scores = xt::xtensor<double, 1>::from_shape({figures.size()});
    std::transform(figures.begin(), figures.end(), scores.begin(),
                   [&](const image_figures& image) { return image.*score; });
    maskaudit::write_npy(path, scores);
}

std::vector<image_row> worst_first(const audit_inputs& inputs, const std::vector<image_figures>& figures) {
    std::vector<image_row> rows;
    for (std::size_t n = 0; n < figures.size(); ++n)
        rows.push_back({n, inputs.images->name(n), inputs.picture_file(n), figures[n].softmin,
                        figures[n].num_pixel_issues, figures[n].issue_pixels, figures[n].valid_pixels});
    std::sort(rows.begin(), rows.end(), [](const image_row& a, const image_row& b) {
        return std::tie(a.softmin, a.image) < std::tie(b.softmin, b.image);
    });
    return rows;
}

/// What the first rank has of all others once they have looked at their images.
struct gathered {
    std::vector<image_figures> figures;
    std::vector<maskaudit::label_swap> swaps;
    std::vector<maskaudit::issue_region> regions; ///< of which there may be one more than wanted: so there are more
};

audit_report make_report(const staged_folder& folder, const audit_inputs& inputs, const audit_options& options,
                         const look_result& looked, gathered found) {
    const image_set& images = *inputs.images;
    const auto& thresholds = looked.found.confident_thresholds;
    audit_report report{.options = options,
                        .labels = images.labels_facts(),
                        .pred_probs = images.pred_probs_facts(),
                        .has_names = images.has_names(),
                        .has_pictures = inputs.pictures && inputs.pictures->has_files(),
                        .assumed_normalized = looked.sums_to_one,
                        .confident_thresholds = {thresholds.begin(), thresholds.end()},
                        .class_names = inputs.class_names,
                        .images = worst_first(inputs, found.figures),
                        .regions = std::move(found.regions),
                        .files = folder.names()};
    for (std::size_t n = 0; n < images.num_images(); ++n)
        report.pixels += count_of(images.shape(n));
    for (const image_figures& image : found.figures) {
        report.valid_pixels += image.valid_pixels;
        report.issue_pixels += image.issue_pixels;
    }
    for (const auto& swap : found.swaps)
        report.swaps.push_back({swap.given_label, swap.predicted_label, swap.num_pixel_issues});
    report.has_more_regions = options.regions != 0 && report.regions.size() > options.regions;
    if (report.has_more_regions) report.regions.pop_back();
    report.labels.path = folder.final_path(report.labels.path);
    report.pred_probs.path = folder.final_path(report.pred_probs.path);
    if (options.classes) report.options.classes = folder.final_path(*options.classes);
    if (options.images) report.options.images = folder.final_path(*options.images);
    return report;
}

/// Says that there are masks of images that an earlier run had, and this one has not.
void tell_of_other_masks(const fs::path& folder, const image_set& images) {
    std::set<fs::path> ours;
    for (std::size_t n = 0; n < images.num_images(); ++n)
        ours.insert(images.name(n));
    std::size_t others = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (!entry->is_directory() && !ours.contains(entry->path().lexically_relative(folder).replace_extension()))
            ++others;
    if (others > 0)
        tell(fmt::format("{} has {} of images that are not in this run", folder.string(), counted(others, "file")));
}

/// Says what lies among the results and is of an earlier run.
void tell_of_leftovers(const audit_options& options, const image_set& images, const audit_report& report) {
    const bool has_coco = std::find(report.files.begin(), report.files.end(), "coco.json") != report.files.end();
    const auto tell_if_there = [&](const char* name, const char* instead) {
        if (const fs::path old = options.out / name; fs::exists(old))
            tell(old.string() + " is of an earlier run" + instead);
    };
    constexpr const char* scores_hint = ": --pixel-scores would have written it anew";
    tell_if_there(images.has_names() ? "issues.npy" : "issues", ", of another kind of inputs");
    tell_if_there(images.has_names() ? "pixel_scores.npy" : "pixel_scores", ", of another kind of inputs");
    if (images.has_names()) tell_of_other_masks(options.out / "issues", images);
    if (!has_coco) {
        tell_if_there("coco.json", ", which had other images");
        tell_if_there("coco_uncompressed.json", ", which had other images");
    }
    if (!options.report) tell_if_there("report.html", ": --report would have written it anew");
    if (!options.pixel_scores) tell_if_there(images.has_names() ? "pixel_scores" : "pixel_scores.npy", scores_hint);
    if (!options.resume)
        tell_if_there(".maskaudit-state", " that did not come to its end: --resume would go on with it");
}

/// Ranks on several machines may see different folders under one name.
void require_same_images(const audit_inputs& inputs, const audit_options& options, const ranks& group) {
    if (group.count() == 1) return;
    fingerprint own;
    group.together([&] {
        const image_set& images = *inputs.images;
        own.add(std::to_string(images.num_classes()));
        for (std::size_t n = 0; n < images.num_images(); ++n) {
            own.add(images.name(n));
            own.add(shape_text(images.shape(n)));
        }
    });
    const std::string of_first = group.from_first(own.text());
    group.together([&] {
        if (own.text() != of_first)
            throw maskaudit::file_error(options.labels, "the images that rank 0 has under this name", "others");
    });
}

} // namespace

audit_result audit_into(staged_folder& folder, audit_inputs& inputs, const audit_options& options, const ranks& group,
                        resume_state* state, const suggested_masks* suggested) {
    region_facts facts;
    output_paths paths;
    group.together([&] {
        facts = facts_of(inputs, options);
        paths = plan(folder, inputs, options, facts);
        if (suggested != nullptr) suggested->require_apart_from(folder);
    });
    look_result looked = look(inputs, options, paths, state, group);
    if (options.boundary_tolerance > 0)
        group.together([&] { drop_boundary_issues(looked.found, inputs, options.boundary_tolerance, options.quiet); });
    paths.issues->write(looked.found, inputs, options.quiet, group);
    if (suggested != nullptr) suggested->write(looked.found, inputs, options.quiet, group);
    gathered found;
    found.figures = gather_figures(looked.found, group);
    found.swaps = group.swaps(looked.found);
    found.regions =
        worst_regions(looked.inspector, looked.found, inputs.own.first,
                      {.min_area = options.min_area, .top = options.regions == 0 ? 0 : options.regions + 1}, group);
    audit_report report;
    group.on_first([&] {
        write_scores(paths.softmin_scores, found.figures, &image_figures::softmin);
        write_scores(paths.num_pixel_issues_scores, found.figures, &image_figures::num_pixel_issues);
        report = make_report(folder, inputs, options, looked, std::move(found));
        if (suggested != nullptr) report.suggested_masks = suggested->num_files();
        write_region_files(paths.regions, report.regions, facts);
    });
    if (paths.report) write_html_report(*paths.report, report, inputs, looked, group);
    group.on_first([&] {
        write_text(paths.images, images_csv(report));
        write_text(paths.swaps, swaps_csv(report));
        write_text(paths.summary, dump(to_json(report)));
    });
    return {std::move(looked.found), std::move(report)};
}

void run(const audit_options& given, const ranks& group) {
    audit_options options = given;
    options.quiet = given.quiet || !group.is_first();
    audit_inputs inputs;
    group.together([&] { inputs = open_inputs(options); });
    require_same_images(inputs, options, group);
    std::vector<fs::path> never_replaced{options.labels, options.pred_probs};
    for (const auto& input : {options.classes, options.label_map, options.images})
        if (input) never_replaced.push_back(*input);
    staged_folder folder(options.out, never_replaced, group);
    std::optional<suggested_masks> suggested; // after the other, since its folder may be within that one
    if (options.suggest) suggested.emplace(options, never_replaced, inputs, group);
    std::optional<resume_state> state;
    if (options.resume) state.emplace(options.out, options, *inputs.images, group);
    group.together([&] {
        const image_set& images = *inputs.images;
        inputs.own = state ? state->own() : share_of(group.rank(), deal_out(images, group.count()), images);
    });
    try {
        const audit_report report =
            audit_into(folder, inputs, options, group, state ? &*state : nullptr, suggested ? &*suggested : nullptr)
                .report;
        group.together([&] {
            if (group.count() == 1) return;
            folder.write_through();
            if (suggested) suggested->write_through();
        });
        group.on_first([&] {
            folder.commit();
            if (suggested) suggested->commit(); // if that fails, the results are there all the same
            if (state) state->remove();
            tell_of_leftovers(options, *inputs.images, report);
            if (!options.quiet) print(options.json ? dump(to_json(report)) : to_text(report));
        });
    } catch (...) {
        if (state && group.is_first() && state->num_images() > 0)
            tell(fmt::format("{} kept in {}: the same command goes on from there",
                             group.count() == 1
                                 ? fmt::format("{} of {} images are", state->num_images(), inputs.images->num_images())
                                 : "what each rank has looked at is",
                             state->path().string()));
        throw;
    }
}

} // namespace maskaudit_program
