#pragma once

#include <maskaudit/detail/boundaries.hpp>
#include <maskaudit/detail/issue_runs.hpp>
#include <maskaudit/detail/summary_impl.hpp>
#include <maskaudit/regions.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace maskaudit::detail {

/// What decides whether a region is wanted.
struct region_rank {
    std::size_t region;
    std::size_t area = 0;
    double severity = 0;

    /// Most severe first; regions are numbered by their first positions.
    friend bool operator<(const region_rank& a, const region_rank& b) {
        return std::tuple(b.severity, a.region) < std::tuple(a.severity, b.region);
    }
};

/// The regions that may be among those wanted, ascending: the others are never built.
template <class Rank>
std::vector<std::size_t> wanted_regions(std::vector<Rank> ranks, const region_options& wanted) {
    std::erase_if(ranks, [&](const Rank& rank) { return rank.area < wanted.min_area; });
    if (wanted.top != 0 && ranks.size() > wanted.top) {
        std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(wanted.top), ranks.end());
        ranks.resize(wanted.top);
    }
    std::vector<std::size_t> regions;
    regions.reserve(ranks.size());
    for (const Rank& rank : ranks)
        regions.push_back(rank.region);
    std::sort(regions.begin(), regions.end());
    return regions;
}

/// A region that runs are added to, in ascending order.
template <class Run>
class region_builder {
public:
    region_builder(std::size_t image, const extents& shape) : shape_(shape), region_{.image = image} {
        region_.begin = shape;
        region_.end.resize(shape.size());
        region_.centroid.resize(shape.size());
    }

    void add(const Run& run) {
        const std::size_t length = run.end - run.begin;
        const extents first = unravel(run.begin, shape_);
        for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
            const bool is_last = axis + 1 == shape_.size();
            const std::size_t last = first[axis] + (is_last ? length - 1 : 0);
            region_.begin[axis] = (std::min)(region_.begin[axis], first[axis]);
            region_.end[axis] = (std::max)(region_.end[axis], last + 1);
            // A sum of whole numbers and halves: exact below 2^52, whatever the order.
            region_.centroid[axis] += static_cast<double>(length) * static_cast<double>(first[axis] + last) / 2;
        }
        region_.area += length;
        region_.mean_quality += run.quality;
        region_.mean_predicted += run.best;
        region_.severity += run.evidence;
        if (const bool is_in_row = first.back() != 0; // the last one may have been of other classes
            is_in_row && !region_.runs.empty() && region_.runs.back().begin + region_.runs.back().length == run.begin)
            region_.runs.back().length += length;
        else
            region_.runs.push_back({run.begin, length});
        if (!swaps_.empty() && swaps_.back().given_label == run.given && swaps_.back().predicted_label == run.predicted)
            swaps_.back().num_pixel_issues += length;
        else
            swaps_.push_back({run.given, run.predicted, length});
    }

    issue_region finish() && {
        const auto area = static_cast<double>(region_.area);
        for (double& sum : region_.centroid)
            sum /= area;
        region_.mean_quality /= area;
        region_.mean_predicted /= area;
        const label_swap swap = most_frequent();
        region_.given_label = swap.given_label;
        region_.predicted_label = swap.predicted_label;
        return std::move(region_);
    }

private:
    label_swap most_frequent() {
        std::sort(swaps_.begin(), swaps_.end(), [](const label_swap& a, const label_swap& b) {
            return std::tuple(a.given_label, a.predicted_label) < std::tuple(b.given_label, b.predicted_label);
        });
        label_swap most{}, same{};
        for (const label_swap& swap : swaps_) {
            const bool goes_on = swap.given_label == same.given_label && swap.predicted_label == same.predicted_label;
            same = {swap.given_label, swap.predicted_label,
                    swap.num_pixel_issues + (goes_on ? same.num_pixel_issues : 0)};
            if (same.num_pixel_issues > most.num_pixel_issues) most = same;
        }
        return most;
    }

    const extents& shape_;
    issue_region region_;
    std::vector<label_swap> swaps_; // of the runs so far, unless two after one another are the same
};

/// The regions of image n, by their first positions: all that may be among those wanted.
template <class Run>
std::vector<issue_region> regions_of(const std::vector<Run>& runs, std::size_t n, const extents& shape,
                                     const region_options& wanted) {
    const auto [region_of_run, count] =
        unite_touching(runs, shape, wanted.full_connectivity, wanted.split_by_class).numbered();
    std::vector<region_rank> ranks;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (region_of_run[i] == ranks.size()) ranks.push_back({ranks.size()});
        region_rank& rank = ranks[region_of_run[i]];
        rank.area += runs[i].end - runs[i].begin;
        rank.severity += runs[i].evidence;
    }
    const std::vector<std::size_t> regions = wanted_regions(std::move(ranks), wanted);

    std::vector<std::size_t> place(count, regions.size());
    for (std::size_t i = 0; i < regions.size(); ++i)
        place[regions[i]] = i;
    std::vector<region_builder<Run>> builders(regions.size(), region_builder<Run>(n, shape));
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (const std::size_t builder = place[region_of_run[i]]; builder < builders.size())
            builders[builder].add(runs[i]);
    std::vector<issue_region> built;
    built.reserve(builders.size());
    for (region_builder<Run>& builder : builders)
        built.push_back(std::move(builder).finish());
    return built;
}

/// The most severe regions of all images, which may come in any order and from several threads. Not many more are kept
/// than are wanted.
template <class Region>
class region_ranking {
public:
    explicit region_ranking(std::size_t top) : top_(top) {}

    void add(std::vector<Region> of_image) {
        const std::lock_guard lock(mutex_);
        regions_.insert(regions_.end(), std::make_move_iterator(of_image.begin()),
                        std::make_move_iterator(of_image.end()));
        if (top_ != 0 && regions_.size() / 2 > top_) cut();
    }

    /// Most severe first; ends the ranking.
    std::vector<Region> sorted() && {
        cut();
        std::sort(regions_.begin(), regions_.end(), is_before);
        return std::move(regions_);
    }

private:
    static bool is_before(const Region& a, const Region& b) {
        return std::tuple(b.severity, a.image, a.runs.front().begin) <
               std::tuple(a.severity, b.image, b.runs.front().begin);
    }

    void cut() {
        if (top_ == 0 || regions_.size() <= top_) return;
        const auto end = regions_.begin() + static_cast<std::ptrdiff_t>(top_);
        std::nth_element(regions_.begin(), end, regions_.end(), is_before);
        regions_.erase(end, regions_.end());
    }

    std::size_t top_; // 0: all
    std::mutex mutex_{};
    std::vector<Region> regions_{};
};

template <class T>
std::vector<issue_region> find_regions(batch<T>& data, const region_options& wanted, const options& opts) {
    const label_rules rules{data.num_classes(), opts.ignore_label};
    const extents& shape = data.image_shape();
    region_ranking<issue_region> ranking(wanted.top);
    const auto look = [&](const image_view<T>& image, std::size_t n, std::size_t, std::size_t first, std::size_t count,
                          issue_scratch<T, run_list<issue_run>>& scratch) {
        run_list<issue_run>& runs = scratch.result;
        runs.start(shape.back());
        for_each_issue_part(image, rules, first, count, scratch, [&](const strip<T>& pixels) { runs.add(pixels); });
        ranking.add(regions_of(runs.all(), n, shape, wanted));
    };
    const std::size_t whole_image = (std::max)(std::size_t{1}, data.image_pixels());
    data.for_each_tile(
        whole_image, opts,
        [&] {
            return issue_scratch<T, run_list<issue_run>>{strip<T>(data.image_pixels()), nullptr, {}};
        },
        look);
    return std::move(ranking).sorted();
}

/// Calls f(n, labels, issues) with the images of two arrays, on several threads unless one of them is lazy: evaluating
/// is not safe in several threads.
template <class Labels, class Issues, class F>
void for_each_labelled_image(const Labels& labels, const Issues& issues, const options& opts, F f) {
    image_source<Labels> of_labels(labels, {true, false});
    image_source<Issues> of_issues(issues, {true, false});
    const std::size_t count = labels.shape()[0];
    const bool in_place = image_source<Labels>::has_all && image_source<Issues>::has_all;
    progress_meter progress(opts, count, 1);
    for_each_unit(count, in_place ? worker_count(opts.n_jobs, count) : 1, [&](std::size_t n, std::size_t) {
        f(n, of_labels.image(n), of_issues.image(n));
        progress.tile_done(n);
    });
}

/// Refuses labels of a type that cannot name every class.
template <class Label>
void require_room_for(std::size_t num_classes) {
    constexpr auto most = static_cast<unsigned long long>((std::numeric_limits<Label>::max)());
    if (num_classes - 1 > most)
        refuse("labels are of a type that holds numbers up to " + std::to_string(most) + ", pred_probs have " +
               std::to_string(num_classes) + " classes: suggested labels must hold every class");
}

/// Sets the labels, row-major (N, S...), of issue pixels to the predicted class.
template <class T, class Label>
void correct_labels(batch<T>& data, const options& opts, Label* labels) {
    for_each_issue_strip(
        data, opts, [] { return std::monostate(); }, [](auto&&...) {},
        [&](std::size_t n, const strip<T>& pixels, std::monostate) {
            Label* const first = labels + n * data.image_pixels() + pixels.first;
            for (std::size_t i = 0; i < pixels.count; ++i)
                if (pixels.given[i] != no_class) first[i] = static_cast<Label>(pixels.predicted[i]);
        });
}

} // namespace maskaudit::detail

namespace maskaudit {

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<issue_region> issue_regions(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                        const region_options& regions, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    return detail::find_regions(data, regions, opts);
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
array_of<detail::value_of<Labels>, detail::result_rank<Labels, PredProbs>()>
suggested_labels(const Issues& issues, const Labels& labels, const PredProbs& pred_probs, const options& opts) {
    using label = detail::value_of<Labels>;
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    detail::require_room_for<label>(data.num_classes());
    using result = array_of<label, detail::result_rank<Labels, PredProbs>()>;
    auto suggested = detail::make_array<result>(detail::shape_of(labels));
    xt::noalias(suggested) = labels;
    detail::correct_labels(data, opts, suggested.data());
    return suggested;
}

template <detail::boolean_array Issues, detail::label_array Labels>
array_of<bool, detail::issues_rank<Issues, Labels>()> away_from_boundaries(const Issues& issues, const Labels& labels,
                                                                           std::size_t radius, const options& opts) {
    const detail::extents shape = detail::shape_of(labels);
    if (shape.size() < 2) detail::refuse("labels have shape " + detail::to_text(shape) + ": they must be (N, S...)");
    detail::require_same_shape("issues", detail::shape_of(issues), "labels", shape);
    auto inner = detail::make_array<array_of<bool, detail::issues_rank<Issues, Labels>()>>(shape);
    const detail::extents image_shape = detail::drop_front(shape, 1);
    const std::size_t pixels = detail::count_of(image_shape);
    const auto ignored = opts.ignore_label.template as<detail::value_of<Labels>>();
    detail::for_each_labelled_image(labels, issues, opts, [&](std::size_t n, const auto& given, const auto& flags) {
        if (pixels == 0) return;
        bool* const of_image = inner.data() + n * pixels;
        flags.layout->gather(flags.data, 0, pixels, of_image);
        detail::keep_inner_issues(given, image_shape, radius, ignored, of_image);
    });
    return inner;
}

// Twins for arguments that do not fit.

template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
std::vector<issue_region> issue_regions(const Issues&, const Labels&, const PredProbs&, const region_options& = {},
                                        const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
xt::xarray<int> suggested_labels(const Issues&, const Labels&, const PredProbs&, const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

template <class Issues, class Labels>
    requires(!detail::boolean_array<Issues> || !detail::label_array<Labels>)
xt::xarray<bool> away_from_boundaries(const Issues&, const Labels&, std::size_t, const options& = {}) {
    detail::explain_issues<Issues>();
    detail::explain_labels<Labels>();
    return {};
}

} // namespace maskaudit
