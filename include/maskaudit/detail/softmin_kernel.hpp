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

/// The softmin sums of a chunk of pixels: sum w and sum x w with w = exp((m - x) / T), m = min x.
template <class T>
struct softmin_kernel {
    const T* scores;
    const class_id* given; // null where no pixel is ignored
    std::size_t count;
    double temperature;
    double least = 2; // more than any probability
    double weighted = 0;
    double weights = 0;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        find_least<Bytes>();
        constexpr std::size_t lanes = Bytes / sizeof(double);
        constexpr std::size_t vectors = 4; // at once, since each waits for its polynomial
        using doubles = vec<double, Bytes>;
        doubles weighted_lanes[vectors]{}, weight_lanes[vectors]{};
        std::size_t i = 0;
        for (; i + vectors * lanes <= count; i += vectors * lanes)
            add<Bytes, vectors>(scores + i, given == nullptr ? nullptr : given + i, weighted_lanes, weight_lanes);
        if (i < count) { // the rest, made up with ignored pixels
            T rest[vectors * lanes];
            class_id rest_given[vectors * lanes];
            for (std::size_t j = 0; j < vectors * lanes; ++j) {
                const bool exists = i + j < count;
                rest[j] = exists ? scores[i + j] : T{1};
                rest_given[j] = !exists ? no_class : given == nullptr ? 0 : given[i + j];
            }
            add<Bytes, vectors>(rest, rest_given, weighted_lanes, weight_lanes);
        }
        for (std::size_t v = 0; v < vectors; ++v)
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                weighted += weighted_lanes[v][lane];
                weights += weight_lanes[v][lane];
            }
    }

private:
    template <std::size_t Bytes>
    [[gnu::always_inline]] void find_least() {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        std::size_t i = 0;
        auto lowest = static_cast<T>(least);
        if (given == nullptr) {
            value low[2] = {value{} + lowest, value{} + lowest};
            for (; i + 2 * lanes <= count; i += 2 * lanes)
#pragma GCC unroll 2
                for (std::size_t v = 0; v < 2; ++v) {
                    value x;
                    load(x, scores + i + v * lanes);
                    low[v] = x < low[v] ? x : low[v];
                }
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                lowest = low[0][lane] < lowest ? low[0][lane] : lowest;
                lowest = low[1][lane] < lowest ? low[1][lane] : lowest;
            }
        }
        for (; i < count; ++i)
            if ((given == nullptr || given[i] != no_class) && scores[i] < lowest) lowest = scores[i];
        least = static_cast<double>(lowest);
    }

    template <std::size_t Bytes, std::size_t Vectors>
    [[gnu::always_inline]] void add(const T* from, const class_id* classes, vec<double, Bytes>* weighted_lanes,
                                    vec<double, Bytes>* weight_lanes) const {
        using doubles = vec<double, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(double);
        const double rate = 1 / temperature;
        doubles x[Vectors], w[Vectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) {
            vec<T, lanes * sizeof(T)> stored;
            load(stored, from + v * lanes);
            x[v] = __builtin_convertvector(stored, doubles);
            w[v] = (least - x[v]) * rate;
        }
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v)
            exp_of_negative<Bytes>(w[v]);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < Vectors; ++v) {
            if (classes != nullptr) {
                vec<class_id, lanes * sizeof(class_id)> ids;
                load(ids, classes + v * lanes);
                const auto counts = __builtin_convertvector(ids != vec<class_id, lanes * sizeof(class_id)>{} + no_class,
                                                            vec<long long, Bytes>);
                w[v] = counts ? w[v] : doubles{};
            }
            weight_lanes[v] += w[v];
            weighted_lanes[v] += x[v] * w[v];
        }
    }
};

} // namespace maskaudit::detail
