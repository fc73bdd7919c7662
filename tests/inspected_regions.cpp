#include "inspections.hpp"
#include "message.hpp"
#include "region_scene.hpp"

#include <maskaudit/inspector.hpp>
#include <maskaudit/regions.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace maskaudit_test;
using maskaudit::inspection;
using maskaudit::label_inspector;

namespace {

/// A scene, what an inspector found in it, and the same as a mask of all images.
struct inspected {
    scene data;
    arrays whole{data};
    maskaudit::options opts{.ignore_label = ignored_of(data)};
    label_inspector inspector;
    inspection found{};
    xt::xarray<bool> mask{};

    explicit inspected(scene of, std::size_t downsample = 1)
        : data(std::move(of)),
          inspector(data.classes, {.ignore_label = opts.ignore_label, .confident = {.downsample = downsample}}) {
        for (std::size_t n = data.images; n-- > 0;) // the last one first
            whole.add_to(inspector, n, n);
        found = inspector.finish();
        mask = maskaudit::find_label_issues(whole.labels, whole.pred_probs,
                                            maskaudit::confident_learning{.downsample = downsample}, opts);
    }
};

scene some_scene(const std::vector<std::size_t>& shape) {
    random_engine random(seed() + 60);
    return random_scene<double>(random, 5, 4, shape, probabilities::sixteenths, 0.3, 0.1);
}

} // namespace

TEST_CASE("an inspector's regions are those of the arrays, bit for bit", "[inspector][regions]") {
    for (const auto& shape : std::vector<std::vector<std::size_t>>{{30}, {9, 14}, {4, 5, 6}}) {
        const inspected scene(some_scene(shape));
        for (const maskaudit::region_options& options : std::vector<maskaudit::region_options>{
                 {}, {.min_area = 3, .top = 4}, {.full_connectivity = false, .split_by_class = false}}) {
            const auto regions = scene.inspector.issue_regions(scene.found, options);
            CHECK(is_identical(regions, maskaudit::issue_regions(scene.mask, scene.whole.labels, scene.whole.pred_probs,
                                                                 options, scene.opts)));
            CHECK((options.min_area > 1 || !regions.empty()));
        }
    }
}

TEST_CASE("the regions of a state that was saved, loaded and merged", "[inspector][regions]") {
    const inspected scene(some_scene({9, 14}));
    label_inspector part(scene.data.classes, {.ignore_label = scene.opts.ignore_label});
    label_inspector other = part;
    for (std::size_t n = 0; n < scene.data.images; ++n)
        scene.whole.add_to(n % 2 == 0 ? part : other, n, n);
    label_inspector merged = loaded(saved(part));
    merged += loaded(saved(other));
    CHECK(is_identical(merged.issue_regions(merged.finish()), scene.inspector.issue_regions(scene.found)));
}

TEST_CASE("with downsampling a region's pixels count with the means of their blocks", "[inspector][regions]") {
    // One block of 2 x 2: the first row is given class 0 and looks like 1, which the block as a whole does too.
    const xt::xtensor<int, 2> labels{{0, 0}, {0, 1}};
    const xt::xtensor<double, 3> pred_probs{{{0.125, 0.125}, {0.375, 0.375}}, {{0.875, 0.875}, {0.625, 0.625}}};
    label_inspector inspector(2, {.confident = {.downsample = 2, .labels = maskaudit::downsample_labels::majority}});
    inspector.add(labels, pred_probs);
    inspector.add(xt::xtensor<int, 2>{{1, 1}, {1, 1}}, // class 1 as it should be
                  xt::xtensor<double, 3>{{{0.375, 0.375}, {0.375, 0.375}}, {{0.625, 0.625}, {0.625, 0.625}}});
    const auto regions = inspector.issue_regions(inspector.finish());
    REQUIRE(regions.size() == 1);
    CHECK(regions[0].area == 3);
    CHECK(regions[0].mean_quality == 0.25);
    CHECK(regions[0].mean_predicted == 0.75);
    CHECK(regions[0].severity == Approx(3 * std::log(3.0)));

    const inspected scene(some_scene({8, 12}), 2);
    std::uint64_t pixels = 0;
    for (const auto& region : scene.inspector.issue_regions(scene.found)) {
        pixels += region.area;
        CHECK(region.severity >= 0);
        CHECK(region.mean_predicted >= region.mean_quality);
    }
    CHECK(pixels == scene.found.num_issues);
}

TEST_CASE("issues taken out are in nothing that follows", "[inspector][regions]") {
    inspected scene(some_scene({9, 14}));
    const inspection before = scene.found;
    const auto inner = maskaudit::away_from_boundaries(scene.mask, scene.whole.labels, 1, scene.opts);
    for (std::size_t n = 0; n < scene.data.images; ++n)
        scene.found.keep_issues(n, xt::view(inner, n));
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < scene.data.images; ++n) {
        CHECK((scene.found.issues(n) == xt::eval(xt::view(inner, n))));
        CHECK(scene.found.issue_pixels(n) == scene.found.images[n].positions.size());
        CHECK(scene.found.num_pixel_issues_scores(n) ==
              1 - static_cast<double>(scene.found.issue_pixels(n)) / static_cast<double>(scene.found.valid_pixels(n)));
        sum += scene.found.issue_pixels(n);
    }
    CHECK(scene.found.num_issues == sum);
    CHECK(sum < before.num_issues);
    CHECK((scene.found.softmin_scores == before.softmin_scores));
    CHECK(scene.found.common_label_issues() ==
          maskaudit::common_label_issues(inner, scene.whole.labels, scene.whole.pred_probs, {}, scene.opts));
    CHECK(is_identical(scene.inspector.issue_regions(scene.found),
                       maskaudit::issue_regions(inner, scene.whole.labels, scene.whole.pred_probs, {}, scene.opts)));

    scene.found.keep_issues(0, xt::zeros<bool>({9, 14}));
    CHECK(scene.found.issue_pixels(0) == 0);
    CHECK(scene.found.num_pixel_issues_scores(0) == 1);
    CHECK(message_of<std::invalid_argument>([&] {
              scene.found.keep_issues(5, xt::ones<bool>({9, 14}));
          }) == "image 5 does not exist: there are 5");
    CHECK(message_of<std::invalid_argument>([&] {
              scene.found.keep_issues(0, xt::ones<bool>({9, 13}));
          }) == "mask has shape (9, 13), image has (9, 14): they must be the same");
}

TEST_CASE("where labels and predictions disagree", "[inspector][regions]") {
    for (const std::size_t downsample : {std::size_t{1}, std::size_t{2}}) {
        const inspected scene(some_scene({8, 12}), downsample);
        const auto all = xt::xarray<bool>(scene.whole.labels.shape(), true);
        const auto predicted = maskaudit::suggested_labels(all, scene.whole.labels, scene.whole.pred_probs, scene.opts);
        for (std::size_t n = 0; n < scene.data.images; ++n) {
            const inspection::image_issues pixels = scene.inspector.disagreements(n);
            CHECK(pixels.shape == scene.data.image_shape);
            CHECK(std::is_sorted(pixels.positions.begin(), pixels.positions.end()));
            xt::xarray<std::int64_t> corrected = xt::view(scene.whole.labels, n);
            for (std::size_t i = 0; i < pixels.positions.size(); ++i) {
                CHECK(corrected.data()[pixels.positions[i]] == pixels.given[i]);
                CHECK(pixels.given[i] != pixels.predicted[i]);
                corrected.data()[pixels.positions[i]] = pixels.predicted[i];
            }
            CHECK((corrected == xt::eval(xt::view(predicted, n))));
        }
    }
}

TEST_CASE("regions of what an inspector has not found", "[inspector][regions]") {
    const inspected scene(some_scene({9, 14}));
    label_inspector fewer(scene.data.classes, {.ignore_label = scene.opts.ignore_label});
    CHECK(message_of<std::invalid_argument>([&] { fewer.issue_regions(scene.found); }) ==
          "found has 5 images, the inspector 0: they must be the same");
    inspection other = scene.found;
    const std::vector<std::size_t> disagreeing = scene.inspector.disagreements(0).positions;
    std::size_t agreeing = 0;
    while (std::binary_search(disagreeing.begin(), disagreeing.end(), agreeing))
        ++agreeing;
    auto& positions = other.images[0].positions;
    positions.insert(std::upper_bound(positions.begin(), positions.end(), agreeing), agreeing);
    CHECK(message_of<std::invalid_argument>([&] { scene.inspector.issue_regions(other); }) ==
          "found has an issue at position " + std::to_string(agreeing) +
              " of image 0, where this inspector has found none: it must be what finish() returned, or less");
    CHECK(message_of<std::invalid_argument>([&] { scene.inspector.disagreements(5); }) == "image 5 does not exist");
    CHECK(label_inspector(3).issue_regions(label_inspector(3).finish()).empty());
}
