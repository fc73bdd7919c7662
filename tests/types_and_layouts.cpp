#include "compare.hpp"

#include <catch.hpp>
#if __has_include(<xtensor/views/xstrided_view.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/views/xstrided_view.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#endif

#include <cstdint>
#include <type_traits>
#include <vector>

using namespace maskaudit_test;

namespace {

scene small_scene(std::size_t classes = 5) {
    random_engine random(seed() + 10);
    return random_scene<float>(random, 3, classes, {7, 9}, probabilities::dirichlet, 0.3);
}

using labels3 = xt::xtensor<std::int32_t, 3>;
using pred_probs4 = xt::xtensor<float, 4>;

labels3 labels_of(const scene& data) { return make<labels3>(data.labels_shape(), data.labels); }
pred_probs4 pred_probs_of(const scene& data) { return make<pred_probs4>(data.pred_probs_shape(), data.pred_probs); }

} // namespace

TEMPLATE_TEST_CASE("labels of every integer type", "[types]", char, signed char, unsigned char, short, unsigned short,
                   int, unsigned, long, unsigned long, long long, unsigned long long, wchar_t, char16_t) {
    const scene data = small_scene();
    const auto labels = make<xt::xtensor<TestType, 3>>(data.labels_shape(), data.labels);
    const auto mask = maskaudit::find_label_issues(labels, pred_probs_of(data));
    CHECK(differences(flat(mask, data.labels_shape()), confident_learning(data).mask).empty());
    check_pixel_scores(data, maskaudit::get_label_quality_scores(labels, pred_probs_of(data)).pixel_scores);
}

TEST_CASE("labels of bool", "[types]") {
    const scene data = small_scene(2);
    check_all(data, make<xt::xtensor<bool, 3>>(data.labels_shape(), data.labels), pred_probs_of(data));
    std::vector<bool> bits(data.labels.begin(), data.labels.end());
    check_all(data, xt::adapt(bits, data.labels_shape()), pred_probs_of(data));
}

TEST_CASE("probabilities of float and double", "[types]") {
    const scene data = small_scene();
    const auto pred_probs = make<xt::xtensor<double, 4>>(data.pred_probs_shape(), data.pred_probs);
    check_all(data, labels_of(data), pred_probs);
    const auto in_double = maskaudit::get_label_quality_scores(labels_of(data), pred_probs).pixel_scores;
    const auto in_float = maskaudit::get_label_quality_scores(labels_of(data), pred_probs_of(data)).pixel_scores;
    STATIC_REQUIRE(std::is_same_v<decltype(in_double), const xt::xtensor<double, 3>>);
    STATIC_REQUIRE(std::is_same_v<decltype(in_float), const xt::xtensor<float, 3>>);
}

TEST_CASE("the rank of results is static where an argument's is", "[types]") {
    const scene data = small_scene();
    const labels3 labels = labels_of(data);
    const pred_probs4 pred_probs = pred_probs_of(data);
    const xt::xarray<std::int32_t> dynamic_labels = labels;
    const xt::xarray<float> dynamic_pred_probs = pred_probs;
    using fixed = xt::xtensor<bool, 3>;
    using dynamic = xt::xarray<bool>;
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(labels, pred_probs)), fixed>);
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(dynamic_labels, pred_probs)), fixed>);
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(labels, dynamic_pred_probs)), fixed>);
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(dynamic_labels, dynamic_pred_probs)), dynamic>);
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(xt::view(labels, xt::all(), xt::range(0, 2)),
                                                                        dynamic_pred_probs)),
                                  fixed>);
    check_all(data, dynamic_labels, dynamic_pred_probs);
    check_all(data, dynamic_labels, pred_probs);
    check_all(data, labels, dynamic_pred_probs);
}

TEST_CASE("column-major arrays", "[layouts]") {
    const scene data = small_scene();
    const xt::xtensor<std::int32_t, 3, xt::layout_type::column_major> labels = labels_of(data);
    const xt::xtensor<float, 4, xt::layout_type::column_major> pred_probs = pred_probs_of(data);
    check_all(data, labels, pred_probs);
    check_all(data, labels_of(data), pred_probs);
    check_all(data, labels, pred_probs_of(data));
}

TEST_CASE("views into larger arrays", "[layouts]") {
    const scene data = small_scene();
    labels3 labels({5, 11, 21});
    labels.fill(-7); // an error, were it read
    pred_probs4 pred_probs({5, 7, 11, 21});
    pred_probs.fill(-7);
    auto labels_view = xt::view(labels, xt::range(1, 4), xt::range(2, 9), xt::range(1, 19, 2));
    auto pred_probs_view = xt::view(pred_probs, xt::range(1, 4), xt::range(1, 6), xt::range(2, 9), xt::range(1, 19, 2));
    labels_view = labels_of(data);
    pred_probs_view = pred_probs_of(data);
    check_all(data, labels_view, pred_probs_view);
    check_all(data, xt::strided_view(labels, {xt::range(1, 4), xt::range(2, 9), xt::range(1, 19, 2)}), pred_probs_view);
}

TEST_CASE("channel-last probabilities through a transposing view", "[layouts]") {
    const scene data = small_scene();
    const xt::xtensor<float, 4> channel_last = xt::transpose(pred_probs_of(data), {0, 2, 3, 1});
    check_all(data, labels_of(data), xt::transpose(channel_last, {0, 3, 1, 2}));
}

TEST_CASE("views that skip indices at will, and reversed ones", "[layouts]") {
    const scene data = small_scene();
    const labels3 labels = labels_of(data);
    const pred_probs4 pred_probs = pred_probs_of(data);
    check_all(data, xt::view(labels, xt::keep(0, 1, 2)), xt::view(pred_probs, xt::keep(0, 1, 2)));
    const labels3 flipped_labels = xt::flip(labels, 2);
    const pred_probs4 flipped_pred_probs = xt::flip(pred_probs, 3);
    check_all(data, xt::flip(flipped_labels, 2), xt::flip(flipped_pred_probs, 3));
}

TEST_CASE("foreign memory", "[layouts]") {
    const scene data = small_scene();
    const std::vector<std::uint8_t> labels(data.labels.begin(), data.labels.end());
    const std::vector<double> pred_probs = data.pred_probs;
    check_all(data, xt::adapt(labels.data(), labels.size(), xt::no_ownership(), data.labels_shape()),
              xt::adapt(pred_probs.data(), pred_probs.size(), xt::no_ownership(), data.pred_probs_shape()));
}

TEST_CASE("lazy expressions", "[layouts]") {
    const scene data = small_scene();
    const labels3 labels = labels_of(data);
    const pred_probs4 pred_probs = pred_probs_of(data);
    check_all(data, labels + 0, pred_probs);
    check_all(data, labels, pred_probs * 1.0F);
    check_all(data, xt::cast<std::uint16_t>(labels), xt::cast<double>(pred_probs));
    check_all(data, xt::view(labels + 0, xt::all()), xt::view(pred_probs * 1.0F, xt::all()));
}

TEST_CASE("a lazy expression is evaluated one image at a time", "[layouts]") {
    const scene data = small_scene();
    const pred_probs4 pred_probs = pred_probs_of(data);
    std::size_t evaluated = 0;
    const auto counted = xt::make_lambda_xfunction(
        [&evaluated](float p) {
            ++evaluated;
            return p;
        },
        pred_probs);
    std::vector<std::size_t> after_image;
    maskaudit::find_label_issues(labels_of(data), counted, {.n_jobs = 2, .progress = [&](std::size_t, std::size_t) {
                                                                after_image.push_back(evaluated);
                                                            }});
    const std::size_t image = data.classes * data.pixels();
    CHECK(after_image == std::vector<std::size_t>{image, 2 * image, 3 * image});
}

TEST_CASE("results into arrays of the caller", "[layouts]") {
    const scene data = small_scene();
    auto image_scores = xt::xtensor<float, 1>::from_shape({3});
    xt::xtensor<double, 4> storage({3, 7, 2, 9});
    storage.fill(-1);
    auto pixel_scores = xt::view(storage, xt::all(), xt::all(), 1, xt::all());
    maskaudit::get_label_quality_scores_to(image_scores, pixel_scores, labels_of(data), pred_probs_of(data));
    check_pixel_scores(data, pixel_scores);
    for (std::size_t n = 0; n < 3; ++n)
        CHECK(image_scores(n) == static_cast<float>(softmin(data, n, 0.1)));
    CHECK(xt::all(xt::equal(xt::view(storage, xt::all(), xt::all(), 0, xt::all()), -1.0)));

    xt::xtensor<float, 3, xt::layout_type::column_major> columns({3, 7, 9});
    maskaudit::get_label_quality_scores_to(xt::view(image_scores, xt::all()), columns, labels_of(data),
                                           pred_probs_of(data), maskaudit::num_pixel_issues{});
    check_pixel_scores(data, columns);
}
