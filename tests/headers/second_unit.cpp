#include "all_public.hpp"

#include <cstddef>

std::size_t issues_in_second_unit(const xt::xtensor<int, 3>& labels, const xt::xtensor<double, 4>& pred_probs) {
    std::size_t count = 0;
    for (const bool issue : maskaudit::find_label_issues(labels, pred_probs))
        count += issue ? 1 : 0;
    return count;
}
