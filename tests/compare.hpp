#pragma once

#include "oracle.hpp"

#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

// The public functions against the oracle.

namespace maskaudit_test {

/// Image scores agree with the formula to a relative 1e-12 or an absolute 1e-15.
inline bool close(double a, double b) { return std::abs(a - b) <= std::max(1e-12 * std::abs(b), 1e-15); }

template <class Array>
Array make(const std::vector<std::size_t>& shape, const auto& values) {
    xt::xarray<typename Array::value_type> flat = xt::xarray<typename Array::value_type>::from_shape(shape);
    std::transform(values.begin(), values.end(), flat.template begin<xt::layout_type::row_major>(),
                   [](auto value) { return static_cast<typename Array::value_type>(value); });
    return Array(flat);
}

inline maskaudit::ignored_labels ignored_of(const scene& data) {
    maskaudit::ignored_labels ignored;
    for (const std::int64_t label : data.ignored)
        ignored.insert(label);
    return ignored;
}

/// Row-major elements of a result whose shape has been checked.
template <class Mask>
std::vector<bool> flat(const Mask& mask, const std::vector<std::size_t>& shape) {
    REQUIRE(std::vector<std::size_t>(mask.shape().begin(), mask.shape().end()) == shape);
    return std::vector<bool>(mask.template begin<xt::layout_type::row_major>(),
                             mask.template end<xt::layout_type::row_major>());
}

/// Where two masks differ, so that a failing test does not print the masks.
inline std::vector<std::size_t> differences(const std::vector<bool>& a, const std::vector<bool>& b) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
        if (i >= a.size() || i >= b.size() || a[i] != b[i]) places.push_back(i);
    return places;
}

template <class Scores>
void check_pixel_scores(const scene& data, const Scores& scores) {
    REQUIRE(std::vector<std::size_t>(scores.shape().begin(), scores.shape().end()) == data.labels_shape());
    auto score = scores.template begin<xt::layout_type::row_major>();
    bool equal = true;
    for (std::size_t n = 0; n < data.images; ++n)
        for (std::size_t s = 0; s < data.pixels(); ++s, ++score)
            equal &= static_cast<double>(*score) == quality(data, n, s);
    CHECK(equal);
}

/// Both ways of reading: all classes, and that of the label alone. check_all() takes much longer to compile.
template <class Labels, class PredProbs>
void check_issues_and_scores(const scene& data, const Labels& labels, const PredProbs& pred_probs,
                             const maskaudit::options& base = {}) {
    maskaudit::options opts = base;
    opts.ignore_label = ignored_of(data);
    for (std::size_t factor = 1; factor <= 2; ++factor) {
        const auto divides = [=](std::size_t extent) { return extent % factor == 0; };
        if (!std::all_of(data.image_shape.begin(), data.image_shape.end(), divides)) continue;
        const auto mask = maskaudit::find_label_issues(labels, pred_probs, {.downsample = factor}, opts);
        CHECK(differences(flat(mask, data.labels_shape()), confident_learning(data, factor).mask).empty());
    }
    const auto scores = maskaudit::get_label_quality_scores(labels, pred_probs, opts);
    check_pixel_scores(data, scores.pixel_scores);
    for (std::size_t n = 0; n < data.images; ++n)
        CHECK(close(scores.image_scores(n), softmin(data, n, 0.1)));
}

/// find_label_issues, both image scores and both summaries, whatever the types and layouts of the arrays.
template <class Labels, class PredProbs>
void check_all(const scene& data, const Labels& labels, const PredProbs& pred_probs,
               const maskaudit::confident_learning& finder = {}, const maskaudit::options& base = {}) {
    maskaudit::options opts = base;
    opts.ignore_label = ignored_of(data);
    const bool majority = finder.labels == maskaudit::downsample_labels::majority;
    const verdict expected = confident_learning(data, finder.downsample, majority);

    const auto mask = maskaudit::find_label_issues(labels, pred_probs, finder, opts);
    CHECK(differences(flat(mask, data.labels_shape()), expected.mask).empty());

    const auto soft = maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{0.05}, opts);
    const auto issues =
        maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{finder}, opts);
    check_pixel_scores(data, soft.pixel_scores);
    check_pixel_scores(data, issues.pixel_scores);
    REQUIRE(soft.image_scores.size() == data.images);
    REQUIRE(issues.image_scores.size() == data.images);
    for (std::size_t n = 0; n < data.images; ++n) {
        CHECK(close(soft.image_scores(n), softmin(data, n, 0.05)));
        CHECK(issues.image_scores(n) == issue_score(data, expected.mask, n));
    }

    std::size_t pixels = 0;
    const auto counts = swaps(data, expected.mask);
    const auto rows = maskaudit::common_label_issues(mask, labels, pred_probs, {.top = 100000}, opts);
    REQUIRE(rows.size() == counts.size());
    for (const auto& row : rows) {
        CHECK(counts.at({row.given_label, row.predicted_label}) == row.num_pixel_issues);
        if (pixels != 0) CHECK(row.num_pixel_issues <= pixels);
        pixels = row.num_pixel_issues;
    }

    const std::size_t k = data.classes / 2;
    std::vector<bool> of_class = expected.mask;
    for (std::size_t i = 0; i < of_class.size(); ++i)
        of_class[i] = of_class[i] && (static_cast<std::size_t>(data.labels[i]) == k ||
                                      predicted(data, i / data.pixels(), i % data.pixels()) == k);
    const auto filtered = maskaudit::filter_by_class(k, mask, labels, pred_probs, opts);
    CHECK(differences(flat(filtered, data.labels_shape()), of_class).empty());
}

} // namespace maskaudit_test
