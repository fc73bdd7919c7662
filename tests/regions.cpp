#include "../examples/maskaudit/scene.hpp"
#include "region_scene.hpp"

#include <maskaudit/regions.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

using namespace maskaudit_test;
using maskaudit::issue_region;
using maskaudit::issue_regions;
using maskaudit::pixel_run;
using maskaudit::region_options;

namespace {

/// How many coordinates of two pixels differ.
std::size_t differing_axes(std::size_t a, std::size_t b, const indices& shape) {
    const indices i = unravelled(a, shape), j = unravelled(b, shape);
    std::size_t count = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        count += i[axis] != j[axis] ? 1 : 0;
    return count;
}

/// The pixels of every region, ascending, found by a flood fill; regions by image, then by first pixel.
std::vector<std::pair<std::size_t, indices>> flooded(const scene& data, const std::vector<bool>& mask,
                                                     const region_options& wanted) {
    std::vector<std::pair<std::size_t, indices>> regions;
    for (std::size_t n = 0; n < data.images; ++n) {
        std::vector<bool> is_left(data.pixels());
        for (std::size_t s = 0; s < data.pixels(); ++s)
            is_left[s] = mask[n * data.pixels() + s] && !data.is_ignored(n, s);
        for (std::size_t first = 0; first < data.pixels(); ++first) {
            if (!is_left[first]) continue;
            is_left[first] = false;
            indices region{first};
            for (std::size_t i = 0; i < region.size(); ++i) {
                const std::size_t here = region[i];
                for_each_within(here, data.image_shape, 1, [&](std::size_t other) {
                    if (!is_left[other]) return;
                    if (!wanted.full_connectivity && differing_axes(here, other, data.image_shape) > 1) return;
                    if (wanted.split_by_class && (data.label(n, other) != data.label(n, here) ||
                                                  predicted(data, n, other) != predicted(data, n, here)))
                        return;
                    is_left[other] = false;
                    region.push_back(other);
                });
            }
            std::sort(region.begin(), region.end());
            regions.emplace_back(n, std::move(region));
        }
    }
    return regions;
}

/// The region that these pixels of an image make, by the definition of its members.
issue_region described(const scene& data, std::size_t n, const indices& pixels) {
    issue_region region{.image = n};
    const indices& shape = data.image_shape;
    region.begin = shape;
    region.end.assign(shape.size(), 0);
    region.centroid.assign(shape.size(), 0.0);
    region.area = pixels.size();
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> pairs;
    const auto area = static_cast<double>(pixels.size());
    for (const std::size_t s : pixels) {
        const indices place = unravelled(s, shape);
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            region.begin[axis] = std::min(region.begin[axis], place[axis]);
            region.end[axis] = std::max(region.end[axis], place[axis] + 1);
            region.centroid[axis] += static_cast<double>(place[axis]) / area;
        }
        const auto given = static_cast<std::size_t>(data.label(n, s));
        const double q = data.p(n, given, s), p = data.p(n, predicted(data, n, s), s);
        ++pairs[{given, predicted(data, n, s)}];
        region.mean_quality += q / area;
        region.mean_predicted += p / area;
        region.severity += std::log(std::max(p, 2e-6)) - std::log(std::max(q, 2e-6));
        if (place.back() != 0 && !region.runs.empty() && region.runs.back().begin + region.runs.back().length == s)
            ++region.runs.back().length;
        else
            region.runs.push_back({s, 1});
    }
    std::size_t most = 0;
    for (const auto& [pair, count] : pairs) { // ascending
        if (count <= most) continue;
        most = count;
        std::tie(region.given_label, region.predicted_label) = pair;
    }
    return region;
}

} // namespace

TEST_CASE("regions are those of a flood fill", "[regions]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 300);
    for (const indices& shape : shapes)
        for (const double rate : {0.1, 0.5, 1.0}) {
            const masked_arrays all = random_arrays(random, shape, rate);
            for (const bool full : {false, true})
                for (const bool split : {false, true}) {
                    CAPTURE(shape, rate, full, split);
                    const region_options wanted{.full_connectivity = full, .split_by_class = split};
                    const auto found = issue_regions(all.issues, all.labels, all.pred_probs, wanted,
                                                     {.ignore_label = ignored_of(all.data), .n_jobs = 1});
                    CHECK(is_ordered(found));
                    auto by_place = found;
                    std::sort(by_place.begin(), by_place.end(),
                              [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
                    const auto expected = flooded(all.data, all.mask, wanted);
                    REQUIRE(by_place.size() == expected.size());
                    std::size_t different = 0;
                    for (std::size_t i = 0; i < expected.size(); ++i)
                        different +=
                            is_same(by_place[i], described(all.data, expected[i].first, expected[i].second)) ? 0 : 1;
                    CHECK(different == 0);

                    for (const std::size_t batch_size : {std::size_t{0}, std::size_t{1}})
                        CHECK(is_identical(
                            issue_regions(
                                all.issues, all.labels, all.pred_probs, wanted,
                                {.ignore_label = ignored_of(all.data), .n_jobs = 3, .batch_size = batch_size}),
                            found));
                }
        }
}

TEST_CASE("regions that go through many strips", "[regions]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 301);
    for (const indices& shape : {indices{150, 180}, indices{30000}, indices{3, 9001}}) {
        const masked_arrays all = random_arrays(random, shape, 0.7, 2, 0.001);
        const region_options wanted{.split_by_class = false};
        const auto found =
            issue_regions(all.issues, all.labels, all.pred_probs, wanted, {.ignore_label = ignored_of(all.data)});
        const auto expected = flooded(all.data, all.mask, wanted);
        REQUIRE(found.size() == expected.size());
        for (const issue_region& region : found) {
            const auto same = std::find_if(expected.begin(), expected.end(), [&](const auto& other) {
                return std::pair(other.first, other.second.front()) == place_of(region);
            });
            REQUIRE(same != expected.end());
            CHECK(is_same(region, described(all.data, same->first, same->second)));
        }
    }
}

TEST_CASE("the smallest regions can be left out, and all but the most severe", "[regions]") {
    random_engine random(seed() + 302);
    const masked_arrays all = random_arrays(random, {30, 40}, 0.3, 4);
    const maskaudit::options opts{.ignore_label = ignored_of(all.data)};
    const auto every = issue_regions(all.issues, all.labels, all.pred_probs, {}, opts);
    REQUIRE(every.size() > 60);
    std::vector<issue_region> large;
    std::copy_if(every.begin(), every.end(), std::back_inserter(large), [](const auto& r) { return r.area >= 3; });
    REQUIRE(large.size() > 20);
    REQUIRE(large.size() < every.size());
    const auto regions = [&](const region_options& wanted) {
        return issue_regions(all.issues, all.labels, all.pred_probs, wanted, opts);
    };
    CHECK(is_identical(regions({.min_area = 3}), large));
    CHECK(is_identical(regions({.min_area = 0}), every));
    CHECK(is_identical(regions({.top = every.size() + 1}), every));
    for (const std::size_t top : {1U, 7U, 20U}) {
        CHECK(is_identical(regions({.top = top}), {every.begin(), every.begin() + static_cast<std::ptrdiff_t>(top)}));
        CHECK(is_identical(regions({.min_area = 3, .top = top}),
                           {large.begin(), large.begin() + static_cast<std::ptrdiff_t>(top)}));
    }
}

TEST_CASE("equally severe regions come by image and position", "[regions]") {
    // Every other pixel an issue of its own, each as severe as the others; then one image of more of them.
    const auto labels = xt::xtensor<int, 2>({3, 9}, 0);
    auto pred_probs = xt::xtensor<float, 3>({3, 2, 9}, 0.25F);
    xt::view(pred_probs, xt::all(), 1) = 0.75F;
    auto issues = xt::xtensor<bool, 2>({3, 9}, false);
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t s = n; s < 9; s += 2)
            issues(n, s) = true;
    const std::vector<std::pair<std::size_t, std::size_t>> places{
        {0, 0}, {0, 2}, {0, 4}, {0, 6}, {0, 8}, {1, 1}, {1, 3}, {1, 5}, {1, 7}, {2, 2}, {2, 4}, {2, 6}, {2, 8}};
    for (const std::size_t top : {0U, 3U, 7U, 12U}) {
        const auto found = issue_regions(issues, labels, pred_probs, {.top = top});
        REQUIRE(found.size() == (top == 0 ? places.size() : top));
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(place_of(found[i]) == places[i]);
            CHECK(found[i].severity == std::log(3.0));
        }
    }
}

TEST_CASE("a probability of 0 has a floor, and a region of agreeing pixels no severity", "[regions]") {
    const xt::xtensor<int, 2> labels{{0, 1, 1, 0, 0}};
    const xt::xtensor<double, 3> pred_probs{{{0, 1, 0, -1e-6, 0}, {1, 0, 1, 1.0, 0}}};
    const auto found = issue_regions(xt::xtensor<bool, 2>({1, 5}, true), labels, pred_probs);
    REQUIRE(found.size() == 5);
    CHECK(found[0].severity == Approx(std::log(1 / 2e-6)));
    CHECK(found[0].severity == found[1].severity);
    CHECK(found[2].severity == found[0].severity);
    CHECK(found[3].severity == 0); // labelled 1, and 1 is what the model sees
    CHECK(found[4].severity == 0); // all classes are impossible
    CHECK(place_of(found[3]) == std::pair<std::size_t, std::size_t>{0, 2});
}

TEST_CASE("ignored pixels are in no region and cut regions apart", "[regions]") {
    const xt::xtensor<std::uint8_t, 2> labels{{0, 0, 255, 0, 1}};
    xt::xtensor<float, 3> pred_probs({1, 2, 5}, 0.1F);
    xt::view(pred_probs, 0, 1) = 0.9F;
    const auto everywhere = xt::xtensor<bool, 2>({1, 5}, true);
    const auto found = issue_regions(everywhere, labels, pred_probs, {}, {.ignore_label = 255});
    REQUIRE(found.size() == 3);
    CHECK(found[0].runs == std::vector<pixel_run>{{0, 2}});
    CHECK(found[1].runs == std::vector<pixel_run>{{3, 1}});
    CHECK(found[2].runs == std::vector<pixel_run>{{4, 1}});
    CHECK(issue_regions(everywhere, labels, pred_probs, {}, {.ignore_label = {0, 1, 255}}).empty());
}

namespace {

/// Street scenes with label errors, and a model that is unsure of its own mistakes: of two that it is the mean of, only
/// one takes an object for another.
struct audited_scene {
    explicit audited_scene(std::uint64_t scene_seed) {
        using namespace maskaudit_program;
        for (std::size_t n = 0; n < images; ++n) {
            scene_random random(scene_seed, n);
            const street truth = street::make(height, width, classes, random);
            const street seen =
                with_error(truth, random.below(truth.objects.size()), error_kind::swap, classes, random);
            const auto right = model_probabilities(truth.paint(), height, width, classes, random);
            const auto mistaken = model_probabilities(seen.paint(), height, width, classes, random);
            std::transform(right.begin(), right.end(), mistaken.begin(), &pred_probs(n, 0, 0, 0),
                           [](float a, float b) { return 0.4F * a + 0.6F * b; });
            street::mask given = truth.paint();
            draw_margin(given, height, width);
            for (const auto& error : inject_errors(given, truth, classes, 1, n, random))
                for (const std::size_t s : error.pixels)
                    wrong[n * height * width + s] = true;
            std::copy(given.begin(), given.end(), &labels(n, 0, 0));
        }
    }

    /// Of the first regions, how many are errors: at least half of their pixels have a wrong label.
    std::size_t errors_among(const std::vector<issue_region>& regions, std::size_t count) const {
        std::size_t errors = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t pixels = 0;
            for (const pixel_run& run : regions[i].runs)
                for (std::size_t s = run.begin; s < run.begin + run.length; ++s)
                    pixels += wrong[regions[i].image * height * width + s] ? 1 : 0;
            errors += 2 * pixels >= regions[i].area ? 1 : 0;
        }
        return errors;
    }

    static constexpr std::size_t images = 12, height = 120, width = 160, classes = 6;
    xt::xtensor<std::uint8_t, 3> labels = xt::xtensor<std::uint8_t, 3>::from_shape({images, height, width});
    xt::xtensor<float, 4> pred_probs = xt::xtensor<float, 4>::from_shape({images, classes, height, width});
    std::vector<bool> wrong = std::vector<bool>(images * height * width);
};

} // namespace

TEST_CASE("the most severe regions are label errors more often than the largest", "[regions]") {
    constexpr std::size_t looked_at = 20;
    for (const std::uint64_t scene_seed : {1U, 2U, 3U, 4U}) {
        const audited_scene data(scene_seed);
        const maskaudit::options opts{.ignore_label = maskaudit_program::scene_void};
        const auto issues =
            maskaudit::find_label_issues(data.labels, data.pred_probs, maskaudit::below_threshold{0.5}, opts);
        auto regions = issue_regions(issues, data.labels, data.pred_probs, {}, opts);
        REQUIRE(regions.size() > 2 * looked_at);
        const std::size_t by_severity = data.errors_among(regions, looked_at);
        std::stable_sort(regions.begin(), regions.end(), [](const auto& a, const auto& b) { return a.area > b.area; });
        const std::size_t by_area = data.errors_among(regions, looked_at);
        CAPTURE(scene_seed);
        CHECK(by_severity > by_area);
    }
}
