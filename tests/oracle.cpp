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

TEST_CASE("images of more than one chunk agree with the formulas", "[oracle]") {
    CAPTURE(seed());
    random_engine random(seed() + 2);
    for (const auto kind : all_kinds) {
        // Long runs of one class too, with few errors: masks as people draw them.
        const bool coherent = kind == probabilities::dirichlet || kind == probabilities::unnormalised;
        const scene data = random_scene<float>(random, 2, 21, {150, 120}, kind, coherent ? 0.005 : 0.1,
                                               coherent ? 0.001 : 0.05, coherent ? 0.01 : 0.1);
        for (const std::size_t batch_size : {std::size_t{0}, std::size_t{1}, std::size_t{10000}})
            check_random<std::int64_t, float>(data, {}, {.n_jobs = 2, .batch_size = batch_size});
        check_random<std::int64_t, float>(data, {.downsample = 10}, {.n_jobs = 2, .batch_size = 1});
    }
}
