#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace maskaudit::detail {

/// Probabilities may leave [0, 1] by this much: softmax in float rounds.
inline constexpr double probability_slack = 1e-6;

template <class T>
inline constexpr T least_probability = static_cast<T>(-probability_slack);
template <class T>
inline constexpr T largest_probability = static_cast<T>(1 + probability_slack);

/// Whether a value is a probability; false for NaN. Compared in its own type, which is the same as comparing in double:
/// no float lies between a bound and its nearest float.
template <class T>
constexpr bool is_probability(T value) {
    return value >= least_probability<T> && value <= largest_probability<T>;
}
static_assert(is_probability(1.000001) && !is_probability(1.0000011) && is_probability(1.0000009F) &&
              !is_probability(1.0000011F));

/// Integers as wide as T, which comparisons of T give and classes are kept in while they are compared.
template <class T>
using lane_integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

/// The scan: of every pixel the largest probability, the first class that has it, and q, the self-confidence, over some
/// planes at a time.
///
/// A group of planes is walked side by side, which makes a few long streams that the processor can foresee; all planes
/// at once are more streams than it can follow, and one at a time would move what is known of the pixels too often.
template <class T>
struct scan_kernel {
    static constexpr std::size_t most_planes = 8;

    const T* const* planes;
    std::size_t num_planes;
    std::size_t first_class; // that of the first plane; 0 starts anew
    std::size_t count;       // a multiple of padded_pixels
    const class_id* given;
    const class_id* segments;
    T* quality; // 1 where ignored
    T* best;    // infinite where any probability so far is below the least, or NaN
    class_id* predicted;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() const {
        constexpr std::size_t step = Bytes / sizeof(T) * vectors<Bytes>;
        static_assert(padded_pixels % step == 0);
        for (std::size_t i = 0; i < count; i += padded_pixels) {
            for (std::size_t j = i; j < i + padded_pixels; j += step)
                find_best<Bytes>(j);
            for (std::size_t j = i; j < i + padded_pixels; j += segment_pixels)
                take_quality<Bytes>(j);
        }
    }

private:
    /// As many as fit the registers.
    template <std::size_t Bytes>
    static constexpr std::size_t vectors = Bytes == 16 ? 2 : 4;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void find_best(std::size_t begin) const {
        using value = vec<T, Bytes>;
        using integer = vec<lane_integer<T>, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        using narrow = vec<std::int32_t, lanes * sizeof(std::int32_t)>;
        const value least = value{} + least_probability<T>;
        value most[vectors<Bytes>];
        integer classes[vectors<Bytes>];
        integer valid[vectors<Bytes>];

        std::size_t plane = 0;
        if (first_class == 0) {
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
                load(most[v], planes[0] + begin + v * lanes);
                classes[v] = integer{};
                valid[v] = most[v] >= least;
            }
            plane = 1;
        } else {
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
                narrow stored;
                load(stored, predicted + begin + v * lanes);
                classes[v] = __builtin_convertvector(stored, integer);
                load(most[v], best + begin + v * lanes);
                valid[v] = integer{} - 1;
            }
        }
        for (; plane < num_planes; ++plane) {
            const T* const values = planes[plane] + begin;
            const integer this_class = integer{} + static_cast<lane_integer<T>>(first_class + plane);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
                value p;
                load(p, values + v * lanes);
                valid[v] &= p >= least;
                const integer better = p > most[v];
                most[v] = p > most[v] ? p : most[v];
                classes[v] = better ? this_class : classes[v];
            }
        }
#pragma GCC unroll 4
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
            most[v] = valid[v] ? most[v] : value{} + std::numeric_limits<T>::infinity();
            store(best + begin + v * lanes, most[v]);
            const narrow stored = __builtin_convertvector(classes[v], narrow);
            store(predicted + begin + v * lanes, stored);
        }
    }

    /// Of the pixels of a segment whose class is among the planes.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void take_quality(std::size_t begin) const {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        const class_id of_all = segments[begin / segment_pixels];
        if (const std::size_t plane = std::size_t{of_all} - first_class; plane < num_planes) {
#pragma GCC unroll 8
            for (std::size_t i = begin; i < begin + segment_pixels; i += lanes) {
                value p;
                load(p, planes[plane] + i);
                store(quality + i, p);
            }
            return;
        }
        if (first_class == 0 && (of_all == many_classes || of_all == no_class))
#pragma GCC unroll 8
            for (std::size_t i = begin; i < begin + segment_pixels; i += lanes)
                store(quality + i, value{} + T{1});
        if (of_all == many_classes)
#pragma GCC unroll 8
            for (std::size_t i = begin; i < begin + segment_pixels; i += lanes)
                select_quality<Bytes>(i);
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void select_quality(std::size_t begin) const {
        using integer = vec<lane_integer<T>, Bytes>;
        vec<class_id, Bytes / sizeof(T) * sizeof(class_id)> stored;
        load(stored, given + begin);
        const integer classes = __builtin_convertvector(stored, integer);
        vec<T, Bytes> q;
        load(q, quality + begin);
        for (std::size_t plane = 0; plane < num_planes; ++plane) {
            vec<T, Bytes> p;
            load(p, planes[plane] + begin);
            q = classes == integer{} + static_cast<lane_integer<T>>(first_class + plane) ? p : q;
        }
        store(quality + begin, q);
    }
};

} // namespace maskaudit::detail
