#pragma once

#include <maskaudit/detail/stored_probability.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace maskaudit::detail {

/// Takes planes out of memory where the classes of a pixel lie side by side: squares of as many pixels and classes as
/// 16 bytes have values.
template <class T, class Stored>
struct transpose_kernel {
    const Stored* from;
    std::ptrdiff_t pixel_stride; // the classes are one value apart
    std::size_t num_classes;
    std::size_t count; // pixels
    T* to;
    std::size_t plane; // from a class to the next in `to`

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() const {
        std::size_t i = 0;
        for (; i + side <= count; i += side)
            for (std::size_t k = 0; k < num_classes; k += most_converted)
                take<Bytes>(i, k, (std::min)(most_converted, num_classes - k));
        for (; i < count; ++i)
            for (std::size_t k = 0; k < num_classes; ++k)
                to[k * plane + i] = load_probability(pixel(i)[k]);
    }

private:
    using square_row = vec<T, 16>;
    static constexpr std::size_t side = 16 / sizeof(T);
    static constexpr std::size_t most_converted = std::is_same_v<T, Stored> ? ~std::size_t{0} : 64; // classes at a time

    [[gnu::always_inline]] const Stored* pixel(std::size_t i) const {
        return from + static_cast<std::ptrdiff_t>(i) * pixel_stride;
    }

    /// Some classes of `side` pixels.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void take(std::size_t i, std::size_t first_class, std::size_t classes) const {
        const T* rows[side];
        T converted[side][std::is_same_v<T, Stored> ? 1 : most_converted];
        for (std::size_t r = 0; r < side; ++r)
            if constexpr (std::is_same_v<T, Stored>) {
                rows[r] = pixel(i + r) + first_class;
            } else {
                copy_probabilities<Bytes>(pixel(i + r) + first_class, classes, converted[r]);
                rows[r] = converted[r];
            }
        T* const out = to + first_class * plane + i;
        if (classes < side) {
            for (std::size_t k = 0; k < classes; ++k)
                for (std::size_t r = 0; r < side; ++r)
                    out[k * plane + r] = rows[r][k];
            return;
        }
        for (std::size_t k = 0; k + side <= classes; k += side)
            transpose(rows, k, out);
        if (classes % side != 0) transpose(rows, classes - side, out); // some of them once more
    }

    /// A square: `side` classes from k on.
    [[gnu::always_inline]] void transpose(const T* const (&rows)[side], std::size_t k, T* out) const {
        square_row square[side], shuffled[side];
        for (std::size_t r = 0; r < side; ++r)
            load(square[r], rows[r] + k);
        // Each round interleaves the first half of the rows with the second.
        for (std::size_t round = 1; round < side; round *= 2) {
            for (std::size_t r = 0; r < side / 2; ++r)
                interleave(square[r], square[r + side / 2], shuffled[2 * r], shuffled[2 * r + 1]);
            for (std::size_t r = 0; r < side; ++r)
                square[r] = shuffled[r];
        }
        for (std::size_t r = 0; r < side; ++r)
            store(out + (k + r) * plane, square[r]);
    }

    [[gnu::always_inline]] static void interleave(const square_row& a, const square_row& b, square_row& low,
                                                  square_row& high) {
        if constexpr (side == 4) {
            low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
            high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        } else {
            low = __builtin_shufflevector(a, b, 0, 2);
            high = __builtin_shufflevector(a, b, 1, 3);
        }
    }
};

} // namespace maskaudit::detail
