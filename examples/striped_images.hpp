#pragma once

#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <cstdint>

// A data set for the examples of many processes: in image 4 a stripe is mislabelled, of 24 pixels.

constexpr std::size_t classes = 3, data_size = 6;

struct sample {
    xt::xtensor<std::uint8_t, 2> labels;
    xt::xtensor<float, 3> pred_probs;
};

/// Stands for your data: stripes of three classes, of a width of its own in every image. In image 4 one is mislabelled.
inline sample read_sample(std::size_t n) {
    const std::size_t height = 6, width = 9 + n;
    sample result{xt::zeros<std::uint8_t>({height, width}), xt::xtensor<float, 3>({classes, height, width}, 0.05F)};
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const std::size_t stripe = column * 3 / width;
            result.labels(row, column) = static_cast<std::uint8_t>(n == 4 && stripe == 2 ? 1 : stripe);
            result.pred_probs(stripe, row, column) = 0.9F;
        }
    return result;
}
