#pragma once

#include <maskaudit/detail/blocks.hpp>
#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/state_stream.hpp>
#include <maskaudit/detail/strip.hpp>
#include <maskaudit/detail/sums.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// What is kept of images, in a saved state; a line is a record.
//
//     image        u8 bytes of a value: 4 float, 8 double
//                  u32 axes
//                  u64 extent, for every axis
//                  tiles, until they have all pixels of the image
//     tile         u64 pixels
//                  u64 valid pixels
//                  u64 disagreeing units
//                  u8 1 where there is a q for every unit, 0 where there is a list of agreeing ones
//                  u64 agreeing units of that list; 0 where there is none
//                  u64 suspects
//                  u64 softmin chunks
//                  u32 position, u16 given, u16 predicted, value q, value p(predicted), for every disagreeing unit
//                  value q for every unit, infinite if not of an agreeing one; or u32 position, value q, for agreeing
//                  u32 position, u16 given, u16 predicted, for every suspect
//                  f64 least, f64 weighted, f64 weights, for every chunk of at most 8192 pixels
//     class sums   u64 low half and u64 high half of the total, u64 units, for every class
//
// Whatever writes or reads is a template, so that only those who save or load wait for it to compile.
//
// What can be derived is not there, so that it cannot be wrong. All else is checked as it is read: a checksum tells
// that a state is as it was written, not that this library wrote it.

namespace maskaudit::detail {

template <class T>
void write_tile(auto& to, const tile_evidence<T>& tile) {
    to.put(std::uint64_t{tile.num_pixels});
    to.put(std::uint64_t{tile.valid_pixels});
    to.put(std::uint64_t{tile.disagreeing.size()});
    to.put(std::uint8_t{tile.agreeing_qualities.empty() ? std::uint8_t{0} : std::uint8_t{1}});
    to.put(std::uint64_t{tile.agreeing.size()});
    to.put(std::uint64_t{tile.suspects.size()});
    to.put(std::uint64_t{tile.softmin.size()});
    for (const disagreement<T>& unit : tile.disagreeing)
        to.put(unit.position, unit.given, unit.predicted, unit.quality, unit.best);
    for (const T quality : tile.agreeing_qualities)
        to.put(quality);
    for (const agreement<T>& unit : tile.agreeing)
        to.put(unit.position, unit.quality);
    for (const suspect& pixel : tile.suspects)
        to.put(pixel.position, pixel.given, pixel.predicted);
    for (const softmin_part& chunk : tile.softmin)
        to.put(chunk.least, chunk.weighted, chunk.weights);
}

void write_evidence(auto& to, const any_evidence& evidence) {
    const auto write = [&]<class T>(const image_evidence<T>& image) {
        to.put(std::uint8_t{sizeof(T)});
        to.put(static_cast<std::uint32_t>(image.grid.pixels().size()));
        for (const std::size_t extent : image.grid.pixels())
            to.put(std::uint64_t{extent});
        for (const tile_evidence<T>& tile : image.tiles)
            write_tile(to, tile);
    };
    std::visit(write, evidence);
}

void write_sums(auto& to, const class_sums& sums) {
    for (const class_total& total : sums.totals()) {
        const class_total::wide all = total.all();
        to.put(static_cast<std::uint64_t>(all), static_cast<std::uint64_t>(all >> 64), total.count);
    }
}

/// What evidence that is read has to agree with.
struct evidence_rules {
    std::size_t num_classes;
    std::size_t downsample;
    double largest_quality; // of the units that are kept
};

/// How many units have been added to the class sums: known exactly where a unit is a pixel.
struct unit_count {
    std::uint64_t least = 0, most = 0;
};

/// Reads the tiles of an image, whose values are of type T.
///
/// Lists grow with what the stream gives and are copied to their place at the end of the tile, so that a count that is
/// wrong cannot ask for more memory than a small multiple of what has been read.
template <class T, class Reader>
class tile_reader {
public:
    tile_reader(Reader& from, const evidence_rules& rules, piecewise_memory& memory)
        : from_(from), rules_(rules), largest_quality_(static_cast<T>(rules.largest_quality)), memory_(memory) {}

    tile_evidence<T> read(const block_grid& grid, std::size_t first_pixel, std::size_t pixels_left, unit_count& units) {
        tile_evidence<T> tile{.first_pixel = first_pixel};
        constexpr std::uint64_t most_pixels = std::uint64_t{1} << 32; // positions have 32 bits
        tile.num_pixels = take_count("pixels in a tile", 1, (std::min<std::uint64_t>)(pixels_left, most_pixels));
        const std::size_t band = grid.factor() == 1 ? 1 : block_band::pixels(grid);
        if (tile.num_pixels % band != 0)
            from_.fail("a tile of whole bands of " + std::to_string(band) + " pixels", std::to_string(tile.num_pixels));
        tile.first_unit = grid.block_of(first_pixel);
        tile.num_units = grid.block_of(first_pixel + tile.num_pixels - 1) + 1 - tile.first_unit;
        tile.valid_pixels = take_count("valid pixels", 0, tile.num_pixels);

        const std::size_t valid_units = (std::min)(tile.num_units, tile.valid_pixels);
        const std::size_t disagreeing = take_count("disagreeing units", 0, valid_units);
        const bool of_every_unit = from_.take_flag("a flag for a q of every unit");
        const std::size_t agreeing = take_count("agreeing units", 0, of_every_unit ? 0 : valid_units - disagreeing);
        const std::size_t suspects = take_count("suspects", 0, grid.factor() == 1 ? 0 : tile.valid_pixels);
        // Each of at most strip_pixels: so a few bytes cannot stand for more pixels than there is memory to judge them.
        const std::size_t least_chunks = (tile.num_pixels - 1) / strip_pixels + 1;
        const std::size_t chunks = take_count("softmin chunks", least_chunks, tile.num_pixels);
        read_disagreeing(disagreeing, tile.num_units);
        const std::size_t kept =
            disagreeing + (of_every_unit ? read_qualities(tile.num_units) : read_agreeing(agreeing, tile.num_units));
        from_.require_number("valid units", 0, valid_units, kept);
        read_suspects(suspects, tile);
        read_softmin(chunks, tile);
        place(tile);
        units.least += grid.factor() == 1 ? valid_units : kept;
        units.most += valid_units;
        return tile;
    }

private:
    std::size_t take_count(const char* what, std::uint64_t least, std::uint64_t most) {
        return static_cast<std::size_t>(from_.template take_number<std::uint64_t>(what, least, most));
    }

    void read_disagreeing(std::size_t count, std::size_t num_units) {
        disagreeing_.clear();
        for (std::uint64_t next = 0; count > 0; --count) {
            disagreement<T> unit{};
            from_.take(unit.position, unit.given, unit.predicted, unit.quality, unit.best);
            next = require_ascending(unit.position, next, num_units);
            require_swap(unit.given, unit.predicted);
            require_quality(unit.quality);
            if (!is_probability(unit.best) || unit.best < unit.quality)
                from_.fail("a probability of the predicted class, at least that of the given one", to_text(unit.best));
            disagreeing_.push_back(unit);
        }
    }

    std::size_t read_agreeing(std::size_t count, std::size_t num_units) {
        agreeing_.clear();
        qualities_.clear();
        auto known = disagreeing_.cbegin();
        std::uint64_t next = 0;
        while (agreeing_.size() < count) {
            agreement<T> unit{};
            from_.take(unit.position, unit.quality);
            next = require_ascending(unit.position, next, num_units);
            require_agreeing(unit.position, unit.quality, known);
            agreeing_.push_back(unit);
        }
        return agreeing_.size();
    }

    std::size_t read_qualities(std::size_t num_units) {
        agreeing_.clear();
        qualities_.clear();
        auto known = disagreeing_.cbegin();
        std::size_t agreeing = 0;
        while (qualities_.size() < num_units) {
            T quality{};
            from_.take(quality);
            if (quality != std::numeric_limits<T>::infinity()) {
                require_agreeing(qualities_.size(), quality, known);
                ++agreeing;
            }
            qualities_.push_back(quality);
        }
        return agreeing;
    }

    void read_suspects(std::size_t count, tile_evidence<T>& tile) {
        for (std::uint64_t next = 0; count > 0; --count) {
            suspect pixel{};
            from_.take(pixel.position, pixel.given, pixel.predicted);
            next = require_ascending(pixel.position, next, tile.num_pixels);
            require_swap(pixel.given, pixel.predicted);
            tile.suspects.push_back(pixel);
        }
        tile.suspects.shrink_to_fit();
    }

    void read_softmin(std::size_t count, tile_evidence<T>& tile) {
        for (; count > 0; --count) {
            softmin_part chunk{};
            from_.take(chunk.least, chunk.weighted, chunk.weights);
            const bool has_least = is_probability(chunk.least) || chunk.least == softmin_part{}.least;
            const bool is_empty = chunk.weights == 0 && chunk.weighted == 0;
            const double slack = 2 * probability_slack, score = chunk.weighted / chunk.weights; // sums round
            const bool has_score = chunk.weights > 0 && std::isfinite(chunk.weights) && is_probability(chunk.least) &&
                                   score >= -slack && score <= 1 + slack;
            if (!has_least || (!is_empty && !has_score))
                from_.fail("softmin sums of probabilities",
                           to_text(chunk.least) + ", " + to_text(chunk.weighted) + ", " + to_text(chunk.weights));
            tile.softmin.push_back(chunk);
        }
        tile.softmin.shrink_to_fit();
    }

    /// Returns the least position that may come next.
    std::uint64_t require_ascending(std::uint64_t position, std::uint64_t least, std::size_t end) const {
        if (position < least || position >= end)
            from_.fail("positions that ascend, at least " + std::to_string(least) + " and below " + std::to_string(end),
                       std::to_string(position));
        return position + 1;
    }

    void require_swap(std::size_t given, std::size_t predicted) const {
        if (given >= rules_.num_classes || predicted >= rules_.num_classes || given == predicted)
            from_.fail("two classes below " + std::to_string(rules_.num_classes),
                       std::to_string(given) + " and " + std::to_string(predicted));
    }

    void require_quality(T quality) const {
        if (!is_probability(quality) || quality > largest_quality_)
            from_.fail("a probability of at most " + to_text((std::min)(largest_quality_, T{1})), to_text(quality));
    }

    /// `known` is the first disagreeing unit that is not before those seen.
    void require_agreeing(std::uint64_t position, T quality,
                          typename std::vector<disagreement<T>>::const_iterator& known) const {
        require_quality(quality);
        while (known != disagreeing_.cend() && known->position < position)
            ++known;
        if (known != disagreeing_.cend() && known->position == position)
            from_.fail("an agreeing unit", "unit " + std::to_string(position) + ", which disagrees");
    }

    /// Copies the lists to where they stay.
    void place(tile_evidence<T>& tile) {
        const std::span disagreeing(disagreeing_);
        const std::span agreeing(agreeing_);
        const std::span qualities(qualities_);
        const std::shared_ptr<std::byte> piece =
            memory_.allocate(disagreeing.size_bytes() + agreeing.size_bytes() + qualities.size_bytes());
        std::byte* const rest = piece.get() + disagreeing.size_bytes();
        tile.disagreeing = copy_to(piece.get(), disagreeing);
        tile.agreeing = copy_to(rest, agreeing);
        tile.agreeing_qualities = copy_to(rest, qualities); // one of the two is empty
        tile.memory = piece;
    }

    template <class Unit>
    static std::span<const Unit> copy_to(std::byte* to, std::span<Unit> units) {
        std::copy(units.begin(), units.end(), reinterpret_cast<Unit*>(to));
        return {reinterpret_cast<const Unit*>(to), units.size()};
    }

    Reader& from_;
    const evidence_rules& rules_;
    T largest_quality_;
    piecewise_memory& memory_;
    std::vector<disagreement<T>> disagreeing_;
    std::vector<agreement<T>> agreeing_;
    std::vector<T> qualities_;
};

/// The shape of an image (S...), whose pixels can be counted, cut into blocks.
block_grid read_grid(auto& from, const evidence_rules& rules) {
    extents shape;
    std::size_t most = (std::numeric_limits<std::size_t>::max)();
    for (auto axes = from.template take_number<std::uint32_t>("axes", 1, 0xFFFFFFFF); axes > 0; --axes) {
        shape.push_back(static_cast<std::size_t>(from.template take_number<std::uint64_t>("an extent", 0, most)));
        if (shape.back() % rules.downsample != 0)
            from.fail("an extent that downsample = " + std::to_string(rules.downsample) + " divides",
                      std::to_string(shape.back()));
        most /= (std::max<std::size_t>)(1, shape.back());
    }
    return {std::move(shape), rules.downsample};
}

/// Reads what is kept of an image, and adds to `units`. The lists lie in `memory`.
any_evidence read_evidence(auto& from, const evidence_rules& rules, piecewise_memory& memory, unit_count& units) {
    const auto bytes = from.template take_number<std::uint8_t>("bytes of a value", sizeof(float), sizeof(double));
    const bool is_double = bytes == sizeof(double);
    if (!is_double && (bytes != sizeof(float) || rules.downsample > 1))
        from.fail(rules.downsample > 1 ? "blocks of pixels in double" : "float or double",
                  "values of " + std::to_string(bytes) + " bytes");
    const auto read = [&]<class T>(image_evidence<T> image) -> any_evidence {
        tile_reader<T, std::remove_reference_t<decltype(from)>> tiles(from, rules, memory);
        const std::size_t pixels = count_of(image.grid.pixels());
        for (std::size_t first = 0; first < pixels; first += image.tiles.back().num_pixels)
            image.tiles.push_back(tiles.read(image.grid, first, pixels - first, units));
        image.tiles.shrink_to_fit();
        return image;
    };
    block_grid grid = read_grid(from, rules);
    return is_double ? read(image_evidence<double>{std::move(grid)}) : read(image_evidence<float>{std::move(grid)});
}

/// Reads the class sums (K), over as many units as the images have.
class_sums read_sums(auto& from, std::size_t num_classes, const unit_count& units) {
    std::vector<class_total> totals(num_classes);
    std::uint64_t counted = 0;
    for (class_total& total : totals) {
        std::uint64_t low = 0, high = 0;
        from.take(low, high, total.count);
        from.require_number("units of a class", 0, units.most - counted, total.count);
        counted += total.count;
        total.sum = (static_cast<class_total::wide>(static_cast<std::int64_t>(high)) << 64) | low;
        const auto of_all = [&](double q) { return static_cast<class_total::wide>(total.count) * to_fixed(q); };
        const double slack = 2 * probability_slack; // values round
        if (total.sum < of_all(-slack) || total.sum > of_all(1 + slack))
            from.fail("the sum of " + std::to_string(total.count) + " probabilities", "a number that cannot be one");
    }
    from.require_number("units of all classes", units.least, units.most, counted);
    return class_sums(std::move(totals));
}

} // namespace maskaudit::detail
