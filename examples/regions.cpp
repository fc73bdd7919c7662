#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>

// Issue pixels as regions to look at one by one, and the masks as they would be with them corrected.

int main() {
    // A car on a road before some ground. Whoever drew the labels forgot the car of image 1, and began the road of
    // image 0 a row too early.
    constexpr std::size_t images = 2, height = 12, width = 16, classes = 3; // ground, road, car
    auto truth = xt::xtensor<std::uint8_t, 3>({images, height, width}, 0);
    xt::view(truth, xt::all(), xt::range(6, height)) = 1;
    xt::view(truth, xt::all(), xt::range(8, 11), xt::range(4, 10)) = 2;
    auto labels = truth;
    xt::view(labels, 0, 5) = 1;
    xt::view(labels, 1, xt::range(6, height)) = 1;
    auto pred_probs = xt::xtensor<float, 4>({images, classes, height, width}, 0.05F);
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t row = 0; row < height; ++row)
            for (std::size_t column = 0; column < width; ++column)
                pred_probs(n, truth(n, row, column), row, column) = 0.9F;

    const auto issues = maskaudit::find_label_issues(labels, pred_probs);
    assert(maskaudit::issue_regions(issues, labels, pred_probs).size() == 2);

    // Leave out what is within a pixel of a border in the mask; of the rest, look at the most severe regions first.
    const auto inner = maskaudit::away_from_boundaries(issues, labels, 1);
    const auto regions = maskaudit::issue_regions(inner, labels, pred_probs, {.min_area = 4, .top = 10});
    for (const maskaudit::issue_region& region : regions)
        std::printf("image %zu, rows %zu to %zu, columns %zu to %zu: %zu pixels of class %zu look like class %zu\n",
                    region.image, region.begin[0], region.end[0] - 1, region.begin[1], region.end[1] - 1, region.area,
                    region.given_label, region.predicted_label);
    assert(regions.size() == 1 && regions[0].image == 1 && regions[0].area == 18);
    assert(regions[0].given_label == 1 && regions[0].predicted_label == 2);
    assert(regions[0].begin[0] == 8 && regions[0].end[1] == 10 && regions[0].runs.size() == 3);

    // The masks as the model would have them there.
    const auto corrected = maskaudit::suggested_labels(inner, labels, pred_probs);
    assert(xt::view(corrected, 1) == xt::view(truth, 1) && xt::view(corrected, 0) == xt::view(labels, 0));
}
