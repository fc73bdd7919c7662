#pragma once

#include <maskaudit/detail/filter_impl.hpp>
#include <maskaudit/summary.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace maskaudit::detail {

/// Issue pixels by (given, predicted).
class swap_counts {
public:
    explicit swap_counts(std::size_t num_classes)
        : num_classes_(num_classes), table_(num_classes <= most_in_table ? num_classes * num_classes : 0) {}

    void add(std::size_t given, std::size_t predicted, std::size_t pixels = 1) {
        const std::size_t pair = given * num_classes_ + predicted;
        (table_.empty() ? counts_[pair] : table_[pair]) += pixels;
    }

    swap_counts& operator+=(const swap_counts& other) {
        std::transform(table_.begin(), table_.end(), other.table_.begin(), table_.begin(), std::plus<>{});
        for (const auto& [pair, pixels] : other.counts_)
            counts_[pair] += pixels;
        return *this;
    }

    std::vector<label_swap> rows(const summary_options& summary) const {
        std::vector<label_swap> rows;
        const auto add_row = [&](std::size_t pair, std::size_t pixels) {
            const std::size_t predicted = pair % num_classes_;
            if (pixels > 0 &&
                std::find(summary.exclude.begin(), summary.exclude.end(), predicted) == summary.exclude.end())
                rows.push_back({pair / num_classes_, predicted, pixels});
        };
        for (std::size_t pair = 0; pair < table_.size(); ++pair)
            add_row(pair, table_[pair]);
        for (const auto& [pair, pixels] : counts_)
            add_row(pair, pixels);
        std::sort(rows.begin(), rows.end(), [](const label_swap& a, const label_swap& b) {
            return std::tuple(b.num_pixel_issues, a.given_label, a.predicted_label) <
                   std::tuple(a.num_pixel_issues, b.given_label, b.predicted_label);
        });
        if (rows.size() > summary.top) rows.resize(summary.top);
        return rows;
    }

private:
    static constexpr std::size_t most_in_table = 256; // classes

    std::size_t num_classes_;
    std::vector<std::size_t> table_;                      // (K, K)
    std::unordered_map<std::size_t, std::size_t> counts_; // where that would be too large
};

/// What a worker needs to look at issue pixels, and what it has made of them.
template <class T, class Result>
struct issue_scratch {
    strip<T> pixels;
    std::unique_ptr<bool[]> gathered; // issues of a strip, where they do not lie densely
    Result result;
};

/// The issues of a strip, densely.
template <class T>
const bool* issues_of(const image_view<T>& image, std::size_t first, std::size_t count,
                      std::unique_ptr<bool[]>& gathered) {
    if (const auto offset = image.issues.layout->dense_run(first, count)) return image.issues.data + *offset;
    if (!gathered) gathered = std::make_unique_for_overwrite<bool[]>(strip_pixels);
    image.issues.layout->gather(image.issues.data, first, count, gathered.get());
    return gathered.get();
}

/// Looks at `count` pixels from flat position `first` on: given (no_class where ignored or no issue) and predicted.
/// Labels and probabilities of pixels that are no issues may be anything.
template <class T>
void look_at_issues(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                    const bool* issues, strip<T>& out) {
    out.start(first, count);
    image.labels.read(first, count, rules, out.given.data(), out.segments.data());
    if (std::memchr(issues, 0, count) != nullptr) {
        for (std::size_t i = 0; i < count; ++i)
            out.given[i] = issues[i] ? out.given[i] : no_class;
        std::fill_n(out.segments.begin(), padded(count) / segment_pixels, many_classes);
    }
    image.labels.require_valid(first, count, rules, out.given.data(), image.index, image.shape);
    predict_strip(image, rules.num_classes, out);
}

/// Calls f(strip) for runs of batches that together hold every issue among `count` pixels from flat position `first`
/// on, looked at as above, in ascending order.
template <class T, class Result, class F>
void for_each_issue_part(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                         issue_scratch<T, Result>& scratch, F f) {
    for (const std::size_t end = first + count; first < end; first += strip_pixels) {
        const std::size_t left = (std::min)(strip_pixels, end - first);
        const bool* const issues = issues_of(image, first, left, scratch.gathered);
        const auto has_issue = [&](std::size_t begin) {
            return std::memchr(issues + begin, 1, (std::min)(padded_pixels, left - begin)) != nullptr;
        };
        for (std::size_t begin = 0, part_end = 0; begin < left; begin = part_end + padded_pixels) {
            for (part_end = begin; part_end < left && has_issue(part_end);)
                part_end += padded_pixels;
            if (part_end == begin) continue;
            look_at_issues(image, rules, first + begin, (std::min)(part_end, left) - begin, issues + begin,
                           scratch.pixels);
            f(std::as_const(scratch.pixels));
        }
    }
}

/// Calls f(n, strip, result) for all issues, and start(n, first, count) before those of every tile, on several threads;
/// returns the results, one a worker, each from make_result().
template <class T, class MakeResult, class Start, class F>
auto for_each_issue_strip(batch<T>& data, const options& opts, MakeResult make_result, Start start, F f) {
    using result = decltype(make_result());
    const label_rules rules{data.num_classes(), opts.ignore_label};
    const auto look = [&](const image_view<T>& image, std::size_t n, std::size_t, std::size_t first, std::size_t count,
                          issue_scratch<T, result>& scratch) {
        start(n, first, count);
        for_each_issue_part(image, rules, first, count, scratch,
                            [&](const strip<T>& pixels) { f(n, pixels, scratch.result); });
    };
    auto workers = data.for_each_tile(
        strip_pixels, opts,
        [&] {
            return issue_scratch<T, result>{strip<T>(data.image_pixels()), nullptr, make_result()};
        },
        look);
    std::vector<result> results;
    for (auto& worker : workers)
        results.push_back(std::move(worker.result));
    return results;
}

template <class T>
swap_counts count_swaps(batch<T>& data, const options& opts) {
    const auto add = [](std::size_t, const strip<T>& pixels, swap_counts& counts) {
        for (std::size_t i = 0; i < pixels.count;) { // by runs of pixels with the same two classes
            const std::size_t begin = i;
            const class_id given = pixels.given[i], predicted = pixels.predicted[i];
            while (i < pixels.count && pixels.given[i] == given &&
                   (given == no_class || pixels.predicted[i] == predicted))
                ++i;
            if (given != no_class) counts.add(given, predicted, i - begin);
        }
    };
    const auto workers = for_each_issue_strip(
        data, opts, [&] { return swap_counts(data.num_classes()); }, [](auto&&...) {}, add);
    swap_counts counts(data.num_classes());
    for (const swap_counts& worker : workers)
        counts += worker;
    return counts;
}

/// Sets the flags, row-major (N, S...), of issue pixels whose given or predicted class is class_index, and clears all
/// others.
template <class T>
void flag_class(batch<T>& data, std::size_t class_index, const options& opts, bool* flags) {
    for_each_issue_strip(
        data, opts, [] { return std::monostate(); },
        [&](std::size_t n, std::size_t first, std::size_t count) {
            std::fill_n(flags + n * data.image_pixels() + first, count, false);
        },
        [&](std::size_t n, const strip<T>& pixels, std::monostate) {
            bool* const first = flags + n * data.image_pixels() + pixels.first;
            for (std::size_t i = 0; i < pixels.count; ++i)
                first[i] = pixels.given[i] != no_class &&
                           (pixels.given[i] == class_index || pixels.predicted[i] == class_index);
        });
}

} // namespace maskaudit::detail

namespace maskaudit {

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<label_swap> common_label_issues(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                            const summary_options& summary, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    return detail::count_swaps(data, opts).rows(summary);
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> filter_by_class(std::size_t class_index, const Issues& issues, const Labels& labels,
                                              const PredProbs& pred_probs, const options& opts) {
    detail::batch<detail::computed_of<PredProbs>> data(labels, pred_probs, issues);
    auto mask = detail::make_array<issue_mask<Labels, PredProbs>>(detail::shape_of(labels));
    detail::flag_class(data, class_index, opts, mask.data());
    return mask;
}

// Twins for arguments that do not fit.

template <class Issues, class Labels, class PredProbs>
    requires(!detail::usable_issues<Issues, Labels, PredProbs>)
std::vector<label_swap> common_label_issues(const Issues&, const Labels&, const PredProbs&, const summary_options& = {},
                                            const options& = {}) {
    detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

template <class Class, class Issues, class Labels, class PredProbs>
    requires(!std::convertible_to<Class, std::size_t> || !detail::usable_issues<Issues, Labels, PredProbs>)
xt::xarray<bool> filter_by_class(const Class&, const Issues&, const Labels&, const PredProbs&, const options& = {}) {
    constexpr bool fits = std::convertible_to<Class, std::size_t>;
    static_assert(fits, "class_index comes first, and must be an integer");
    if constexpr (fits) detail::explain_arrays<Issues, Labels, PredProbs>();
    return {};
}

} // namespace maskaudit
