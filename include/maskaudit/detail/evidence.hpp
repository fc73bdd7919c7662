#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/memory.hpp>
#include <maskaudit/detail/sums.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

// What confident learning keeps of the pixels it has looked at.
//
// A unit is what thresholds, count and cutoff are about: a pixel, or with downsampling a block of pixels. Where no
// probability is left over (they sum to one), q <= p(predicted) means q <= 1/2, so neither the c-th smallest q nor any
// q below it is above 1/2. A unit that agrees with its label and has a larger q can never matter, and is not kept.

namespace maskaudit::detail {

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
    std::uint32_t position; // in its tile
    std::uint16_t given, predicted;
};

/// What is kept of a tile; lists ascend by position.
template <class T>
struct tile_evidence {
    std::size_t first_unit = 0, num_units = 0;
    std::size_t first_pixel = 0, num_pixels = 0;
    std::size_t valid_pixels = 0;
    std::span<const disagreement<T>> disagreeing{};
    std::span<const agreement<T>> agreeing{};  // one of these two is empty:
    std::span<const T> agreeing_qualities{};   // where they are many, of every unit, infinite if not of an agreeing one
    std::shared_ptr<const std::byte> memory{}; // of these lists
    std::vector<suspect> suspects{};
    std::vector<softmin_part> softmin{}; // a chunk each

    /// Calls f(quality, position) for the agreeing units.
    template <class F>
    void for_each_agreeing(F f) const {
        for (const agreement<T>& unit : agreeing)
            f(unit.quality, unit.position);
        for (std::size_t i = 0; i < agreeing_qualities.size(); ++i)
            if (agreeing_qualities[i] != std::numeric_limits<T>::infinity())
                f(agreeing_qualities[i], static_cast<std::uint32_t>(i));
    }
};

/// What a worker finds in a tile, before it is known how much it is: room for every unit, not touched before it is
/// needed.
template <class T>
class evidence_buffer {
public:
    explicit evidence_buffer(std::size_t units)
        : disagreeing_(std::make_unique_for_overwrite<disagreement<T>[]>(units)),
          agreeing_(std::make_unique_for_overwrite<agreement<T>[]>(units)) {}

    void add(const disagreement<T>& unit) { disagreeing_[num_disagreeing_++] = unit; }
    void add(const agreement<T>& unit) { agreeing_[num_agreeing_++] = unit; }

    /// Copies what has been found, in as few bytes as it takes.
    void move_to(tile_evidence<T>& tile, piecewise_memory& memory) {
        const std::span disagreeing(disagreeing_.get(), num_disagreeing_);
        const std::span agreeing(agreeing_.get(), num_agreeing_);
        const bool is_sparse = agreeing.size_bytes() <= tile.num_units * sizeof(T);
        const std::size_t bytes = is_sparse ? agreeing.size_bytes() : tile.num_units * sizeof(T);
        const std::shared_ptr<std::byte> piece = memory.allocate(disagreeing.size_bytes() + bytes);
        tile.memory = piece;
        tile.disagreeing = copy(disagreeing, piece.get());
        if (is_sparse) {
            tile.agreeing = copy(agreeing, piece.get() + disagreeing.size_bytes());
        } else {
            const std::span all(reinterpret_cast<T*>(piece.get() + disagreeing.size_bytes()), tile.num_units);
            std::fill(all.begin(), all.end(), std::numeric_limits<T>::infinity());
            for (const agreement<T>& unit : agreeing)
                all[unit.position] = unit.quality;
            tile.agreeing_qualities = all;
        }
        num_disagreeing_ = num_agreeing_ = 0;
    }

private:
    template <class Unit>
    static std::span<const Unit> copy(std::span<Unit> units, std::byte* to) {
        std::copy(units.begin(), units.end(), reinterpret_cast<Unit*>(to));
        return {reinterpret_cast<const Unit*>(to), units.size()};
    }

    std::unique_ptr<disagreement<T>[]> disagreeing_;
    std::unique_ptr<agreement<T>[]> agreeing_;
    std::size_t num_disagreeing_ = 0, num_agreeing_ = 0;
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
            for (const softmin_part& chunk : tile.softmin)
                joined += chunk;
        return joined.score();
    }
};

/// Evidence of images whose probabilities have different types; with downsampling, blocks are in double.
using any_evidence = std::variant<image_evidence<float>, image_evidence<double>>;

/// The evidence of every image, in the order of their indices.
using all_evidence = std::vector<const any_evidence*>;

} // namespace maskaudit::detail
