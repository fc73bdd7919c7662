#include <maskaudit/maskaudit.hpp>

#include <cstdio>

int main() {
    // One image of one row and four pixels; two classes. The model is sure that the third pixel is of class 0.
    const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}}};

    const auto issues = maskaudit::find_label_issues(labels, pred_probs);
    for (const bool issue : issues)
        std::printf("%s ", issue ? "issue" : "fine"); // fine fine issue fine
    return issues == xt::xtensor<bool, 3>{{{false, false, true, false}}} ? 0 : 1;
}
