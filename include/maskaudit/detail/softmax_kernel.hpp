#pragma once

#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

// Logits to probabilities. A probability is the same bits whatever the instruction set, and whichever pixels are
// computed along with it: classes are summed in a fixed order, and nothing is fused.

namespace maskaudit::detail {

/// How far a probability may be from the exact softmax of its logits, whatever their number (up to max_classes): 9.6e-7
/// for float, 1.8e-15 for double.
///
/// In units of u = 2^-24 (double: 2^-53), half the distance from 1 to the next number: rounding x - max 0.4 in the
/// numerator and ln(K) / 4 < 3 in the sum, e to that 2 in each (softmax_exp_error), the sum of four classes 3, that of
/// the fours and its reciprocal 2, the product 1. That makes 13.4, and second-order terms.
template <class T>
inline constexpr double softmax_error = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());

/// Of softmax_exp, relative.
template <class T>
inline constexpr double softmax_exp_error = static_cast<double>(std::numeric_limits<T>::epsilon());

/// Where softmax_exp gives 0 below: the exponential of less, over the sum of as many classes as there may be, would be
/// less than the least normal number, and what becomes of those is up to the process (FTZ).
template <class T>
inline constexpr T softmax_exp_lowest = sizeof(T) == 4 ? -76 : -697;

/// Computes a * b + summand, with the product rounded: a compiler that saw both would be free to fuse them.
template <class Vector>
[[gnu::always_inline]] inline void multiply_then_add(Vector& sum, const Vector& a, const Vector& b,
                                                     const Vector& summand) {
#if defined(__clang__)
// With -ffp-contract=fast Clang ignores it, and results depend on the instruction set.
#pragma clang fp contract(off)
    const Vector product = a * b;
#else
    Vector product = a * b;
#if defined(__x86_64__)
    asm("" : "+v"(product)); // changed, for all that the compiler knows
#else
    product = __builtin_assoc_barrier(product); // on x86-64 GCC 12 would do it lane by lane for SSE2
#endif
#endif
    sum = product + summand;
}

/// What the exponential is made of.
template <class T>
struct softmax_exp_parts;

template <>
struct softmax_exp_parts<float> {
    using bits = std::uint32_t;
    static constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F;
    static constexpr float shift = 0x1.8p23F;
    static constexpr std::size_t degree = 7; // r^8 / 8! * e^(ln 2 / 2) < 0.2 * 2^-24
};

template <>
struct softmax_exp_parts<double> {
    using bits = std::uint64_t;
    static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    static constexpr double shift = 0x1.8p52;
    static constexpr std::size_t degree = 13; // r^14 / 14! * e^(ln 2 / 2) < 0.1 * 2^-53
};

/// 1 / power!, of the Taylor polynomial.
template <class T>
inline constexpr auto softmax_exp_coefficients = [] {
    std::array<T, softmax_exp_parts<T>::degree + 1> inverse_factorials{};
    double factorial = 1;
    for (std::size_t power = 0; power < inverse_factorials.size(); ++power) {
        if (power > 0) factorial *= static_cast<double>(power);
        inverse_factorials[power] = static_cast<T>(1 / factorial);
    }
    return inverse_factorials;
}();

/// e to the y for y <= 0, to a relative softmax_exp_error; 1 for 0, 0 for y below softmax_exp_lowest. What is larger
/// never gives less. Unspecified for NaN.
///
/// As exp_of_negative: y = n ln 2 + r, with n times the first part of ln 2 exact, and 2^n by adding n to the exponent.
/// e^r = 1 + (r + r^2 s(r)) by its Taylor polynomial; the two last additions are what keeps the order of neighbours.
template <class T, std::size_t Bytes, std::size_t Vectors>
[[gnu::always_inline]] inline void softmax_exp(vec<T, Bytes> (&y)[Vectors]) {
    using parts = softmax_exp_parts<T>;
    using value = vec<T, Bytes>;
    using bits = vec<typename parts::bits, Bytes>;
    constexpr auto log2_e = static_cast<T>(0x1.71547652b82fep0);
    constexpr unsigned fraction_bits = std::numeric_limits<T>::digits - 1;
    const value shift = value{} + parts::shift;
    value n[Vectors], r[Vectors], s[Vectors];
    constexpr auto& coefficients = softmax_exp_coefficients<T>;
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) {
        multiply_then_add(n[v], y[v], value{} + log2_e, shift); // rounds to an integer, which is then in the low bits
        const value rounded = n[v] - shift;
        multiply_then_add(r[v], rounded, value{} - parts::ln2_high, y[v]);
        multiply_then_add(r[v], rounded, value{} - parts::ln2_low, r[v]);
        s[v] = value{} + coefficients[parts::degree];
    }
#pragma GCC unroll 16
    for (std::size_t power = parts::degree - 1; power >= 2; --power)
#pragma GCC unroll 8
        for (std::size_t v = 0; v < Vectors; ++v)
            multiply_then_add(s[v], s[v], r[v], value{} + coefficients[power]);
#pragma GCC unroll 8
    for (std::size_t v = 0; v < Vectors; ++v) {
        const value square = r[v] * r[v];
        multiply_then_add(s[v], square, s[v], r[v]);
        const value power = s[v] + T{1};
        bits n_bits, power_bits;
        __builtin_memcpy(&n_bits, &n[v], sizeof n_bits);
        __builtin_memcpy(&power_bits, &power, sizeof power);
        power_bits += n_bits << fraction_bits;
        value result;
        __builtin_memcpy(&result, &power_bits, sizeof result);
        y[v] = y[v] >= value{} + softmax_exp_lowest<T> ? result : value{};
    }
}

/// Softmax in place: p_k = exp(x_k - m) / sum over j of exp(x_j - m), m the largest logit of the pixel. NaN for all
/// classes of a pixel that has NaN or infinity among its logits, or -infinity for every class.
template <class T>
struct softmax_kernel {
    T* logits; // (num_classes, padded(count)), classes `plane` values apart
    std::size_t num_classes;
    std::size_t count;
    std::size_t plane;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() const {
        for (std::size_t i = 0; i < padded(count); i += vectors<Bytes> * Bytes / sizeof(T))
            take<Bytes>(logits + i);
    }

private:
    template <std::size_t Bytes>
    static constexpr std::size_t vectors = Bytes == 64 && sizeof(T) == 4 ? 2 : 4; // at once: they wait for each other

    template <std::size_t Bytes>
    using values = vec<T, Bytes>[vectors<Bytes>];

    static constexpr std::size_t classes_at_once = 4; // whose sum is added to the total

    template <std::size_t Bytes>
    [[gnu::always_inline]] void take(T* pixels) const {
        static_assert(padded_pixels % (vectors<Bytes> * Bytes / sizeof(T)) == 0);
        values<Bytes> most, infinite, total{}, lost{};
        find_largest<Bytes>(pixels, most, infinite);
        for (std::size_t k = 0; k < num_classes; k += classes_at_once) {
            values<Bytes> sum{};
            const std::size_t end = k + classes_at_once < num_classes ? k + classes_at_once : num_classes;
            for (std::size_t of_sum = k; of_sum < end; ++of_sum)
                exponentiate<Bytes>(pixels + of_sum * plane, most, sum);
            add<Bytes>(sum, total, lost);
        }
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) // NaN where it makes infinity - infinity
            total[v] = 1 / (total[v] + lost[v]) + (infinite[v] - infinite[v]);
        for (std::size_t k = 0; k < num_classes; ++k)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
                T* const place = pixels + k * plane + v * Bytes / sizeof(T);
                vec<T, Bytes> p;
                load(p, place);
                p *= total[v];
                store(place, p);
            }
    }

    /// \param infinite  infinity for a pixel that has no probabilities, 0 for others
    template <std::size_t Bytes>
    [[gnu::always_inline]] void find_largest(const T* pixels, values<Bytes>& most, values<Bytes>& infinite) const {
        using value = vec<T, Bytes>;
        const value infinity = value{} + std::numeric_limits<T>::infinity();
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
            most[v] = -infinity;
            infinite[v] = value{};
        }
        for (std::size_t k = 0; k < num_classes; ++k)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
                value x;
                load(x, pixels + k * plane + v * Bytes / sizeof(T));
                infinite[v] = x < infinity ? infinite[v] : infinity; // NaN is not less either
                most[v] = x > most[v] ? x : most[v];
            }
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v)
            infinite[v] = most[v] > -infinity ? infinite[v] : infinity;
    }

    /// Turns logits of one class into numbers that are in proportion to its probabilities, and adds them.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void exponentiate(T* logits_of_class, const values<Bytes>& most, values<Bytes>& sum) const {
        values<Bytes> power;
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
            load(power[v], logits_of_class + v * Bytes / sizeof(T));
            power[v] -= most[v];
        }
        softmax_exp<T, Bytes, vectors<Bytes>>(power);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
            store(logits_of_class + v * Bytes / sizeof(T), power[v]);
            sum[v] += power[v];
        }
    }

    /// Adds to the total, and what the addition rounds away to `lost` (Knuth's TwoSum): however many classes there are,
    /// their sum is as good as rounded once.
    template <std::size_t Bytes>
    [[gnu::always_inline]] static void add(const values<Bytes>& sum, values<Bytes>& total, values<Bytes>& lost) {
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors<Bytes>; ++v) {
            const vec<T, Bytes> before = total[v];
            total[v] = before + sum[v];
            const vec<T, Bytes> added = total[v] - before;
            lost[v] += (before - (total[v] - added)) + (sum[v] - added);
        }
    }
};

/// Softmax in place over planes of logits, which have room for padded(count) values each.
template <class T>
void softmax_planes(T* logits, std::size_t num_classes, std::size_t count, std::size_t plane) {
    const softmax_kernel<T> kernel{logits, num_classes, count, plane};
    run_kernel(kernel);
}

} // namespace maskaudit::detail
