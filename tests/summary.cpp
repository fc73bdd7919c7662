#include "compare.hpp"

#include <maskaudit/summary.hpp>

#include <catch.hpp>
#include <cstdint>
#include <vector>

using maskaudit::common_label_issues;
using maskaudit::filter_by_class;
using maskaudit::label_swap;

namespace {

using swaps_list = std::vector<label_swap>;

// One row of pixels of three classes; the model is sure of 1, 1, 2, 0, 2, 1.
const xt::xtensor<std::uint8_t, 2> labels{{0, 0, 0, 1, 2, 255}};
const xt::xtensor<float, 3> pred_probs{{{0, 0, 0, 1, 0, 0}, {1, 1, 0, 0, 0, 1}, {0, 0, 1, 0, 1, 0}}};
const xt::xtensor<bool, 2> issues{{true, true, true, true, false, true}};
const maskaudit::options ignoring{.ignore_label = 255};

} // namespace

TEST_CASE("swaps are counted, the most frequent first", "[summary]") {
    CHECK(common_label_issues(issues, labels, pred_probs, {}, ignoring) == swaps_list{{0, 1, 2}, {0, 2, 1}, {1, 0, 1}});
    CHECK(common_label_issues(issues, labels, pred_probs, {.top = 2}, ignoring) == swaps_list{{0, 1, 2}, {0, 2, 1}});
    CHECK(common_label_issues(issues, labels, pred_probs, {.top = 0}, ignoring).empty());
    CHECK(common_label_issues(issues, labels, pred_probs, {.exclude = {1, 7}}, ignoring) ==
          swaps_list{{0, 2, 1}, {1, 0, 1}});
}

TEST_CASE("the top is 20 unless another is asked for", "[summary]") {
    xt::xtensor<int, 2> many({1, 30});
    auto sure_of_30 = xt::xtensor<float, 3>({1, 31, 30}, 0.0F);
    for (int k = 0; k < 30; ++k) {
        many(0, k) = k;
        sure_of_30(0, 30, k) = 1;
    }
    const auto all = xt::xtensor<bool, 2>({1, 30}, true);
    const auto rows = common_label_issues(all, many, sure_of_30);
    REQUIRE(rows.size() == 20);
    CHECK(rows.back() == label_swap{19, 30, 1});
}

TEST_CASE("issues of a class, given or predicted", "[summary]") {
    using mask = xt::xtensor<bool, 2>;
    CHECK((filter_by_class(1, issues, labels, pred_probs, ignoring) == mask{{true, true, false, true, false, false}}));
    CHECK(
        (filter_by_class(2, issues, labels, pred_probs, ignoring) == mask{{false, false, true, false, false, false}}));
    CHECK((filter_by_class(3, issues, labels, pred_probs, ignoring) == mask({1, 6}, false)));
    CHECK((filter_by_class(255, issues, labels, pred_probs, ignoring) == mask({1, 6}, false)));
}

TEST_CASE("masks of any layout, and lazy ones", "[summary]") {
    const auto expected = common_label_issues(issues, labels, pred_probs, {}, ignoring);
    const xt::xtensor<bool, 2, xt::layout_type::column_major> columns = issues;
    xt::xtensor<bool, 2> wide({1, 12}, true);
    auto every_other = xt::view(wide, xt::all(), xt::range(0, 12, 2));
    every_other = issues;
    for (const unsigned n_jobs : {1U, 2U}) {
        const maskaudit::options opts{.ignore_label = 255, .n_jobs = n_jobs};
        CHECK(common_label_issues(columns, labels, pred_probs, {}, opts) == expected);
        CHECK(common_label_issues(every_other, labels, pred_probs, {}, opts) == expected);
        CHECK(common_label_issues(issues && true, labels, pred_probs, {}, opts) == expected);
    }
}

TEST_CASE("only issue pixels are checked", "[summary]") {
    auto bad_labels = xt::xtensor<int, 2>(xt::cast<int>(labels));
    auto bad_pred_probs = pred_probs;
    bad_labels(0, 4) = 77;
    for (std::size_t k = 0; k < 3; ++k)
        bad_pred_probs(0, k, 4) = 9;
    CHECK(common_label_issues(issues, bad_labels, bad_pred_probs, {}, ignoring) ==
          common_label_issues(issues, labels, pred_probs, {}, ignoring));
}
