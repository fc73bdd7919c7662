#include "compare.hpp"

#include <maskaudit/rank.hpp>

#include <catch.hpp>
#include <limits>
#include <vector>

using namespace maskaudit_test;
using maskaudit::cutoff;
using maskaudit::issues_from_scores;

namespace {

std::vector<std::size_t> list(const xt::xtensor<std::size_t, 1>& images) { return {images.begin(), images.end()}; }

double score_of(const scene& data, double temperature) {
    return maskaudit::get_label_quality_scores(make<xt::xarray<int>>(data.labels_shape(), data.labels),
                                               make<xt::xarray<double>>(data.pred_probs_shape(), data.pred_probs),
                                               maskaudit::softmin{temperature}, {.ignore_label = ignored_of(data)})
        .image_scores(0);
}

} // namespace

TEST_CASE("softmin agrees with its formula at every temperature", "[rank]") {
    random_engine random(seed() + 40);
    for (const auto kind : {probabilities::dirichlet, probabilities::one_hot, probabilities::sixteenths}) {
        const scene data = random_scene<double>(random, 1, 4, {170, 130}, kind, 0.2);
        for (const double temperature : {1e-9, 1e-6, 1e-3, 0.05, 0.1, 1.0, 100.0, 1e9}) {
            CAPTURE(temperature);
            CHECK(close(score_of(data, temperature), softmin(data, 0, temperature)));
        }
        double least = 1, sum = 0;
        for (std::size_t s = 0; s < data.pixels(); ++s) {
            least = std::min(least, quality(data, 0, s));
            sum += quality(data, 0, s);
        }
        CHECK(std::abs(score_of(data, 1e-9) - least) <= 1e-5);
        CHECK(close(score_of(data, std::numeric_limits<double>::infinity()), sum / static_cast<double>(data.pixels())));
    }
}

TEST_CASE("softmin by hand", "[rank]") {
    // x = (0.2, 0.6), T = 0.4: weights 1 and exp(-1).
    const xt::xtensor<int, 2> labels{{0, 1}};
    const xt::xtensor<double, 3> pred_probs{{{0.2, 0.4}, {0.8, 0.6}}};
    const double weight = std::exp(-1);
    const auto scores = maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{0.4});
    CHECK(close(scores.image_scores(0), (0.2 + 0.6 * weight) / (1 + weight)));
    CHECK(scores.pixel_scores(0, 0) == 0.2);
    CHECK(scores.pixel_scores(0, 1) == 0.6);
}

TEST_CASE("an image of ignored pixels scores 1 by every method", "[rank]") {
    const xt::xtensor<int, 3> labels{{{9, 9}}, {{0, 1}}};
    const xt::xtensor<float, 4> pred_probs{{{{0.2F, 0.4F}}, {{0.8F, 0.6F}}}, {{{0.2F, 0.4F}}, {{0.8F, 0.6F}}}};
    const maskaudit::options opts{.ignore_label = 9};
    const auto check = [&](const auto& method) {
        const auto scores = maskaudit::get_label_quality_scores(labels, pred_probs, method, opts);
        CHECK(scores.image_scores(0) == 1);
        CHECK(scores.image_scores(1) < 1);
        CHECK(scores.pixel_scores(0, 0, 0) == 1);
    };
    check(maskaudit::softmin{});
    check(maskaudit::num_pixel_issues{});
    check(maskaudit::num_pixel_issues{maskaudit::below_threshold{0.5}});
}

TEST_CASE("images below a threshold, worst first", "[rank]") {
    const xt::xtensor<double, 1> scores{0.3, 0.1, 0.3, 0.05, 0.9, 0.1};
    CHECK(list(issues_from_scores(scores)) == std::vector<std::size_t>{3});
    CHECK(list(issues_from_scores(scores, 0.3)) == std::vector<std::size_t>{3, 1, 5});
    CHECK(list(issues_from_scores(scores, 0.30001)) == std::vector<std::size_t>{3, 1, 5, 0, 2});
    CHECK(list(issues_from_scores(scores, 0)).empty());
    CHECK(list(issues_from_scores(scores, 1)) == std::vector<std::size_t>{3, 1, 5, 0, 2, 4});
    CHECK(list(issues_from_scores(scores, 0, cutoff::cleanlab_2_9)) == std::vector<std::size_t>{3});
    CHECK(list(issues_from_scores(scores, 0.3, cutoff::cleanlab_2_9)) == std::vector<std::size_t>{3, 1, 5, 0});
    CHECK(list(issues_from_scores(scores, 1, cutoff::cleanlab_2_9)) == std::vector<std::size_t>{3, 1, 5, 0, 2, 4});
    CHECK(issues_from_scores(xt::xtensor<double, 1>::from_shape({0}), 1, cutoff::cleanlab_2_9).size() == 0);
    CHECK(list(issues_from_scores(scores * 1.0, 0.3)) == std::vector<std::size_t>{3, 1, 5});
}

TEST_CASE("pixels below a threshold, compared as stored", "[rank]") {
    const xt::xtensor<double, 1> images{0.5, 0.5};
    const xt::xtensor<float, 3> scores{{{0.7F, 0.1F}}, {{0.0F, 1.0F}}};
    const auto mask = issues_from_scores(images, scores, 0.7); // 0.7F is less than 0.7
    CHECK((mask == xt::xtensor<bool, 3>{{{true, true}}, {{true, false}}}));
    const xt::xtensor<float, 3, xt::layout_type::column_major> columns = scores;
    CHECK((issues_from_scores(images, columns, 0.7) == mask));
    CHECK((issues_from_scores(images, scores * 1.0F, 0.05) == xt::xtensor<bool, 3>{{{false, false}}, {{true, false}}}));
}
