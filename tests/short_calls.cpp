#include <maskaudit/maskaudit.hpp>

#include <catch.hpp>
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

#include <vector>

// The calls of the documentation as a user writes them: what this file is about is that they compile.

using namespace maskaudit;

namespace {

const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
const xt::xtensor<float, 4> pred_probs{{{{0.9F, 0.8F, 0.9F, 0.7F}}, {{0.1F, 0.2F, 0.1F, 0.3F}}}};

struct nothing_is_wrong {
    template <class Labels, class PredProbs>
    xt::xarray<bool> operator()(const Labels& given, const PredProbs&, const options&) const {
        return xt::zeros<bool>(given.shape());
    }
};

} // namespace

TEST_CASE("find_label_issues", "[short_calls]") {
    CHECK(find_label_issues(labels, pred_probs)(0, 0, 2));
    CHECK(find_label_issues(labels, pred_probs, {.ignore_label = 255})(0, 0, 2));
    CHECK(find_label_issues(labels, pred_probs, {.ignore_label = {255, -1}, .n_jobs = 1})(0, 0, 2));
    CHECK_FALSE(find_label_issues(labels, pred_probs, {.ignore_label = 1})(0, 0, 2));
    CHECK(find_label_issues(labels, pred_probs, {.downsample = 1})(0, 0, 2));
    CHECK(find_label_issues(labels, pred_probs, confident_learning{})(0, 0, 2));
    CHECK(
        find_label_issues(labels, pred_probs, confident_learning{.labels = downsample_labels::majority}, {})(0, 0, 2));
    CHECK(find_label_issues(labels, pred_probs, below_threshold{})(0, 0, 2) == (0.1F < 0.1));
    CHECK(find_label_issues(labels, pred_probs, below_threshold{0.75}, {.n_jobs = 2})(0, 0, 3));
    CHECK_FALSE(find_label_issues(labels, pred_probs, nothing_is_wrong{})(0, 0, 2));
    const options opts{.batch_size = 7};
    CHECK(find_label_issues(labels, pred_probs, opts)(0, 0, 2));
}

TEST_CASE("get_label_quality_scores", "[short_calls]") {
    const auto [image_scores, pixel_scores] = get_label_quality_scores(labels, pred_probs);
    CHECK(pixel_scores(0, 0, 2) == 0.1F);
    CHECK(image_scores(0) < 0.2);
    CHECK(get_label_quality_scores(labels, pred_probs, {.n_jobs = 2}).image_scores(0) == image_scores(0));
    CHECK(get_label_quality_scores(labels, pred_probs, softmin{}).image_scores(0) == image_scores(0));
    CHECK(get_label_quality_scores(labels, pred_probs, softmin{.temperature = 0.1}).image_scores(0) == image_scores(0));
    CHECK(get_label_quality_scores(labels, pred_probs, {.temperature = 1e9}).image_scores(0) > 0.6); // the mean, 0.625
    CHECK(get_label_quality_scores(labels, pred_probs, num_pixel_issues{}).image_scores(0) == 0.75);
    CHECK(get_label_quality_scores(labels, pred_probs, num_pixel_issues{confident_learning{.downsample = 1}})
              .image_scores(0) == 0.75);
    CHECK(get_label_quality_scores(labels, pred_probs, num_pixel_issues{below_threshold{0.75}}).image_scores(0) == 0.5);
    CHECK(get_label_quality_scores(labels, pred_probs, num_pixel_issues{nothing_is_wrong{}}, {.ignore_label = 255})
              .image_scores(0) == 1);
    auto images = xt::xtensor<double, 1>::from_shape({1});
    auto pixels = xt::xtensor<float, 3>::from_shape({1, 1, 4});
    get_label_quality_scores_to(images, pixels, labels, pred_probs);
    get_label_quality_scores_to(images, pixels, labels, pred_probs, softmin{}, {.n_jobs = 1});
    CHECK(images(0) == image_scores(0));
}

TEST_CASE("issues_from_scores", "[short_calls]") {
    const auto scores = get_label_quality_scores(labels, pred_probs);
    CHECK(issues_from_scores(scores.image_scores).size() == 0);
    CHECK(issues_from_scores(scores.image_scores, 1).size() == 1);
    CHECK(issues_from_scores(scores.image_scores, 0).size() == 0);
    CHECK(issues_from_scores(scores.image_scores, 0.5F)(0) == 0);
    CHECK(issues_from_scores(scores.image_scores, 0, cutoff::cleanlab_2_9).size() == 1);
    CHECK(issues_from_scores(scores.image_scores, scores.pixel_scores)(0, 0, 2) == (0.1F < 0.1));
    CHECK(issues_from_scores(scores.image_scores, scores.pixel_scores, 1)(0, 0, 0));
    CHECK(issues_from_scores(scores.image_scores, scores.pixel_scores, 0.2F)(0, 0, 2));
}

TEST_CASE("label_inspector", "[short_calls]") {
    label_inspector inspector(2);
    CHECK(inspector.add(xt::view(labels, 0), xt::view(pred_probs, 0)) == 0);
    CHECK(inspector.add(xt::view(labels, 0), xt::view(pred_probs, 0), 7) == 7);
    label_inspector other(2, {.ignore_label = 255, .confident = {.downsample = 2}, .normalized = false});
    CHECK(other.add(xt::xtensor<int, 2>{{0, 1}, {0, 1}},
                    xt::xtensor<double, 3>{{{0.9, 0.8}, {0.7, 0.6}}, {{0.1, 0.2}, {0.3, 0.4}}}) == 0);
    CHECK(other.finish().num_issues <= 2);
}

TEST_CASE("softmax_over_classes", "[short_calls]") {
    const xt::xtensor<float, 4> logits = xt::log(pred_probs);
    CHECK(find_label_issues(labels, softmax_over_classes(logits))(0, 0, 2));
    CHECK(find_label_issues(labels, softmax_over_classes(logits), {.ignore_label = 255, .n_jobs = 2})(0, 0, 2));
    CHECK(get_label_quality_scores(labels, softmax_over_classes(logits)).pixel_scores(0, 0, 2) == Approx(0.1F));
    label_inspector inspector(2);
    CHECK(inspector.add(xt::view(labels, 0), softmax_over_classes(xt::view(logits, 0))) == 0);
    CHECK(inspector.finish().num_issues == 1);
}

TEST_CASE("summaries", "[short_calls]") {
    const auto issues = find_label_issues(labels, pred_probs);
    CHECK(common_label_issues(issues, labels, pred_probs).at(0) == label_swap{1, 0, 1});
    CHECK(common_label_issues(issues, labels, pred_probs, {.exclude = {0}}).empty());
    CHECK(common_label_issues(issues, labels, pred_probs, {.top = 1}, {.n_jobs = 1}).size() == 1);
    CHECK(filter_by_class(0, issues, labels, pred_probs)(0, 0, 2));
    CHECK_FALSE(filter_by_class(2, issues, labels, pred_probs, {.ignore_label = 255})(0, 0, 2));
}

TEST_CASE("regions", "[short_calls]") {
    const auto issues = find_label_issues(labels, pred_probs);
    const auto regions = issue_regions(issues, labels, pred_probs);
    REQUIRE(regions.size() == 1);
    CHECK(regions[0].runs == std::vector<pixel_run>{{2, 1}});
    CHECK(issue_regions(issues, labels, pred_probs, {.min_area = 2}).empty());
    CHECK(issue_regions(issues, labels, pred_probs, {.top = 1}, {.n_jobs = 1}).size() == 1);
    CHECK(issue_regions(issues, labels, pred_probs, {.full_connectivity = false, .split_by_class = false},
                        {.ignore_label = 255})
              .size() == 1);
    CHECK_FALSE(away_from_boundaries(issues, labels, 1)(0, 0, 2));
    CHECK(away_from_boundaries(issues, labels, 0, {.n_jobs = 1})(0, 0, 2));
    CHECK(suggested_labels(issues, labels, pred_probs)(0, 0, 2) == 0);
    CHECK(suggested_labels(issues, labels, pred_probs, {.ignore_label = 1})(0, 0, 2) == 1);
}
