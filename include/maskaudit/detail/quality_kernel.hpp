#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/scan_kernel.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>

namespace maskaudit::detail {

/// Takes q, the self-confidence, out of the planes, and nothing else: for those who need no other class.
template <class T>
struct quality_kernel {
    const T* planes; // of class 0
    std::ptrdiff_t class_stride;
    std::size_t count;
    const class_id* given;
    const class_id* segments;
    T* quality;              // (count): 1 where ignored
    std::size_t ignored = 0; // pixels
    bool valid = true;       // whether every q is a probability

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        const value least = value{} + least_probability<T>, largest = value{} + largest_probability<T>;
        vec<lane_integer<T>, Bytes> all_valid = least <= largest;
        std::size_t i = 0;
        for (; i + segment_pixels <= count; i += segment_pixels) {
            prefetch(i + prefetch_distance);
            const class_id of_all = segments[i / segment_pixels];
            if (of_all == many_classes) {
                pick(i, i + segment_pixels);
            } else if (of_all == no_class) {
#pragma GCC unroll 8
                for (std::size_t j = i; j < i + segment_pixels; j += lanes)
                    store(quality + j, value{} + T{1});
                ignored += segment_pixels;
            } else {
                const T* const from = plane(of_all);
#pragma GCC unroll 8
                for (std::size_t j = i; j < i + segment_pixels; j += lanes) {
                    value q;
                    load(q, from + j);
                    all_valid &= (q >= least) & (q <= largest);
                    store(quality + j, q);
                }
            }
        }
        valid &= !any(~all_valid);
        pick(i, count);
    }

private:
    static constexpr std::size_t prefetch_distance = 512;

    [[gnu::always_inline]] const T* plane(class_id k) const {
        return planes + static_cast<std::ptrdiff_t>(k) * class_stride;
    }

    [[gnu::always_inline]] void pick(std::size_t i, std::size_t end) {
        for (; i < end; ++i) {
            const bool counts = given[i] != no_class;
            const T q = counts ? plane(given[i])[i] : T{1};
            quality[i] = q;
            valid &= is_probability(q);
            ignored += counts ? 0 : 1;
        }
    }

    /// Runs within planes are too short for the processor to foresee.
    [[gnu::always_inline]] void prefetch(std::size_t i) const {
        if (i + segment_pixels > count) return;
        constexpr std::size_t line = 64 / sizeof(T);
        const class_id of_all = segments[i / segment_pixels];
        if (of_all == no_class) return;
        for (std::size_t j = i; j < i + segment_pixels; j += line)
            if (given[j] != no_class) __builtin_prefetch(plane(given[j]) + j);
        if (of_all == many_classes && given[i + segment_pixels - 1] != no_class)
            __builtin_prefetch(plane(given[i + segment_pixels - 1]) + i + segment_pixels - 1);
    }
};

} // namespace maskaudit::detail
