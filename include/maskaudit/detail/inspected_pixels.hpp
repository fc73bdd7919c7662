#pragma once

#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/parallel.hpp>
#include <maskaudit/detail/regions_impl.hpp>
#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What an inspector still knows of single pixels: the disagreeing ones, issues among them.

namespace maskaudit::detail {

/// q and p of every unit of a tile that can be flagged.
template <class T>
std::vector<std::pair<T, T>> unit_values(const tile_evidence<T>& tile) {
    std::vector<std::pair<T, T>> values(tile.num_units);
    tile.for_each_agreeing([&](T quality, std::uint32_t unit) { values[unit] = {quality, quality}; });
    for (const disagreement<T>& unit : tile.disagreeing)
        values[unit.position] = {unit.quality, unit.best};
    return values;
}

/// Calls f(position, given, predicted, q, p) for the disagreeing pixels of an image, positions ascending. With
/// downsampling q and p are those of their blocks, and 0 where the block agrees so surely that it cannot be flagged.
template <class T, class F>
void for_each_disagreement(const image_evidence<T>& image, F f) {
    for (const tile_evidence<T>& tile : image.tiles) {
        if (image.grid.factor() == 1) {
            for (const disagreement<T>& pixel : tile.disagreeing)
                f(tile.first_pixel + pixel.position, pixel.given, pixel.predicted, pixel.quality, pixel.best);
            continue;
        }
        const auto values = unit_values(tile);
        for (const suspect& pixel : tile.suspects) {
            const std::size_t position = tile.first_pixel + pixel.position;
            const auto [quality, best] = values[image.grid.block_of(position) - tile.first_unit];
            f(position, pixel.given, pixel.predicted, quality, best);
        }
    }
}

/// The issues of image n as runs.
template <class Run, class T>
run_list<Run> runs_of(const image_evidence<T>& image, const std::vector<std::size_t>& issues, std::size_t n) {
    run_list<Run> runs;
    runs.start(image.grid.pixels().back());
    auto next = issues.begin();
    for_each_disagreement(image, [&](std::size_t position, class_id given, class_id predicted, T quality, T best) {
        if (next == issues.end() || *next != position) return;
        ++next;
        runs.add(position, given, predicted, static_cast<double>(quality), static_cast<double>(best));
    });
    if (next != issues.end())
        refuse("found has an issue at position " + std::to_string(*next) + " of image " + std::to_string(n) +
               ", where this inspector has found none: it must be what finish() returned, or less");
    return runs;
}

} // namespace maskaudit::detail

namespace maskaudit {

template <std::same_as<region_options> Options>
std::vector<issue_region> label_inspector::issue_regions(const inspection& found, const Options& regions) const {
    const detail::all_evidence images = evidence_by_index(taken_.empty() ? 0 : *taken_.begin());
    const std::size_t count = images.size();
    if (found.images.size() != count)
        detail::refuse("found has " + std::to_string(found.images.size()) + " images, the inspector " +
                       std::to_string(count) + ": they must be the same");
    detail::region_ranking<issue_region> ranking(regions.top);
    detail::for_each_unit(count, detail::worker_count(options_.n_jobs, count), [&](std::size_t n, std::size_t) {
        if (found.images[n].positions.empty()) return;
        const auto look = [&](const auto& image) {
            const auto runs = detail::runs_of<detail::issue_run>(image, found.images[n].positions, n);
            ranking.add(detail::regions_of(runs.all(), n, image.grid.pixels(), regions));
        };
        std::visit(look, *images[n]);
    });
    return std::move(ranking).sorted();
}

template <class Pixels>
Pixels label_inspector::disagreements(std::size_t index) const {
    const auto is_wanted = [&](const entry& image) { return image.index == index; };
    auto found = images_.begin() + static_cast<std::ptrdiff_t>((std::min)(index, images_.size()));
    if (found == images_.end() || !is_wanted(*found)) // as a rule they came in order
        found = std::find_if(images_.begin(), images_.end(), is_wanted);
    if (found == images_.end()) detail::refuse("image " + std::to_string(index) + " does not exist");
    Pixels pixels;
    const auto collect = [&](const auto& image) {
        pixels.shape = image.grid.pixels();
        detail::for_each_disagreement(image, [&](std::size_t position, auto given, auto predicted, auto, auto) {
            pixels.positions.push_back(position);
            pixels.given.push_back(given);
            pixels.predicted.push_back(predicted);
        });
    };
    std::visit(collect, found->evidence);
    return pixels;
}

} // namespace maskaudit
