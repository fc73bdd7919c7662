#pragma once

#include <maskaudit/detail/layout.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

// Which pixels have one label all around them, up to a distance along every axis.
//
// A box of pixels has one label if every one of its rows has, and the column through its middle has too: so one axis
// after the other can be looked at, the last first, and what is known of the axes before is one flag a pixel. (Running
// least and greatest labels would do as well, and need two copies of the labels.)

namespace maskaudit::detail {

inline constexpr std::size_t most_columns = 4096; // looked at side by side, so that what is kept of them stays in cache

/// Sets the flags of pixels of a row that are farther than `radius` from another label within it.
template <class Label>
void flag_uniform_row(const Label* labels, std::size_t width, std::size_t radius, bool* flags) {
    std::fill_n(flags, width, false);
    for (std::size_t begin = 0, end = 0; begin < width; begin = end) { // of equal labels
        while (end < width && labels[end] == labels[begin])
            ++end;
        const std::size_t from_begin = begin == 0 ? 0 : radius, to_end = end == width ? 0 : radius;
        if (end - begin > from_begin + to_end) std::fill(flags + begin + from_begin, flags + end - to_end, true);
    }
}

/// Clears the flags of pixels that, along an axis of pixels `step` apart, are within `radius` of a pixel whose flag is
/// not set or, with no other in between, of another label. `columns` such lines lie side by side.
template <class Label, class Row>
void keep_uniform_columns(const Label* labels, std::size_t extent, std::size_t step, std::size_t columns,
                          std::size_t radius, bool* flags, Row* since) {
    std::fill_n(since, columns, Row{0}); // the first row from which on a column has one label, all of it flagged
    std::size_t looked_at = 0;
    for (std::size_t row = 0; row < extent; ++row) {
        const std::size_t last = (std::min)(row + radius, extent - 1);
        for (; looked_at <= last; ++looked_at) {
            const Label* const here = labels + looked_at * step;
            const Label* const before = looked_at == 0 ? here : here - step;
            const bool* const flagged = flags + looked_at * step;
            const auto from_here = static_cast<Row>(looked_at), from_next = static_cast<Row>(looked_at + 1);
            for (std::size_t i = 0; i < columns; ++i) {
                const Row unless_cleared = here[i] != before[i] ? from_here : since[i];
                since[i] = flagged[i] ? unless_cleared : from_next;
            }
        }
        const auto first = static_cast<Row>(row - (std::min)(row, radius));
        bool* const out = flags + row * step; // which has been looked at
        for (std::size_t i = 0; i < columns; ++i)
            out[i] = since[i] <= first;
    }
}

/// Sets the flags, row-major, of the pixels of an image that are farther than `radius` from every other label than
/// their own, and clears all others. Row holds numbers of rows.
template <class Row, class Label>
void flag_uniform(const Label* labels, const extents& shape, std::size_t radius, bool* flags) {
    const std::size_t width = shape.back(), pixels = count_of(shape);
    for (std::size_t row = 0; row < pixels; row += width)
        flag_uniform_row(labels + row, width, (std::min)(radius, width), flags + row);
    const auto since = std::make_unique_for_overwrite<Row[]>((std::min)(most_columns, pixels));
    std::size_t step = width; // from a pixel to the next along the axis
    for (std::size_t axis = shape.size() - 1; axis-- > 0; step *= shape[axis]) {
        const std::size_t reach = (std::min)(radius, shape[axis]);
        for (std::size_t first = 0; first < pixels; first += step * shape[axis])
            for (std::size_t column = 0; column < step; column += most_columns)
                keep_uniform_columns(labels + first + column, shape[axis], step,
                                     (std::min)(most_columns, step - column), reach, flags + first + column,
                                     since.get());
    }
}

/// Keeps those of the issues of an image, row-major, that are farther than `radius` from every border and not ignored.
template <class Label>
void keep_inner_issues(const image_memory<const Label>& image, const extents& shape, std::size_t radius,
                       const std::vector<Label>& ignored, bool* issues) {
    const std::size_t pixels = count_of(shape);
    if ((radius == 0 && ignored.empty()) || std::memchr(issues, 1, pixels) == nullptr) return;
    const Label* labels = image.data;
    std::unique_ptr<Label[]> gathered;
    if (const auto offset = image.layout->dense_run(0, pixels)) {
        labels += *offset;
    } else {
        gathered = std::make_unique_for_overwrite<Label[]>(pixels);
        image.layout->gather(image.data, 0, pixels, gathered.get());
        labels = gathered.get();
    }
    for (const Label value : ignored)
        for (std::size_t i = 0; i < pixels; ++i)
            issues[i] = issues[i] & (labels[i] != value);
    if (radius == 0) return;
    const auto inner = std::make_unique_for_overwrite<bool[]>(pixels);
    constexpr std::size_t narrow = (std::numeric_limits<std::uint32_t>::max)(); // of these more are looked at at a time
    const auto flag = pixels < narrow ? flag_uniform<std::uint32_t, Label> : flag_uniform<std::size_t, Label>;
    flag(labels, shape, radius, inner.get());
    for (std::size_t i = 0; i < pixels; ++i)
        issues[i] = issues[i] & inner[i];
}

} // namespace maskaudit::detail
