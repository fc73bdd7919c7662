#pragma once

#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/parallel.hpp>
#include <maskaudit/detail/select.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <variant>
#include <vector>

// How confident learning decides, from the evidence of all images.

namespace maskaudit::detail {

/// The outcome: what is flagged.
struct verdict {
    std::vector<double> thresholds{}; // (K)
    std::uint64_t num_flagged = 0;    // units, agreeing ones included
    double cutoff = -std::numeric_limits<double>::infinity();
    std::size_t end_image = 0, end_unit = 0; // of the units with q == cutoff, the first one that is not flagged

    bool flags(double quality, std::size_t image, std::size_t unit) const {
        return quality < cutoff ||
               (quality == cutoff && (image < end_image || (image == end_image && unit < end_unit)));
    }

    void flag_all_equals() { end_image = (std::numeric_limits<std::size_t>::max)(); }
};

/// One process, whose images are all there are. Others share the images: they agree on what is decided.
struct alone {
    /// Calls f, which may throw.
    template <class F>
    void run(F f) const {
        f();
    }

    /// Whether it is so for everyone.
    bool for_all(bool mine) const { return mine; }

    /// The sums of everyone.
    const class_sums& sum(const class_sums& mine) const { return mine; }

    /// Adds those of the others.
    void add_to(std::span<std::uint64_t>) const {}

    /// The sum of what count() gives for those whose images come before one's own.
    template <class Count>
    std::uint64_t sum_before(Count) const {
        return 0;
    }
};

/// A tile of image n.
struct tile_of_image {
    std::size_t n;
    const any_evidence* image;
    std::size_t tile;

    /// Calls f(image, tile).
    template <class F>
    auto visit(F f) const {
        return std::visit([&](const auto& evidence) { return f(evidence, evidence.tiles[tile]); }, *image);
    }
};

inline std::vector<tile_of_image> tiles_of(const all_evidence& images) {
    std::vector<tile_of_image> tiles;
    for (std::size_t n = 0; n < images.size(); ++n) {
        const auto count = std::visit([](const auto& image) { return image.tiles.size(); }, *images[n]);
        for (std::size_t tile = 0; tile < count; ++tile)
            tiles.push_back({n, images[n], tile});
    }
    return tiles;
}

/// Calls f(result, tile) for every tile, on several threads with a result each; returns the results.
template <class Result, class F>
std::vector<Result> over_tiles(const std::vector<tile_of_image>& tiles, unsigned n_jobs, const Result& initial, F f) {
    const std::size_t workers = worker_count(n_jobs, tiles.size());
    std::vector<Result> results(workers, initial);
    for_each_unit(tiles.size(), workers, [&](std::size_t i, std::size_t worker) {
        tiles[i].visit([&](const auto&, const auto& tile) { f(results[worker], tile); });
    });
    return results;
}

/// Calls f(position) for the units of a tile with this q.
template <class T, class F>
void for_each_equal(const tile_of_image& of_image, T quality, F f) {
    of_image.visit([&](const auto&, const auto& tile) {
        const auto look_at = [&](auto q, std::uint32_t position) {
            if (static_cast<T>(q) == quality) f(position);
        };
        for (const auto& unit : tile.disagreeing)
            look_at(unit.quality, unit.position);
        tile.for_each_agreeing(look_at);
    });
}

/// Flags the first `count` of one's own units with q == cutoff; all, where there are no more.
template <class T>
void flag_first(const std::vector<tile_of_image>& tiles, T cutoff, std::uint64_t count, verdict& result) {
    if (count == 0) return;
    std::vector<std::uint32_t> positions;
    for (const tile_of_image& of_image : tiles) {
        positions.clear();
        for_each_equal(of_image, cutoff, [&](std::uint32_t position) { positions.push_back(position); });
        if (positions.size() >= count) {
            const auto last = positions.begin() + static_cast<std::ptrdiff_t>(count - 1);
            std::nth_element(positions.begin(), last, positions.end());
            result.end_image = of_image.n;
            result.end_unit = of_image.visit([](const auto&, const auto& tile) { return tile.first_unit; }) + *last + 1;
            return;
        }
        count -= positions.size();
    }
    result.flag_all_equals();
}

/// Steps 2 and 3: the count, and the cutoff up to which as many units are. T holds every q exactly.
template <class T, class Group>
void set_cutoff(const std::vector<tile_of_image>& tiles, unsigned n_jobs, const Group& group, verdict& result) {
    using selection = rank_selection<T>;
    struct partial {
        std::uint64_t confident = 0;
        typename selection::histogram histogram = selection::empty_histogram();
    };
    constexpr double threshold_slack = 1e-6;
    const auto is_confident = [&](double best, std::size_t predicted) {
        return best >= result.thresholds[predicted] - threshold_slack;
    };
    selection quality;
    typename selection::place place{};
    for (bool is_first = true; !quality.is_done(); is_first = false) {
        typename selection::histogram all; // and behind it the count
        group.run([&] {
            const auto partials = over_tiles(tiles, n_jobs, partial{}, [&](partial& sums, const auto& tile) {
                for (const auto& unit : tile.disagreeing) {
                    if (is_first)
                        sums.confident += is_confident(static_cast<double>(unit.best), unit.predicted) ? 1U : 0U;
                    quality.count(static_cast<T>(unit.quality), sums.histogram);
                }
                tile.for_each_agreeing(
                    [&](auto q, std::uint32_t) { quality.count(static_cast<T>(q), sums.histogram); });
            });
            all = selection::empty_histogram();
            all.push_back(0);
            for (const partial& some : partials) {
                std::transform(some.histogram.begin(), some.histogram.end(), all.begin(), all.begin(), std::plus<>{});
                all.back() += some.confident;
            }
        });
        group.add_to(all);
        if (is_first) place.rank = result.num_flagged = all.back();
        if (place.rank == 0) return;
        place = quality.narrow(place.rank, all);
    }
    const T cutoff = quality.value();
    result.cutoff = static_cast<double>(cutoff);
    if (place.rank == place.equals) { // as a rule
        result.flag_all_equals();
        return;
    }
    const std::uint64_t before = group.sum_before([&] {
        std::uint64_t equals = 0;
        for (const tile_of_image& of_image : tiles)
            for_each_equal(of_image, cutoff, [&](std::uint32_t) { ++equals; });
        return equals;
    });
    group.run([&] { flag_first(tiles, cutoff, place.rank - (std::min)(before, place.rank), result); });
}

/// Confident learning: thresholds, count and cutoff, over the images of all of a group; `images` are one's own.
template <class Group = alone>
verdict decide(const all_evidence& images, const class_sums& sums, unsigned n_jobs, const Group& group = {}) {
    verdict result;
    std::vector<tile_of_image> tiles;
    const class_sums& all_sums = group.sum(sums);
    group.run([&] {
        result.thresholds = all_sums.thresholds();
        tiles = tiles_of(images);
    });
    const bool all_float = std::all_of(images.begin(), images.end(), [](const any_evidence* image) {
        return std::holds_alternative<image_evidence<float>>(*image);
    });
    if (group.for_all(all_float))
        set_cutoff<float>(tiles, n_jobs, group, result);
    else
        set_cutoff<double>(tiles, n_jobs, group, result);
    return result;
}

/// Calls f(position, given, predicted) for every issue pixel of a tile of image n, positions ascending.
template <class T, class F>
void for_each_issue(const tile_evidence<T>& tile, const block_grid& grid, std::size_t n, const verdict& decision, F f) {
    const auto flags = [&](T quality, std::uint32_t position) {
        return decision.flags(static_cast<double>(quality), n, tile.first_unit + position);
    };
    if (grid.factor() == 1) {
        for (const disagreement<T>& pixel : tile.disagreeing)
            if (flags(pixel.quality, pixel.position))
                f(tile.first_pixel + pixel.position, pixel.given, pixel.predicted);
        return;
    }
    std::vector<bool> flagged(tile.num_units);
    const auto mark = [&](T quality, std::uint32_t position) {
        if (flags(quality, position)) flagged[position] = true;
    };
    for (const disagreement<T>& unit : tile.disagreeing)
        mark(unit.quality, unit.position);
    tile.for_each_agreeing(mark);
    for (const suspect& pixel : tile.suspects) {
        const std::size_t position = tile.first_pixel + pixel.position;
        if (flagged[grid.block_of(position) - tile.first_unit]) f(position, pixel.given, pixel.predicted);
    }
}

/// The same for a whole image.
template <class F>
void for_each_issue(const any_evidence& evidence, std::size_t n, const verdict& decision, F f) {
    const auto visit = [&](const auto& image) {
        for (const auto& tile : image.tiles)
            for_each_issue(tile, image.grid, n, decision, f);
    };
    std::visit(visit, evidence);
}

} // namespace maskaudit::detail
