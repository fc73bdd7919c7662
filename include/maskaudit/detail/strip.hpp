#pragma once

#include <maskaudit/data_error.hpp>
#include <maskaudit/detail/compare_kernel.hpp>
#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/labels.hpp>
#include <maskaudit/detail/layout.hpp>
#include <maskaudit/detail/probabilities.hpp>
#include <maskaudit/detail/quality_kernel.hpp>
#include <maskaudit/detail/scan_kernel.hpp>
#include <maskaudit/detail/softmin_kernel.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// What reads labels and probabilities of a strip of pixels: the kernels, and the layouts they are run over.

namespace maskaudit::detail {

inline constexpr std::size_t strip_pixels = 8192;

/// Consecutive pixels of an image, and what one look at them finds. A worker has one and fills it again and again, so
/// that it stays in cache. Arrays hold `count` entries, and room for whole batches of kernels.
template <class T>
struct strip {
    /// For images of that many pixels.
    explicit strip(std::size_t image_pixels) : strip(std::in_place, padded((std::min)(strip_pixels, image_pixels))) {}

    strip(strip&&) = default; // a copy would share own_quality

    std::size_t first = 0; // flat position of the first pixel in its image
    std::size_t count = 0;
    std::size_t ignored = 0;         // how many of the pixels are
    std::vector<class_id> given;     // no_class where ignored
    std::vector<class_id> segments;  // a class for segment_pixels pixels, or many_classes
    std::vector<T> own_quality;      // where q goes unless somebody wants it elsewhere
    std::vector<T> best;             // p(predicted); this and the next are unspecified where a pixel is ignored
    std::vector<class_id> predicted; // the first class with p(predicted)
    std::vector<segment_interests> interests;
    std::vector<T> copies{}; // of planes, where memory is not as kernels need it
    softmin_part softmin{};  // of q, where somebody asks for it
    T* quality;              // q, the self-confidence; 1 where ignored

    /// Whether q is here, and not where somebody else wants it.
    bool has_own_quality() const { return quality == own_quality.data(); }

    void start(std::size_t first_pixel, std::size_t num_pixels) {
        first = first_pixel;
        count = num_pixels;
        quality = own_quality.data();
    }

private:
    strip(std::in_place_t, std::size_t room)
        : given(room), segments(room / segment_pixels), own_quality(room), best(room), predicted(room),
          interests(room / segment_pixels), quality(own_quality.data()) {}
};

/// An image to look at. Pixel positions are flat.
template <class T>
struct image_view {
    std::size_t index;    // its number, for messages
    const extents& shape; // (S...)
    label_image labels;
    probability_image<T> pred_probs;
    image_memory<const bool> issues{}; // for those who ask about issue pixels only
};

/// The shortest decimal that reads back as the value.
template <std::floating_point T>
std::string to_text(T value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

template <class T>
[[noreturn]] void throw_not_a_probability(const image_view<T>& image, std::size_t position, std::size_t k, T value) {
    throw data_error("pred_probs", {image.index, unravel(position, image.shape), k}, to_text(value),
                     "must be a probability from 0 to 1");
}

/// Throws data_error for the first probability of a pixel that is none.
template <class T>
void refuse_probabilities(const image_view<T>& image, std::size_t num_classes, std::size_t position) {
    for (std::size_t k = 0; k < num_classes; ++k)
        if (const T value = image.pred_probs.stored_at(k, position); !is_probability(value))
            throw_not_a_probability(image, position, k, value);
}

/// Throws data_error where the softmax of a pixel's logits does not exist.
template <class T>
void refuse_logits(const image_view<T>& image, std::size_t num_classes, std::size_t position) {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    bool any_possible = false;
    for (std::size_t k = 0; k < num_classes; ++k) {
        const T logit = image.pred_probs.stored_at(k, position);
        if (!(logit < infinity))
            throw data_error("logits", {image.index, unravel(position, image.shape), k}, to_text(logit),
                             "must be finite, or -infinity where a class is impossible");
        any_possible |= logit > -infinity;
    }
    if (!any_possible)
        throw data_error("logits", {image.index, unravel(position, image.shape)}, "-inf for every class",
                         "must be finite for at least one");
}

/// Sets the strip to `count` pixels from `first` on and reads their labels. Throws data_error for one that is neither a
/// class nor ignored.
template <class T>
void read_labels(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                 strip<T>& out) {
    out.start(first, count);
    if (!image.labels.read(first, count, rules, out.given.data(), out.segments.data()))
        image.labels.require_valid(first, count, rules, out.given.data(), image.index, image.shape);
}

/// Throws data_error for the first pixel of the strip that is not ignored and has a value that cannot be used.
template <class T>
[[noreturn]] void refuse_invalid(const image_view<T>& image, std::size_t num_classes, const strip<T>& in) {
    const auto refuse = image.pred_probs.is_softmax() ? &refuse_logits<T> : &refuse_probabilities<T>;
    for (std::size_t i = 0; i < in.count; ++i)
        if (in.given[i] != no_class) refuse(image, num_classes, in.first + i);
    throw std::runtime_error("pred_probs: changed while image " + std::to_string(image.index) + " was looked at");
}

/// From a plane of copies to the next: far from a power of two, as values so far apart compete for the same few places
/// in the cache.
template <class T>
std::size_t copied_plane(std::size_t count) {
    const std::size_t plane = padded(count);
    return plane * sizeof(T) % 1024 == 0 ? plane + padded_pixels : plane;
}

/// Copies `count` pixels of some classes, padded with zeros.
template <class T>
dense_planes<T> copy_planes(const image_view<T>& image, std::size_t first_class, std::size_t num_classes,
                            std::size_t first, std::size_t count, std::vector<T>& copies) {
    const std::size_t plane = copied_plane<T>(count);
    if (copies.size() < num_classes * plane) copies.resize(num_classes * plane);
    image.pred_probs.copy(first_class, num_classes, first, count, copies.data(), plane);
    for (std::size_t k = 0; k < num_classes; ++k)
        std::fill(copies.data() + k * plane + count, copies.data() + k * plane + padded(count), T{0});
    return {copies.data(), static_cast<std::ptrdiff_t>(plane)};
}

/// Pixels whose probabilities of all classes are copied at once: as many as stay in cache.
template <class T>
std::size_t copied_pixels(std::size_t num_classes) {
    constexpr std::size_t cache = std::size_t{1} << 17;
    return std::clamp(cache / (num_classes * sizeof(T)) / padded_pixels * padded_pixels, padded_pixels, strip_pixels);
}

/// Whether pixels are all ignored, as far as their segments tell: one that is cut short is of many classes.
inline bool all_ignored(const class_id* segments, std::size_t count) {
    const class_id* const end = segments + (count + segment_pixels - 1) / segment_pixels;
    return std::all_of(segments, end, [](class_id of_all) { return of_all == no_class; });
}

/// Takes q out of copies of all classes, which a softmax needs.
template <class T>
void take_copied_quality(const image_view<T>& image, std::size_t num_classes, std::size_t first, quality_task<T>& task,
                         std::vector<T>& copies) {
    const std::size_t part = copied_pixels<T>(num_classes);
    for (std::size_t begin = 0; begin < task.count; begin += part) {
        quality_task<T> of_part{.count = (std::min)(part, task.count - begin),
                                .given = task.given + begin,
                                .segments = task.segments + begin / segment_pixels,
                                .quality = task.quality + begin,
                                .temperature = {}};
        if (all_ignored(of_part.segments, of_part.count)) {
            std::fill_n(of_part.quality, of_part.count, T{1});
            task.ignored += of_part.count;
            continue;
        }
        const dense_planes<T> planes = copy_planes(image, 0, num_classes, first + begin, of_part.count, copies);
        quality_kernel<T, T> kernel{planes.first, planes.stride, of_part};
        run_kernel(kernel);
        task.ignored += of_part.ignored;
        task.valid &= of_part.valid;
    }
    task.add_softmin();
}

/// Takes q of every pixel out of the plane of its label, and makes its softmin sums if there is a temperature. Throws
/// data_error where q is no probability.
template <class T>
void read_quality(const image_view<T>& image, std::size_t num_classes, const std::optional<double>& temperature,
                  strip<T>& out) {
    quality_task<T> task{.count = out.count,
                         .given = out.given.data(),
                         .segments = out.segments.data(),
                         .quality = out.quality,
                         .temperature = temperature};
    if (image.pred_probs.is_softmax())
        take_copied_quality(image, num_classes, out.first, task, out.copies);
    else
        image.pred_probs.take_quality(out.first, task);
    out.ignored = task.ignored;
    out.softmin = task.softmin;
    if (task.valid) return;
    if (image.pred_probs.is_softmax()) return refuse_invalid(image, num_classes, out);
    for (std::size_t i = 0; i < out.count; ++i)
        if (!is_probability(out.quality[i]))
            throw_not_a_probability(image, out.first + i, out.given[i], out.quality[i]);
}

/// Scans `count` pixels of the strip from `begin` on: best, predicted and q. Planes are read in place where that can
/// be, otherwise from copies: of a group at a time, or of all where the image asks for that.
template <class T>
void scan(const image_view<T>& image, std::size_t num_classes, std::size_t begin, std::size_t count, strip<T>& out) {
    constexpr std::size_t most = scan_task<T>::most_planes;
    const std::size_t first = out.first + begin;
    const bool in_place = count % padded_pixels == 0 && image.pred_probs.is_dense(first, count);
    const bool at_once = !in_place && image.pred_probs.copies_all_classes();
    if (!in_place && all_ignored(out.segments.data() + begin / segment_pixels, count)) {
        std::fill_n(out.quality + begin, padded(count), T{1});
        return;
    }
    dense_planes<T> copies{};
    if (at_once) copies = copy_planes(image, 0, num_classes, first, count, out.copies);
    std::size_t groups = (num_classes + most - 1) / most;
    for (std::size_t k = 0; k < num_classes; --groups) {
        const std::size_t num_planes = (num_classes - k + groups - 1) / groups; // of groups alike in size
        const scan_task<T> task{.num_planes = num_planes,
                                .first_class = k,
                                .count = padded(count),
                                .given = out.given.data() + begin,
                                .segments = out.segments.data() + begin / segment_pixels,
                                .quality = out.quality + begin,
                                .best = out.best.data() + begin,
                                .predicted = out.predicted.data() + begin};
        if (in_place) {
            image.pred_probs.scan(first, task);
        } else {
            if (!at_once) copies = copy_planes(image, k, num_planes, first, count, out.copies);
            const T* planes[most];
            for (std::size_t i = 0; i < num_planes; ++i)
                planes[i] = copies.first + static_cast<std::ptrdiff_t>((at_once ? k : 0) + i) * copies.stride;
            scan_kernel<T, T> kernel{planes, task};
            run_kernel(kernel);
        }
        k += num_planes;
    }
}

/// Scans the strip: what makes no whole batch apart from the rest, since it has to be copied.
template <class T>
void scan_strip(const image_view<T>& image, std::size_t num_classes, strip<T>& out) {
    const std::size_t whole = out.count / padded_pixels * padded_pixels;
    const std::size_t part = image.pred_probs.copies_all_classes() ? copied_pixels<T>(num_classes) : strip_pixels;
    for (std::size_t begin = 0; begin < whole; begin += part)
        scan(image, num_classes, begin, (std::min)(part, whole - begin), out);
    if (whole < out.count) scan(image, num_classes, whole, out.count - whole, out);
}

/// Finds the predicted class of every pixel that is not ignored, and how many are. Throws data_error where a pixel that
/// is not ignored has an invalid probability.
template <class T>
void predict_strip(const image_view<T>& image, std::size_t num_classes, strip<T>& out) {
    scan_strip(image, num_classes, out);
    out.ignored = 0;
    bool valid = true;
    for (std::size_t i = 0; i < out.count; ++i) {
        const bool counts = out.given[i] != no_class;
        out.ignored += counts ? 0 : 1;
        valid &= !counts || out.best[i] <= largest_probability<T>;
    }
    if (!valid) refuse_invalid(image, num_classes, out);
}

/// The one look: the K probabilities of every pixel that is not ignored, each read once, and q out of them. Adds q to
/// the sums of its class, and finds the pixels that disagree, or agree with q up to `limit`. Throws data_error where a
/// pixel that is not ignored has an invalid probability.
template <class T>
void look_at_strip(const image_view<T>& image, std::size_t num_classes, T limit, class_sums& sums, strip<T>& out) {
    scan_strip(image, num_classes, out);
    compare_kernel<T> kernel{.count = padded(out.count),
                             .given = out.given.data(),
                             .segments = out.segments.data(),
                             .predicted = out.predicted.data(),
                             .quality = out.quality,
                             .best = out.best.data(),
                             .limit = limit,
                             .totals = sums.room_for(out.count),
                             .interests = out.interests.data()};
    run_kernel(kernel);
    out.ignored = kernel.ignored - (padded(out.count) - out.count);
    if (!kernel.valid) refuse_invalid(image, num_classes, out);
}

} // namespace maskaudit::detail
