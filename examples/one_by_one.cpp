#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

// Images of different sizes, one at a time: no more than one image's probabilities exist at any moment.

struct scan {
    xt::xtensor<double, 2> brightness;
    xt::xtensor<std::uint8_t, 2> labels; // 0 dark, 1 bright, 255 void
};

/// Stands for your network: bright pixels are probably of class 1.
xt::xtensor<double, 3> model(const scan& image) {
    const auto height = image.brightness.shape()[0], width = image.brightness.shape()[1];
    auto pred_probs = xt::xtensor<double, 3>::from_shape({2, height, width});
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const double bright = 1 / (1 + std::exp(-8 * (image.brightness(row, column) - 0.5)));
            pred_probs(0, row, column) = 1 - bright;
            pred_probs(1, row, column) = bright;
        }
    return pred_probs;
}

int main() {
    const std::size_t num_classes = 2;
    const std::vector<scan> scans{
        {{{0.1, 0.9, 1.0}}, {{0, 1, 0}}},               // the last pixel is bright, and was called dark
        {{{0.9, 0.2}, {0.1, 0.4}}, {{1, 0}, {0, 255}}}, // nothing wrong; a pixel of no class
    };

    maskaudit::label_inspector inspector(num_classes, {.ignore_label = 255});
    for (const scan& image : scans)
        inspector.add(image.labels, model(image));

    const maskaudit::inspection found = inspector.finish();
    for (const maskaudit::issue_region& region : inspector.issue_regions(found, {.top = 10}))
        std::printf("image %zu: %zu pixels, severity %.1f\n", region.image, region.area, region.severity);
    for (std::size_t n = 0; n < scans.size(); ++n)
        std::printf("image %zu: score %.3f, %zu of %zu pixels are issues\n", n, found.softmin_scores(n),
                    static_cast<std::size_t>(found.issue_pixels(n)), static_cast<std::size_t>(found.valid_pixels(n)));
    assert(found.num_issues == 1 && found.issues(0)(0, 2));
    assert(found.softmin_scores(0) < found.softmin_scores(1));
    assert(found.valid_pixels(1) == 3);
    assert(inspector.issue_regions(found).size() == 1);
}
