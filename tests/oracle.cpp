#include "compare.hpp"

#include <catch.hpp>
#include <cstdint>

// The library against the formulas in plain loops, on random shapes, class counts and contents.

using namespace maskaudit_test;

namespace {

constexpr probabilities all_kinds[] = {probabilities::dirichlet, probabilities::sixteenths, probabilities::one_hot,
                                       probabilities::unnormalised};

template <class T>
scene any_scene(random_engine& random, std::vector<std::size_t> image_shape) {
    const double ignored_rate = pick(random, 0, 2) == 0 ? 0.2 * uniform(random) : 0;
    return random_scene<T>(random, pick(random, 1, 4), pick(random, ignored_rate > 0 ? 2 : 1, 12), image_shape,
                           all_kinds[pick(random, 0, 3)], uniform(random), ignored_rate);
}

template <class Label, class T>
void check_random(const scene& data, const maskaudit::confident_learning& finder, const maskaudit::options& opts) {
    check_all(data, make<xt::xarray<Label>>(data.labels_shape(), data.labels),
              make<xt::xarray<T>>(data.pred_probs_shape(), data.pred_probs), finder, opts);
}

} // namespace

TEMPLATE_TEST_CASE("random data agree with the formulas", "[oracle]", float, double) {
    CAPTURE(seed());
    random_engine random(seed());
    for (int round = 0; round < 150; ++round) {
        CAPTURE(round);
        std::vector<std::size_t> shape(pick(random, 1, 3));
        for (std::size_t& extent : shape)
            extent = pick(random, 1, 9);
        const scene data = any_scene<TestType>(random, shape);
        CAPTURE(data.images, data.classes, data.image_shape, data.ignored);
        const maskaudit::options opts{.n_jobs = static_cast<unsigned>(pick(random, 0, 3)),
                                      .batch_size = pick(random, 0, 1) == 0 ? 0 : pick(random, 1, 40)};
        check_random<std::int64_t, TestType>(data, {}, opts);
        check_random<std::uint8_t, TestType>(data, {}, opts);
    }
}

TEMPLATE_TEST_CASE("random data agree with the formulas when downsampled", "[oracle]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 1);
    for (int round = 0; round < 150; ++round) {
        CAPTURE(round);
        const std::size_t factor = pick(random, 2, 4);
        std::vector<std::size_t> shape(pick(random, 1, 3));
        for (std::size_t& extent : shape)
            extent = factor * pick(random, 1, 4);
        const scene data = any_scene<TestType>(random, shape);
        CAPTURE(data.images, data.classes, data.image_shape, data.ignored, factor);
        const maskaudit::options opts{.n_jobs = static_cast<unsigned>(pick(random, 0, 3)),
                                      .batch_size = pick(random, 0, 1) == 0 ? 0 : pick(random, 1, 40)};
        for (const auto labels : {maskaudit::downsample_labels::mean, maskaudit::downsample_labels::majority})
            check_random<std::int64_t, TestType>(data, {factor, labels}, opts);
    }
}

TEMPLATE_TEST_CASE("images of more than one chunk agree with the formulas", "[oracle]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 2);
    for (const auto kind : all_kinds) {
        // Long runs of one class too, with few errors: masks as people draw them.
        const bool coherent = kind == probabilities::dirichlet || kind == probabilities::unnormalised;
        const scene data = random_scene<TestType>(random, 2, 21, {150, 120}, kind, coherent ? 0.005 : 0.1,
                                                  coherent ? 0.001 : 0.05, coherent ? 0.01 : 0.1);
        for (const std::size_t batch_size : {std::size_t{0}, std::size_t{1}, std::size_t{10000}})
            check_random<std::int64_t, TestType>(data, {}, {.n_jobs = 2, .batch_size = batch_size});
        check_random<std::int64_t, TestType>(data, {.downsample = 10}, {.n_jobs = 2, .batch_size = 1});
    }
}

TEMPLATE_TEST_CASE("scores are the same bit for bit whatever way they are come by", "[oracle]", float, double) {
    CAPTURE(seed());
    random_engine random(seed() + 3);
    for (const double change_rate : {0.1, 0.005}) {
        const scene data =
            random_scene<TestType>(random, 3, 19, {150, 120}, probabilities::dirichlet, 0.05, 0.02, change_rate);
        const auto labels = make<xt::xarray<std::uint8_t>>(data.labels_shape(), data.labels);
        const auto pred_probs = make<xt::xarray<TestType>>(data.pred_probs_shape(), data.pred_probs);
        const xt::xarray<TestType> transposed(xt::transpose(pred_probs)); // read by its strides, classes side by side
        const maskaudit::ignored_labels ignored = ignored_of(data);
        const auto soft = maskaudit::get_label_quality_scores(labels, pred_probs, {.ignore_label = ignored});
        const auto count = maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{},
                                                               {.ignore_label = ignored});
        const auto issues = maskaudit::find_label_issues(labels, pred_probs, {.ignore_label = ignored});
        const auto swaps = maskaudit::common_label_issues(issues, labels, pred_probs, {}, {.ignore_label = ignored});
        const auto of_class = maskaudit::filter_by_class(2, issues, labels, pred_probs, {.ignore_label = ignored});
        for (const unsigned n_jobs : {1U, 3U})
            for (const std::size_t batch_size : {std::size_t{1}, std::size_t{20000}, std::size_t{1} << 40}) {
                const maskaudit::options opts{.ignore_label = ignored, .n_jobs = n_jobs, .batch_size = batch_size};
                const auto strided = xt::transpose(transposed);
                CHECK((maskaudit::find_label_issues(labels, strided, opts) == issues));
                const auto again = maskaudit::get_label_quality_scores(labels, strided, opts);
                CHECK((again.image_scores == soft.image_scores));
                CHECK((again.pixel_scores == soft.pixel_scores));
                CHECK(
                    (maskaudit::get_label_quality_scores(labels, pred_probs, opts).image_scores == soft.image_scores));
                const auto counted =
                    maskaudit::get_label_quality_scores(labels, strided, maskaudit::num_pixel_issues{}, opts);
                CHECK((counted.image_scores == count.image_scores));
                CHECK((counted.pixel_scores == soft.pixel_scores));
                CHECK((maskaudit::common_label_issues(issues, labels, strided, {}, opts) == swaps));
                CHECK((maskaudit::filter_by_class(2, issues, labels, strided, opts) == of_class));
            }
        for (const unsigned n_jobs : {1U, 3U}) {
            maskaudit::label_inspector inspector(data.classes, {.ignore_label = ignored, .n_jobs = n_jobs});
            for (std::size_t n = 0; n < data.images; ++n)
                inspector.add(xt::view(labels, n), xt::view(pred_probs, n));
            const maskaudit::inspection found = inspector.finish();
            CHECK((found.softmin_scores == soft.image_scores));
            CHECK((found.num_pixel_issues_scores == count.image_scores));
            for (std::size_t n = 0; n < data.images; ++n)
                CHECK((found.issues(n) == xt::view(issues, n)));
            CHECK((found.common_label_issues() == swaps));
        }
    }
}
