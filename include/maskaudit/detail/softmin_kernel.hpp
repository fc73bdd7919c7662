#pragma once

#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>

namespace maskaudit::detail {

/// e to the y for y <= 0, in double, to a relative 1e-14; for y below -700 some number below 1e-304.
///
/// y = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite: ln 2 in two parts, so that n times the first is exact); e^r by
/// its Taylor polynomial of degree 11, whose error is below r^12 / 12! * e^(ln 2 / 2) < 1e-14, even and odd powers
/// apart; 2^n by adding n to the exponent. Several vectors at once, step by step, since each step waits for the last.
template <std::size_t Bytes, std::size_t Vectors>
[[gnu::always_inline]] inline void exp_of_negative(vec<double, Bytes> (&y)[Vectors]) {
    using doubles = vec<double, Bytes>;
    using bits = vec<std::uint64_t, Bytes>;
    constexpr double log2_e = 0x1.71547652b82fep0;
    constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    constexpr double shift = 0x1.8p52; // rounds to an integer, which is then in the low bits
    constexpr double inverse_factorials[] = {
        1,         1,          1.0 / 2,     1.0 / 6,      1.0 / 24,      1.0 / 120,
        1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800};
    constexpr std::size_t degree = 11;
    const doubles lowest = doubles{} - 700.0;
    doubles n[Vectors], r[Vectors], square[Vectors], even[Vectors], odd[Vectors];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) {
        y[v] = y[v] > lowest ? y[v] : lowest;
        n[v] = y[v] * log2_e + shift;
        const doubles rounded = n[v] - shift;
        r[v] = (y[v] - rounded * ln2_high) - rounded * ln2_low;
        square[v] = r[v] * r[v];
        even[v] = doubles{} + inverse_factorials[degree - 1];
        odd[v] = doubles{} + inverse_factorials[degree];
    }
#pragma GCC unroll 8
    for (std::size_t power = degree - 1; power >= 2; power -= 2)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v) {
            even[v] = even[v] * square[v] + inverse_factorials[power - 2];
            odd[v] = odd[v] * square[v] + inverse_factorials[power - 1];
        }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) {
        const doubles sum = odd[v] * r[v] + even[v];
        bits n_bits, sum_bits;
        __builtin_memcpy(&n_bits, &n[v], sizeof n_bits);
        __builtin_memcpy(&sum_bits, &sum, sizeof sum);
        sum_bits += n_bits << 52;
        __builtin_memcpy(&y[v], &sum_bits, sizeof sum);
    }
}

/// The softmin sums of a chunk of pixels while it is gone through: sum w and sum x w with w = exp((m - x) / T).
///
/// m is at most every score so far (1 for an ignored pixel): no weight is above 1, and which m it is in the end makes
/// no difference to the score.
template <class T, std::size_t Bytes>
class softmin_lanes {
public:
    [[gnu::always_inline]] explicit softmin_lanes(double temperature) : rate_(1 / temperature) {}

    /// Adds a segment, whose class or classes say which of its pixels are ignored.
    [[gnu::always_inline]] void add(const T* scores, class_id of_all, const class_id* given) {
        if (of_all == no_class) return;
        doubles x[vectors], w[vectors], lowest = doubles{} + least_;
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            load_converted(x[v], scores + v * lanes);
            lowest = x[v] < lowest ? x[v] : lowest;
        }
        if (any(lowest - least_)) lower(scores);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v)
            w[v] = (least_ - x[v]) * rate_;
        exp_of_negative<Bytes, vectors>(w);
        if (of_all == many_classes)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors; ++v) {
                vec<std::uint64_t, Bytes> classes;
                load_converted(classes, given + v * lanes);
                w[v] = classes != static_cast<std::uint64_t>(no_class) ? w[v] : doubles{};
            }
        doubles weighted = x[0] * w[0], weights = w[0]; // short chains of additions
#pragma GCC unroll 8
        for (std::size_t v = 1; v < vectors; ++v) {
            weighted += x[v] * w[v];
            weights += w[v];
        }
        weighted_ += weighted;
        weights_ += weights;
    }

    [[gnu::always_inline]] softmin_part finish() const {
        softmin_part part{.least = least_};
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            part.weighted += weighted_[lane];
            part.weights += weights_[lane];
        }
        return part;
    }

private:
    using doubles = vec<double, Bytes>;
    static constexpr std::size_t lanes = Bytes / sizeof(double);
    static constexpr std::size_t vectors = segment_pixels / lanes;

    [[gnu::always_inline]] void lower(const T* scores) {
        double least = least_;
        for (std::size_t i = 0; i < segment_pixels; ++i)
            least = static_cast<double>(scores[i]) < least ? static_cast<double>(scores[i]) : least;
        doubles factor[1] = {doubles{} + (least - least_) * rate_};
        exp_of_negative<Bytes, 1>(factor);
        weighted_ *= factor[0];
        weights_ *= factor[0];
        least_ = least;
    }

    double rate_;
    double least_ = softmin_part{}.least;
    doubles weighted_{}, weights_{};
};

/// The softmin sums of scores that have been read.
template <class T>
struct softmin_kernel {
    const T* scores; // (padded(count))
    const class_id* given;
    const class_id* segments;
    std::size_t count;
    double temperature;
    softmin_part part{};

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        softmin_lanes<T, Bytes> sums(temperature);
        for (std::size_t i = 0; i < count; i += segment_pixels)
            sums.add(scores + i, segments[i / segment_pixels], given + i);
        part = sums.finish();
    }
};

template <class T>
softmin_part softmin_of(const T* scores, const class_id* given, const class_id* segments, std::size_t count,
                        double temperature) {
    softmin_kernel<T> kernel{scores, given, segments, padded(count), temperature};
    run_kernel(kernel);
    return kernel.part;
}

} // namespace maskaudit::detail
