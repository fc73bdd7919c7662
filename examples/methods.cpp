#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cmath>
#include <cstdio>

// What the backends and the image scores make of the same pixels.

int main() {
    // The left half is of class 0, the right half of class 1. The model is sure of the one and never quite of the
    // other: it prefers class 0 for one pixel on the right. For one on the left it sees class 1, and is sure for once.
    xt::xtensor<int, 3> labels{{{0, 0, 1, 1}, {0, 0, 1, 1}}};
    const xt::xtensor<double, 3> second{{{0.05, 0.05, 0.55, 0.60}, {0.10, 0.90, 0.45, 0.70}}};
    auto pred_probs = xt::xtensor<double, 4>::from_shape({1, 2, 2, 4});
    xt::view(pred_probs, xt::all(), 0) = 1 - second;
    xt::view(pred_probs, xt::all(), 1) = second;

    // Confident learning: the model must be as sure of another class as it usually is of that one.
    const auto issues = maskaudit::find_label_issues(labels, pred_probs);
    assert((issues == xt::xtensor<bool, 3>{{{false, false, false, false}, {false, true, false, false}}}));

    // A fixed threshold: every pixel that the model gives less than 0.5 to.
    const auto doubtful = maskaudit::find_label_issues(labels, pred_probs, maskaudit::below_threshold{0.5});
    assert((doubtful == xt::xtensor<bool, 3>{{{false, false, false, false}, {false, true, true, false}}}));

    // By blocks of 2 x 2 pixels: a single pixel is no issue any more.
    const auto blocks =
        maskaudit::find_label_issues(labels, pred_probs, maskaudit::confident_learning{.downsample = 2});
    assert((blocks == xt::xtensor<bool, 3>{{{false, false, false, false}, {false, false, false, false}}}));

    // Three scores of every image, of which the first is the default.
    const auto soft = maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{});
    const auto counted = maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{});
    const auto counted_below = maskaudit::get_label_quality_scores(
        labels, pred_probs, maskaudit::num_pixel_issues{maskaudit::below_threshold{0.5}});
    std::printf("%.3f %.3f %.3f\n", soft.image_scores(0), counted.image_scores(0), counted_below.image_scores(0));
    assert(std::abs(soft.image_scores(0) - 0.120) < 0.0005);
    assert(counted.image_scores(0) == 1 - 1.0 / 8 && counted_below.image_scores(0) == 1 - 2.0 / 8);

    // Two values that mark pixels without a class.
    labels(0, 0, 0) = 255;
    labels(0, 1, 1) = -1;
    const auto without_void = maskaudit::find_label_issues(labels, pred_probs, {.ignore_label = {255, -1}});
    for (const bool issue : without_void)
        assert(!issue);
}
