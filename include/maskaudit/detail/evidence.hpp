#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/sums.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

// What confident learning keeps of the pixels it has looked at, and how it decides.
//
// A unit is what thresholds, count and cutoff are about: a pixel, or with downsampling a block of pixels. Where no
// probability is left over (they sum to one), q <= p(predicted) means q <= 1/2, so neither the c-th smallest q nor any
// q below it is above 1/2. A unit that agrees with its label and has a larger q can never matter, and is not kept.

namespace maskaudit::detail {

/// Agreeing units with a larger q are dropped where probabilities sum to one; the margin is for their rounding.
inline constexpr double largest_relevant_quality = 0.5 + 1.0 / 64;

/// A unit whose predicted class is not the given one.
template <class T>
struct disagreement {
    std::uint32_t position; // of the unit in its tile
    std::uint16_t given, predicted;
    T quality, best;
};

/// A unit whose predicted class is the given one.
template <class T>
struct agreement {
    std::uint32_t position;
    T quality;
};

/// With downsampling, a pixel that is an issue if its block is flagged.
struct suspect {
    std::uint32_t position;
    std::uint16_t given, predicted;
};

/// What is kept of a tile; every list ascends by position.
template <class T>
struct tile_evidence {
    std::size_t first_unit = 0;
    std::size_t first_pixel = 0;
    std::size_t valid_pixels = 0;
    std::vector<disagreement<T>> disagreeing{};
    std::vector<agreement<T>> agreeing{};
    std::vector<suspect> suspects{};
    std::vector<softmin_sums> softmin{}; // a chunk each

    /// Evidence is kept for long: gives back what the lists have reserved and not used.
    void shrink_to_fit() {
        disagreeing.shrink_to_fit();
        agreeing.shrink_to_fit();
        suspects.shrink_to_fit();
    }
};

/// How an image is cut into blocks: `factor` pixels along every spatial axis. Factor 1: no blocks.
class block_grid {
public:
    block_grid(extents shape, std::size_t factor) : shape_(std::move(shape)), factor_(factor) {
        for (const std::size_t extent : shape_)
            blocks_.push_back(extent / factor_);
    }

    std::size_t factor() const noexcept { return factor_; }
    const extents& pixels() const noexcept { return shape_; }
    const extents& blocks() const noexcept { return blocks_; }

    /// The flat position of the block that the pixel at a flat position is in.
    std::size_t block_of(std::size_t pixel) const {
        std::size_t block = 0;
        std::size_t step = 1;
        for (std::size_t axis = shape_.size(); axis-- > 0; pixel /= shape_[axis], step *= blocks_[axis])
            block += pixel % shape_[axis] / factor_ * step;
        return block;
    }

private:
    extents shape_;
    std::size_t factor_;
    extents blocks_;
};

template <class T>
struct image_evidence {
    block_grid grid;
    std::vector<tile_evidence<T>> tiles{};

    std::size_t valid_pixels() const {
        std::size_t sum = 0;
        for (const tile_evidence<T>& tile : tiles)
            sum += tile.valid_pixels;
        return sum;
    }

    /// The sums are joined chunk by chunk, so that the score does not depend on how chunks make tiles.
    double softmin_score(double temperature) const {
        softmin_sums joined(temperature);
        for (const tile_evidence<T>& tile : tiles)
            for (const softmin_sums& chunk : tile.softmin)
                joined += chunk;
        return joined.score();
    }
};

/// Evidence of images whose probabilities have different types; with downsampling, blocks are in double.
using any_evidence = std::variant<image_evidence<float>, image_evidence<double>>;

/// The outcome: what is flagged.
struct verdict {
    std::vector<double> thresholds{}; // (K)
    std::uint64_t num_flagged = 0;    // units, agreeing ones included
    double cutoff = -std::numeric_limits<double>::infinity();
    std::size_t last_image = 0, last_unit = 0; // of the units with q == cutoff, the last one flagged

    bool flags(double quality, std::size_t image, std::size_t unit) const {
        return quality < cutoff ||
               (quality == cutoff && (image < last_image || (image == last_image && unit <= last_unit)));
    }
};

/// A number whose order as an unsigned integer is that of the value as a number; -0 is the same as 0.
inline std::uint64_t ordered_bits(double value) {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

inline double from_ordered_bits(std::uint64_t ordered) {
    constexpr std::uint64_t sign = std::uint64_t{1} << 63;
    return std::bit_cast<double>((ordered & sign) != 0 ? ordered ^ sign : ~ordered);
}

struct ranked_value {
    double value;
    std::uint64_t rank_among_equals; // from 1
};

/// The value of a rank (from 1, ascending) among those that for_each(f) hands to f, exactly: histograms of 16 bits at a
/// time, each within the one bucket of the last that holds the rank. Histograms add, so the values may be anywhere.
template <class ForEach>
ranked_value select_rank(std::uint64_t rank, ForEach for_each) {
    constexpr unsigned digit_bits = 16;
    std::vector<std::uint64_t> histogram(std::size_t{1} << digit_bits);
    std::uint64_t prefix = 0;
    for (unsigned shift = 64; shift > 0;) {
        shift -= digit_bits;
        std::fill(histogram.begin(), histogram.end(), std::uint64_t{0});
        for_each([&](double value) {
            const std::uint64_t digits = ordered_bits(value) >> shift;
            if (digits >> digit_bits == prefix) ++histogram[digits & (histogram.size() - 1)];
        });
        std::uint64_t digit = 0;
        for (; rank > histogram[digit]; ++digit)
            rank -= histogram[digit];
        prefix = prefix << digit_bits | digit;
    }
    return {from_ordered_bits(prefix), rank};
}

/// The evidence of every image, in the order of their indices.
using all_evidence = std::vector<const any_evidence*>;

/// Calls f(tile, n) for every tile, in order.
template <class F>
void for_each_tile_of(const all_evidence& images, F f) {
    const auto visit_image = [&](const auto& image, std::size_t n) {
        for (const auto& tile : image.tiles)
            f(tile, n);
    };
    for (std::size_t n = 0; n < images.size(); ++n)
        std::visit([&](const auto& image) { visit_image(image, n); }, *images[n]);
}

/// Confident learning: thresholds, count and cutoff.
inline verdict decide(const all_evidence& images, const class_sums& sums) {
    verdict result{.thresholds = sums.thresholds()};
    constexpr double threshold_slack = 1e-6;
    for_each_tile_of(images, [&](const auto& tile, std::size_t) {
        for (const auto& unit : tile.disagreeing)
            if (static_cast<double>(unit.best) >= result.thresholds[unit.predicted] - threshold_slack)
                ++result.num_flagged;
    });
    if (result.num_flagged == 0) return result;

    const auto for_each_quality = [&](auto f) {
        for_each_tile_of(images, [&](const auto& tile, std::size_t) {
            for (const auto& unit : tile.disagreeing)
                f(static_cast<double>(unit.quality));
            for (const auto& unit : tile.agreeing)
                f(static_cast<double>(unit.quality));
        });
    };
    auto [cutoff, equals] = select_rank(result.num_flagged, for_each_quality);
    result.cutoff = cutoff;

    // Of the units with q == cutoff the first `equals` are flagged: find the last of them.
    std::vector<std::uint32_t> positions;
    for_each_tile_of(images, [&](const auto& tile, std::size_t n) {
        if (equals == 0) return;
        positions.clear();
        const auto collect = [&, value = cutoff](const auto& units) {
            for (const auto& unit : units)
                if (static_cast<double>(unit.quality) == value) positions.push_back(unit.position);
        };
        collect(tile.disagreeing);
        collect(tile.agreeing);
        if (positions.size() >= equals) {
            const auto last = positions.begin() + static_cast<std::ptrdiff_t>(equals - 1);
            std::nth_element(positions.begin(), last, positions.end());
            result.last_image = n;
            result.last_unit = tile.first_unit + *last;
        }
        equals -= (std::min<std::uint64_t>)(equals, positions.size());
    });
    return result;
}

/// Calls f(position, given, predicted) for every issue pixel of image n, positions ascending.
template <class T, class F>
void for_each_issue(const image_evidence<T>& image, std::size_t n, const verdict& decision, F f) {
    if (image.grid.factor() == 1) {
        for (const tile_evidence<T>& tile : image.tiles)
            for (const disagreement<T>& pixel : tile.disagreeing)
                if (decision.flags(static_cast<double>(pixel.quality), n, tile.first_unit + pixel.position))
                    f(tile.first_pixel + pixel.position, pixel.given, pixel.predicted);
        return;
    }
    std::vector<bool> flagged(count_of(image.grid.blocks()));
    for (const tile_evidence<T>& tile : image.tiles) {
        const auto mark = [&](const auto& units) {
            for (const auto& unit : units)
                if (const std::size_t block = tile.first_unit + unit.position;
                    decision.flags(static_cast<double>(unit.quality), n, block))
                    flagged[block] = true;
        };
        mark(tile.disagreeing);
        mark(tile.agreeing);
    }
    for (const tile_evidence<T>& tile : image.tiles)
        for (const suspect& pixel : tile.suspects)
            if (const std::size_t position = tile.first_pixel + pixel.position; flagged[image.grid.block_of(position)])
                f(position, pixel.given, pixel.predicted);
}

} // namespace maskaudit::detail
