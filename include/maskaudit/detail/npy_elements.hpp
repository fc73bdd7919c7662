#pragma once

// The element types of .npy files: their names, their bytes, and conversions among them.

#include <maskaudit/detail/xtensor.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

namespace maskaudit::detail {

// long double is left out: its size and format differ between machines, and so do numpy's names for it.
template <class T>
concept npy_floating = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, xtl::half_float>;

template <class T>
concept npy_integral = std::integral<T> && std::same_as<T, std::remove_cv_t<T>> && sizeof(T) <= 8;

template <class T>
concept npy_value = npy_integral<T> || npy_floating<T>;

// The letter numpy gives a kind of type.
template <npy_value T>
constexpr char npy_letter() {
    if (npy_floating<T>) return 'f';
    if (std::same_as<T, bool>) return 'b';
    return std::is_signed_v<T> ? 'i' : 'u';
}

// Calls f with std::type_identity<T>, T the type that letter and size name.
template <class F>
decltype(auto) npy_dispatch(char letter, std::size_t size, F&& f) {
    if (letter == 'b') return f(std::type_identity<bool>{});
    if (letter == 'f' && size == 2) return f(std::type_identity<xtl::half_float>{});
    if (letter == 'f' && size == 4) return f(std::type_identity<float>{});
    if (letter == 'f') return f(std::type_identity<double>{});
    if (letter == 'i' && size == 1) return f(std::type_identity<std::int8_t>{});
    if (letter == 'i' && size == 2) return f(std::type_identity<std::int16_t>{});
    if (letter == 'i' && size == 4) return f(std::type_identity<std::int32_t>{});
    if (letter == 'i') return f(std::type_identity<std::int64_t>{});
    if (size == 1) return f(std::type_identity<std::uint8_t>{});
    if (size == 2) return f(std::type_identity<std::uint16_t>{});
    if (size == 4) return f(std::type_identity<std::uint32_t>{});
    return f(std::type_identity<std::uint64_t>{});
}

// A T as it lies in a file, at any address. It converts to T, as of this machine's byte order, also for xtensor's sake:
// arithmetic on a lazy expression asks for the type of a sum of what lies below it.
template <npy_value T>
struct npy_stored {
    std::array<unsigned char, sizeof(T)> bytes;

    operator T() const {
        // To copy a byte of 2 into a bool would be undefined; numpy takes it for true.
        if constexpr (std::same_as<T, bool>)
            return bytes[0] != 0;
        else
            return std::bit_cast<T>(bytes);
    }
};

template <npy_value T>
struct npy_load {
    bool swap = false; // the file's byte order is not this machine's

    T operator()(npy_stored<T> stored) const {
        if (swap) std::reverse(stored.bytes.begin(), stored.bytes.end());
        return stored;
    }
};

// An expression over memory that it does not own. Its layout is told at run time, so that one type serves both orders.
template <class T>
auto npy_adapt(const void* data, const std::vector<std::size_t>& shape, std::size_t size, bool fortran_order) {
    const xt::dynamic_shape<std::size_t> typed_shape(shape.begin(), shape.end());
    // Up to one axis the two orders are the same; row-major is what others look for.
    const bool column_major = fortran_order && shape.size() > 1;
    return xt::adapt<xt::layout_type::dynamic>(static_cast<const T*>(data), size, xt::no_ownership(), typed_shape,
                                               column_major ? xt::layout_type::column_major
                                                            : xt::layout_type::row_major);
}

// The value as a T; none where static_cast would be undefined: for a float whose whole part an integer type cannot
// hold.
template <npy_value T, class From>
std::optional<T> npy_convert(From value) {
    constexpr bool from_half = std::same_as<From, xtl::half_float>;
    if constexpr (std::same_as<T, From>) {
        return value;
    } else if constexpr (from_half) {
        return npy_convert<T>(static_cast<float>(value));
    } else if constexpr (std::same_as<T, xtl::half_float>) {
        // half's own constructor goes through float, and so rounds a double twice.
        return half_float::half_cast<T>(static_cast<double>(value));
    } else {
        if constexpr (std::floating_point<From> && std::integral<T> && !std::same_as<T, bool>) {
            // The bounds are powers of two, since a float holds those exactly and the largest T perhaps not. NaN passes
            // neither comparison.
            const From whole = std::trunc(value), bound = std::ldexp(From{1}, std::numeric_limits<T>::digits);
            if (!(whole < bound && whole >= (std::is_signed_v<T> ? -bound : From{0}))) return std::nullopt;
        }
        return static_cast<T>(value);
    }
}

// The elements of an expression, where they lie in memory one after the other in row-major order as values of type T;
// null where they do not.
template <class T, class E>
const T* npy_contiguous(const E& values) {
    if constexpr (requires {
                      requires std::same_as<decltype(values.data()), const T*>;
                      values.strides();
                      values.data_offset();
                  }) {
        std::ptrdiff_t expected = 1;
        for (std::size_t axis = values.dimension(); axis-- > 0;) {
            const auto extent = static_cast<std::ptrdiff_t>(values.shape()[axis]);
            if (extent != 1 && values.strides()[axis] != expected) return nullptr;
            expected *= extent;
        }
        return values.data() + values.data_offset();
    } else {
        return nullptr;
    }
}

} // namespace maskaudit::detail
