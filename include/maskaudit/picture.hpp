/// \file
/// Pictures as arrays of bytes, the colours that classes are drawn in, and what pictures of issues are made of.
///
/// | name             | what it is                                                        |
/// |------------------|-------------------------------------------------------------------|
/// | `rgb_color`      | a colour                                                          |
/// | `class_color`    | the colour of a class, always the same                            |
/// | `issue_color`    | that of issues; `ignored_color`: that of pixels without a class   |
/// | `picture`        | (H, W, 3)                                                         |
/// | `picture_source` | the picture of every image                                        |
/// | `image_layers`   | an image with its masks                                           |
///
/// Needs xtensor alone; what reads, writes and draws pictures is in display.hpp.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/palette.hpp>
#include <maskaudit/detail/xtensor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace maskaudit {

/// A colour of sRGB.
struct rgb_color {
    std::uint8_t red;   ///< 0 to 255
    std::uint8_t green; ///< the same
    std::uint8_t blue;  ///< the same

    /// Compares all three.
    friend bool operator==(const rgb_color&, const rgb_color&) = default;
};

inline constexpr rgb_color issue_color{255, 0, 0};       ///< of issues; no class has it
inline constexpr rgb_color ignored_color{192, 192, 192}; ///< of pixels without a class; no class has it either

/// There are this many class colours; class 255 has that of class 0 again, and so on.
inline constexpr std::size_t num_class_colors = detail::class_palette.size();

/// Any two class colours, and these and issue_color, ignored_color and white, are at least this far apart in OKLab
/// (B. Ottosson, "A perceptual color space for image processing", 2020), where black and white are 1 apart.
inline constexpr double least_color_distance = 0.051;

/// The same for the first 8 class colours among each other.
inline constexpr double least_color_distance_of_first_8 = 0.155;

/// The colour of a class: the same in every picture, report and run.
///
/// The first 8 are those that M. Okabe and K. Ito chose for all kinds of colour vision ("Color Universal Design", 2002;
/// revised 2008), black first. Each of the others is the one farthest from those before it and from issue_color,
/// ignored_color and white, among all colours whose red, green and blue are multiples of 17 and whose lightness in
/// OKLab is at least 0.4, since darker ones look black; of equally far ones that of the least red, then green, then
/// blue.
constexpr rgb_color class_color(std::size_t class_index);

/// Red, green and blue of every pixel, (H, W, 3); row-major, whatever xtensor's default is.
using picture = xt::xtensor<std::uint8_t, 3, xt::layout_type::row_major>;

/// Gives the picture of image n; an empty one, of size 0, where there is none.
using picture_source = std::function<picture(std::size_t n)>;

/// A value for every pixel, (H, W); row-major as well.
template <class T>
using layer_plane = xt::xtensor<T, 2, xt::layout_type::row_major>;

/// What one image is drawn from: all of one (H, W).
struct image_layers {
    picture photo{};                       ///< (H, W, 3); or empty, of size 0, where there is none
    layer_plane<std::int32_t> given{};     ///< the class of every pixel in the mask; -1: none, it is ignored
    layer_plane<std::int32_t> predicted{}; ///< that of the highest probability; -1: none
    layer_plane<bool> issues{};            ///< true where the label is an issue
};

// Bodies.

constexpr rgb_color class_color(std::size_t class_index) {
    const std::uint32_t color = detail::class_palette[class_index % num_class_colors];
    return {static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8 & 255),
            static_cast<std::uint8_t>(color & 255)};
}

} // namespace maskaudit
