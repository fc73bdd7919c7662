#include "compare.hpp"
#include "stored.hpp"

#include <catch.hpp>
#if __has_include(<xtensor/misc/xmanipulation.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#endif

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

// Probabilities that are stored in less than a float.

using namespace maskaudit_test;

namespace {

template <class Stored>
struct stored_scene {
    scene data; // what the stored values stand for
    xt::xarray<std::uint8_t> labels;
    xt::xarray<Stored> pred_probs;
};

template <class Stored>
stored_scene<Stored> make_scene(std::size_t images, std::size_t classes, const std::vector<std::size_t>& shape,
                                probabilities kind, double ignored_rate) {
    random_engine random(seed() + 70);
    scene data = random_scene<double>(random, images, classes, shape, kind, 0.2, ignored_rate);
    xt::xarray<Stored> pred_probs = xt::xarray<Stored>::from_shape(data.pred_probs_shape());
    for (std::size_t i = 0; i < data.pred_probs.size(); ++i) {
        pred_probs.data()[i] = stored_of<Stored>(data.pred_probs[i]);
        data.pred_probs[i] = value_of(pred_probs.data()[i]);
    }
    auto labels = make<xt::xarray<std::uint8_t>>(data.labels_shape(), data.labels);
    return {std::move(data), std::move(labels), std::move(pred_probs)};
}

} // namespace

TEMPLATE_TEST_CASE("halves, and 8 and 16 bits of fixed point", "[types]", half, std::uint8_t, std::uint16_t) {
    for (const auto kind :
         {probabilities::dirichlet, probabilities::sixteenths, probabilities::one_hot, probabilities::unnormalised})
        for (const std::size_t classes : {1U, 2U, 19U}) {
            const auto scene = make_scene<TestType>(2, classes, {30, 46}, kind, classes > 1 ? 0.1 : 0);
            CAPTURE(kind, classes);
            check_issues_and_scores(scene.data, scene.labels, scene.pred_probs);
        }
}

TEST_CASE("every function takes fixed point", "[types]") {
    const auto scene = make_scene<std::uint8_t>(2, 7, {30, 46}, probabilities::dirichlet, 0.1);
    check_all(scene.data, scene.labels, scene.pred_probs);
}

TEMPLATE_TEST_CASE("halves and fixed point by strides", "[layouts]", half, std::uint8_t, std::uint16_t) {
    const auto scene = make_scene<TestType>(2, 11, {34, 46}, probabilities::dirichlet, 0.1);
    const xt::xarray<TestType> channel_last = xt::transpose(scene.pred_probs, {0, 2, 3, 1});
    check_issues_and_scores(scene.data, scene.labels, xt::transpose(channel_last, {0, 3, 1, 2}));
    const xt::xarray<TestType> columns = xt::transpose(scene.pred_probs, {0, 1, 3, 2});
    check_issues_and_scores(scene.data, scene.labels, xt::transpose(columns, {0, 1, 3, 2}));
}

TEMPLATE_TEST_CASE("scores of halves and fixed point are floats", "[types]", half, std::uint8_t, std::uint16_t) {
    const auto scene = make_scene<TestType>(1, 3, {4, 5}, probabilities::dirichlet, 0);
    const auto scores = maskaudit::get_label_quality_scores(scene.labels, scene.pred_probs);
    STATIC_REQUIRE(std::is_same_v<decltype(scores.pixel_scores), xt::xarray<float>>);
    maskaudit::label_inspector inspector(3);
    inspector.add(xt::view(scene.labels, 0), xt::view(scene.pred_probs, 0));
    CHECK(inspector.finish().softmin_scores(0) == Approx(scores.image_scores(0)).epsilon(1e-12));
}

TEST_CASE("a half that is no probability is named", "[types]") {
    auto scene = make_scene<half>(1, 5, {20, 20}, probabilities::dirichlet, 0);
    const half bad[] = {std::numeric_limits<half>::quiet_NaN(), std::numeric_limits<half>::infinity(), half(-0.5F),
                        half(1.001F)};
    for (const half value : bad) {
        const half good = scene.pred_probs(0, 3, 17, 5);
        scene.pred_probs(0, 3, 17, 5) = value;
        try {
            maskaudit::find_label_issues(scene.labels, scene.pred_probs);
            FAIL("accepted");
        } catch (const maskaudit::data_error& error) {
            CHECK(error.place().pixel == std::vector<std::size_t>{17, 5});
            CHECK(error.place().class_index == 3);
        }
        scene.pred_probs(0, 3, 17, 5) = good;
    }
}

TEMPLATE_TEST_CASE("channel-last probabilities of more pixels than are copied at once", "[layouts]", float, double) {
    random_engine random(seed() + 71);
    for (const std::size_t classes : {3U, 40U}) {
        const scene data = random_scene<TestType>(random, 1, classes, {90, 101}, probabilities::dirichlet, 0.2, 0.1);
        const auto pred_probs = make<xt::xarray<TestType>>(data.pred_probs_shape(), data.pred_probs);
        const xt::xarray<TestType> channel_last = xt::transpose(pred_probs, {0, 2, 3, 1});
        check_issues_and_scores(data, make<xt::xarray<std::uint8_t>>(data.labels_shape(), data.labels),
                                xt::transpose(channel_last, {0, 3, 1, 2}));
    }
}
