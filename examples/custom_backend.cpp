#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <cassert>
#include <cstdio>

// A backend is anything that can be called with labels (N, S...), pred_probs (N, K, S...) and the options, and returns
// a boolean array (N, S...). This one flags pixels whose label is far from the model's favourite.
struct below_favourite {
    double ratio = 0.5;

    template <class Labels, class PredProbs>
    xt::xarray<bool> operator()(const Labels& labels, const PredProbs& pred_probs,
                                const maskaudit::options& opts) const {
        const auto shape = labels.shape();
        xt::xarray<bool> issues = xt::xarray<bool>::from_shape({shape[0], shape[1], shape[2]});
        issues.fill(false);
        for (std::size_t n = 0; n < shape[0]; ++n)
            for (std::size_t row = 0; row < shape[1]; ++row)
                for (std::size_t column = 0; column < shape[2]; ++column) {
                    const auto label = labels(n, row, column);
                    if (opts.ignore_label.contains(label)) continue; // no class: it has no probability
                    const auto p = xt::view(pred_probs, n, xt::all(), row, column);
                    const double favourite = *std::max_element(p.begin(), p.end());
                    issues(n, row, column) = p(static_cast<std::size_t>(label)) < ratio * favourite;
                }
        return issues; // an array that owns its data: a lazy expression would refer to what is gone
    }
};

int main() {
    const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.4, 0.9, 0.2}}, {{0.1, 0.6, 0.1, 0.8}}}};

    // As a struct, in the place of confident learning ...
    const auto issues = maskaudit::find_label_issues(labels, pred_probs, below_favourite{0.5});
    for (const bool issue : issues)
        std::printf("%s ", issue ? "issue" : "fine");
    std::printf("\n");
    assert((issues == xt::xtensor<bool, 3>{{{false, false, true, true}}}));

    // ... and in the score that counts issues: two of four pixels are fine.
    const auto scores =
        maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{below_favourite{0.5}});
    std::printf("image score %.2f\n", scores.image_scores(0));
    assert(scores.image_scores(0) == 0.5);

    // A lambda will do.
    const auto class_1_is_suspect = [](const auto& given, const auto&, const maskaudit::options&) {
        return xt::xarray<bool>(xt::equal(given, 1));
    };
    const auto suspects = maskaudit::find_label_issues(labels, pred_probs, class_1_is_suspect);
    assert((suspects == xt::xtensor<bool, 3>{{{false, false, true, false}}}));
}
