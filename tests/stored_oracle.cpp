#include "compare.hpp"
#include "stored.hpp"

#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

// The library against the formulas in plain loops, whatever the probabilities are stored in and however the arrays lie
// in memory: images of one shape by the functions on whole arrays, images of different shapes by the inspector.

using namespace maskaudit_test;

namespace {

constexpr layout all_layouts[] = {layout::row_major, layout::column_major, layout::channel_last};

/// What the images of a data set have in common.
struct recipe {
    std::size_t classes, factor;
    probabilities kind;
    double error_rate, ignored_rate;
    std::vector<std::int64_t> ignored; // two labels that are no class, and maybe one that is
};

recipe any_recipe(random_engine& random, std::size_t factor) {
    constexpr probabilities kinds[] = {probabilities::dirichlet, probabilities::sixteenths, probabilities::one_hot,
                                       probabilities::unnormalised};
    recipe result{pick(random, 1, 9), factor, kinds[pick(random, 0, 3)], uniform(random), 0, {}};
    const auto last_class = static_cast<std::int64_t>(result.classes) - 1;
    if (pick(random, 0, 3) > 0) {
        result.ignored_rate = 0.3 * uniform(random);
        result.ignored = {255, -1};
        if (pick(random, 0, 1) == 0) result.ignored.push_back(last_class);
    }
    return result;
}

std::vector<std::size_t> any_shape(random_engine& random, std::size_t rank, std::size_t factor) {
    std::vector<std::size_t> shape(rank);
    for (std::size_t& extent : shape)
        extent = factor * pick(random, 1, 7 - rank);
    return shape;
}

/// A scene whose probabilities are what stored ones stand for.
template <class Stored>
scene any_scene(random_engine& random, std::size_t images, const std::vector<std::size_t>& shape,
                const recipe& common) {
    scene data = random_scene<double>(random, images, common.classes, shape, common.kind, common.error_rate,
                                      common.ignored_rate);
    data.ignored = common.ignored;
    for (std::int64_t& label : data.labels)
        if (label == 255 && pick(random, 0, 1) == 0) label = -1;
    // Where they need not sum to one, none is zero: a block of nothing but zeros is refused.
    const double least = common.kind == probabilities::unnormalised ? 1.0 / 128 : 0;
    for (double& p : data.pred_probs)
        p = value_of(stored_of<Stored>(std::max(p, least)));
    return data;
}

placed_array<std::int64_t> place_labels(const std::vector<std::size_t>& shape, const scene& data, layout order) {
    // They have no channels: beside channel-last probabilities they are row-major.
    const layout own = order == layout::channel_last ? layout::row_major : order;
    return {shape, data.labels, axes_in(own, shape.size(), 0)};
}

template <class Stored>
placed_array<Stored> place_pred_probs(const std::vector<std::size_t>& shape, const scene& data, layout order) {
    std::vector<Stored> values(data.pred_probs.size());
    std::transform(data.pred_probs.begin(), data.pred_probs.end(), values.begin(), stored_of<Stored>);
    return {shape, values, axes_in(order, shape.size(), shape.size() - 1 - data.image_shape.size())};
}

/// Pictures, signals and volumes of different shapes, each a scene.
template <class Stored>
std::vector<scene> mixed_images(random_engine& random, const recipe& common) {
    std::vector<scene> images;
    for (std::size_t n = 0; n < 6; ++n) {
        const std::vector<std::size_t> shape = any_shape(random, n < 3 ? 2 : pick(random, 1, 3), common.factor);
        images.push_back(any_scene<Stored>(random, 1, shape, common));
    }
    return images;
}

/// Adds the images in an order of their own, each in some layout, with their indices.
template <class Stored>
void add_shuffled(maskaudit::label_inspector& inspector, const std::vector<scene>& images, random_engine& random) {
    std::vector<std::size_t> order(images.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t n : order) {
        const scene& image = images[n];
        std::vector<std::size_t> shape = image.image_shape;
        const auto labels = place_labels(shape, image, all_layouts[pick(random, 0, 2)]);
        shape.insert(shape.begin(), image.classes);
        const auto pred_probs = place_pred_probs<Stored>(shape, image, all_layouts[pick(random, 0, 2)]);
        inspector.add(labels.view(), pred_probs.view(), n);
    }
}

void check_inspection(const maskaudit::inspection& found, const std::vector<scene>& images,
                      const joint_verdict& expected, double temperature) {
    REQUIRE(found.confident_thresholds.size() == expected.thresholds.size());
    for (std::size_t k = 0; k < expected.thresholds.size(); ++k)
        CHECK(std::abs(found.confident_thresholds(k) - expected.thresholds[k]) <= 3e-14);
    REQUIRE(found.images.size() == images.size());
    std::uint64_t issues = 0;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
    for (std::size_t n = 0; n < images.size(); ++n) {
        CAPTURE(n, images[n].image_shape);
        const std::vector<bool>& mask = expected.masks[n];
        CHECK(differences(flat(found.issues(n), images[n].image_shape), mask).empty());
        CHECK(close(found.softmin_scores(n), softmin(images[n], 0, temperature)));
        CHECK(found.num_pixel_issues_scores(n) == issue_score(images[n], mask, 0));
        const auto count = static_cast<std::uint64_t>(std::count(mask.begin(), mask.end(), true));
        CHECK(found.issue_pixels(n) == count);
        issues += count;
        for (const auto& [swap, number] : swaps(images[n], mask))
            counts[swap] += number;
    }
    CHECK(found.num_issues == issues);
    const auto rows = found.common_label_issues({.exclude = {}, .top = 100000});
    CHECK(rows.size() == counts.size());
    for (const auto& row : rows)
        CHECK(counts[{row.given_label, row.predicted_label}] == row.num_pixel_issues);
}

} // namespace

TEMPLATE_TEST_CASE("stored types of every layout agree with the formulas", "[oracle]", float, double, half,
                   std::uint8_t, std::uint16_t) {
    CAPTURE(seed());
    random_engine random(seed() + 80);
    for (int round = 0; round < 12; ++round)
        for (const std::size_t factor : {1U, 2U})
            for (const std::size_t rank : {1U, 2U, 3U}) {
                const recipe common = any_recipe(random, factor);
                const std::size_t images = pick(random, 1, 3);
                const std::vector<std::size_t> shape = any_shape(random, rank, factor);
                const scene data = any_scene<TestType>(random, images, shape, common);
                CAPTURE(round, data.images, data.classes, data.image_shape, data.ignored, factor);
                for (const layout order : all_layouts) {
                    CAPTURE(order);
                    const auto labels = place_labels(data.labels_shape(), data, order);
                    const auto pred_probs = place_pred_probs<TestType>(data.pred_probs_shape(), data, order);
                    check_issues_and_scores(data, labels.view(), pred_probs.view());
                }
            }
}

TEMPLATE_TEST_CASE("images of different shapes agree with the formulas over all of them", "[oracle]", float, double,
                   half, std::uint8_t, std::uint16_t) {
    CAPTURE(seed());
    random_engine random(seed() + 81);
    std::uint64_t issues = 0;
    for (int round = 0; round < 100; ++round)
        for (const std::size_t factor : {1U, 2U}) {
            const recipe common = any_recipe(random, factor);
            const std::vector<scene> images = mixed_images<TestType>(random, common);
            const bool majority = pick(random, 0, 1) == 0;
            CAPTURE(round, common.classes, common.kind, common.ignored, factor, majority);
            maskaudit::inspector_options opts{.ignore_label = ignored_of(images.front()),
                                              .n_jobs = static_cast<unsigned>(pick(random, 1, 2)),
                                              .temperature = 0.05,
                                              .confident = {.downsample = factor,
                                                            .labels = majority ? maskaudit::downsample_labels::majority
                                                                               : maskaudit::downsample_labels::mean},
                                              .normalized = common.kind != probabilities::unnormalised &&
                                                            pick(random, 0, 1) == 0};
            maskaudit::label_inspector inspector(common.classes, opts);
            add_shuffled<TestType>(inspector, images, random);
            const maskaudit::inspection found = inspector.finish();
            check_inspection(found, images, confident_learning(images, factor, majority), opts.temperature);
            issues += found.num_issues;
        }
    CHECK(issues > 1000);
}
