#pragma once

#include <cstddef>

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

/// Loads lanes of another type and converts them to those of `to`.
template <class From, class Vector>
[[gnu::always_inline]] inline void load_converted(Vector& to, const From* from) {
    vec<From, sizeof(Vector) / sizeof(to[0]) * sizeof(From)> stored;
    load(stored, from);
    to = __builtin_convertvector(stored, Vector);
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
