#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/scan_kernel.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>

namespace maskaudit::detail {

/// What confident learning may need of a pixel.
inline constexpr std::uint8_t disagrees = 1, agrees_weakly = 2;

/// Adds q to the sums of its class, and says which pixels confident learning must look at: those whose predicted class
/// is not the given one, and those that agree with q up to a limit.
template <class T>
struct compare_kernel {
    std::size_t count; // a multiple of padded_pixels
    const class_id* given;
    const class_id* segments;
    const class_id* predicted;
    const T* quality;
    const T* best;
    T limit;
    class_total* totals;     // (K)
    std::uint8_t* interests; // (count)
    std::size_t ignored = 0; // pixels
    bool valid = true;       // whether the probabilities of all pixels that are not ignored are

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        // While the class stays the same, its sum stays in registers.
        using sums = vec<std::uint64_t, Bytes>;
        sums sum{};
        std::uint64_t summed = 0;
        class_id current = no_class;
        vec<lane_integer<T>, Bytes> bad{};
        for (std::size_t i = 0; i < count; i += segment_pixels) {
            const class_id of_all = segments[i / segment_pixels];
            if (of_all == no_class) {
                ignored += segment_pixels;
                store(interests + i, vec<std::uint8_t, segment_pixels>{});
                continue;
            }
            compare<Bytes>(i, bad);
            if (of_all == many_classes) {
                add_each(i);
                continue;
            }
            if (of_all != current) {
                flush<Bytes>(current, sum, summed);
                current = of_all;
            }
            add<Bytes>(quality + i, sum);
            summed += segment_pixels;
        }
        flush<Bytes>(current, sum, summed);
        valid = !any(bad);
    }

private:
    template <std::size_t Bytes>
    [[gnu::always_inline]] void compare(std::size_t begin, vec<lane_integer<T>, Bytes>& bad) {
        using value = vec<T, Bytes>;
        using integer = vec<lane_integer<T>, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        using narrow = vec<class_id, lanes * sizeof(class_id)>;
#pragma GCC unroll 8
        for (std::size_t i = begin; i < begin + segment_pixels; i += lanes) {
            narrow label, prediction;
            load(label, given + i);
            load(prediction, predicted + i);
            value q, p;
            load(q, quality + i);
            load(p, best + i);
            const integer counts = __builtin_convertvector(label != narrow{} + no_class, integer);
            const integer differs = __builtin_convertvector(label != prediction, integer);
            const integer is_low = q <= value{} + limit;
            bad |= (p > value{} + largest_probability<T>)&counts;
            const integer flags = counts & ((differs & disagrees) | (is_low & ~differs & agrees_weakly));
            const auto bytes = __builtin_convertvector(flags, vec<std::uint8_t, lanes>);
            store(interests + i, bytes);
        }
    }

    [[gnu::always_inline]] void add_each(std::size_t begin) {
        for (std::size_t i = begin; i < begin + segment_pixels; ++i)
            if (given[i] == no_class)
                ++ignored;
            else
                totals[given[i]].add(to_fixed(static_cast<double>(quality[i])), 1);
    }

    /// Adds the q of a segment in fixed point, each with the bits of fixed_point::shift.
    template <std::size_t Bytes>
    [[gnu::always_inline]] static void add(const T* from, vec<std::uint64_t, Bytes>& sum) {
        using doubles = vec<double, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(double);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += lanes) {
            vec<T, lanes * sizeof(T)> q;
            load(q, from + i);
            const doubles shifted = __builtin_convertvector(q, doubles) * fixed_point::scale + fixed_point::shift;
            vec<std::uint64_t, Bytes> bits;
            __builtin_memcpy(&bits, &shifted, sizeof shifted);
            sum += bits;
        }
    }

    /// Moves the sum of `pixels` pixels to the total of class k.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void flush(class_id k, vec<std::uint64_t, Bytes>& sum, std::uint64_t& pixels) const {
        if (pixels == 0) return;
        std::uint64_t total = 0;
        for (std::size_t lane = 0; lane < Bytes / sizeof total; ++lane)
            total += sum[lane];
        totals[k].add(static_cast<std::int64_t>(total - pixels * fixed_point::shift_bits), pixels);
        sum = vec<std::uint64_t, Bytes>{};
        pixels = 0;
    }
};

} // namespace maskaudit::detail
