#pragma once

#include <maskaudit/detail/vectors.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace half_float {
class half; // xtl's, which whoever has an array of it includes; it is heavy, and we need its bits alone
}

// The types that probabilities are stored in, and how they become those that are computed with.

namespace maskaudit::detail {

/// A half: 1 bit of sign, 5 of exponent, 10 of fraction (IEEE 754 binary16).
struct half_bits {
    std::uint16_t bits;
};

/// Unsigned integers stand for fractions of their largest value.
template <class Stored>
concept fixed_point_probability = std::same_as<Stored, std::uint8_t> || std::same_as<Stored, std::uint16_t>;

template <class Value>
concept probability = std::same_as<Value, float> || std::same_as<Value, double> ||
    std::same_as<Value, half_float::half> || fixed_point_probability<Value>;

/// Logits have no bounds, and so no fixed point.
template <class Value>
concept logit = probability<Value> && !fixed_point_probability<Value>;

/// What is computed with where this is stored: scores and sums are of values of this type, which all stored ones are.
template <probability Value>
using computed = std::conditional_t<std::same_as<Value, double>, double, float>;

/// As what kernels read it.
template <probability Value>
using stored = std::conditional_t<std::same_as<Value, half_float::half>, half_bits, Value>;

/// 1 / largest value = unit + unit / largest value. Both products of an integer with these are so close to exact that
/// their sum is the quotient, rounded once, whether or not the compiler fuses it.
template <fixed_point_probability Stored>
struct fixed_point_unit {
    static constexpr float largest = (std::numeric_limits<Stored>::max)();
    static constexpr float high = 1 / (largest + 1);
    static constexpr float low = high / largest;
};

/// One value.
inline float load_probability(half_bits from) {
    const std::uint32_t magnitude = from.bits & 0x7FFFU;
    const std::uint32_t rebase = (127U - 15U) << 23U; // exponents count from there
    const std::uint32_t bits = (magnitude << 13U) + (magnitude < 0x7C00U ? rebase : 2 * rebase);
    const float value =
        magnitude < 0x0400U ? static_cast<float>(magnitude) * 0x1p-24F : std::bit_cast<float>(bits); // not normal
    return from.bits == magnitude ? value : -value;
}

template <fixed_point_probability Stored>
float load_probability(Stored from) {
    return static_cast<float>(from) / fixed_point_unit<Stored>::largest;
}

template <std::floating_point T>
T load_probability(T from) {
    return from;
}

/// As many as the vector has lanes.
template <std::floating_point T, std::size_t Bytes>
[[gnu::always_inline]] inline void load_probabilities(vec<T, Bytes>& to, const T* from) {
    load(to, from);
}

template <std::same_as<float> T, std::size_t Bytes, fixed_point_probability Stored>
[[gnu::always_inline]] inline void load_probabilities(vec<float, Bytes>& to, const Stored* from) {
    using unit = fixed_point_unit<Stored>;
    vec<std::int32_t, Bytes> whole;
    load_converted(whole, from);
    const auto values = __builtin_convertvector(whole, vec<float, Bytes>);
    to = values * unit::high + values * unit::low;
}

template <std::same_as<float> T, std::size_t Bytes>
[[gnu::always_inline]] inline void load_probabilities(vec<float, Bytes>& to, const half_bits* from) {
    if constexpr (Bytes > 16) { // there are instructions for it: see instruction_set.hpp
#if defined(__clang__)
        vec<_Float16, Bytes / 2> halves;
        load(halves, from);
        to = __builtin_convertvector(halves, vec<float, Bytes>);
#else
        vec<std::uint16_t, Bytes / 2> halves; // GCC 12 would convert them one by one
        load(halves, from);
        asm("vcvtph2ps %1, %0" : "=v"(to) : "vm"(halves));
#endif
    } else {
        using bits = vec<std::uint32_t, Bytes>; // as above
        bits half;
        load_converted(half, reinterpret_cast<const std::uint16_t*>(from));
        const bits magnitude = half & 0x7FFFU;
        const bits rebase = bits{} + ((127U - 15U) << 23U);
        const auto subnormal =
            __builtin_convertvector(vec<std::int32_t, Bytes>(magnitude), vec<float, Bytes>) * 0x1p-24F;
        bits small_bits;
        __builtin_memcpy(&small_bits, &subnormal, sizeof subnormal);
        bits result = (magnitude << 13U) + (magnitude < 0x7C00U ? rebase : 2U * rebase);
        result = (magnitude < 0x0400U ? small_bits : result) | (half & 0x8000U) << 16U;
        __builtin_memcpy(&to, &result, sizeof to);
    }
}

/// Copies values that lie one after the other, as T.
template <std::size_t Bytes, class T, class Stored>
[[gnu::always_inline]] inline void copy_probabilities(const Stored* from, std::size_t count, T* to) {
    constexpr std::size_t lanes = Bytes / sizeof(T);
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        vec<T, Bytes> values;
        load_probabilities<T, Bytes>(values, from + i);
        store(to + i, values);
    }
    for (; i < count; ++i)
        to[i] = load_probability(from[i]);
}

} // namespace maskaudit::detail
