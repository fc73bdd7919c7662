#include "html_report.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"
#include "streams.hpp"
#include "table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <maskaudit/report.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit_program {
namespace {

using maskaudit::image_layers;

std::vector<std::pair<std::string, std::string>> facts_of(const audit_report& report) {
    const audit_options& options = report.options;
    std::vector<std::pair<std::string, std::string>> facts{{"labels", report.labels.path.string()},
                                                           {"pred_probs", report.pred_probs.path.string()}};
    if (options.images) facts.emplace_back("images", options.images->string());
    if (options.label_map) facts.emplace_back("label map", options.label_map->string());
    if (!options.ignore_label.empty())
        facts.emplace_back("ignored labels", fmt::format("{}", fmt::join(options.ignore_label, ", ")));
    facts.emplace_back("temperature", fmt::format("{}", options.temperature));
    if (options.logits) facts.emplace_back("pred_probs are", "logits");
    if (options.classes) facts.emplace_back("classes", options.classes->string());
    if (options.min_area > 1) facts.emplace_back("least area", counted(options.min_area, "pixel"));
    if (options.downsample > 1) facts.emplace_back("downsample", std::to_string(options.downsample));
    if (options.boundary_tolerance > 0)
        facts.emplace_back("boundary tolerance", counted(options.boundary_tolerance, "pixel"));
    facts.emplace_back("version", program_version);
    return facts;
}

maskaudit::report_contents contents_of(const audit_report& report) {
    maskaudit::report_contents contents{.title = "Label issues in " +
                                                 (report.labels.path / "").parent_path().filename().string(),
                                        .class_names = report.class_names,
                                        .max_images = report.options.report_top,
                                        .facts = facts_of(report)};
    contents.images.resize(report.images.size());
    for (const image_row& row : report.images)
        contents.images[row.image] = {row.name, row.softmin, row.num_pixel_issues, row.issue_pixels, row.valid_pixels};
    for (const swap_row& row : report.swaps)
        contents.swaps.push_back({row.given, row.predicted, row.pixels});
    contents.num_regions = report.regions.size();
    // A report has regions of one number of axes: those that can be drawn, if there are any.
    const auto is_drawable = [](const maskaudit::issue_region& region) { return region.begin.size() == 2; };
    const bool some_are = std::any_of(report.regions.begin(), report.regions.end(), is_drawable);
    const std::size_t axes = some_are || report.regions.empty() ? 2 : report.regions.front().begin.size();
    for (const maskaudit::issue_region& region : report.regions)
        if (contents.regions.size() < report.options.report_top && region.begin.size() == axes)
            contents.regions.push_back(region);
    return contents;
}

/// The picture of image n, if there is one of the same size.
maskaudit::picture photo_of(const audit_inputs& inputs, std::size_t n) {
    if (!inputs.pictures) return {};
    try {
        maskaudit::picture photo = inputs.pictures->read(n);
        inputs.require_readable(n);
        const std::vector<std::size_t> size{photo.shape()[0], photo.shape()[1]}, expected = inputs.images->shape(n);
        if (size == expected) return photo;
        tell(fmt::format("{}: the picture is {}, its labels are {}; it is left out of the report",
                         inputs.pictures->path(n).string(), shape_text(size), shape_text(expected)));
    } catch (const maskaudit::file_error& error) {
        inputs.require_readable(n); // which ends all, as does any other file of the audit
        tell(fmt::format("{}; it is left out of the report", error.what()));
    } catch (const std::bad_alloc&) {
        tell(fmt::format("{}: the picture takes more memory than there is; it is left out of the report",
                         inputs.pictures->path(n).string()));
    }
    return {};
}

/// Pixels of an image that the model takes for another class than the labels do.
struct doubtful_pixels {
    std::vector<std::size_t> issues{};      ///< positions of those that are issues
    std::vector<std::size_t> positions{};   ///< of all of them
    std::vector<std::uint16_t> predicted{}; ///< class of each of these
};

/// What the rank that has looked at image n knows of it, on the first rank.
doubtful_pixels bring_doubtful_pixels(std::size_t n, const audit_inputs& inputs, const look_result& looked,
                                      const ranks& group) {
    std::string packed;
    group.together([&] {
        if (n < inputs.own.first || n >= inputs.own.end) return;
        const auto wrong = looked.inspector.disagreements(n);
        packing pixels;
        pixels.put(looked.found.images[n - inputs.own.first].positions);
        pixels.put(wrong.positions);
        pixels.put(wrong.predicted);
        packed = pixels.take();
    });
    const std::vector<std::string> of_all = group.gather(std::move(packed));
    doubtful_pixels result;
    group.on_first([&] {
        const auto owner = std::find_if(of_all.begin(), of_all.end(), [](const auto& text) { return !text.empty(); });
        unpacking pixels(*owner);
        pixels.get(result.issues);
        pixels.get(result.positions);
        pixels.get(result.predicted);
    });
    return result;
}

/// What is seen of an image of two axes. The prediction is known where it is another class than the label.
image_layers layers_of(std::size_t n, const audit_options& options, audit_inputs& inputs,
                       const doubtful_pixels& doubtful) {
    image_layers layers{.photo = photo_of(inputs, n), .issues = xt::zeros<bool>(inputs.images->shape(n))};
    for (const std::size_t position : doubtful.issues)
        layers.issues.data()[position] = true;
    const auto num_classes = static_cast<std::int64_t>(inputs.images->num_classes());
    const std::vector<std::int64_t>& ignored = options.ignore_label;
    layers.given = xt::zeros<std::int32_t>(layers.issues.shape());
    const xt::xarray<std::int64_t> labels = inputs.class_labels(n);
    inputs.require_readable(n);
    std::transform(labels.begin(), labels.end(), layers.given.begin(), [&](std::int64_t label) {
        const bool is_class = label >= 0 && label < num_classes;
        const bool is_ignored = !is_class || std::find(ignored.begin(), ignored.end(), label) != ignored.end();
        return is_ignored ? -1 : static_cast<std::int32_t>(label);
    });
    layers.predicted = layers.given;
    for (std::size_t i = 0; i < doubtful.positions.size(); ++i)
        layers.predicted.data()[doubtful.positions[i]] = doubtful.predicted[i];
    return layers;
}

} // namespace

void write_html_report(const std::filesystem::path& path, const audit_report& report, audit_inputs& inputs,
                       const look_result& looked, const ranks& group) {
    std::optional<maskaudit::issue_report> page;
    std::vector<std::size_t> to_draw;
    group.on_first([&] {
        page.emplace(contents_of(report));
        to_draw = page->images_to_draw();
    });
    to_draw = group.from_first(to_draw);
    progress_bar progress("drawing images", to_draw.size(), !group.is_first() || report.options.quiet);
    for (const std::size_t n : to_draw) {
        const std::vector<std::size_t> shape = inputs.images->shape(n);
        if (shape.size() == 2 && count_of(shape) > 0) {
            const doubtful_pixels doubtful = bring_doubtful_pixels(n, inputs, looked, group);
            group.on_first([&] {
                throw_if_interrupted();
                page->draw(n, layers_of(n, report.options, inputs, doubtful));
            });
        }
        progress.advance(count_of(shape));
    }
    group.on_first([&] { page->write(path); });
}

} // namespace maskaudit_program
