#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// Images made smaller by a whole factor: a pixel stands for a square of pixels, of fewer at the far edges.

namespace maskaudit::detail {

inline std::size_t shrunk_extent(std::size_t extent, std::size_t factor) { return (extent + factor - 1) / factor; }

/// Rows top .. bottom - 1, columns left .. right - 1.
struct pixel_square {
    std::size_t top, bottom, left, right;
};

/// Calls f(row, column, square) for the squares of an image of (height, width).
template <class F>
void for_each_square(std::size_t height, std::size_t width, std::size_t factor, F f) {
    for (std::size_t row = 0; row < shrunk_extent(height, factor); ++row)
        for (std::size_t column = 0; column < shrunk_extent(width, factor); ++column)
            f(row, column,
              pixel_square{row * factor, (std::min)((row + 1) * factor, height), column * factor,
                           (std::min)((column + 1) * factor, width)});
}

/// The most frequent class of each square, of equally frequent ones the lowest.
inline layer_plane<std::int32_t> shrunk(const layer_plane<std::int32_t>& classes, std::size_t factor) {
    if (factor == 1) return classes;
    const std::size_t height = classes.shape()[0], width = classes.shape()[1];
    auto small = layer_plane<std::int32_t>::from_shape({shrunk_extent(height, factor), shrunk_extent(width, factor)});
    std::vector<std::int32_t> in_square;
    for_each_square(height, width, factor, [&](std::size_t row, std::size_t column, const pixel_square& square) {
        in_square.clear();
        for (std::size_t y = square.top; y < square.bottom; ++y)
            in_square.insert(in_square.end(), classes.data() + y * width + square.left,
                             classes.data() + y * width + square.right);
        std::sort(in_square.begin(), in_square.end());
        std::ptrdiff_t most = 0;
        for (auto run = in_square.begin(); run != in_square.end();) {
            const auto end = std::upper_bound(run, in_square.end(), *run);
            if (end - run > most) {
                most = end - run;
                small(row, column) = *run;
            }
            run = end;
        }
    });
    return small;
}

/// A square with any issue is an issue: none is to vanish.
inline layer_plane<bool> shrunk(const layer_plane<bool>& issues, std::size_t factor) {
    if (factor == 1) return issues;
    const std::size_t height = issues.shape()[0], width = issues.shape()[1];
    auto small = layer_plane<bool>::from_shape({shrunk_extent(height, factor), shrunk_extent(width, factor)});
    std::fill(small.storage().begin(), small.storage().end(), false);
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column)
            if (issues(row, column)) small(row / factor, column / factor) = true;
    return small;
}

/// The mean of each square, rounded to nearest. An empty picture stays empty.
inline picture shrunk(const picture& photo, std::size_t factor) {
    if (factor == 1 || photo.size() == 0) return photo;
    const std::size_t height = photo.shape()[0], width = photo.shape()[1];
    picture small = picture::from_shape({shrunk_extent(height, factor), shrunk_extent(width, factor), std::size_t{3}});
    for_each_square(height, width, factor, [&](std::size_t row, std::size_t column, const pixel_square& square) {
        const std::size_t count = (square.bottom - square.top) * (square.right - square.left);
        for (std::size_t channel = 0; channel < 3; ++channel) {
            std::size_t sum = 0;
            for (std::size_t y = square.top; y < square.bottom; ++y)
                for (std::size_t x = square.left; x < square.right; ++x)
                    sum += photo(y, x, channel);
            small(row, column, channel) = static_cast<std::uint8_t>((sum + count / 2) / count);
        }
    });
    return small;
}

} // namespace maskaudit::detail
