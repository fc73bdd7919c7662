#include "compare.hpp"
#include "message.hpp"

#include <maskaudit/filter.hpp>

#include <catch.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace maskaudit_test;
using maskaudit::find_label_issues;
using maskaudit::label_issue_finder;
using maskaudit::num_pixel_issues;
using maskaudit::options;

namespace {

using labels3 = xt::xtensor<std::int32_t, 3>;
using pred_probs4 = xt::xtensor<float, 4>;

struct two_images {
    scene data;
    labels3 labels;
    pred_probs4 pred_probs;

    two_images() {
        random_engine random(seed() + 30);
        data = random_scene<float>(random, 2, 3, {4, 5}, probabilities::dirichlet, 0.5, 0.2);
        labels = make<labels3>(data.labels_shape(), data.labels);
        pred_probs = make<pred_probs4>(data.pred_probs_shape(), data.pred_probs);
    }
};

/// Flags what has a label of a class of its own.
struct class_is_wrong {
    int wrong;

    template <class Labels, class PredProbs>
    xt::xarray<bool> operator()(const Labels& labels, const PredProbs&, const options&) const {
        return xt::equal(labels, wrong);
    }
};

struct flags_of_shape {
    std::vector<std::size_t> shape;

    template <class Labels, class PredProbs>
    xt::xarray<bool> operator()(const Labels&, const PredProbs&, const options&) const {
        return xt::xarray<bool>(shape, true);
    }
};

struct counts_instead_of_flags {
    xt::xarray<int> operator()(const labels3& labels, const pred_probs4&, const options&) const { return labels; }
};

struct returns_a_lazy_expression { // which would refer to what is gone
    auto operator()(const labels3& labels, const pred_probs4&, const options&) const { return xt::equal(labels, 1); }
};

struct returns_a_mask_it_keeps {
    xt::xarray<bool> mask;
    const xt::xarray<bool>& operator()(const labels3&, const pred_probs4&, const options&) const { return mask; }
};

struct takes_too_little {
    xt::xarray<bool> operator()(const labels3&) const { return {}; }
};

} // namespace

TEST_CASE("what is a label_issue_finder and what is not", "[filter]") {
    STATIC_REQUIRE(label_issue_finder<maskaudit::confident_learning, labels3, pred_probs4>);
    STATIC_REQUIRE(label_issue_finder<maskaudit::below_threshold, labels3, pred_probs4>);
    STATIC_REQUIRE(label_issue_finder<class_is_wrong, labels3, pred_probs4>);
    STATIC_REQUIRE(
        label_issue_finder<std::function<xt::xtensor<bool, 3>(const labels3&, const pred_probs4&, const options&)>,
                           labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(label_issue_finder<counts_instead_of_flags, labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(label_issue_finder<takes_too_little, labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(label_issue_finder<returns_a_lazy_expression, labels3, pred_probs4>);
    STATIC_REQUIRE(label_issue_finder<returns_a_mask_it_keeps, labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(label_issue_finder<options, labels3, pred_probs4>);
    STATIC_REQUIRE(maskaudit::label_quality_method<maskaudit::softmin, labels3, pred_probs4>);
    STATIC_REQUIRE(maskaudit::label_quality_method<num_pixel_issues<class_is_wrong>, labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(maskaudit::label_quality_method<num_pixel_issues<takes_too_little>, labels3, pred_probs4>);
    STATIC_REQUIRE_FALSE(maskaudit::label_quality_method<class_is_wrong, labels3, pred_probs4>);
}

TEST_CASE("a struct and a lambda of the user's own", "[filter]") {
    const two_images set;
    const auto lambda = [](const auto& labels, const auto& pred_probs, const options&) {
        CHECK(pred_probs.dimension() == labels.dimension() + 1);
        return xt::xtensor<bool, 3>(xt::equal(labels, 1));
    };
    const options opts{.ignore_label = ignored_of(set.data)};
    std::vector<bool> expected;
    for (const std::int64_t label : set.data.labels)
        expected.push_back(label == 1);
    const auto shape = set.data.labels_shape();
    CHECK(differences(flat(find_label_issues(set.labels, set.pred_probs, class_is_wrong{1}, opts), shape), expected)
              .empty());
    CHECK(differences(flat(find_label_issues(set.labels, set.pred_probs, lambda, opts), shape), expected).empty());
    for (std::size_t n = 0; n < 2; ++n) {
        const auto score = [&](const auto& method) {
            return maskaudit::get_label_quality_scores(set.labels, set.pred_probs, method, opts).image_scores(n);
        };
        CHECK(score(num_pixel_issues{class_is_wrong{1}}) == issue_score(set.data, expected, n));
        CHECK(score(num_pixel_issues{lambda}) == issue_score(set.data, expected, n));
    }
}

TEST_CASE("flags of ignored pixels are cleared", "[filter]") {
    const two_images set;
    const options opts{.ignore_label = {255, 2}};
    const auto mask = find_label_issues(set.labels, set.pred_probs, flags_of_shape{set.data.labels_shape()}, opts);
    auto flag = mask.begin();
    for (const std::int64_t label : set.data.labels)
        CHECK(*flag++ == (label != 255 && label != 2));
    const xt::xtensor<std::int32_t, 3, xt::layout_type::column_major> columns = set.labels;
    CHECK((find_label_issues(columns, set.pred_probs, flags_of_shape{set.data.labels_shape()}, opts) == mask));
    CHECK((find_label_issues(set.labels + 0, set.pred_probs, flags_of_shape{set.data.labels_shape()}, opts) == mask));
}

TEST_CASE("a mask of the wrong shape is refused with both shapes", "[filter]") {
    const two_images set;
    const options opts{.ignore_label = ignored_of(set.data)};
    const auto check = [&](const std::vector<std::size_t>& shape, const std::string& text) {
        const std::string expected =
            "the finder's mask has shape " + text + ", labels has (2, 4, 5): they must be the same";
        CHECK(message_of<std::invalid_argument>(
                  [&] { find_label_issues(set.labels, set.pred_probs, flags_of_shape{shape}, opts); }) == expected);
        CHECK(message_of<std::invalid_argument>([&] {
                  maskaudit::get_label_quality_scores(set.labels, set.pred_probs,
                                                      num_pixel_issues{flags_of_shape{shape}}, opts);
              }) == expected);
    };
    check({2, 4, 6}, "(2, 4, 6)");
    check({2, 20}, "(2, 20)"); // another rank: assigning it would overrun a buffer
    check({2, 4, 5, 1}, "(2, 4, 5, 1)");
    check({40}, "(40,)");
}

TEST_CASE("what a backend throws comes through", "[filter]") {
    const two_images set;
    const auto fails = [](const auto&, const auto&, const options&) -> xt::xarray<bool> {
        throw std::runtime_error("model not loaded");
    };
    CHECK(message_of<std::runtime_error>([&] { find_label_issues(set.labels, set.pred_probs, fails); }) ==
          "model not loaded");
}

TEST_CASE("below_threshold flags what the formula says", "[filter]") {
    const two_images set;
    const options opts{.ignore_label = ignored_of(set.data)};
    for (const double threshold : {0.0, 0.25, 0.5, 1.0}) {
        std::vector<bool> expected;
        for (std::size_t n = 0; n < 2; ++n)
            for (std::size_t s = 0; s < 20; ++s)
                expected.push_back(!set.data.is_ignored(n, s) && quality(set.data, n, s) < threshold);
        const auto mask = find_label_issues(set.labels, set.pred_probs, maskaudit::below_threshold{threshold}, opts);
        CHECK(differences(flat(mask, set.data.labels_shape()), expected).empty());
    }
}

TEST_CASE("threads, batch size and progress change no bit", "[filter]") {
    random_engine random(seed() + 31);
    const scene data = random_scene<float>(random, 3, 4, {150, 160}, probabilities::sixteenths, 0.2);
    const auto labels = make<labels3>(data.labels_shape(), data.labels);
    const auto pred_probs = make<pred_probs4>(data.pred_probs_shape(), data.pred_probs);
    for (const std::size_t downsample : {std::size_t{1}, std::size_t{5}}) {
        const maskaudit::confident_learning finder{.downsample = downsample};
        const options alone{.n_jobs = 1};
        const auto mask = find_label_issues(labels, pred_probs, finder, alone);
        const auto softmin = maskaudit::get_label_quality_scores(labels, pred_probs, alone).image_scores;
        for (const unsigned n_jobs : {0U, 2U, 5U})
            for (const std::size_t batch_size :
                 {std::size_t{0}, std::size_t{1}, std::size_t{9000}, std::size_t{100000}}) {
                std::vector<std::size_t> done;
                const options opts{
                    .n_jobs = n_jobs, .batch_size = batch_size, .progress = [&](std::size_t images, std::size_t total) {
                        CHECK(total == 3);
                        done.push_back(images);
                    }};
                CHECK((find_label_issues(labels, pred_probs, finder, opts) == mask));
                CHECK(done == std::vector<std::size_t>{1, 2, 3});
                CHECK((maskaudit::get_label_quality_scores(labels, pred_probs, opts).image_scores == softmin));
            }
    }
}

TEST_CASE("n_jobs = 1 works in the caller's thread", "[filter]") {
    const two_images set;
    const auto caller = std::this_thread::get_id();
    options opts{.ignore_label = ignored_of(set.data), .n_jobs = 1};
    opts.progress = [&](std::size_t, std::size_t) { CHECK(std::this_thread::get_id() == caller); };
    find_label_issues(set.labels, set.pred_probs, opts);
}

TEST_CASE("progress counts every image once, whatever the method", "[filter]") {
    const two_images set;
    std::vector<std::size_t> done;
    const options opts{.ignore_label = ignored_of(set.data),
                       .progress = [&](std::size_t images, std::size_t) { done.push_back(images); }};
    const num_pixel_issues method{maskaudit::below_threshold{}};
    maskaudit::get_label_quality_scores(set.labels, set.pred_probs, method, opts);
    CHECK(done == std::vector<std::size_t>{1, 2});
    done.clear();
    find_label_issues(xt::xarray<int>::from_shape({5, 0, 3}), xt::xarray<float>::from_shape({5, 2, 0, 3}), opts);
    CHECK(done == std::vector<std::size_t>{5});
}

TEST_CASE("what the progress callback throws ends the call", "[filter]") {
    const two_images set;
    options opts{.ignore_label = ignored_of(set.data)};
    opts.progress = [](std::size_t, std::size_t) { throw std::runtime_error("enough"); };
    for (const unsigned n_jobs : {1U, 2U}) {
        opts.n_jobs = n_jobs;
        CHECK(message_of<std::runtime_error>([&] { find_label_issues(set.labels, set.pred_probs, opts); }) == "enough");
    }
}
