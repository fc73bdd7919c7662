#pragma once

#include <maskaudit/detail/image_codec.hpp>
#include <maskaudit/detail/input_file.hpp>
#include <maskaudit/detail/output_file.hpp>
#include <maskaudit/detail/panels.hpp>
#include <maskaudit/detail/summary_impl.hpp>
#include <maskaudit/display.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace maskaudit::detail {

template <class T>
void require_drawable(const batch<T>& data) {
    if (data.image_shape().size() != 2)
        refuse("images have shape " + to_text(data.image_shape()) + ": only those of two axes, (H, W), can be drawn");
}

template <class T>
void require_names(const batch<T>& data, const std::vector<std::string>& class_names) {
    if (!class_names.empty() && class_names.size() != data.num_classes())
        refuse("there are " + std::to_string(class_names.size()) + " class names, pred_probs have " +
               std::to_string(data.num_classes()) + " classes: there must be one name a class, or none");
}

/// What an image has of pixels that are not ignored.
struct pixel_counts {
    std::size_t valid = 0, issues = 0;
};

/// Counts the pixels of every image. Throws data_error for a label that is no class; probabilities are not looked at.
template <class T>
std::vector<pixel_counts> count_pixels(batch<T>& data, options opts) {
    opts.progress = {}; // it tells of images that are drawn
    const label_rules rules{data.num_classes(), opts.ignore_label};
    const std::vector<pixel_counts> none(data.num_images());
    const auto workers = data.for_each_tile(
        strip_pixels, opts,
        [&] {
            return issue_scratch<T, std::vector<pixel_counts>>{strip<T>(data.image_pixels()), nullptr, none};
        },
        [&](const image_view<T>& image, std::size_t n, std::size_t, std::size_t first, std::size_t count,
            issue_scratch<T, std::vector<pixel_counts>>& scratch) {
            for (const std::size_t end = first + count; first < end; first += strip_pixels) {
                strip<T>& pixels = scratch.pixels;
                read_labels(image, rules, first, (std::min)(strip_pixels, end - first), pixels);
                const bool* const issues = issues_of(image, first, pixels.count, scratch.gathered);
                for (std::size_t i = 0; i < pixels.count; ++i) {
                    scratch.result[n].valid += pixels.given[i] != no_class;
                    scratch.result[n].issues += pixels.given[i] != no_class && issues[i];
                }
            }
        });
    std::vector<pixel_counts> counts = none;
    for (const auto& worker : workers)
        std::transform(counts.begin(), counts.end(), worker.result.begin(), counts.begin(),
                       [](const pixel_counts& a, const pixel_counts& b) {
                           return pixel_counts{a.valid + b.valid, a.issues + b.issues};
                       });
    return counts;
}

/// The images with issues, those with the most first; `top` at most, unless that is 0.
inline std::vector<std::size_t> most_issues_first(const std::vector<pixel_counts>& counts, std::size_t top) {
    std::vector<std::size_t> images;
    for (std::size_t n = 0; n < counts.size(); ++n)
        if (counts[n].issues > 0) images.push_back(n);
    std::stable_sort(images.begin(), images.end(),
                     [&](std::size_t a, std::size_t b) { return counts[a].issues > counts[b].issues; });
    if (top != 0 && images.size() > top) images.resize(top);
    return images;
}

/// The layers of an image of two axes, without a photo. Throws data_error for a label or probability that cannot be
/// used, except where they are ignored.
template <class T>
image_layers layers_of(const image_view<T>& image, const label_rules& rules) {
    const std::size_t count = count_of(image.shape);
    image_layers layers;
    layers.given = make_array<layer_plane<std::int32_t>>(image.shape);
    layers.predicted = make_array<layer_plane<std::int32_t>>(image.shape);
    layers.issues = make_array<layer_plane<bool>>(image.shape);
    image.issues.layout->gather(image.issues.data, 0, count, layers.issues.data());
    strip<T> pixels(count);
    for (std::size_t first = 0; first < count; first += strip_pixels) {
        read_labels(image, rules, first, (std::min)(strip_pixels, count - first), pixels);
        predict_strip(image, rules.num_classes, pixels);
        for (std::size_t i = 0; i < pixels.count; ++i) {
            const bool is_ignored = pixels.given[i] == no_class;
            layers.given.data()[first + i] = is_ignored ? -1 : static_cast<std::int32_t>(pixels.given[i]);
            layers.predicted.data()[first + i] = is_ignored ? -1 : static_cast<std::int32_t>(pixels.predicted[i]);
            layers.issues.data()[first + i] &= !is_ignored;
        }
    }
    return layers;
}

/// Calls f(); what it refuses is about image n.
template <class F>
auto about_image(std::size_t n, F f) {
    try {
        return f();
    } catch (const std::invalid_argument& error) {
        refuse("image " + std::to_string(n) + ": " + error.what());
    }
}

/// Calls f(i, layers) for every image images[i], on several threads unless an array is lazy.
template <class T, class F>
void for_each_layers(batch<T>& data, const std::vector<std::size_t>& images, const picture_source& pictures,
                     const options& opts, F f) {
    const label_rules rules{data.num_classes(), opts.ignore_label};
    progress_meter progress(opts, images.size(), 1);
    std::mutex mutex; // whoever reads pictures need not think of threads
    const std::size_t workers = data.has_all() ? worker_count(opts.n_jobs, images.size()) : 1;
    for_each_unit(images.size(), workers, [&](std::size_t i, std::size_t) {
        const std::size_t n = images[i];
        image_layers layers = layers_of(data.image(n), rules);
        if (pictures) {
            const std::lock_guard lock(mutex);
            layers.photo = pictures(n);
        }
        f(i, std::as_const(layers));
        progress.tile_done(i);
    });
}

/// Calls start(images) with the images to draw, then f(i, panels) for each of them.
template <class T, class Start, class F>
void draw_issues(batch<T>& data, const display_options& display, const options& opts, Start start, F f) {
    require_drawable(data);
    require_names(data, display.class_names);
    const std::vector<std::size_t> images = most_issues_first(count_pixels(data, opts), display.top);
    start(images);
    for_each_layers(data, images, display.pictures, opts, [&](std::size_t i, const image_layers& layers) {
        f(i, about_image(images[i], [&] { return draw_panels(layers, display.class_names); }));
    });
}

/// 000012.png
inline std::string panels_name(std::size_t image, std::size_t num_images) {
    constexpr std::size_t least = 6;
    const std::string number = std::to_string(image);
    const std::size_t digits = (std::max)(least, std::to_string(num_images - 1).size());
    return std::string(digits - number.size(), '0') + number + ".png";
}

inline void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    std::error_code ignored; // its name may be too long to be looked for
    if (!std::filesystem::is_directory(folder, ignored))
        throw file_error(folder, "a folder for pictures", error ? error.message() : "something else of that name");
}

} // namespace maskaudit::detail

namespace maskaudit {

inline picture draw_panels(const image_layers& layers, const std::vector<std::string>& class_names) {
    return detail::draw_layers(layers, class_names);
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<issue_panels> display_issues(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                         const display_options& display, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    std::vector<issue_panels> all;
    detail::draw_issues(
        data, display, opts,
        [&](const std::vector<std::size_t>& images) {
            for (const std::size_t n : images)
                all.push_back({n, {}});
        },
        [&](std::size_t i, picture panels) { all[i].panels = std::move(panels); });
    return all;
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<std::filesystem::path> display_issues(const std::filesystem::path& folder, const Issues& issues,
                                                  const Labels& labels, const PredProbs& pred_probs,
                                                  const display_options& display, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    std::vector<std::filesystem::path> files;
    detail::draw_issues(
        data, display, opts,
        [&](const std::vector<std::size_t>& images) {
            detail::make_folder(folder);
            for (const std::size_t n : images)
                files.push_back(folder / detail::panels_name(n, data.num_images()));
        },
        [&](std::size_t i, const picture& panels) { write_png(files[i], panels); });
    return files;
}

inline picture read_picture(const std::filesystem::path& path) {
    return detail::decode_picture(path, detail::read_text(path, "a PNG or JPEG file"));
}

inline void write_png(const std::filesystem::path& path, const picture& pixels) {
    detail::write_whole(path, detail::png_bytes(pixels));
}

// Twins for arguments that do not fit.

template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
std::vector<issue_panels> display_issues(const Issues&, const Labels&, const PredProbs&, const display_options& = {},
                                         const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
std::vector<std::filesystem::path> display_issues(const std::filesystem::path&, const Issues&, const Labels&,
                                                  const PredProbs&, const display_options& = {}, const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

} // namespace maskaudit
