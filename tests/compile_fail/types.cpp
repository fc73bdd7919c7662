#include "arguments.hpp"

// Labels are integers, probabilities are of some types, masks are boolean, and scores are written to memory.

#if CASE == 0
void call() {
    xt::xarray<float> image_scores = xt::zeros<float>({1}), pixel_scores = xt::zeros<float>({1, 1, 4});
    maskaudit::options opts{.n_jobs = 1};
    maskaudit::find_label_issues(xt::cast<int>(wrong::labels), fine::pred_probs, opts);
    maskaudit::find_label_issues(fine::labels, maskaudit::softmax_over_classes(fine::pred_probs));
    maskaudit::get_label_quality_scores(fine::labels, fine::pred_probs, {.ignore_label = 255});
    maskaudit::get_label_quality_scores_to(image_scores, pixel_scores, fine::labels, fine::pred_probs);
    maskaudit::issues_from_scores(image_scores);
    maskaudit::issues_from_scores(image_scores, 1);
    maskaudit::issues_from_scores(image_scores, 0.1F, maskaudit::cutoff::below);
    maskaudit::issues_from_scores(image_scores, pixel_scores, 0.1F);
    maskaudit::common_label_issues(xt::not_equal(wrong::issues, 0), fine::labels, fine::pred_probs, {.top = 3}, opts);
    maskaudit::filter_by_class(1, fine::issues, fine::labels, fine::pred_probs);
    maskaudit::issue_regions(fine::issues, fine::labels, fine::pred_probs, {.top = 3});
    maskaudit::suggested_labels(fine::issues, fine::labels, fine::pred_probs);
    maskaudit::away_from_boundaries(fine::issues, fine::labels, 2);
}
#elif CASE == 1 // labels must be an xtensor expression of an integer type or bool | pred_probs must be | labels must be
const auto of_vector =
    maskaudit::find_label_issues(std::vector<int>{0, 0, 1, 0}, fine::pred_probs, {.ignore_label = 255});
const auto of_integers = maskaudit::find_label_issues(fine::labels, wrong::pred_probs, maskaudit::below_threshold{});
const auto of_floats = maskaudit::get_label_quality_scores(wrong::labels, fine::pred_probs, {.n_jobs = 1});
#elif CASE == 2 // labels come before pred_probs
const auto found = maskaudit::find_label_issues(fine::pred_probs, fine::labels); // the wrong way round
#elif CASE == 3 // scores are written to arrays of float or double | logits must be an xtensor expression of float
void score(xt::xtensor<double, 1>& image_scores, const xt::xtensor<double, 3>& pixel_scores) {
    maskaudit::get_label_quality_scores_to(image_scores, pixel_scores, fine::labels, fine::pred_probs);
}
const auto pred_probs = maskaudit::softmax_over_classes(wrong::pred_probs);
#elif CASE == 4 // image_scores are followed by a threshold and a cutoff, or by pixel_scores | image_scores must be
const auto images = maskaudit::issues_from_scores(xt::xtensor<double, 1>{0.5}, "0.1");
const auto pixels = maskaudit::issues_from_scores(std::vector<double>{0.5}, fine::pred_probs);
#elif CASE == 5 // a mask of issues must be an xtensor expression of bool | pred_probs must be | labels must be
const auto swaps = maskaudit::common_label_issues(wrong::issues, fine::labels, fine::pred_probs, {.top = 3});
const auto regions = maskaudit::issue_regions(fine::issues, fine::labels, wrong::pred_probs);
const auto suggested = maskaudit::suggested_labels(fine::issues, wrong::labels, fine::pred_probs);
#elif CASE == 6 // class_index comes first, and must be an integer | a mask of issues must be
const auto of_class = maskaudit::filter_by_class(fine::issues, 1, fine::labels, fine::pred_probs);
const auto inner = maskaudit::away_from_boundaries(wrong::issues, fine::labels, 2);
#endif
