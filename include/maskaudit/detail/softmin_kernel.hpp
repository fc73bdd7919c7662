#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>

namespace maskaudit::detail {

/// e to the y for y <= 0, in double, to a relative 1e-14; for y below -700 some number below 1e-304.
///
/// y = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite: ln 2 in two parts, so that n times the first is exact); e^r by
/// its Taylor polynomial of degree 11, whose error is below r^12 / 12! * e^(ln 2 / 2) < 1e-14; 2^n by adding n to the
/// exponent.
template <std::size_t Bytes>
[[gnu::always_inline]] inline void exp_of_negative(vec<double, Bytes>& y) {
    using doubles = vec<double, Bytes>;
    using bits = vec<std::uint64_t, Bytes>;
    constexpr double log2_e = 0x1.71547652b82fep0;
    constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    constexpr double shift = 0x1.8p52; // rounds to an integer, which is then in the low bits
    constexpr double inverse_factorials[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                             1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
                                             1.0 / 6,        1.0 / 2,       1.0,          1.0};
    const doubles lowest = doubles{} - 700.0;
    y = y > lowest ? y : lowest;
    const doubles shifted = y * log2_e + shift;
    const doubles n = shifted - shift;
    const doubles r = (y - n * ln2_high) - n * ln2_low;
    doubles sum = doubles{} + inverse_factorials[0];
#pragma GCC unroll 16
    for (std::size_t i = 1; i < sizeof inverse_factorials / sizeof(double); ++i)
        sum = sum * r + inverse_factorials[i];
    bits n_bits, sum_bits;
    __builtin_memcpy(&n_bits, &shifted, sizeof shifted);
    __builtin_memcpy(&sum_bits, &sum, sizeof sum);
    sum_bits += n_bits << 52;
    __builtin_memcpy(&y, &sum_bits, sizeof y);
}

/// The softmin sums of a chunk of pixels: sum w and sum x w with w = exp((m - x) / T).
///
/// m is the least of the scores and 1, which ignored pixels have: no weight is above 1, and which m it is makes no
/// difference to the score.
template <class T>
struct softmin_kernel {
    const T* scores;
    const class_id* given; // (padded(count))
    const class_id* segments;
    std::size_t count;
    double temperature;
    double least = 2; // m; more than any probability where there is no pixel
    double weighted = 0;
    double weights = 0;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        using doubles = vec<double, Bytes>;
        find_least<Bytes>();
        doubles weighted_lanes{}, weight_lanes{};
        std::size_t i = 0;
        for (; i + segment_pixels <= count; i += segment_pixels)
            add_segment<Bytes>(scores + i, i / segment_pixels, weighted_lanes, weight_lanes);
        if (i < count) { // the rest; given has ignored pixels beyond it
            T rest[segment_pixels]{};
            for (std::size_t j = i; j < count; ++j)
                rest[j - i] = scores[j];
            add_segment<Bytes>(rest, i / segment_pixels, weighted_lanes, weight_lanes);
        }
        for (std::size_t lane = 0; lane < Bytes / sizeof(double); ++lane) {
            weighted += weighted_lanes[lane];
            weights += weight_lanes[lane];
        }
    }

private:
    template <std::size_t Bytes>
    [[gnu::always_inline]] void find_least() {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        auto lowest = static_cast<T>(least);
        value low = value{} + lowest;
        std::size_t i = 0;
        for (; i + lanes <= count; i += lanes) {
            value x;
            load(x, scores + i);
            low = x < low ? x : low;
        }
        for (std::size_t lane = 0; lane < lanes; ++lane)
            lowest = low[lane] < lowest ? low[lane] : lowest;
        for (; i < count; ++i)
            lowest = scores[i] < lowest ? scores[i] : lowest;
        least = static_cast<double>(lowest);
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void add_segment(const T* from, std::size_t segment, vec<double, Bytes>& weighted_lanes,
                                            vec<double, Bytes>& weight_lanes) const {
        using doubles = vec<double, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(double);
        constexpr std::size_t vectors = segment_pixels / lanes;
        const class_id of_all = segments[segment];
        if (of_all == no_class) return;
        const double rate = 1 / temperature;
        doubles x[vectors], w[vectors]; // at once, since each waits for its polynomial
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            vec<T, lanes * sizeof(T)> stored;
            load(stored, from + v * lanes);
            x[v] = __builtin_convertvector(stored, doubles);
            w[v] = (least - x[v]) * rate;
            exp_of_negative<Bytes>(w[v]);
        }
        if (of_all == many_classes)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                using ids = vec<class_id, lanes * sizeof(class_id)>;
                ids classes;
                load(classes, given + segment * segment_pixels + v * lanes);
                const auto counts = __builtin_convertvector(classes != ids{} + no_class, vec<std::int64_t, Bytes>);
                w[v] = counts ? w[v] : doubles{};
            }
        doubles weighted_sum = x[0] * w[0], weight_sum = w[0]; // short chains of additions
#pragma GCC unroll 8
        for (std::size_t v = 1; v < vectors; ++v) {
            weighted_sum += x[v] * w[v];
            weight_sum += w[v];
        }
        weighted_lanes += weighted_sum;
        weight_lanes += weight_sum;
    }
};

} // namespace maskaudit::detail
