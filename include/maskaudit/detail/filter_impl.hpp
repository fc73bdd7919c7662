#pragma once

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/batch.hpp>
#include <maskaudit/detail/decide.hpp>
#include <maskaudit/filter.hpp>

#include <algorithm>
#include <concepts>
#include <optional>
#include <utility>
#include <vector>

namespace maskaudit::detail {

inline look_plan plan_for(const confident_learning& confident, std::size_t num_classes, const options& opts) {
    return {.rules = {num_classes, opts.ignore_label},
            .downsample = confident.downsample,
            .majority = confident.labels == downsample_labels::majority};
}

/// Evidence and verdict of confident learning over whole arrays.
struct judged {
    findings found;
    verdict decision;

    /// Sets the flags of all pixels, row-major (N, S...).
    void write(bool* flags, std::size_t image_pixels, unsigned n_jobs) const {
        const std::vector<tile_of_image> tiles = tiles_of(found.by_index());
        for_each_unit(tiles.size(), worker_count(n_jobs, tiles.size()), [&](std::size_t i, std::size_t) {
            tiles[i].visit([&](const auto& image, const auto& tile) {
                bool* const of_image = flags + tiles[i].n * image_pixels;
                std::fill_n(of_image + tile.first_pixel, tile.num_pixels, false);
                for_each_issue(tile, image.grid, tiles[i].n, decision,
                               [&](std::size_t position, auto&&...) { of_image[position] = true; });
            });
        });
    }
};

/// Looks at all images, and once more with every pixel kept should the probabilities turn out not to sum to one.
template <class T>
judged judge(batch<T>& data, const confident_learning& confident, const options& opts,
             const score_sink<T>& sink = nullptr) {
    look_plan plan = plan_for(confident, data.num_classes(), opts);
    const auto look = [&] {
        piecewise_memory memory;
        findings found = look_at_all(data, plan, opts, sink, memory);
        verdict decision = decide(found.by_index(), found.sums, opts.n_jobs);
        return judged{std::move(found), std::move(decision)};
    };
    try {
        return look();
    } catch (const not_normalized&) {
        plan.normalized = false;
        return look();
    }
}

/// Calls f(pixels, n) for strips with labels and self-confidence, in several threads, and with softmin sums if there is
/// a temperature; writes the pixel scores where there is a sink.
template <class T, class F>
void for_each_strip(batch<T>& data, const options& opts, const score_sink<T>& sink, F f,
                    const std::optional<double>& temperature = {}) {
    const label_rules rules{data.num_classes(), opts.ignore_label};
    const auto look = [&](const image_view<T>& image, std::size_t n, std::size_t, std::size_t first, std::size_t count,
                          strip<T>& pixels) {
        const score_writer<T> scores = sink ? sink(n) : score_writer<T>();
        for (const std::size_t end = first + count; first < end; first += pixels.count) {
            start_strip(image, rules, first, (std::min)(strip_pixels, end - first), scores, pixels);
            read_quality(image, rules.num_classes, temperature, pixels);
            scores.write(pixels);
            f(std::as_const(pixels), n);
        }
    };
    data.for_each_tile(
        strip_pixels, opts, [&] { return strip<T>(data.image_pixels()); }, look);
}

/// Flags the pixels whose self-confidence is below a threshold; flags are row-major (N, S...).
template <class T>
void flag_below(batch<T>& data, double threshold, const options& opts, bool* flags) {
    for_each_strip<T>(data, opts, nullptr, [&](const strip<T>& pixels, std::size_t n) {
        bool* const first = flags + n * data.image_pixels() + pixels.first;
        for (std::size_t i = 0; i < pixels.count; ++i)
            first[i] = pixels.given[i] != no_class && static_cast<double>(pixels.quality[i]) < threshold;
    });
}

/// Clears the flags of ignored pixels.
template <class Labels>
void clear_ignored(bool* flags, const Labels& labels, const options& opts) {
    if (opts.ignore_label.empty()) return;
    const auto ignored = opts.ignore_label.template as<value_of<Labels>>();
    image_source<Labels> source(labels, {true, false});
    for (std::size_t n = 0; n < labels.shape()[0]; ++n) {
        const auto image = source.image(n);
        image.layout->for_each_run(0, image.layout->pixels(),
                                   [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                                       for (std::size_t i = 0; i < length; ++i, offset += stride, ++flags)
                                           for (const auto value : ignored)
                                               if (image.data[offset] == value) *flags = false;
                                   });
    }
}

template <class Finder, class Labels, class PredProbs>
concept usable_finder = usable_arrays<Labels, PredProbs> && label_issue_finder<Finder, Labels, PredProbs>;

inline void require_threshold(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) refuse("threshold is " + to_text(threshold) + ": it must be from 0 to 1");
}

} // namespace maskaudit::detail

namespace maskaudit {

template <detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> confident_learning::operator()(const Labels& given, const PredProbs& pred_probs,
                                                             const options& opts) const {
    detail::batch<detail::computed_of<PredProbs>> data(given, pred_probs, true);
    const detail::judged judged = detail::judge(data, *this, opts);
    auto mask = detail::make_array<issue_mask<Labels, PredProbs>>(detail::shape_of(given));
    judged.write(mask.data(), data.image_pixels(), opts.n_jobs);
    return mask;
}

template <detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> below_threshold::operator()(const Labels& labels, const PredProbs& pred_probs,
                                                          const options& opts) const {
    detail::require_threshold(threshold);
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, true);
    auto mask = detail::make_array<issue_mask<Labels, PredProbs>>(detail::shape_of(labels));
    detail::flag_below(data, threshold, opts, mask.data());
    return mask;
}

template <detail::label_array Labels, detail::probability_array PredProbs, class Finder>
    requires label_issue_finder<Finder, Labels, PredProbs>
auto find_label_issues(const Labels& labels, const PredProbs& pred_probs, const Finder& finder, const options& opts)
    -> issue_mask<Labels, PredProbs> {
    const detail::extents shape = detail::shape_of(labels);
    detail::require_matching(shape, detail::shape_of(pred_probs), 1);
    auto&& found = finder(labels, pred_probs, opts);
    constexpr bool fits =
        detail::may_have_same_rank<std::remove_cvref_t<decltype(found)>, issue_mask<Labels, PredProbs>>;
    static_assert(fits, "a finder must return as many axes as labels have: (N, S...)");
    detail::require_same_shape("the finder's mask", detail::shape_of(found), "labels", shape);
    issue_mask<Labels, PredProbs> mask = std::forward<decltype(found)>(found);
    if constexpr (!std::same_as<Finder, confident_learning> && !std::same_as<Finder, below_threshold>)
        detail::clear_ignored(mask.data(), labels, opts); // ours flag none
    return mask;
}

// Twins for arguments that do not fit.

template <class Labels, class PredProbs>
    requires(!detail::usable_arrays<Labels, PredProbs>)
xt::xarray<bool> find_label_issues(const Labels&, const PredProbs&, const options& = {}) {
    detail::explain_arrays<Labels, PredProbs>();
    return {};
}

template <class Labels, class PredProbs, class Finder>
    requires(!std::convertible_to<const Finder&, const options&> && !detail::usable_finder<Finder, Labels, PredProbs>)
xt::xarray<bool> find_label_issues(const Labels&, const PredProbs&, const Finder&, const options& = {}) {
    detail::explain_arrays<Labels, PredProbs>();
    if constexpr (detail::usable_arrays<Labels, PredProbs>)
        detail::explain_finder<Finder, Labels, PredProbs, options>();
    return {};
}

} // namespace maskaudit
