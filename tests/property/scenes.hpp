#pragma once

#include "../compare.hpp"

#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <ostream>
#include <rapidcheck.h>
#include <string>
#include <utility>
#include <vector>

// Small data sets that RapidCheck makes, and makes smaller where a property fails.

namespace maskaudit_test {

/// Whether the property holds for 100 data sets; tells of one that it fails for, and of the seed. RC_PARAMS in the
/// environment has the seed and more to say: `RC_PARAMS="seed=7 max_success=100000"`.
template <class Property>
bool holds(Property&& property) {
    const std::string settings = "max_success=100 seed=" + std::to_string(seed());
    setenv("RC_PARAMS", settings.c_str(), 0); // read once, by the first check
    return rc::check(std::forward<Property>(property));
}

/// Whether some pixels may have two classes of the same, highest probability.
enum class ties { allowed, excluded };

/// Any small data set with probabilities that sum to one: fractions with small denominators, so that pixels often have
/// the same. Label 255 is ignored.
inline scene any_scene(ties tied = ties::allowed) {
    using rc::gen::inRange;
    scene data{*inRange<std::size_t>(1, 5), *inRange<std::size_t>(1, 6), {}, {}, {}, {255}};
    data.image_shape =
        *rc::gen::container<std::vector<std::size_t>>(*inRange<std::size_t>(1, 4), inRange<std::size_t>(1, 7));
    const std::size_t pixels = data.images * data.pixels();
    data.labels = *rc::gen::container<std::vector<std::int64_t>>(
        pixels,
        rc::gen::weightedOneOf<std::int64_t>({{9, inRange<std::int64_t>(0, static_cast<std::int64_t>(data.classes))},
                                              {1, rc::gen::just<std::int64_t>(255)}}));
    auto weights = *rc::gen::container<std::vector<int>>(pixels * data.classes,
                                                         inRange(0, 10)); // (pixels, K), shown when it fails
    data.pred_probs.resize(weights.size());
    for (std::size_t i = 0; i < pixels; ++i) {
        const auto begin = weights.begin() + static_cast<std::ptrdiff_t>(i * data.classes);
        const auto end = begin + static_cast<std::ptrdiff_t>(data.classes);
        const auto highest = std::max_element(begin, end);
        if (*highest == 0 || tied == ties::excluded) ++*highest;
        const double sum = std::accumulate(begin, end, 0);
        for (std::size_t k = 0; k < data.classes; ++k)
            data.pred_probs[(i / data.pixels() * data.classes + k) * data.pixels() + i % data.pixels()] =
                begin[static_cast<std::ptrdiff_t>(k)] / sum;
    }
    return data;
}

/// The same images one below the other until they have more pixels than two chunks of 8192, which no tile cuts.
inline scene with_many_tiles(const scene& data) {
    const std::size_t pixels = data.pixels(), times = 2 * 8192 / pixels + 1;
    scene result = data;
    result.image_shape[0] *= times;
    result.labels.clear();
    result.pred_probs.clear();
    const auto repeat = [&](auto& to, const auto& from, std::size_t first) {
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
        for (std::size_t i = 0; i < times; ++i)
            to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(pixels));
    };
    for (std::size_t n = 0; n < data.images; ++n) {
        repeat(result.labels, data.labels, n * pixels);
        for (std::size_t k = 0; k < data.classes; ++k)
            repeat(result.pred_probs, data.pred_probs, (n * data.classes + k) * pixels);
    }
    return result;
}

/// 0..n-1 in any order.
inline std::vector<std::size_t> any_order(std::size_t n) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t left = n; left > 1; --left)
        std::swap(order[left - 1], order[*rc::gen::inRange<std::size_t>(0, left)]);
    return order;
}

} // namespace maskaudit_test
