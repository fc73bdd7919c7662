#include "message.hpp"
#include "region_scene.hpp"

#include <maskaudit/regions.hpp>

#include <catch.hpp>
#if __has_include(<xtensor/misc/xmanipulation.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#endif

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Regions, suggested labels and issues away from borders, of whatever arrays they are asked for.

using namespace maskaudit_test;
using maskaudit::away_from_boundaries;
using maskaudit::issue_regions;
using maskaudit::suggested_labels;

namespace {

template <class Label, class Issues, class Labels, class PredProbs>
void check_suggestions(const masked_arrays& all, const Issues& issues, const Labels& labels,
                       const PredProbs& pred_probs) {
    const maskaudit::options opts{.ignore_label = ignored_of(all.data)};
    const auto suggested = suggested_labels(issues, labels, pred_probs, opts);
    static_assert(std::is_same_v<typename std::remove_cvref_t<decltype(suggested)>::value_type, Label>);
    REQUIRE(indices(suggested.shape().begin(), suggested.shape().end()) == all.data.labels_shape());
    std::size_t different = 0;
    auto label = suggested.begin();
    for (std::size_t i = 0; i < all.mask.size(); ++i, ++label) {
        const std::size_t n = i / all.data.pixels(), s = i % all.data.pixels();
        const bool changes = all.mask[i] && !all.data.is_ignored(n, s);
        const auto expected =
            changes ? static_cast<Label>(predicted(all.data, n, s)) : static_cast<Label>(all.data.label(n, s));
        different += *label == expected ? 0 : 1;
    }
    CHECK(different == 0);
}

} // namespace

TEST_CASE("suggested labels are the predicted classes at issues", "[regions]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 304);
    for (const indices& shape : {indices{31}, indices{12, 34}, indices{3, 4, 5}}) {
        const masked_arrays all = random_arrays(random, shape, 0.5);
        check_suggestions<int>(all, all.issues, all.labels, all.pred_probs);
        check_suggestions<std::uint8_t>(all, all.issues, xt::xarray<std::uint8_t>(all.labels), all.pred_probs);
    }
    const masked_arrays all = random_arrays(random, {150, 200}, 0.02);
    check_suggestions<std::int64_t>(all, all.issues, xt::xtensor<std::int64_t, 3>(all.labels), all.pred_probs);
}

TEST_CASE("regions of arrays of any kind", "[regions]") {
    random_engine random(seed() + 305);
    const masked_arrays all = random_arrays(random, {20, 33}, 0.4);
    const maskaudit::options opts{.ignore_label = ignored_of(all.data), .n_jobs = 2};
    const auto expected = issue_regions(all.issues, all.labels, all.pred_probs, {}, opts);
    REQUIRE(expected.size() > 10);
    const auto inner = away_from_boundaries(all.issues, all.labels, 1);

    const xt::xtensor<bool, 3, xt::layout_type::column_major> issues_by_columns = all.issues;
    const xt::xtensor<std::int16_t, 3, xt::layout_type::column_major> labels_by_columns = all.labels;
    const xt::xtensor<double, 4> channel_last = xt::transpose(all.pred_probs, {0, 2, 3, 1});
    const auto turned = xt::transpose(channel_last, {0, 3, 1, 2});
    CHECK(is_identical(issue_regions(issues_by_columns, labels_by_columns, turned, {}, opts), expected));
    CHECK((away_from_boundaries(issues_by_columns, labels_by_columns, 1) == inner));
    check_suggestions<std::int16_t>(all, issues_by_columns, labels_by_columns, turned);

    const auto lazy_issues = all.issues && true;
    const auto lazy_labels = all.labels + 0;
    CHECK(is_identical(issue_regions(lazy_issues, lazy_labels, all.pred_probs * 1.0, {}, opts), expected));
    CHECK((away_from_boundaries(lazy_issues, lazy_labels, 1) == inner));
    check_suggestions<int>(all, lazy_issues, lazy_labels, all.pred_probs * 1.0);
}

TEST_CASE("regions from logits", "[regions]") {
    random_engine random(seed() + 306);
    const masked_arrays all = random_arrays(random, {15, 25}, 0.5);
    const maskaudit::options opts{.ignore_label = ignored_of(all.data)};
    const xt::xarray<double> logits = xt::log(all.pred_probs + 1e-3);
    const auto softmax = maskaudit::softmax_over_classes(logits);
    const xt::xarray<double> normal = (all.pred_probs + 1e-3) / (1 + 1e-3 * static_cast<double>(all.data.classes));
    const auto found = issue_regions(all.issues, all.labels, softmax, {}, opts);
    auto expected = issue_regions(all.issues, all.labels, normal, {}, opts);
    REQUIRE(found.size() == expected.size());
    CHECK(is_ordered(found));
    double severity = 0, expected_severity = 0, quality = 0, expected_quality = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        severity += found[i].severity;
        quality += found[i].mean_quality;
        expected_severity += expected[i].severity;
        expected_quality += expected[i].mean_quality;
    }
    CHECK(severity == Approx(expected_severity));
    CHECK(quality == Approx(expected_quality));
    CHECK((suggested_labels(all.issues, all.labels, softmax, opts) ==
           suggested_labels(all.issues, all.labels, normal, opts)));
}

TEST_CASE("what regions are told of images", "[regions]") {
    const auto labels = xt::xtensor<int, 3>({5, 4, 6}, 0);
    const auto issues = xt::xtensor<bool, 3>({5, 4, 6}, true);
    const auto pred_probs = xt::xtensor<float, 4>({5, 2, 4, 6}, 0.5F);
    std::vector<std::size_t> done;
    const maskaudit::options opts{.progress = [&](std::size_t images, std::size_t all) {
        CHECK(all == 5);
        done.push_back(images);
    }};
    const std::vector<std::size_t> each{1, 2, 3, 4, 5};
    issue_regions(issues, labels, pred_probs, {}, opts);
    CHECK(std::exchange(done, {}) == each);
    suggested_labels(issues, labels, pred_probs, opts);
    CHECK(std::exchange(done, {}) == each);
    away_from_boundaries(issues, labels, 1, opts);
    CHECK(done == each);
}

TEST_CASE("no image, and images without pixels, have no regions", "[regions]") {
    for (const indices& shape : {indices{0, 4, 5}, indices{2, 0, 5}, indices{2, 4, 0}}) {
        const xt::xarray<int> labels = xt::zeros<int>(shape);
        const xt::xarray<bool> issues = xt::zeros<bool>(shape);
        const xt::xarray<float> pred_probs = xt::zeros<float>({shape[0], std::size_t{3}, shape[1], shape[2]});
        CHECK(issue_regions(issues, labels, pred_probs).empty());
        const auto inner = away_from_boundaries(issues, labels, 3);
        CHECK(indices(inner.shape().begin(), inner.shape().end()) == shape);
        const auto suggested = suggested_labels(issues, labels, pred_probs);
        CHECK(indices(suggested.shape().begin(), suggested.shape().end()) == shape);
    }
}

TEST_CASE("what regions cannot be found of", "[regions]") {
    const xt::xarray<int> labels = xt::zeros<int>({2, 4, 6});
    const xt::xarray<bool> issues = xt::ones<bool>({2, 4, 6}), small = xt::ones<bool>({2, 4});
    const xt::xarray<double> pred_probs = xt::ones<double>({2, 3, 4, 6}) / 3, wide = xt::ones<double>({2, 3, 4, 7});
    const std::string small_issues = "issues has shape (2, 4), labels has (2, 4, 6): they must be the same";
    using std::invalid_argument;
    CHECK(message_of<invalid_argument>([&] { issue_regions(small, labels, pred_probs); }) == small_issues);
    CHECK(message_of<invalid_argument>([&] { suggested_labels(small, labels, pred_probs); }) == small_issues);
    CHECK(message_of<invalid_argument>([&] { away_from_boundaries(small, labels, 1); }) == small_issues);
    const std::string both = "labels have shape (2, 4, 6) and pred_probs (2, 3, 4, 7): labels must be (N, S...) and "
                             "pred_probs (N, K, S...)";
    CHECK(message_of<invalid_argument>([&] { issue_regions(issues, labels, wide); }) == both);
    CHECK(message_of<invalid_argument>([&] { suggested_labels(issues, labels, wide); }) == both);
    CHECK(message_of<invalid_argument>([&] {
              away_from_boundaries(xt::xarray<bool>({true}), xt::xarray<int>({1}), 1);
          }) == "labels have shape (1,): they must be (N, S...)");

    xt::xarray<int> bad = labels;
    bad(1, 2, 3) = 3;
    const std::string bad_label = "labels: image 1, pixel (2, 3): 3 must be a class from 0 to 2, or be ignored "
                                  "(ignore_label)";
    CHECK(message_of<maskaudit::data_error>([&] { issue_regions(issues, bad, pred_probs); }) == bad_label);
    CHECK(message_of<maskaudit::data_error>([&] { suggested_labels(issues, bad, pred_probs); }) == bad_label);
    CHECK(away_from_boundaries(issues, bad, 1).size() == 48); // compares labels, whatever they are
    xt::xarray<double> no_probability = pred_probs;
    no_probability(0, 2, 3, 5) = 1.5;
    CHECK(message_of<maskaudit::data_error>([&] { issue_regions(issues, labels, no_probability); }) ==
          "pred_probs: image 0, class 2, pixel (3, 5): 1.5 must be a probability from 0 to 1");
}

TEST_CASE("labels that cannot name every class get no suggestions", "[regions]") {
    const auto suggest = []<class Label>(std::size_t classes, Label) {
        return [=] {
            const xt::xtensor<Label, 2> labels{{Label{}, Label{}}};
            xt::xtensor<float, 3> pred_probs({1, classes, 2}, 0.0F);
            xt::view(pred_probs, 0, classes - 1) = 1;
            const auto suggested = suggested_labels(xt::xtensor<bool, 2>{{true, false}}, labels, pred_probs);
            CHECK(suggested(0, 0) == static_cast<Label>(classes - 1));
            CHECK(suggested(0, 1) == Label{});
        };
    };
    const auto rule = [](const std::string& most, const std::string& classes) {
        return "labels are of a type that holds numbers up to " + most + ", pred_probs have " + classes +
               " classes: suggested labels must hold every class";
    };
    CHECK_NOTHROW(suggest(2, bool{})());
    CHECK(message_of<std::invalid_argument>(suggest(3, bool{})) == rule("1", "3"));
    CHECK_NOTHROW(suggest(128, std::int8_t{})());
    CHECK(message_of<std::invalid_argument>(suggest(129, std::int8_t{})) == rule("127", "129"));
    CHECK_NOTHROW(suggest(256, std::uint8_t{})());
    CHECK(message_of<std::invalid_argument>(suggest(257, std::uint8_t{})) == rule("255", "257"));
    CHECK_NOTHROW(suggest(65536, std::uint16_t{})());
    CHECK_NOTHROW(suggest(300, std::uint64_t{})());
}
