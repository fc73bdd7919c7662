#include "arguments.hpp"

// A finder, or a method that may have one.

#if CASE == 0
void call() {
    const auto is_1 = [](const auto& labels, const auto&, const maskaudit::options&) {
        return xt::xarray<bool>(xt::equal(labels, 1));
    };
    maskaudit::find_label_issues(fine::labels, fine::pred_probs, is_1, {.ignore_label = 255});
    maskaudit::find_label_issues(fine::labels, fine::pred_probs, maskaudit::below_threshold{0.2});
    maskaudit::get_label_quality_scores(fine::labels, fine::pred_probs, maskaudit::softmin{});
    maskaudit::get_label_quality_scores(fine::labels, fine::pred_probs, maskaudit::num_pixel_issues{is_1});
}
#elif CASE == 1 // a finder must be callable, as a constant too | a finder must be callable, as a constant too
const auto by_name = maskaudit::find_label_issues(fine::labels, fine::pred_probs, "confident_learning");
const auto by_number = maskaudit::find_label_issues(fine::labels, fine::pred_probs, 255, {.n_jobs = 2});
#elif CASE == 2 // a finder must be callable, as a constant too | a finder must be callable, as a constant too
const auto two_arguments = [](const auto&, const auto&) { return fine::issues; };
const auto found = maskaudit::find_label_issues(fine::labels, fine::pred_probs, two_arguments);
const auto found_again = maskaudit::find_label_issues(fine::labels, fine::pred_probs, [n = 0](auto&&...) mutable {
    ++n;
    return fine::issues;
});
#elif CASE == 3 // a finder must return a boolean array that owns its data | a finder must return a boolean array
const auto of_integers =
    maskaudit::find_label_issues(fine::labels, fine::pred_probs, [](auto&&...) { return wrong::issues; });
const auto lazy = maskaudit::find_label_issues(fine::labels, fine::pred_probs,
                                               [](auto&& labels, auto&&...) { return xt::equal(labels, 1); });
// clang-format off
#elif CASE == 4 // the method must be maskaudit::softmin{} | the method must be maskaudit::softmin{} | a finder must return
// clang-format on
const auto by_name = maskaudit::get_label_quality_scores(fine::labels, fine::pred_probs, "softmin");
const auto by_number = maskaudit::get_label_quality_scores(fine::labels, fine::pred_probs, 1, {.n_jobs = 1});
const auto by_finder = maskaudit::get_label_quality_scores(
    fine::labels, fine::pred_probs, maskaudit::num_pixel_issues{[](auto&&...) { return wrong::issues; }});
#endif
