#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

int main() {
    // One image of one row and four pixels; two classes. The model is sure that the third pixel is of class 0.
    const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}}};

    const auto issues = maskaudit::find_label_issues(labels, pred_probs);

    const bool expected[] = {false, false, true, false};
    for (std::size_t pixel = 0; pixel < 4; ++pixel) {
        std::printf("pixel %zu: %s\n", pixel, issues(0, 0, pixel) ? "issue" : "fine");
        if (issues(0, 0, pixel) != expected[pixel]) return EXIT_FAILURE;
    }
}
