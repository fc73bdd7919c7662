#include <maskaudit/display.hpp>
#include <maskaudit/maskaudit.hpp>
#include <maskaudit/report.hpp>

#include <cassert>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

// From arrays to what people look at: regions, pictures, and a report to open in a browser.

int main() {
    // A car on a road, which whoever drew the labels of image 1 forgot; the model sees it, and the photos show it.
    constexpr std::size_t images = 2, classes = 3, height = 60, width = 80;
    auto truth = xt::xtensor<std::uint8_t, 3>({images, height, width}, 0);
    xt::view(truth, xt::all(), xt::range(30, 60)) = 1;
    xt::view(truth, xt::all(), xt::range(35, 50), xt::range(20, 45)) = 2;
    auto labels = truth;
    xt::view(labels, 1, xt::range(30, 60)) = 1;
    auto pred_probs = xt::xtensor<float, 4>({images, classes, height, width}, 0.05F);
    for (std::size_t k = 0; k < classes; ++k)
        xt::view(pred_probs, xt::all(), k) += 0.85F * xt::equal(truth, k);
    const auto photo = [&](std::size_t n) { // (H, W, 3), of whatever your pictures are
        return maskaudit::picture(60 + 70 * xt::view(truth, n, xt::all(), xt::all(), xt::newaxis()) *
                                           xt::ones<std::uint8_t>({height, width, std::size_t{3}}));
    };

    const std::filesystem::path folder = "to_review";
    const std::vector<std::string> class_names{"ground", "road", "car"};
    const auto issues = maskaudit::find_label_issues(labels, pred_probs);
    for (const auto& region : maskaudit::issue_regions(issues, labels, pred_probs, {.top = 10}))
        std::printf("image %zu: %zu pixels of %s look like %s\n", region.image, region.area,
                    class_names[region.given_label].c_str(), class_names[region.predicted_label].c_str());
    const auto files = maskaudit::display_issues(folder, issues, labels, pred_probs,
                                                 {.top = 5, .class_names = class_names, .pictures = photo});
    maskaudit::write_report(folder / "report.html", issues, labels, pred_probs,
                            {.class_names = class_names, .pictures = photo});
    std::printf("open %s and %s\n", (folder / "report.html").c_str(), files[0].c_str());
    assert(files.size() == 1 && std::filesystem::exists(files[0]));
    assert(std::filesystem::file_size(folder / "report.html") > 10'000);
}
