#pragma once

#include <cstddef>
#include <type_traits>

// Several lanes at a time, by the vector extension of GCC and Clang, which needs no header and works on any machine.

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

/// Whether any lane of a mask, the result of a comparison, is set.
template <class Mask>
[[gnu::always_inline]] inline bool any(const Mask& mask) {
    vec<long long, sizeof(Mask)> words;
    __builtin_memcpy(&words, &mask, sizeof mask);
    long long all = 0;
    for (std::size_t i = 0; i < sizeof(Mask) / sizeof all; ++i)
        all |= words[i];
    return all != 0;
}

} // namespace maskaudit::detail
