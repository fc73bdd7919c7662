#pragma once

#include <maskaudit/detail/filter_impl.hpp>
#include <maskaudit/summary.hpp>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <unordered_map>

namespace maskaudit::detail {

/// Issue pixels by (given, predicted).
class swap_counts {
public:
    void add(std::size_t given, std::size_t predicted, std::size_t pixels = 1) {
        counts_[std::uint64_t{given} << 32 | predicted] += pixels;
    }

    swap_counts& operator+=(const swap_counts& other) {
        for (const auto& [pair, pixels] : other.counts_)
            counts_[pair] += pixels;
        return *this;
    }

    std::vector<label_swap> rows(const summary_options& summary) const {
        std::vector<label_swap> rows;
        for (const auto& [pair, pixels] : counts_) {
            const std::size_t predicted = pair & 0xFFFFFFFF;
            if (std::find(summary.exclude.begin(), summary.exclude.end(), predicted) == summary.exclude.end())
                rows.push_back({pair >> 32, predicted, pixels});
        }
        std::sort(rows.begin(), rows.end(), [](const label_swap& a, const label_swap& b) {
            return std::tuple(b.num_pixel_issues, a.given_label, a.predicted_label) <
                   std::tuple(a.num_pixel_issues, b.given_label, b.predicted_label);
        });
        if (rows.size() > summary.top) rows.resize(summary.top);
        return rows;
    }

private:
    std::unordered_map<std::uint64_t, std::size_t> counts_;
};

/// Calls f(n, position, given, predicted, scratch) for every issue pixel that is not ignored, on several threads;
/// returns the scratch objects, one a worker.
template <class T, class MakeScratch, class F>
auto for_each_issue_pixel(batch<T>& data, const options& opts, MakeScratch make_scratch, F f) {
    const label_rules rules{data.num_classes(), opts.ignore_label};
    const auto look = [&](const image_view<T>& image, std::size_t n, std::size_t, std::size_t first, std::size_t count,
                          auto& scratch) {
        std::size_t position = first;
        image.issues.layout->for_each_run(
            first, count, [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                for (const std::size_t end = position + length; position < end; ++position, offset += stride) {
                    if (!image.issues.data[offset]) continue;
                    class_id given = no_class;
                    image.labels.read(position, 1, rules, &given, image.index, image.shape);
                    if (given != no_class)
                        f(n, position, given, predicted_at(image, rules.num_classes, position), scratch);
                }
            });
    };
    return data.for_each_tile(strip_pixels, opts, make_scratch, look);
}

template <class T>
swap_counts count_swaps(batch<T>& data, const options& opts) {
    const auto workers = for_each_issue_pixel(
        data, opts, [] { return swap_counts{}; },
        [](std::size_t, std::size_t, std::size_t given, std::size_t predicted, swap_counts& counts) {
            counts.add(given, predicted);
        });
    swap_counts counts;
    for (const swap_counts& worker : workers)
        counts += worker;
    return counts;
}

/// Sets the flags, row-major (N, S...), of issue pixels whose given or predicted class is class_index.
template <class T>
void flag_class(batch<T>& data, std::size_t class_index, const options& opts, bool* flags) {
    for_each_issue_pixel(
        data, opts, [] { return 0; },
        [&](std::size_t n, std::size_t position, std::size_t given, std::size_t predicted, int) {
            flags[n * data.image_pixels() + position] = given == class_index || predicted == class_index;
        });
}

} // namespace maskaudit::detail

namespace maskaudit {

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<label_swap> common_label_issues(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                            const summary_options& summary, const options& opts) {
    detail::batch<detail::value_of<PredProbs>> data(labels, pred_probs, issues);
    return detail::count_swaps(data, opts).rows(summary);
}

template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> filter_by_class(std::size_t class_index, const Issues& issues, const Labels& labels,
                                              const PredProbs& pred_probs, const options& opts) {
    detail::batch<detail::value_of<PredProbs>> data(labels, pred_probs, issues);
    auto mask = detail::make_array<issue_mask<Labels, PredProbs>>(detail::shape_of(labels));
    mask.fill(false);
    detail::flag_class(data, class_index, opts, mask.data());
    return mask;
}

} // namespace maskaudit
