#pragma once

#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/parallel.hpp>
#include <maskaudit/detail/select.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <variant>
#include <vector>

// How confident learning decides, from the evidence of all images.

namespace maskaudit::detail {

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

/// Steps 2 and 3: the count, and the cutoff up to which as many units are. T holds every q exactly.
template <class T>
void set_cutoff(const std::vector<tile_of_image>& tiles, unsigned n_jobs, verdict& result) {
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
        const auto partials = over_tiles(tiles, n_jobs, partial{}, [&](partial& sums, const auto& tile) {
            for (const auto& unit : tile.disagreeing) {
                if (is_first) sums.confident += is_confident(static_cast<double>(unit.best), unit.predicted) ? 1U : 0U;
                quality.count(static_cast<T>(unit.quality), sums.histogram);
            }
            tile.for_each_agreeing([&](auto q, std::uint32_t) { quality.count(static_cast<T>(q), sums.histogram); });
        });
        partial all;
        for (const partial& some : partials) {
            all.confident += some.confident;
            std::transform(some.histogram.begin(), some.histogram.end(), all.histogram.begin(), all.histogram.begin(),
                           std::plus<>{});
        }
        if (is_first) place.rank = result.num_flagged = all.confident;
        if (place.rank == 0) return;
        place = quality.narrow(place.rank, all.histogram);
    }
    const T cutoff = quality.value();
    result.cutoff = static_cast<double>(cutoff);

    if (place.rank == place.equals) { // as a rule, all units with q == cutoff are flagged
        result.last_image = tiles.back().n + 1;
        return;
    }
    // Of the units with q == cutoff the first place.rank are flagged: find the last of them.
    std::vector<std::uint32_t> positions;
    std::uint64_t rank = place.rank;
    for (const tile_of_image& of_image : tiles) {
        of_image.visit([&](const auto&, const auto& tile) {
            positions.clear();
            const auto collect = [&](auto q, std::uint32_t position) {
                if (static_cast<T>(q) == cutoff) positions.push_back(position);
            };
            for (const auto& unit : tile.disagreeing)
                collect(unit.quality, unit.position);
            tile.for_each_agreeing(collect);
            if (positions.size() < rank) {
                rank -= positions.size();
                return;
            }
            const auto last = positions.begin() + static_cast<std::ptrdiff_t>(rank - 1);
            std::nth_element(positions.begin(), last, positions.end());
            result.last_image = of_image.n;
            result.last_unit = tile.first_unit + *last;
            rank = 0;
        });
        if (rank == 0) return;
    }
}

/// Confident learning: thresholds, count and cutoff.
inline verdict decide(const all_evidence& images, const class_sums& sums, unsigned n_jobs) {
    verdict result{.thresholds = sums.thresholds()};
    const std::vector<tile_of_image> tiles = tiles_of(images);
    const bool all_float = std::all_of(images.begin(), images.end(), [](const any_evidence* image) {
        return std::holds_alternative<image_evidence<float>>(*image);
    });
    if (all_float)
        set_cutoff<float>(tiles, n_jobs, result);
    else
        set_cutoff<double>(tiles, n_jobs, result);
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
