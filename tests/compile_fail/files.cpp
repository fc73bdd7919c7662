#include "arguments.hpp"

#include <maskaudit/dataset.hpp>
#include <maskaudit/report.hpp>

// What goes to files.

#if CASE == 0
void call(const maskaudit::dataset& data) {
    maskaudit::display_issues("folder", fine::issues, fine::labels, fine::pred_probs, {.top = 3});
    data.write_labels("labels.png", 0, xt::cast<int>(wrong::labels));
}
#elif CASE == 1 // a mask of issues must be | pred_probs must be | pred_probs must be | labels must be
void call(const maskaudit::dataset& data, const xt::xarray<int>& pred_probs) {
    maskaudit::display_issues("folder", wrong::issues, fine::labels, fine::pred_probs, {.top = 3});
    maskaudit::display_issues(fine::issues, fine::labels, pred_probs);
    maskaudit::write_report("report.html", fine::issues, fine::labels, wrong::pred_probs);
    data.write_labels("labels.png", 0, wrong::labels);
}
#endif
