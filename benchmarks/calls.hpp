#pragma once

#include "arrays.hpp"
#include "read_floor.hpp"

#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

// The calls that are measured.

namespace maskaudit_benchmarks {

/// Reads all probabilities, in order or in streams side by side; the sum is one a pixel.
template <std::size_t Streams>
inline constexpr auto sum_of_probabilities = [](const auto& input, const maskaudit::options& opts) {
    return sum_all<Streams>(input.pred_probs().data(), input.pred_probs().size(), opts.n_jobs);
};

inline constexpr auto find_label_issues = [](const auto& input, const maskaudit::options& opts) {
    return maskaudit::find_label_issues(input.labels, input.pred_probs(), opts);
};

/// Into new arrays, whose first touch counts: those of the pixel scores of the published sizes are larger than any that
/// malloc keeps for later (32 MiB).
inline constexpr auto softmin_scores = [](const auto& input, const maskaudit::options& opts) {
    return maskaudit::get_label_quality_scores(input.labels, input.pred_probs(), maskaudit::softmin{}, opts);
};

inline constexpr auto num_pixel_issues_scores = [](const auto& input, const maskaudit::options& opts) {
    return maskaudit::get_label_quality_scores(input.labels, input.pred_probs(), maskaudit::num_pixel_issues{}, opts);
};

/// Softmin into arrays that are used again by every call. Returns the sum of the image scores.
template <class T>
auto softmin_scores_to_arrays() {
    struct arrays {
        xt::xtensor<double, 1> image_scores{};
        xt::xtensor<T, 3> pixel_scores{};
    };
    return [kept = std::make_shared<arrays>()](const auto& input, const maskaudit::options& opts) {
        kept->image_scores.resize({input.labels.shape(0)}); // both keep what they have if they have that shape
        kept->pixel_scores.resize(input.labels.shape());
        maskaudit::get_label_quality_scores_to(kept->image_scores, kept->pixel_scores, input.labels, input.pred_probs(),
                                               maskaudit::softmin{}, opts);
        double sum = 0;
        for (const double score : kept->image_scores)
            sum += score;
        return sum;
    };
}

/// Image by image: what an inspector then knows.
inline constexpr auto look = [](const auto& input, const maskaudit::options& opts, bool normalized) {
    maskaudit::label_inspector inspector(
        input.pred_probs().shape(1),
        {.ignore_label = opts.ignore_label, .n_jobs = opts.n_jobs, .normalized = normalized});
    for (std::size_t n = 0; n < input.labels.shape(0); ++n)
        inspector.add(image_of(input.labels, n), image_of(input.pred_probs(), n));
    return inspector;
};

/// The same, and all results: scores, thresholds and the masks.
inline constexpr auto inspect = [](const auto& input, const maskaudit::options& opts) {
    maskaudit::inspection found = look(input, opts, true).finish();
    std::vector<xt::xarray<bool>> masks;
    for (std::size_t n = 0; n < input.labels.shape(0); ++n)
        masks.push_back(found.issues(n));
    return std::pair(std::move(found), std::move(masks));
};

} // namespace maskaudit_benchmarks
