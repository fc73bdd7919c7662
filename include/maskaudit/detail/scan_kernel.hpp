#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/stored_probability.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace maskaudit::detail {

/// What scanning some planes of consecutive pixels needs, and what is known of the pixels.
template <class T>
struct scan_task {
    static constexpr std::size_t most_planes = 8;

    std::size_t num_planes;
    std::size_t first_class; // that of the first plane; 0 starts anew
    std::size_t count;       // a multiple of padded_pixels
    const class_id* given;
    const class_id* segments;
    T* quality; // 1 where ignored
    // Unspecified, and not to be made use of, where a pixel is ignored:
    T* best;             // infinite where any probability so far is below the least, or NaN
    class_id* predicted; // the first class with it
};

/// The scan: of every pixel the largest probability, the first class that has it, and q, the self-confidence, over some
/// planes at a time. Batches whose pixels are all ignored are left out.
///
/// A group of planes is walked side by side, which makes a few long streams that the processor can foresee; all planes
/// at once are more streams than it can follow, and one at a time would move what is known of the pixels too often.
template <class T, class Stored>
struct scan_kernel {
    const Stored* const* planes;
    const scan_task<T>& task;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() const {
        constexpr std::size_t step = Bytes == 16 ? segment_pixels : 2 * segment_pixels; // what fits the registers
        static_assert(padded_pixels % step == 0);
        for (std::size_t i = 0; i < task.count; i += step) {
            const class_id* const classes = task.segments + i / segment_pixels;
            const class_id first = classes[0], last = classes[step / segment_pixels - 1];
            if (first != many_classes && last != many_classes) {
                if (first != no_class || last != no_class) scan_pixels<Bytes, step, false>(i);
                for (std::size_t j = i; j < i + step; j += segment_pixels)
                    copy_quality<Bytes>(j);
            } else {
                for (std::size_t j = i; j < i + step; j += segment_pixels)
                    scan_pixels<Bytes, segment_pixels, true>(j);
            }
        }
    }

private:
    /// `Pick`: with q, taken from the planes of the classes of the pixels.
    template <std::size_t Bytes, std::size_t Pixels, bool Pick>
    [[gnu::always_inline]] void scan_pixels(std::size_t begin) const {
        using value = vec<T, Bytes>;
        using integer = vec<lane_integer<T>, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        constexpr std::size_t vectors = Pixels / lanes;
        using narrow = vec<class_id, lanes * sizeof(class_id)>;
        value most[vectors], q[vectors];
        integer classes[vectors], labels[vectors];
        integer seen{}; // the bits of all values

        if constexpr (Pick)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                load_converted(labels[v], task.given + begin + v * lanes);
            }
        std::size_t plane = 0;
        if (task.first_class == 0) {
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                load_probabilities<T, Bytes>(most[v], planes[0] + begin + v * lanes);
                classes[v] = integer{};
                see(most[v], seen);
                if constexpr (Pick) q[v] = labels[v] == integer{} ? most[v] : value{} + T{1};
            }
            plane = 1;
        } else {
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                load_converted(classes[v], task.predicted + begin + v * lanes);
                load(most[v], task.best + begin + v * lanes);
                if constexpr (Pick) load(q[v], task.quality + begin + v * lanes);
            }
        }
        integer this_class = integer{} + static_cast<lane_integer<T>>(task.first_class + plane);
        for (; plane < task.num_planes; ++plane, this_class += 1) {
            const Stored* const values = planes[plane] + begin;
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                value p;
                load_probabilities<T, Bytes>(p, values + v * lanes);
                see(p, seen);
                const integer better = p > most[v];
                most[v] = p > most[v] ? p : most[v];
                classes[v] = better ? this_class : classes[v];
                if constexpr (Pick) q[v] = labels[v] == this_class ? p : q[v];
            }
        }
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            store(task.best + begin + v * lanes, most[v]);
            const narrow stored = __builtin_convertvector(classes[v], narrow);
            store(task.predicted + begin + v * lanes, stored);
            if constexpr (Pick) store(task.quality + begin + v * lanes, q[v]);
        }
        // Numbers from 0 to below 2 have neither of the two highest bits. Whatever has is looked at again.
        constexpr auto suspicious = static_cast<lane_integer<T>>(std::uint64_t{3} << (8 * sizeof(T) - 2));
        if (any(seen & suspicious)) check<Bytes>(begin, Pixels);
    }

    template <class Value, class Integer>
    [[gnu::always_inline]] static void see(const Value& p, Integer& seen) {
        Integer bits;
        __builtin_memcpy(&bits, &p, sizeof p);
        seen |= bits;
    }

    /// Marks the pixels that have a value below the least probability, or NaN.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void check(std::size_t begin, std::size_t pixels) const {
        using value = vec<T, Bytes>;
        for (std::size_t i = begin; i < begin + pixels; i += Bytes / sizeof(T)) {
            value most;
            load(most, task.best + i);
            for (std::size_t plane = 0; plane < task.num_planes; ++plane) {
                value p;
                load_probabilities<T, Bytes>(p, planes[plane] + i);
                most = p >= value{} + least_probability<T> ? most : value{} + std::numeric_limits<T>::infinity();
            }
            store(task.best + i, most);
        }
    }

    /// q of a segment of one class, if it is among the planes; 1 if it is ignored.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void copy_quality(std::size_t begin) const {
        const class_id of_all = task.segments[begin / segment_pixels];
        const std::size_t plane = std::size_t{of_all} - task.first_class;
        const bool is_here = plane < task.num_planes;
        if (!is_here && (of_all != no_class || task.first_class != 0)) return;
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += Bytes / sizeof(T)) {
            vec<T, Bytes> q = vec<T, Bytes>{} + T{1};
            if (is_here) load_probabilities<T, Bytes>(q, planes[plane] + begin + i);
            store(task.quality + begin + i, q);
        }
    }
};

} // namespace maskaudit::detail
