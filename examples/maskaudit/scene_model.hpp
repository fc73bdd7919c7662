#pragma once

#include "scene_street.hpp"

// A model's class probabilities, made from the masks that it sees.

namespace maskaudit_program {

/// Running means of 2 radius + 1 values along lines of a plane, whose ends are repeated beyond it.
inline void blur_lines(std::vector<float>& plane, std::size_t lines, std::size_t line_step, std::size_t length,
                       std::size_t step, std::size_t radius) {
    std::vector<float> line(length);
    const auto last = static_cast<std::ptrdiff_t>(length) - 1;
    const auto reach = static_cast<std::ptrdiff_t>(radius);
    const auto at = [&](std::ptrdiff_t i) {
        return line[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, last))];
    };
    for (std::size_t n = 0; n < lines; ++n) {
        float sum = 0;
        for (std::size_t i = 0; i < length; ++i)
            line[i] = plane[n * line_step + i * step];
        for (std::ptrdiff_t i = -reach; i <= reach; ++i)
            sum += at(i);
        for (std::ptrdiff_t i = 0; i <= last; ++i) {
            plane[n * line_step + static_cast<std::size_t>(i) * step] = sum / static_cast<float>(2 * radius + 1);
            sum += at(i + reach + 1) - at(i - reach);
        }
    }
}

/// Adds a random field that changes slowly: random values on a coarse grid, and straight lines between them.
inline void add_smooth_noise(std::vector<float>& plane, std::size_t height, std::size_t width, double size,
                             scene_random& random) {
    const std::size_t cell = std::max<std::size_t>(2, height / 10);
    const std::size_t rows = height / cell + 2;
    const std::size_t columns = width / cell + 2;
    std::vector<double> grid(rows * columns);
    for (double& value : grid)
        value = size * random.bell();
    const auto step = static_cast<double>(cell);
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) {
            const double* const corner = &grid[y / cell * columns + x / cell];
            const double down = static_cast<double>(y % cell) / step, across = static_cast<double>(x % cell) / step;
            const double above = corner[0] + across * (corner[1] - corner[0]);
            const double below = corner[columns] + across * (corner[columns + 1] - corner[columns]);
            plane[y * width + x] += static_cast<float>(above + down * (below - above));
        }
}

/// Turns logits (K, pixels) into probabilities.
inline void softmax(std::vector<float>& logits, std::size_t pixels) {
    for (std::size_t s = 0; s < pixels; ++s) {
        float most = logits[s];
        for (std::size_t i = s; i < logits.size(); i += pixels)
            most = std::max(most, logits[i]);
        double sum = 0;
        for (std::size_t i = s; i < logits.size(); i += pixels) {
            logits[i] = std::exp(logits[i] - most);
            sum += static_cast<double>(logits[i]);
        }
        for (std::size_t i = s; i < logits.size(); i += pixels)
            logits[i] = static_cast<float>(static_cast<double>(logits[i]) / sum);
    }
}

/// What a model says that sees these masks, (K, H, W): sure within objects, less so at borders, here and there wrong.
inline std::vector<float> model_probabilities(const street::mask& seen, std::size_t height, std::size_t width,
                                              std::size_t classes, scene_random& random) {
    constexpr float gain = 5.5;
    constexpr double smooth_noise = 1.4;
    constexpr double pixel_noise = 0.4;
    const std::size_t radius = std::max<std::size_t>(1, height / 80);
    std::vector<float> logits;
    logits.reserve(classes * seen.size());
    std::vector<float> plane(seen.size());
    for (std::size_t k = 0; k < classes; ++k) {
        std::transform(seen.begin(), seen.end(), plane.begin(),
                       [&](std::uint8_t label) { return label == k ? gain : 0; });
        for (int pass = 0; pass < 2; ++pass) {
            blur_lines(plane, height, width, width, 1, radius);
            blur_lines(plane, width, 1, height, width, radius);
        }
        add_smooth_noise(plane, height, width, smooth_noise, random);
        for (float& logit : plane)
            logit += static_cast<float>(pixel_noise * random.bell());
        logits.insert(logits.end(), plane.begin(), plane.end());
    }
    softmax(logits, seen.size());
    return logits;
}

} // namespace maskaudit_program
