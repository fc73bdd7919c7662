#include "all_public.hpp"
#include "all_public_again.hpp" // each twice, and in reverse order

#include <cstddef>
#include <new>

std::size_t issues_in_second_unit(const xt::xtensor<int, 3>& labels, const xt::xtensor<double, 4>& pred_probs);

int main() {
    const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}}};
    std::size_t count = 0;
    for (const bool issue : maskaudit::find_label_issues(labels, pred_probs))
        count += issue ? 1 : 0;
    const xt::xtensor<int, 3> no_class{{{0, 0, 2, 0}}};
    try { // without RTTI too, what is thrown is caught as what it is
        maskaudit::find_label_issues(no_class, pred_probs);
        return 2;
    } catch (const std::bad_alloc&) {
        return 3;
    } catch (const maskaudit::data_error&) {}
    return count == 1 && issues_in_second_unit(labels, pred_probs) == 1 ? 0 : 1;
}
