#include <maskaudit/dataset.hpp>
#include <maskaudit/display.hpp>
#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <maskaudit/report.hpp>

#include <cstddef>

std::size_t issues_in_second_unit(const xt::xtensor<int, 3>& labels, const xt::xtensor<double, 4>& pred_probs);

int main() {
    const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}}};
    std::size_t count = 0;
    for (const bool issue : maskaudit::find_label_issues(labels, pred_probs))
        count += issue ? 1 : 0;
    return count == 1 && issues_in_second_unit(labels, pred_probs) == 1 ? 0 : 1;
}
