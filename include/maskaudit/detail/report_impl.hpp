#pragma once

#include <maskaudit/detail/display_impl.hpp>
#include <maskaudit/detail/panels.hpp>
#include <maskaudit/detail/regions_impl.hpp>
#include <maskaudit/detail/summary_impl.hpp>
#include <maskaudit/report.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit::detail {

/// Writes the page; in report_writer.hpp.
inline void write_page(const std::filesystem::path& path, const report_contents& contents,
                       const std::vector<std::size_t>& shown, const std::vector<report_drawing>& images,
                       const std::vector<report_drawing>& regions);

/// Checks what a report is made of, so that nothing has to be checked while it is drawn and written.
class report_checks {
public:
    explicit report_checks(const report_contents& contents) : contents_(contents) {}

    void require_all() const {
        for (std::size_t n = 0; n < contents_.images.size(); ++n)
            require_image(contents_.images[n], "images[" + std::to_string(n) + "]");
        for (std::size_t i = 0; i < contents_.swaps.size(); ++i) {
            const std::string name = "swaps[" + std::to_string(i) + "]";
            require_class(contents_.swaps[i].given_label, name + ".given_label");
            require_class(contents_.swaps[i].predicted_label, name + ".predicted_label");
        }
        for (std::size_t i = 0; i < contents_.regions.size(); ++i)
            require_region(contents_.regions[i], "regions[" + std::to_string(i) + "]");
    }

    void require_class(std::size_t k, const std::string& name) const {
        const std::size_t count = contents_.class_names.empty() ? max_classes : contents_.class_names.size();
        if (k >= count)
            refuse(name + " is " + std::to_string(k) + ": it must be below " + std::to_string(count) +
                   (contents_.class_names.empty() ? "" : ", the number of class_names"));
    }

private:
    static void require_finite(double value, const std::string& name) {
        if (!std::isfinite(value)) refuse(name + " is " + std::to_string(value) + ": it must be a finite number");
    }

    static void require_image(const report_image& image, const std::string& name) {
        require_finite(image.softmin_score, name + ".softmin_score");
        require_finite(image.num_pixel_issues_score, name + ".num_pixel_issues_score");
        if (image.issue_pixels > image.valid_pixels)
            refuse(name + ".issue_pixels is " + std::to_string(image.issue_pixels) + ": it must be at most " +
                   std::to_string(image.valid_pixels) + ", the valid pixels");
    }

    void require_region(const issue_region& region, const std::string& name) const {
        if (region.image >= contents_.images.size())
            refuse(name + ".image is " + std::to_string(region.image) + ": it must be below " +
                   std::to_string(contents_.images.size()) + ", the number of images");
        require_class(region.given_label, name + ".given_label");
        require_class(region.predicted_label, name + ".predicted_label");
        const std::size_t axes = contents_.regions.front().begin.size();
        if (axes == 0 || region.begin.size() != axes || region.end.size() != axes)
            refuse(name + " goes from " + to_text(region.begin) + " to " + to_text(region.end) +
                   ": both must have an entry an axis, as many as the first region has");
        for (std::size_t axis = 0; axis < axes; ++axis)
            if (region.begin[axis] >= region.end[axis])
                refuse(name + " goes from " + to_text(region.begin) + " to " + to_text(region.end) +
                       ": the end must lie behind the beginning along every axis");
        require_finite(region.severity, name + ".severity");
        require_finite(region.mean_quality, name + ".mean_quality");
        require_finite(region.mean_predicted, name + ".mean_predicted");
    }

    const report_contents& contents_;
};

/// The worst images by softmin score, and those of regions; ascending.
inline std::vector<std::size_t> images_in_report(const report_contents& contents) {
    std::vector<std::size_t> ranking(contents.images.size());
    std::iota(ranking.begin(), ranking.end(), std::size_t{0});
    std::stable_sort(ranking.begin(), ranking.end(), [&](std::size_t a, std::size_t b) {
        return contents.images[a].softmin_score < contents.images[b].softmin_score;
    });
    ranking.resize((std::min)(ranking.size(), contents.max_images));
    for (const issue_region& region : contents.regions)
        ranking.push_back(region.image);
    std::sort(ranking.begin(), ranking.end());
    ranking.erase(std::unique(ranking.begin(), ranking.end()), ranking.end());
    return ranking;
}

/// Draws a region of an image with what is around it: its own pixels stand out, other issues are there as well.
/// \param issues  of the image, all as others; the same afterwards, so that regions take no time for what is not theirs
inline report_drawing draw_region(const image_layers& layers, layer_plane<emphasis>& issues, const issue_region& region,
                                  std::size_t index) {
    const std::size_t height = layers.given.shape()[0], width = layers.given.shape()[1];
    const std::string name = "regions[" + std::to_string(index) + "]";
    if (region.end[0] > height || region.end[1] > width)
        refuse(name + " ends at " + to_text(region.end) + ": its image has shape " + to_text({height, width}));
    for (const pixel_run& run : region.runs)
        if (run.begin > issues.size() || run.length > issues.size() - run.begin)
            refuse(name + " has pixels " + std::to_string(run.begin) + " to " + std::to_string(run.begin + run.length) +
                   ": its image has " + std::to_string(issues.size()));
    for (const pixel_run& run : region.runs)
        std::fill_n(issues.data() + run.begin, run.length, emphasis::issue);
    constexpr std::size_t thickness = 2;
    report_drawing drawing = draw_window(layers, issues, window_around(region, height, width), thickness);
    for (const pixel_run& run : region.runs)
        for (std::size_t i = run.begin; i < run.begin + run.length; ++i)
            issues.data()[i] = layers.issues.data()[i] ? emphasis::other_issue : emphasis::none;
    return drawing;
}

/// A row for every image, without its softmin score.
template <class T>
std::vector<report_image> image_rows(batch<T>& data, const std::vector<std::string>& names, const options& opts) {
    if (!names.empty() && names.size() != data.num_images())
        refuse("there are " + std::to_string(names.size()) + " image names and " + std::to_string(data.num_images()) +
               " images: there must be one name an image, or none");
    const std::vector<pixel_counts> counts = count_pixels(data, opts);
    std::vector<report_image> images(data.num_images());
    for (std::size_t n = 0; n < images.size(); ++n) {
        if (!names.empty()) images[n].name = names[n];
        images[n].valid_pixels = counts[n].valid;
        images[n].issue_pixels = counts[n].issues;
        images[n].num_pixel_issues_score = issue_score(counts[n].issues, counts[n].valid);
    }
    return images;
}

} // namespace maskaudit::detail

namespace maskaudit {

inline issue_report::issue_report(report_contents contents) : contents_(std::move(contents)) {
    detail::report_checks(contents_).require_all();
    shown_ = detail::images_in_report(contents_);
    if (contents_.regions.empty() || contents_.regions.front().begin.size() == 2) to_draw_ = shown_;
    drawn_images_.resize(shown_.size());
    drawn_regions_.resize(contents_.regions.size());
}

inline void issue_report::draw(std::size_t n, const image_layers& layers) {
    const auto place = std::lower_bound(to_draw_.begin(), to_draw_.end(), n);
    if (place == to_draw_.end() || *place != n)
        detail::refuse("n is " + std::to_string(n) + ": it must be one of images_to_draw()");
    detail::about_image(n, [&] { detail::require_layers(layers, contents_.class_names); });
    auto issues = detail::emphasised(layers.issues, detail::emphasis::other_issue);
    std::vector<std::pair<std::size_t, detail::report_drawing>> regions;
    for (std::size_t i = 0; i < contents_.regions.size(); ++i)
        if (contents_.regions[i].image == n)
            regions.emplace_back(i, detail::draw_region(layers, issues, contents_.regions[i], i));
    issues = detail::emphasised(layers.issues, detail::emphasis::issue);
    drawn_images_[static_cast<std::size_t>(place - to_draw_.begin())] =
        detail::draw_window(layers, issues, {0, 0, layers.given.shape()[0], layers.given.shape()[1]}, 1);
    for (auto& [i, drawing] : regions) // last, so that an error leaves nothing half drawn
        drawn_regions_[i] = std::move(drawing);
}

inline void issue_report::write(const std::filesystem::path& path) const {
    detail::write_page(path, contents_, shown_, drawn_images_, drawn_regions_);
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
void write_report(const std::filesystem::path& path, const Issues& issues, const Labels& labels,
                  const PredProbs& pred_probs, const report_options& report, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    detail::require_names(data, report.class_names);
    options quiet = opts; // progress is that of the scores
    quiet.progress = {};
    report_contents contents{.title = report.title,
                             .class_names = report.class_names,
                             .max_images = report.max_images,
                             .facts = report.facts};
    contents.images = detail::image_rows(data, report.image_names, quiet);
    {
        const auto scores = get_label_quality_scores(labels, pred_probs, report.score, opts);
        for (std::size_t n = 0; n < contents.images.size(); ++n)
            contents.images[n].softmin_score = scores.image_scores(n);
    } // those of the pixels, which take as much memory as the labels, are not needed
    constexpr std::size_t all = (std::numeric_limits<std::size_t>::max)();
    contents.swaps = detail::count_swaps(data, quiet).rows({.exclude = {}, .top = all});
    region_options every = report.regions; // to know how many there are
    every.top = 0;
    contents.regions = detail::find_regions(data, every, quiet);
    contents.num_regions = contents.regions.size();
    if (report.regions.top != 0) contents.regions.resize((std::min)(contents.regions.size(), report.regions.top));

    issue_report written(std::move(contents));
    if (data.image_shape().size() == 2 && data.image_pixels() > 0) {
        const std::vector<std::size_t>& images = written.images_to_draw();
        detail::for_each_layers(data, images, report.pictures, quiet,
                                [&](std::size_t i, const image_layers& layers) { written.draw(images[i], layers); });
    }
    written.write(path);
}

// A twin for arguments that do not fit.
template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
void write_report(const std::filesystem::path&, const Issues&, const Labels&, const PredProbs&,
                  const report_options& = {}, const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
}

} // namespace maskaudit

#include <maskaudit/detail/report_writer.hpp>
