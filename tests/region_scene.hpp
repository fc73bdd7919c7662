#pragma once

#include "compare.hpp"

#include <maskaudit/regions.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

// Random masks over random scenes, for what makes regions of them.

namespace maskaudit_test {

using indices = std::vector<std::size_t>;

inline indices unravelled(std::size_t position, const indices& shape) {
    indices place(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; position /= shape[axis])
        place[axis] = position % shape[axis];
    return place;
}

/// Calls f(other) for the flat positions of all pixels at most `radius` away along every axis.
template <class F>
void for_each_within(std::size_t position, const indices& shape, std::size_t radius, F f) {
    const indices middle = unravelled(position, shape);
    indices low(shape.size()), high(shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        low[axis] = middle[axis] - std::min(middle[axis], radius);
        high[axis] = std::min(middle[axis] + radius, shape[axis] - 1);
    }
    for (indices place = low;;) {
        std::size_t other = 0;
        for (std::size_t axis = 0; axis < shape.size(); ++axis)
            other = other * shape[axis] + place[axis];
        f(other);
        std::size_t axis = shape.size();
        while (axis-- > 0 && place[axis]++ == high[axis])
            place[axis] = low[axis];
        if (axis == static_cast<std::size_t>(-1)) return;
    }
}

inline bool near(double a, double b) { return std::abs(a - b) <= 1e-11 * std::max(1.0, std::abs(b)); }

inline bool is_same(const maskaudit::issue_region& a, const maskaudit::issue_region& b) {
    bool same = a.image == b.image && a.begin == b.begin && a.end == b.end && a.area == b.area && a.runs == b.runs &&
                a.given_label == b.given_label && a.predicted_label == b.predicted_label &&
                near(a.mean_quality, b.mean_quality) && near(a.mean_predicted, b.mean_predicted) &&
                near(a.severity, b.severity) && a.centroid.size() == b.centroid.size();
    for (std::size_t axis = 0; same && axis < a.centroid.size(); ++axis)
        same = near(a.centroid[axis], b.centroid[axis]);
    return same;
}

/// Whether two results are the same in every bit.
inline bool is_identical(const std::vector<maskaudit::issue_region>& a, const std::vector<maskaudit::issue_region>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const maskaudit::issue_region& x, const maskaudit::issue_region& y) {
                          return is_same(x, y) && x.centroid == y.centroid && x.mean_quality == y.mean_quality &&
                                 x.mean_predicted == y.mean_predicted && x.severity == y.severity;
                      });
}

inline std::pair<std::size_t, std::size_t> place_of(const maskaudit::issue_region& region) {
    return {region.image, region.runs.front().begin};
}

/// Most severe first, of equally severe ones the lower place.
inline bool is_ordered(const std::vector<maskaudit::issue_region>& regions) {
    return std::adjacent_find(
               regions.begin(), regions.end(), [](const maskaudit::issue_region& a, const maskaudit::issue_region& b) {
                   return a.severity < b.severity || (a.severity == b.severity && place_of(a) >= place_of(b));
               }) == regions.end();
}

/// Random issues: some in blobs that touch in many ways, whatever the labels.
inline std::vector<bool> random_mask(random_engine& random, std::size_t count, double rate) {
    std::vector<bool> mask(count);
    for (std::size_t i = 0; i < count; ++i)
        mask[i] = uniform(random) < (i > 0 && mask[i - 1] ? std::sqrt(rate) : rate);
    return mask;
}

/// A small data set as the library takes it.
struct masked_arrays {
    scene data;
    std::vector<bool> mask;
    xt::xarray<bool> issues;
    xt::xarray<int> labels;
    xt::xarray<double> pred_probs;
};

inline masked_arrays random_arrays(random_engine& random, const indices& shape, double rate, std::size_t images = 3,
                                   double ignored_rate = 0.05) {
    const auto kind = uniform(random) < 0.5 ? probabilities::sixteenths : probabilities::dirichlet;
    masked_arrays all{
        random_scene<double>(random, images, pick(random, 2, 4), shape, kind, 0.4, ignored_rate), {}, {}, {}, {}};
    all.mask = random_mask(random, all.data.labels.size(), rate);
    all.issues = make<xt::xarray<bool>>(all.data.labels_shape(), all.mask);
    all.labels = make<xt::xarray<int>>(all.data.labels_shape(), all.data.labels);
    all.pred_probs = make<xt::xarray<double>>(all.data.pred_probs_shape(), all.data.pred_probs);
    return all;
}

inline const std::vector<indices> shapes{{1},      {40},      {1, 17},   {17, 1},     {9, 13},
                                         {40, 70}, {5, 6, 7}, {1, 8, 9}, {3, 2, 4, 5}};

} // namespace maskaudit_test
