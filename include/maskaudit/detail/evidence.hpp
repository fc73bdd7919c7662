#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/pages.hpp>
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

/// Units whose predicted class is not the given one, in columns.
template <class T>
struct disagreements {
    std::span<const std::uint32_t> position{}; // of the unit in its tile, ascending
    std::span<const std::uint16_t> given{}, predicted{};
    std::span<const T> quality{}, best{};

    std::size_t size() const noexcept { return position.size(); }
};

/// q of units whose predicted class is the given one: with their positions, or, where they are many, of every unit of
/// the tile, infinite where it is none of these.
template <class T>
struct agreements {
    std::span<const std::uint32_t> position{}; // ascending; empty where quality has every unit
    std::span<const T> quality{};

    std::uint32_t position_of(std::size_t i) const {
        return position.empty() ? static_cast<std::uint32_t>(i) : position[i];
    }
};

/// With downsampling, a pixel that is an issue if its block is flagged.
struct suspect {
    std::uint32_t position; // in its tile
    std::uint16_t given, predicted;
};

/// What is kept of a tile.
template <class T>
struct tile_evidence {
    std::size_t first_unit = 0, num_units = 0;
    std::size_t first_pixel = 0, num_pixels = 0;
    std::size_t valid_pixels = 0;
    disagreements<T> disagreeing{};
    agreements<T> agreeing{};
    std::shared_ptr<const std::byte> memory{}; // of the columns
    std::vector<suspect> suspects{};           // ascending by position
    std::vector<softmin_sums> softmin{};       // a chunk each
};

/// What a worker finds in a tile, before it is known how much it is: columns with room for every unit, not touched
/// before they are needed.
template <class T>
class evidence_buffer {
public:
    explicit evidence_buffer(std::size_t units)
        : position_(room<std::uint32_t>(units)), given_(room<std::uint16_t>(units)),
          predicted_(room<std::uint16_t>(units)), quality_(room<T>(units)), best_(room<T>(units)),
          agreeing_position_(room<std::uint32_t>(units)), agreeing_quality_(room<T>(units)) {}

    void clear() { disagreeing_ = agreeing_ = 0; }

    void add_disagreement(std::uint32_t position, class_id given, class_id predicted, T quality, T best) {
        position_[disagreeing_] = position;
        given_[disagreeing_] = static_cast<std::uint16_t>(given);
        predicted_[disagreeing_] = static_cast<std::uint16_t>(predicted);
        quality_[disagreeing_] = quality;
        best_[disagreeing_] = best;
        ++disagreeing_;
    }

    void add_agreement(std::uint32_t position, T quality) {
        agreeing_position_[agreeing_] = position;
        agreeing_quality_[agreeing_] = quality;
        ++agreeing_;
    }

    /// Copies what has been found, in as few bytes as it takes.
    void move_to(tile_evidence<T>& tile, piecewise_memory& memory) {
        const bool is_sparse = agreeing_ * (sizeof(std::uint32_t) + sizeof(T)) <= tile.num_units * sizeof(T);
        const std::size_t qualities = is_sparse ? agreeing_ : tile.num_units;
        const std::size_t bytes = disagreeing_ * (2 * sizeof(T) + 2 * sizeof(std::uint32_t)) + qualities * sizeof(T) +
                                  (is_sparse ? agreeing_ * sizeof(std::uint32_t) : 0);
        const std::shared_ptr<std::byte> piece = memory.allocate(bytes);
        std::byte* place = piece.get();
        const auto copy = [&]<class Value>(const std::unique_ptr<Value[]>& from, std::size_t count) {
            auto* const to = reinterpret_cast<Value*>(place);
            std::copy_n(from.get(), count, to);
            place += count * sizeof(Value);
            return std::span<Value>(to, count);
        };
        // The widest first, so that all are aligned.
        tile.disagreeing.quality = copy(quality_, disagreeing_);
        tile.disagreeing.best = copy(best_, disagreeing_);
        if (is_sparse) {
            tile.agreeing.quality = copy(agreeing_quality_, agreeing_);
            tile.agreeing.position = copy(agreeing_position_, agreeing_);
        } else {
            const std::span<T> all(reinterpret_cast<T*>(place), tile.num_units);
            std::fill(all.begin(), all.end(), std::numeric_limits<T>::infinity());
            for (std::size_t i = 0; i < agreeing_; ++i)
                all[agreeing_position_[i]] = agreeing_quality_[i];
            tile.agreeing.quality = all;
            place += all.size_bytes();
        }
        tile.disagreeing.position = copy(position_, disagreeing_);
        tile.disagreeing.given = copy(given_, disagreeing_);
        tile.disagreeing.predicted = copy(predicted_, disagreeing_);
        tile.memory = piece;
        clear();
    }

private:
    template <class Value>
    static std::unique_ptr<Value[]> room(std::size_t size) {
        return std::make_unique_for_overwrite<Value[]>(size);
    }

    std::unique_ptr<std::uint32_t[]> position_;
    std::unique_ptr<std::uint16_t[]> given_, predicted_;
    std::unique_ptr<T[]> quality_, best_;
    std::unique_ptr<std::uint32_t[]> agreeing_position_;
    std::unique_ptr<T[]> agreeing_quality_;
    std::size_t disagreeing_ = 0, agreeing_ = 0;
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

/// The evidence of every image, in the order of their indices.
using all_evidence = std::vector<const any_evidence*>;

} // namespace maskaudit::detail
