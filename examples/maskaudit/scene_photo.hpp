#pragma once

#include "scene_errors.hpp"
#include "scene_model.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

// What a street of simple shapes looks like, for people: its classes in plain colours, under uneven light.

namespace maskaudit_program {

/// The picture of image n of a scene, (H, W, 3), RGB, from its true labels. The random numbers are its own, so that a
/// scene is the same with pictures and without.
inline std::vector<std::uint8_t> make_scene_photo(const std::vector<std::uint8_t>& true_labels, std::size_t height,
                                                  std::size_t width, std::uint64_t seed, std::size_t n) {
    constexpr std::size_t channels = 3;
    using color = std::array<float, channels>;
    constexpr color ground{112, 110, 108}, sky{158, 190, 226}, nothing{24, 24, 26};
    constexpr std::array<color, 4> objects{{{160, 118, 92}, {70, 116, 62}, {46, 82, 150}, {206, 160, 70}}};
    constexpr std::uint64_t own_numbers = 0x9d07;
    scene_random random(seed ^ own_numbers, n);
    std::vector<float> light(height * width, 1.0F);
    constexpr double unevenness = 0.08;
    add_smooth_noise(light, height, width, unevenness, random);

    std::vector<std::uint8_t> photo(height * width * channels);
    std::vector<float> plane(height * width);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        for (std::size_t i = 0; i < plane.size(); ++i) {
            const std::uint8_t label = true_labels[i];
            const color& shade = label == scene_void ? nothing
                                 : label == 0        ? ground
                                 : label == 1        ? sky
                                                     : objects[(label - 2U) % objects.size()];
            plane[i] = shade[channel] * light[i];
        }
        blur_lines(plane, height, width, width, 1, 1); // no camera is sharper
        blur_lines(plane, width, 1, height, width, 1);
        constexpr double grain = 4;
        for (std::size_t i = 0; i < plane.size(); ++i) {
            const double value = static_cast<double>(plane[i]) + grain * random.bell();
            photo[i * channels + channel] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
        }
    }
    return photo;
}

} // namespace maskaudit_program
