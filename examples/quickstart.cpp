#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cstdio>
#include <random>

int main() {
    // Five images of 32 x 32 pixels and three classes: random labels, and probabilities drawn from Dirichlet(1, 1, 1).
    auto labels = xt::xtensor<int, 3>::from_shape({5, 32, 32});
    auto pred_probs = xt::xtensor<double, 4>::from_shape({5, 3, 32, 32});
    std::mt19937 random(0);
    std::uniform_int_distribution<int> any_class(0, 2);
    std::exponential_distribution<double> gamma_1;
    for (int& label : labels)
        label = any_class(random);
    for (double& p : pred_probs)
        p = gamma_1(random);
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t row = 0; row < 32; ++row)
            for (std::size_t column = 0; column < 32; ++column) {
                auto p = xt::view(pred_probs, n, xt::all(), row, column);
                const double sum = p(0) + p(1) + p(2);
                for (double& value : p)
                    value /= sum;
            }

    // A score for every image and every pixel: 0 is surely wrong, 1 surely right.
    const auto [image_scores, pixel_scores] = maskaudit::get_label_quality_scores(labels, pred_probs);
    for (std::size_t n = 0; n < 5; ++n)
        std::printf("image %zu scores %.3f\n", n, image_scores(n));
    assert(pixel_scores(0, 0, 0) == pred_probs(0, static_cast<std::size_t>(labels(0, 0, 0)), 0, 0));

    // The images below a threshold, worst first, and the pixels below another.
    const auto images = maskaudit::issues_from_scores(image_scores, 0.5);
    const auto pixels = maskaudit::issues_from_scores(image_scores, pixel_scores, 0.05);
    std::printf("%zu images score below 0.5, image %zu least\n", images.size(), images(0));
    assert(images.size() == 5 && image_scores(images(0)) <= image_scores(images(1)));
    assert(pixels(0, 0, 0) == (pixel_scores(0, 0, 0) < 0.05));

    // The pixels that confident learning thinks mislabelled: many, since these labels are random.
    const auto issues = maskaudit::find_label_issues(labels, pred_probs);
    std::size_t count = 0;
    for (const bool issue : issues)
        count += issue ? 1 : 0;
    std::printf("%zu of %zu pixels are label issues\n", count, issues.size());
    assert(count > issues.size() / 2);
}
