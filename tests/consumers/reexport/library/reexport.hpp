#pragma once

#include <maskaudit/picture.hpp>

/// Tells whether a pixel is painted in the color of a class.
inline bool is_of_class(const maskaudit::rgb_color& pixel, std::size_t class_index) {
    return pixel == maskaudit::class_color(class_index);
}
