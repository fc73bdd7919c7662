#pragma once

#include <cstddef>
#include <type_traits>

// Several lanes at a time, by the vector extension of GCC and Clang, which needs no header and works on any machine.
//
// A comparison is to be the condition of a choice right there, `a < b ? x : y`, and x and y not both constants. Of one
// that is kept, or joined with others, GCC 12 makes a mask before it knows of AVX-512, and takes its lanes one by one
// there, or fails. (scan_kernel keeps one for a choice of numbers as wide as what it compares, which does no harm.)

namespace maskaudit::detail {

template <class T, std::size_t Bytes>
struct vector_of {
    typedef T type __attribute__((vector_size(Bytes))); // NOLINT(modernize-use-using): loses the attribute
};

/// A vector of `Bytes` bytes. Functions take it by reference: how it is passed by value depends on the instruction set.
template <class T, std::size_t Bytes>
using vec = typename vector_of<T, Bytes>::type;

template <class Vector>
[[gnu::always_inline]] inline void load(Vector& to, const void* from) {
    __builtin_memcpy(&to, from, sizeof to);
}

template <class Vector>
[[gnu::always_inline]] inline void store(void* to, const Vector& from) {
    __builtin_memcpy(to, &from, sizeof from);
}

/// Converts lane by lane. Integers widen in steps of two, for which there are instructions; GCC 12 takes lanes one by
/// one otherwise.
template <class From, class To, class Vector>
[[gnu::always_inline]] inline void convert(To& to, const Vector& from) {
    using lane = std::remove_cvref_t<decltype(to[0])>;
    if constexpr (std::is_integral_v<From> && sizeof(From) < 4 && sizeof(lane) > 2 * sizeof(From)) {
        using wider = std::conditional_t<std::is_signed_v<From>, std::conditional_t<sizeof(From) == 1, short, int>,
                                         std::conditional_t<sizeof(From) == 1, unsigned short, unsigned>>;
        const auto half_way = __builtin_convertvector(from, vec<wider, 2 * sizeof(from)>);
        convert<wider>(to, half_way);
    } else {
        to = __builtin_convertvector(from, To);
    }
}

/// Loads lanes of another type and converts them to those of `to`.
template <class From, class Vector>
[[gnu::always_inline]] inline void load_converted(Vector& to, const From* from) {
    vec<From, sizeof(Vector) / sizeof(to[0]) * sizeof(From)> stored;
    load(stored, from);
    convert<From>(to, stored);
}

/// Takes the lesser of two lanes.
template <class Vector>
[[gnu::always_inline]] inline void take_less(Vector& lanes, const Vector& others) {
    lanes = lanes < others ? lanes : others;
}

/// Sets all bits of lanes of unsigned integers that are equal, and clears those of others, without a comparison.
template <class Vector>
[[gnu::always_inline]] inline void set_where_equal(Vector& bits, const Vector& a, const Vector& b) {
    bits = a ^ b;
    take_less(bits, Vector{} + 1);
    bits -= 1;
}

/// The bits that any lane has, lanes of 32 bits two by two.
template <class Vector>
[[gnu::always_inline]] inline unsigned long long joined_bits(const Vector& lanes) {
    vec<unsigned long long, sizeof(Vector)> words;
    __builtin_memcpy(&words, &lanes, sizeof lanes);
    unsigned long long all = 0;
    for (std::size_t i = 0; i < sizeof(Vector) / sizeof all; ++i)
        all |= words[i];
    return all;
}

/// Whether any lane has a bit.
template <class Vector>
[[gnu::always_inline]] inline bool any(const Vector& lanes) {
    return joined_bits(lanes) != 0;
}

} // namespace maskaudit::detail
