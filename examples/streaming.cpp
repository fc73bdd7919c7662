#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

// Inference, image after image: the logits of one image exist at a time, and its probabilities are never stored. What
// the inspector knows is saved, so that a run that was stopped goes on where it was.

constexpr std::size_t classes = 3; // ground, road, car
constexpr std::uint8_t no_label = 255;
constexpr std::size_t forgotten_car = 7; // in this image, whoever drew the labels took the car for road

struct sample {
    xt::xtensor<float, 2> image;
    xt::xtensor<std::uint8_t, 2> labels;
};

/// Stands for your data loader: ground, a road, a car on the road; a margin that nobody labelled; noise.
sample read_sample(std::size_t n) {
    std::minstd_rand random(static_cast<unsigned>(n) + 1);
    const std::size_t height = 24 + n % 3 * 8, width = 32;
    sample result{xt::zeros<float>({height, width}), xt::zeros<std::uint8_t>({height, width})};
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const bool road = row >= height / 2;
            const bool car = row >= height / 2 + 3 && row < height - 3 && column >= 4 + n && column < 12 + n;
            const bool margin = row == 0 || column == 0 || row == height - 1 || column == width - 1;
            const float noise = static_cast<float>(random() % 1000) / 5000;
            result.image(row, column) = (car ? 0.9F : road ? 0.5F : 0.1F) + noise - 0.1F;
            result.labels(row, column) = margin ? no_label : car && n != forgotten_car ? 2 : road ? 1 : 0;
        }
    return result;
}

/// Stands for your network: one layer, a convolution of 3 x 3 with a filter and a bias a class. Gives logits (K, H, W).
xt::xtensor<float, 3> model(const xt::xtensor<float, 2>& image) {
    constexpr float weights[classes] = {10.0F, 50.0F, 90.0F}, biases[classes] = {-0.5F, -12.5F, -40.5F};
    const std::size_t height = image.shape()[0], width = image.shape()[1];
    auto logits = xt::xtensor<float, 3>::from_shape({classes, height, width});
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            float sum = 0; // the filters of this model differ by a factor only
            for (std::size_t i = row; i < row + 3; ++i)
                for (std::size_t j = column; j < column + 3; ++j)
                    sum += image(std::clamp<std::size_t>(i, 1, height) - 1, std::clamp<std::size_t>(j, 1, width) - 1);
            for (std::size_t k = 0; k < classes; ++k)
                logits(k, row, column) = weights[k] * sum / 9 + biases[k];
        }
    return logits;
}

maskaudit::label_inspector start_or_resume(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (file) return maskaudit::label_inspector::load(file);
    return maskaudit::label_inspector(classes, {.ignore_label = no_label});
}

/// Replaces the last state when the new one is whole: a run may be stopped while it writes.
void save(const maskaudit::label_inspector& inspector, const std::filesystem::path& path) {
    const std::filesystem::path part = path.string() + ".part";
    std::ofstream file(part, std::ios::binary);
    inspector.save(file);
    file.close();
    if (!file) throw std::runtime_error("cannot write " + part.string());
    std::filesystem::rename(part, path);
}

/// A run of the program: looks at the images that are left up to the one before `end`.
maskaudit::inspection run(const std::filesystem::path& path, std::size_t end) {
    maskaudit::label_inspector inspector = start_or_resume(path);
    for (std::size_t n = inspector.num_images(); n < end; ++n) {
        const sample next = read_sample(n);
        inspector.add(next.labels, maskaudit::softmax_over_classes(model(next.image)));
    }
    save(inspector, path);
    return inspector.finish();
}

int main() {
    const std::size_t num_images = 12;
    std::filesystem::remove("streaming.state");
    run("streaming.state", 5); // is stopped after five images, and started again:
    const maskaudit::inspection found = run("streaming.state", num_images);
    std::filesystem::remove("streaming.state");

    const auto worst = maskaudit::issues_from_scores(found.softmin_scores, 0.5);
    assert(worst.size() > 0 && worst(0) == forgotten_car);
    std::printf("image %zu comes out worst: score %.3f, %zu issue pixels\n", worst(0), found.softmin_scores(worst(0)),
                static_cast<std::size_t>(found.issue_pixels(worst(0))));
    for (const maskaudit::label_swap& swap : found.common_label_issues({.top = 1}))
        std::printf("given class %zu, predicted %zu: %zu pixels\n", swap.given_label, swap.predicted_label,
                    swap.num_pixel_issues);

    const maskaudit::inspection at_once = run("streaming.state", num_images);
    std::filesystem::remove("streaming.state");
    assert(found.num_issues == at_once.num_issues && found.softmin_scores == at_once.softmin_scores);
    for (std::size_t n = 0; n < num_images; ++n)
        assert((found.issues(n) == at_once.issues(n)));
}
