#pragma once

#include <maskaudit/detail/compare_kernel.hpp>
#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/labels.hpp>
#include <maskaudit/detail/layout.hpp>
#include <maskaudit/detail/quality_kernel.hpp>
#include <maskaudit/detail/scan_kernel.hpp>
#include <maskaudit/detail/softmin_kernel.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
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
    std::vector<T> best;             // p(predicted)
    std::vector<class_id> predicted; // the first class with p(predicted)
    std::vector<segment_interests> interests;
    std::vector<T> gathered{}; // planes of a group, where memory is not as the kernel needs it
    softmin_part softmin{};    // of q, where somebody asks for it
    T* quality;                // q, the self-confidence; 1 where ignored

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
    image_memory<const T> pred_probs;  // with a class stride
    image_memory<const bool> issues{}; // for those who ask about issue pixels only

    const T* plane(std::size_t k) const {
        return pred_probs.data + static_cast<std::ptrdiff_t>(k) * pred_probs.class_stride;
    }
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

/// Sets the strip to `count` pixels from `first` on and reads their labels. Throws data_error for one that is neither a
/// class nor ignored.
template <class T>
void read_labels(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                 strip<T>& out) {
    out.start(first, count);
    if (!image.labels.read(first, count, rules, out.given.data(), out.segments.data()))
        image.labels.require_valid(first, count, rules, out.given.data(), image.index, image.shape);
}

/// The softmin sums of the q of a strip.
template <class T>
softmin_part softmin_of(const strip<T>& in, double temperature) {
    softmin_kernel<T> kernel{.scores = in.quality,
                             .given = in.given.data(),
                             .segments = in.segments.data(),
                             .count = padded(in.count),
                             .temperature = temperature};
    run_kernel(kernel);
    return kernel.part;
}

/// Takes q of every pixel out of the plane of its label, by the strides of a layout that is not dense. Returns whether
/// all are probabilities.
template <class T>
bool gather_quality(const image_view<T>& image, strip<T>& out) {
    bool valid = true;
    std::size_t i = 0;
    const auto take_run = [&](std::ptrdiff_t from, std::ptrdiff_t stride, std::size_t length) {
        for (const std::size_t end = i + length; i < end; ++i, from += stride) {
            const bool counts = out.given[i] != no_class;
            out.quality[i] = counts ? image.plane(out.given[i])[from] : T{1};
            valid &= is_probability(out.quality[i]);
            out.ignored += counts ? 0 : 1;
        }
    };
    image.pred_probs.layout->for_each_run(out.first, out.count, take_run);
    std::fill(out.quality + out.count, out.quality + padded(out.count), T{1}); // ignored ones
    return valid;
}

/// Takes q of every pixel out of the plane of its label, and makes its softmin sums if there is a temperature. Throws
/// data_error where q is no probability.
template <class T>
void read_quality(const image_view<T>& image, const std::optional<double>& temperature, strip<T>& out) {
    bool valid = true;
    out.ignored = 0;
    if (const auto offset = image.pred_probs.layout->dense_run(out.first, out.count)) {
        quality_kernel<T> kernel{.planes = image.plane(0) + *offset,
                                 .class_stride = image.pred_probs.class_stride,
                                 .count = out.count,
                                 .given = out.given.data(),
                                 .segments = out.segments.data(),
                                 .quality = out.quality,
                                 .temperature = temperature};
        run_kernel(kernel);
        valid = kernel.valid;
        out.ignored = kernel.ignored;
        out.softmin = kernel.softmin;
    } else {
        valid = gather_quality(image, out);
        if (temperature) out.softmin = softmin_of(out, *temperature);
    }
    if (valid) return;
    for (std::size_t i = 0; i < out.count; ++i)
        if (!is_probability(out.quality[i]))
            throw_not_a_probability(image, out.first + i, out.given[i], out.quality[i]);
}

/// Throws data_error for the first pixel of the strip that has an invalid probability and is not ignored, if any.
template <class T>
void refuse_invalid(const image_view<T>& image, std::size_t num_classes, const strip<T>& in) {
    for (std::size_t i = 0; i < in.count; ++i) {
        if (in.given[i] == no_class) continue;
        const std::ptrdiff_t offset = image.pred_probs.layout->offset_of(in.first + i);
        for (std::size_t k = 0; k < num_classes; ++k)
            if (const T value = image.plane(k)[offset]; !is_probability(value))
                throw_not_a_probability(image, in.first + i, k, value);
    }
}

/// Planes of a group for the scan kernel: in place where they lie densely, otherwise copied to where they do. The copy
/// is padded with zeros.
template <class T>
void place_planes(const image_view<T>& image, std::size_t first_class, std::size_t num_planes, std::size_t first,
                  std::size_t count, std::vector<T>& gathered, const T** planes) {
    const image_layout& layout = *image.pred_probs.layout;
    const auto offset = count % padded_pixels == 0 ? layout.dense_run(first, count) : std::nullopt;
    if (!offset && gathered.size() < num_planes * padded(count)) gathered.resize(num_planes * padded(count));
    for (std::size_t i = 0; i < num_planes; ++i) {
        const T* const plane = image.plane(first_class + i);
        if (offset) {
            planes[i] = plane + *offset;
        } else {
            T* const copy = gathered.data() + i * padded(count);
            layout.gather(plane, first, count, copy);
            std::fill(copy + count, copy + padded(count), T{0});
            planes[i] = copy;
        }
    }
}

/// Scans `count` pixels of the strip from `begin` on: best, predicted and q.
template <class T>
void scan(const image_view<T>& image, std::size_t num_classes, std::size_t begin, std::size_t count, strip<T>& out) {
    constexpr std::size_t most = scan_kernel<T>::most_planes;
    std::size_t groups = (num_classes + most - 1) / most;
    for (std::size_t k = 0; k < num_classes; --groups) {
        const T* planes[most];
        const std::size_t num_planes = (num_classes - k + groups - 1) / groups; // of groups alike in size
        place_planes(image, k, num_planes, out.first + begin, count, out.gathered, planes);
        scan_kernel<T> kernel{.planes = planes,
                              .num_planes = num_planes,
                              .first_class = k,
                              .count = padded(count),
                              .given = out.given.data() + begin,
                              .segments = out.segments.data() + begin / segment_pixels,
                              .quality = out.quality + begin,
                              .best = out.best.data() + begin,
                              .predicted = out.predicted.data() + begin};
        run_kernel(kernel);
        k += num_planes;
    }
}

/// Scans the strip: what makes no whole batch apart from the rest, since it has to be copied.
template <class T>
void scan_strip(const image_view<T>& image, std::size_t num_classes, strip<T>& out) {
    const std::size_t in_place = out.count / padded_pixels * padded_pixels;
    if (in_place > 0) scan(image, num_classes, 0, in_place, out);
    if (in_place < out.count) scan(image, num_classes, in_place, out.count - in_place, out);
}

/// Finds the predicted class of every pixel, and how many are ignored. Throws data_error where a pixel that is not
/// ignored has an invalid probability.
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

/// The one look: the K probabilities of every pixel, each read once, and q out of them. Adds q to the sums of its
/// class, and finds the pixels that disagree, or agree with q up to `limit`. Throws data_error where a pixel that is
/// not ignored has an invalid probability.
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
