#include <maskaudit/maskaudit.hpp>

int main() {
    const xt::xtensor<double, 1> image_scores{0.9, 0.05, 0.5};
    const auto issues = maskaudit::issues_from_scores(image_scores, 0.1);
    return issues.size() == 1 && issues(0) == 1 ? 0 : 1;
}
