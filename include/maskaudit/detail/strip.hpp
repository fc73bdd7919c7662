#pragma once

#include <maskaudit/detail/labels.hpp>
#include <maskaudit/detail/memory.hpp>
#include <maskaudit/error.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <vector>

// The hot loops: what reads labels and probabilities of a strip of pixels. (Blocks are summed in look.hpp.)

namespace maskaudit::detail {

/// Probabilities may leave [0, 1] by this much: softmax in float rounds.
inline constexpr double probability_slack = 1e-6;

/// Whether a value is a probability; false for NaN. Compared in its own type, which is the same as comparing in double:
/// no float lies between a bound and its nearest float.
template <class T>
constexpr bool is_probability(T value) {
    return value >= static_cast<T>(-probability_slack) && value <= static_cast<T>(1 + probability_slack);
}
static_assert(is_probability(1.000001) && !is_probability(1.0000011) && is_probability(1.0000009F) &&
              !is_probability(1.0000011F));

inline constexpr std::size_t strip_pixels = 8192;

/// Consecutive pixels of an image, and what one look at them finds. A worker has one and fills it again and again, so
/// that it stays in cache. Arrays hold `count` entries.
template <class T>
struct strip {
    std::size_t first = 0; // flat position of the first pixel in its image
    std::size_t count = 0;
    std::vector<class_id> given = std::vector<class_id>(strip_pixels);     // no_class where ignored
    std::vector<T> quality = std::vector<T>(strip_pixels);                 // q, the self-confidence; 1 where ignored
    std::vector<T> best = std::vector<T>(strip_pixels);                    // p(predicted)
    std::vector<class_id> predicted = std::vector<class_id>(strip_pixels); // the first class with p(predicted)
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

/// Sets the strip to `count` pixels from `first` on and reads their labels.
template <class T>
void read_labels(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                 strip<T>& out) {
    out.first = first;
    out.count = count;
    image.labels.read(first, count, rules, out.given.data(), image.index, image.shape);
}

/// Takes q of every pixel out of the plane of its label. Throws data_error where it is no probability.
template <class T>
void read_quality(const image_view<T>& image, strip<T>& out) {
    std::size_t i = 0;
    bool valid = true;
    image.pred_probs.layout->for_each_run(out.first, out.count,
                                          [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                                              for (std::size_t end = i + length; i < end; ++i, offset += stride) {
                                                  const class_id given = out.given[i];
                                                  const T q = given == no_class ? T{1} : image.plane(given)[offset];
                                                  valid &= is_probability(q);
                                                  out.quality[i] = q;
                                              }
                                          });
    if (valid) return;
    for (i = 0; is_probability(out.quality[i]);)
        ++i;
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

/// The one look: the K probabilities of every pixel, each read once, and q out of them. Throws data_error where a pixel
/// that is not ignored has an invalid one.
template <class T>
void scan(const image_view<T>& image, std::size_t num_classes, strip<T>& out) {
    bool valid = true;
    std::size_t begin = 0;
    image.pred_probs.layout->for_each_run(out.first, out.count,
                                          [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                                              T* const best = out.best.data() + begin;
                                              class_id* const predicted = out.predicted.data() + begin;
                                              for (std::size_t k = 0; k < num_classes; ++k) {
                                                  const T* const plane = image.plane(k) + offset;
                                                  for (std::size_t i = 0; i < length; ++i) {
                                                      const T value = plane[static_cast<std::ptrdiff_t>(i) * stride];
                                                      const bool better = k == 0 || value > best[i];
                                                      best[i] = better ? value : best[i];
                                                      predicted[i] = better ? static_cast<class_id>(k) : predicted[i];
                                                      valid &= is_probability(value);
                                                  }
                                              }
                                              begin += length;
                                          });
    if (!valid) refuse_invalid(image, num_classes, out);
    read_quality(image, out);
}

/// The predicted class of one pixel. Throws data_error for an invalid probability.
template <class T>
class_id predicted_at(const image_view<T>& image, std::size_t num_classes, std::size_t position) {
    const std::ptrdiff_t offset = image.pred_probs.layout->offset_of(position);
    std::size_t predicted = 0;
    for (std::size_t k = 0; k < num_classes; ++k) {
        const T value = image.plane(k)[offset];
        if (!is_probability(value)) throw_not_a_probability(image, position, k, value);
        if (value > image.plane(predicted)[offset]) predicted = k;
    }
    return static_cast<class_id>(predicted);
}

} // namespace maskaudit::detail
