#include "arguments.hpp"

// Ranks, where types fix them.

#if CASE == 0
void call(const xt::xarray<int>& labels, const xt::xarray<double>& pred_probs, xt::xarray<double>& scores) {
    maskaudit::find_label_issues(fine::labels, pred_probs, [](auto&&...) { return xt::xarray<bool>(fine::issues); });
    maskaudit::get_label_quality_scores_to(scores, scores, labels, fine::pred_probs);
    maskaudit::common_label_issues(fine::issues, labels, pred_probs);
    maskaudit::away_from_boundaries(fine::issues, labels, 1);
    maskaudit::issues_from_scores(scores);
}
#elif CASE == 1 // pred_probs must have one axis more than labels: (N, K, S...) | pred_probs must have one axis more
const auto found = maskaudit::find_label_issues(fine::labels, xt::xtensor<double, 3>({2, 1, 4}));
void add(maskaudit::label_inspector& inspector) { inspector.add(xt::xtensor<int, 2>({1, 4}), fine::pred_probs); }
#elif CASE == 2 // issues must have as many axes as labels: (N, S...) | image_scores must have one axis: (N)
const auto swaps = maskaudit::common_label_issues(xt::xtensor<bool, 2>({1, 4}), fine::labels, fine::pred_probs);
const auto images = maskaudit::issues_from_scores(xt::xtensor<double, 3>({1, 1, 4}));
#elif CASE == 3 // issues must have as many axes as labels: (N, S...) | pixel_scores must have as many axes as labels
const auto inner = maskaudit::away_from_boundaries(xt::xtensor<bool, 2>({1, 4}), fine::labels, 1);
void score(xt::xtensor<double, 1>& image_scores, xt::xtensor<double, 4>& pixel_scores) {
    maskaudit::get_label_quality_scores_to(image_scores, pixel_scores, fine::labels, fine::pred_probs);
}
#elif CASE == 4 // a finder must return as many axes as labels have: (N, S...)
const auto found = maskaudit::find_label_issues(fine::labels, fine::pred_probs, [](auto&&...) {
    return xt::xtensor<bool, 2>({1, 4});
});
#endif
