#include "compare.hpp"
#include "inspections.hpp"
#include "message.hpp"

#include <maskaudit/logits.hpp>
#include <xtl/xhalf_float.hpp>

#include <catch.hpp>
#if __has_include(<xtensor/misc/xmanipulation.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// softmax_over_classes wherever pred_probs is. What the kernel makes of logits is checked in softmax_kernel.cpp; here
// it is the oracle's probabilities, so that masks and scores have to be equal, and once more the formula is.

using namespace maskaudit_test;
using maskaudit::softmax_over_classes;
using half = xtl::half_float;

namespace {

template <class Stored>
struct logit_scene {
    scene data; // with the probabilities that the kernel makes of the logits
    xt::xarray<std::uint16_t> labels;
    xt::xarray<Stored> logits;
};

/// Sets the probabilities of image n, all pixels at once.
template <class Stored>
void set_softmax(const xt::xarray<Stored>& logits, std::size_t n, scene& data) {
    using T = maskaudit::detail::computed<Stored>;
    const std::size_t pixels = data.pixels(), plane = maskaudit::detail::padded(pixels);
    const std::size_t first = n * data.classes * pixels;
    std::vector<T> values(data.classes * plane);
    for (std::size_t k = 0; k < data.classes; ++k)
        for (std::size_t s = 0; s < pixels; ++s)
            values[k * plane + s] = static_cast<T>(logits.data()[first + k * pixels + s]);
    maskaudit::detail::softmax_planes(values.data(), data.classes, pixels, plane);
    for (std::size_t k = 0; k < data.classes; ++k)
        for (std::size_t s = 0; s < pixels; ++s)
            data.pred_probs[first + k * pixels + s] = static_cast<double>(values[k * plane + s]);
}

/// How logits come about.
enum class logits_are {
    close,   // as a network's
    halves,  // multiples of 1/2: ties everywhere
    extreme, // up to the largest numbers, impossible classes among them
};

/// Where pixels are ignored, logits that would be errors elsewhere.
template <class Stored>
logit_scene<Stored> make_scene(std::size_t images, std::size_t classes, const std::vector<std::size_t>& shape,
                               double ignored_rate = 0, logits_are kind = logits_are::close) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    random_engine random(seed() + 90);
    scene data = random_scene<double>(random, images, classes, shape, probabilities::dirichlet, 0.2, ignored_rate);
    const double largest = std::is_same_v<Stored, half> ? 65504 : std::is_same_v<Stored, float> ? 3e38 : 1e308;
    auto logits = xt::xarray<Stored>::from_shape(data.pred_probs_shape());
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t s = 0; s < data.pixels(); ++s) {
            const double shift = 20 * uniform(random) - 10;
            for (std::size_t k = 0; k < classes; ++k) {
                const std::size_t i = (n * classes + k) * data.pixels() + s;
                double logit = 2 * std::log(data.pred_probs[i] + 1e-9) + shift;
                if (kind == logits_are::halves) logit = std::round(2 * logit) / 2;
                if (kind == logits_are::extreme)
                    logit = k == s % classes        ? logit
                            : uniform(random) < 0.3 ? -infinity
                                                    : largest * (2 * uniform(random) - 1);
                if (data.is_ignored(n, s)) logit = uniform(random) < 0.5 ? std::nan("") : infinity;
                logits.data()[i] = Stored(static_cast<maskaudit::detail::computed<Stored>>(logit));
            }
        }
    for (std::size_t n = 0; n < images; ++n)
        set_softmax(logits, n, data);
    auto labels = make<xt::xarray<std::uint16_t>>(data.labels_shape(), data.labels);
    return {std::move(data), std::move(labels), std::move(logits)};
}

/// What every function says to them.
std::vector<std::string> messages(const xt::xarray<std::uint16_t>& labels, const xt::xarray<float>& logits) {
    using maskaudit::below_threshold;
    using maskaudit::num_pixel_issues;
    const auto pred_probs = softmax_over_classes(logits);
    const maskaudit::options opts{.ignore_label = 255};
    const xt::xarray<bool> issues = xt::not_equal(labels, 255);
    const auto said = [](auto f) { return message_of<maskaudit::data_error>(f); };
    return {
        said([&] { maskaudit::find_label_issues(labels, pred_probs, opts); }),
        said([&] { maskaudit::find_label_issues(labels, pred_probs, {.downsample = 2}, opts); }),
        said([&] { maskaudit::find_label_issues(labels, pred_probs, below_threshold{}, opts); }),
        said([&] { maskaudit::get_label_quality_scores(labels, pred_probs, opts); }),
        said([&] { maskaudit::get_label_quality_scores(labels, pred_probs, num_pixel_issues{}, opts); }),
        said([&] { maskaudit::common_label_issues(issues, labels, pred_probs, {}, opts); }),
        said([&] { maskaudit::filter_by_class(0, issues, labels, pred_probs, opts); }),
        said([&] {
            maskaudit::label_inspector inspector(logits.shape(1), {.ignore_label = 255});
            for (std::size_t n = 0; n < labels.shape(0); ++n)
                inspector.add(xt::view(labels, n), softmax_over_classes(xt::view(logits, n)));
        }),
    };
}

} // namespace

TEST_CASE("every function takes logits", "[logits]") {
    CAPTURE(seed());
    const auto scene = make_scene<float>(2, 7, {30, 46}, 0.1);
    check_all(scene.data, scene.labels, softmax_over_classes(scene.logits));
}

TEMPLATE_TEST_CASE("logits of any type, rank and number of classes", "[logits]", float, double, half) {
    CAPTURE(seed());
    for (const std::size_t classes : {1U, 2U, 19U})
        for (const std::vector<std::size_t>& shape : {std::vector<std::size_t>{70}, {30, 46}, {4, 6, 10}})
            for (const auto kind : {logits_are::close, logits_are::halves, logits_are::extreme}) {
                const auto scene = make_scene<TestType>(2, classes, shape, classes > 1 ? 0.1 : 0, kind);
                CAPTURE(classes, shape, static_cast<int>(kind));
                check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(scene.logits));
            }
}

TEST_CASE("scores are those of a stored softmax", "[logits]") {
    CAPTURE(seed());
    const auto scene = make_scene<float>(1, 19, {40, 50});
    xt::xarray<float> pred_probs = scene.logits;
    for (std::size_t s = 0; s < 2000; ++s) {
        long double sum = 0;
        for (std::size_t k = 0; k < 19; ++k)
            sum += std::exp(static_cast<long double>(scene.logits.data()[k * 2000 + s]));
        for (std::size_t k = 0; k < 19; ++k) {
            const auto logit = static_cast<long double>(scene.logits.data()[k * 2000 + s]);
            pred_probs.data()[k * 2000 + s] = static_cast<float>(std::exp(logit) / sum);
        }
    }
    const auto stored = maskaudit::get_label_quality_scores(scene.labels, pred_probs);
    const auto fused = maskaudit::get_label_quality_scores(scene.labels, softmax_over_classes(scene.logits));
    for (std::size_t s = 0; s < 2000; ++s)
        if (!(std::abs(stored.pixel_scores.data()[s] - fused.pixel_scores.data()[s]) <= 1e-6F))
            FAIL("pixel " << s << ": " << stored.pixel_scores.data()[s] << ", " << fused.pixel_scores.data()[s]);
    CHECK(stored.image_scores(0) == Approx(fused.image_scores(0)).margin(1e-6));
}

TEST_CASE("logits of more pixels and classes than are copied at once, on several threads", "[logits]") {
    CAPTURE(seed());
    for (const std::size_t classes : {3U, 16U, 1000U}) {
        const auto scene = make_scene<float>(2, classes, {classes < 100 ? 90U : 3U, 101}, 0.1);
        CAPTURE(classes);
        for (const unsigned jobs : {1U, 3U})
            check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(scene.logits),
                                    {.n_jobs = jobs, .batch_size = jobs == 1 ? 0U : 1U});
    }
}

TEST_CASE("logits of which large regions are ignored", "[logits]") {
    CAPTURE(seed());
    auto scene = make_scene<float>(1, 19, {100, 100});
    scene.data.ignored = {255};
    for (std::size_t s = 1000; s < 9000; ++s) {
        scene.labels.data()[s] = 255;
        scene.data.labels[s] = 255;
        scene.logits.data()[s] = std::numeric_limits<float>::quiet_NaN();
    }
    check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(scene.logits));
}

TEST_CASE("logits by strides, and lazy ones", "[logits]") {
    CAPTURE(seed());
    const auto scene = make_scene<float>(3, 11, {34, 46}, 0.1);
    const xt::xarray<float> channel_last = xt::transpose(scene.logits, {0, 2, 3, 1});
    check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(xt::transpose(channel_last, {0, 3, 1, 2})));
    const xt::xarray<float, xt::layout_type::column_major> columns = scene.logits;
    check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(columns));
    check_issues_and_scores(scene.data, scene.labels, softmax_over_classes(scene.logits + 0.0F), {.n_jobs = 2});
}

TEST_CASE("the inspector takes logits, image by image", "[logits]") {
    CAPTURE(seed());
    const auto scene = make_scene<float>(3, 5, {20, 31}, 0.1);
    const auto pred_probs = make<xt::xarray<float>>(scene.data.pred_probs_shape(), scene.data.pred_probs);
    const auto whole = maskaudit::get_label_quality_scores(scene.labels, softmax_over_classes(scene.logits),
                                                           {.ignore_label = ignored_of(scene.data)});
    maskaudit::label_inspector of_logits(5, {.ignore_label = ignored_of(scene.data)}), of_probabilities = of_logits;
    for (std::size_t n = 0; n < 3; ++n) {
        const auto labels = xt::view(scene.labels, n);
        xt::xarray<float> pixel_scores = xt::zeros<float>({20, 31});
        of_logits.add_to(pixel_scores, labels, softmax_over_classes(xt::view(scene.logits, n)));
        CHECK((pixel_scores == xt::view(whole.pixel_scores, n)));
        of_probabilities.add(labels, xt::view(pred_probs, n));
    }
    CHECK(same(of_logits.finish(), of_probabilities.finish()));
    const auto mask = confident_learning(scene.data).mask;
    CHECK(of_logits.finish().num_issues == static_cast<std::size_t>(std::count(mask.begin(), mask.end(), true)));
}

TEST_CASE("logits are referred to or kept, and their type says what comes out", "[logits]") {
    using fixed = xt::xtensor<float, 4>;
    const fixed logits({1, 2, 3, 4}, 0);
    const xt::xarray<int> labels = xt::zeros<int>({1, 3, 4});
    const auto referring = softmax_over_classes(logits);
    STATIC_REQUIRE(std::is_same_v<decltype(referring), const maskaudit::class_softmax<const fixed&>>);
    STATIC_REQUIRE(std::is_same_v<decltype(softmax_over_classes(fixed())), maskaudit::class_softmax<fixed>>);
    STATIC_REQUIRE(
        std::is_same_v<decltype(softmax_over_classes(std::declval<const fixed>())), maskaudit::class_softmax<fixed>>);
    STATIC_REQUIRE(!xt::is_xexpression<maskaudit::class_softmax<fixed>>::value);
    CHECK(&referring.logits() == &logits);
    CHECK(referring.shape() == logits.shape());
    CHECK(referring.dimension() == 4);
    const auto keeping = softmax_over_classes(fixed(logits));
    CHECK((keeping.logits() == logits));
    STATIC_REQUIRE(std::is_same_v<decltype(maskaudit::find_label_issues(labels, keeping)), xt::xtensor<bool, 3>>);
    const auto scores = maskaudit::get_label_quality_scores(labels, keeping);
    STATIC_REQUIRE(std::is_same_v<decltype(scores.pixel_scores), xt::xtensor<float, 3>>);
    CHECK(scores.pixel_scores(0, 2, 3) == 0.5F);

    const auto value = []<class T>(const T&) {
        return typename decltype(softmax_over_classes(std::declval<xt::xarray<T>>()))::value_type{};
    };
    STATIC_REQUIRE(std::is_same_v<decltype(value(1.0)), double>);
    STATIC_REQUIRE(std::is_same_v<decltype(value(half())), float>);
    STATIC_REQUIRE(!maskaudit::detail::logit_array<xt::xarray<std::uint8_t>>); // fixed point is for probabilities
}

TEST_CASE("a backend of the user's own gets the logits", "[logits]") {
    CAPTURE(seed());
    const auto scene = make_scene<float>(2, 3, {6, 7}, 0.2);
    const auto first_is_positive = [](const auto&, const auto& pred_probs, const maskaudit::options&) {
        return xt::xarray<bool>(xt::view(pred_probs.logits(), xt::all(), 0) > 0);
    };
    const auto mask = maskaudit::find_label_issues(scene.labels, softmax_over_classes(scene.logits), first_is_positive,
                                                   {.ignore_label = ignored_of(scene.data)});
    std::size_t issues = 0;
    for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t s = 0; s < 42; ++s) {
            const bool expected = !scene.data.is_ignored(n, s) && scene.logits.data()[n * 3 * 42 + s] > 0;
            CHECK(mask.data()[n * 42 + s] == expected);
            issues += expected ? 1 : 0;
        }
    CHECK(issues > 0);
}

TEST_CASE("logits that cannot be used are named", "[logits]") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    xt::xarray<std::uint16_t> given = xt::ones<std::uint16_t>({2, 40, 30});
    xt::xarray<float> logits = xt::zeros<float>({2, 5, 40, 30});
    const auto check = [&](const std::string& expected) {
        for (const std::string& message : messages(given, logits))
            CHECK(message == expected);
    };
    check("nothing was thrown");

    const std::string rule = " must be finite, or -infinity where a class is impossible";
    logits(1, 3, 33, 7) = infinity;
    check("logits: image 1, class 3, pixel (33, 7): inf" + rule);
    logits(1, 3, 33, 7) = std::numeric_limits<float>::quiet_NaN();
    check("logits: image 1, class 3, pixel (33, 7): nan" + rule);
    given(1, 33, 7) = 255;
    check("nothing was thrown");
    given(1, 33, 7) = 1;
    logits(1, 3, 33, 7) = -infinity;
    check("nothing was thrown");
    for (std::size_t k = 0; k < 5; ++k)
        logits(1, k, 33, 7) = -infinity;
    check("logits: image 1, pixel (33, 7): -inf for every class must be finite for at least one");
    logits(1, 0, 2, 4) = infinity; // the first in the image is named
    check("logits: image 1, class 0, pixel (2, 4): inf" + rule);
}

TEST_CASE("summaries look at the logits of issues alone", "[logits]") {
    const xt::xarray<std::uint16_t> labels = xt::ones<std::uint16_t>({1, 20, 30});
    xt::xarray<float> logits = xt::zeros<float>({1, 3, 20, 30});
    logits(0, 2, 7, 8) = 1;
    logits(0, 2, 7, 9) = std::numeric_limits<float>::quiet_NaN();
    xt::xarray<bool> issues = xt::zeros<bool>({1, 20, 30});
    issues(0, 7, 8) = true;
    const auto pred_probs = softmax_over_classes(logits);
    CHECK(
        (maskaudit::common_label_issues(issues, labels, pred_probs) == std::vector<maskaudit::label_swap>{{1, 2, 1}}));
    CHECK((maskaudit::filter_by_class(2, issues, labels, pred_probs) == issues));
    issues(0, 7, 9) = true;
    CHECK_THROWS_AS(maskaudit::common_label_issues(issues, labels, pred_probs), maskaudit::data_error);
}

TEST_CASE("the place of a logit that cannot be used", "[logits]") {
    xt::xarray<double> logits = xt::zeros<double>({1, 2, 9});
    logits(0, 1, 8) = std::nan("");
    try {
        maskaudit::find_label_issues(xt::xarray<int>(xt::zeros<int>({1, 9})), softmax_over_classes(logits));
        FAIL("accepted");
    } catch (const maskaudit::data_error& error) {
        CHECK(error.array() == "logits");
        CHECK(error.place().image == 0);
        CHECK(error.place().pixel == std::vector<std::size_t>{8});
        CHECK(error.place().class_index == 1);
    }
}

TEST_CASE("logits whose shape does not fit", "[logits]") {
    const xt::xarray<int> labels = xt::zeros<int>({2, 4, 5});
    const xt::xarray<float> logits = xt::zeros<float>({2, 3, 4, 6});
    CHECK(message_of<std::invalid_argument>(
              [&] { maskaudit::find_label_issues(labels, softmax_over_classes(logits)); }) ==
          "labels have shape (2, 4, 5) and pred_probs (2, 3, 4, 6): labels must be (N, S...) and pred_probs (N, K, "
          "S...)");
}
