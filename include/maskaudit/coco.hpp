/// \file
/// Regions in the run-length encoding of COCO's annotation files, which annotation tools read. Needs xtensor alone, but
/// maskaudit.hpp does not include it.
///
/// \code
/// for (const auto& region : maskaudit::issue_regions(issues, labels, pred_probs)) {
///     const auto counts = maskaudit::coco_counts(region, height, width); // "segmentation": {"size": [height, width],
///     std::cout << maskaudit::coco_compressed(counts) << '\n';           //                  "counts": either of both}
/// }
/// \endcode
///
/// The format is that of the COCO API (its common/maskApi.h and maskApi.c). A mask is read column by column, each from
/// top to bottom. Its counts are the lengths of runs of pixels outside and inside, in turns; those outside come first,
/// so the first count is 0 where the first pixel is inside. No other count is 0, and all of them sum to the pixels of
/// the image. The compressed form writes each count as a number of one to six characters:
///
/// - A count from the fourth on stands as its difference to the count two before, runs of neighbouring columns being
///   much alike.
/// - A number is cut into groups of 5 bits, the lowest first, and ends where the rest is but copies of the sign, the
///   highest bit of the last group.
/// - A group is a character: 48 and its 5 bits, and 32 more if another group follows; from '0' to 'o'.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/regions.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace maskaudit {

/// The pixels of a region as COCO's counts. Takes time and memory in proportion to the area of the region and the width
/// of its box.
///
/// \param region  of an image of two axes, with runs as issue_regions makes them
/// \param height  rows of that image
/// \param width   columns; height * width must be below 2^32, which COCO's counts cannot hold
/// \return as COCO's own rleEncode does for the mask of the region
/// \throws std::invalid_argument for a region of other axes than two, one that does not lie in such an image, and an
///         image of too many pixels
std::vector<std::uint32_t> coco_counts(const issue_region& region, std::size_t height, std::size_t width);

/// COCO's compressed form of these counts, as its own rleToString makes it. In JSON its backslashes must be escaped.
///
/// \param counts  as coco_counts returns them; any others are encoded just so
/// \throws std::invalid_argument for a number that takes more than six characters, one below -2^29 or from 2^29 on:
///         COCO's own code has no room for more when it writes, and shifts too far when it reads them. Those of images
///         of fewer than 2^29 pixels never do.
std::string coco_compressed(const std::vector<std::uint32_t>& counts);

} // namespace maskaudit

namespace maskaudit::detail {

/// Refuses a region whose pixels are not in an image of this shape, in ascending order and in the region's box.
inline void require_region_in(const issue_region& region, std::size_t height, std::size_t width) {
    const std::string what = "region of image " + std::to_string(region.image) + " ";
    if (region.begin.size() != 2 || region.end.size() != 2)
        refuse(what + "begins at " + to_text(region.begin) + " and ends at " + to_text(region.end) +
               ": COCO's masks have 2 axes");
    constexpr std::size_t most = (std::numeric_limits<std::uint32_t>::max)();
    const std::string image = "image of " + std::to_string(height) + " x " + std::to_string(width) + " pixels";
    if (width != 0 && height > most / width) refuse(image + ": COCO's masks have fewer than 2^32");
    if (region.runs.empty()) refuse(what + "has no runs: it must have its pixels");
    if (region.end[0] > height || region.end[1] > width)
        refuse(what + "ends at " + to_text(region.end) + ": it must lie in an " + image);
    std::size_t end = 0; // of the run before
    for (const pixel_run& run : region.runs) {
        const std::size_t row = width == 0 ? 0 : run.begin / width, column = width == 0 ? 0 : run.begin % width;
        const bool fits = run.begin >= end && run.length > 0 && row >= region.begin[0] && row < region.end[0] &&
                          column >= region.begin[1] && column < region.end[1] && run.length <= region.end[1] - column;
        if (!fits)
            refuse(what + "has a run of " + std::to_string(run.length) + " pixels from " + std::to_string(run.begin) +
                   ": in an " + image + " its runs must ascend and lie in its box, from " + to_text(region.begin) +
                   " to " + to_text(region.end));
        end = run.begin + run.length;
    }
}

/// Pixels of a column, one below the other.
struct column_run {
    std::size_t begin, end; // rows
};

/// The pixels of every column of a region's box, from top to bottom.
inline std::vector<std::vector<column_run>> columns_of(const issue_region& region, std::size_t width) {
    std::vector<std::vector<column_run>> columns(region.end[1] - region.begin[1]);
    for (const pixel_run& run : region.runs) {
        const std::size_t row = run.begin / width, first = run.begin % width - region.begin[1];
        for (std::size_t i = first; i < first + run.length; ++i) {
            std::vector<column_run>& column = columns[i];
            if (!column.empty() && column.back().end == row)
                ++column.back().end;
            else
                column.push_back({row, row + 1});
        }
    }
    return columns;
}

/// Appends a number in COCO's characters.
inline void append_coco_number(std::string& text, std::int64_t number) {
    constexpr std::int64_t group = 0x1f, sign = 0x10, goes_on = 0x20;
    for (bool more = true; more;) {
        std::int64_t bits = number & group;
        number >>= 5;
        more = number != ((bits & sign) != 0 ? -1 : 0);
        if (more) bits |= goes_on;
        text += static_cast<char>('0' + bits);
    }
}

} // namespace maskaudit::detail

namespace maskaudit {

inline std::vector<std::uint32_t> coco_counts(const issue_region& region, std::size_t height, std::size_t width) {
    detail::require_region_in(region, height, width);
    std::vector<std::uint32_t> counts;
    std::size_t end = 0; // what has been counted, column by column
    const auto count_to = [&](std::size_t position) {
        counts.push_back(static_cast<std::uint32_t>(position - end));
        end = position;
    };
    std::size_t top = region.begin[1] * height; // of the column
    for (const std::vector<detail::column_run>& column : detail::columns_of(region, width)) {
        for (const detail::column_run& run : column) {
            if (top + run.begin == end && !counts.empty()) { // a run goes on from the column before
                counts.back() += static_cast<std::uint32_t>(run.end - run.begin);
                end = top + run.end;
            } else {
                count_to(top + run.begin);
                count_to(top + run.end);
            }
        }
        top += height;
    }
    if (end < height * width) count_to(height * width);
    return counts;
}

inline std::string coco_compressed(const std::vector<std::uint32_t>& counts) {
    constexpr std::int64_t limit = std::int64_t{1} << 29;
    std::string text;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::int64_t number = std::int64_t{counts[i]} - (i > 2 ? std::int64_t{counts[i - 2]} : 0);
        if (number < -limit || number >= limit)
            detail::refuse("count " + std::to_string(i) + " of a mask makes the number " + std::to_string(number) +
                           ": in COCO's compressed form it must be from -2^29 to 2^29 - 1");
        detail::append_coco_number(text, number);
    }
    return text;
}

} // namespace maskaudit
