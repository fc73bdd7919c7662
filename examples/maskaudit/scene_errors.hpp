#pragma once

#include "scene_street.hpp"

#include <utility>

// Label errors as people make them.

namespace maskaudit_program {

inline constexpr std::uint8_t scene_void = 255; ///< label of the margin, which has no class

enum class error_kind {
    drop,  ///< an object was overlooked, and has the labels of what is around it
    swap,  ///< an object has the label of another class
    shift, ///< an object has been drawn some pixels off
};

struct injected_error {
    std::size_t image;
    error_kind kind;
    std::size_t true_class;          ///< of the object
    std::vector<std::size_t> pixels; ///< flat positions in the image where the label is wrong, ascending
};

/// Gives the outermost pixels no class.
inline void draw_margin(street::mask& labels, std::size_t height, std::size_t width) {
    const std::size_t margin = height / 60;
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column)
            if (std::min(row, height - 1 - row) < margin || std::min(column, width - 1 - column) < margin)
                labels[row * width + column] = scene_void;
}

/// The street as somebody draws it who makes one error, with object i.
inline street with_error(street drawn, std::size_t i, error_kind kind, std::size_t classes, scene_random& random) {
    scene_object& object = drawn.objects[i];
    const auto height = static_cast<double>(drawn.height);
    switch (kind) {
    case error_kind::drop:
        drawn.objects.erase(drawn.objects.begin() + static_cast<std::ptrdiff_t>(i));
        break;
    case error_kind::swap:
        object.class_index = static_cast<std::uint8_t>((object.class_index + 1 + random.below(classes - 1)) % classes);
        break;
    case error_kind::shift: {
        const double left_or_right = random.uniform() < 0.5 ? -1 : 1;
        object.centre += left_or_right * height * random.uniform(0.05, 0.09);
        object.base -= height * random.uniform(0, 0.03);
        break;
    }
    }
    return drawn;
}

/// Draws up to `wanted` errors into the right labels of an image, none over another.
inline std::vector<injected_error> inject_errors(street::mask& labels, const street& truth, std::size_t classes,
                                                 std::size_t wanted, std::size_t image, scene_random& random) {
    // A smaller error no audit needs to find, and a larger one a model would learn.
    const auto pixels = static_cast<double>(labels.size());
    const auto least = static_cast<std::size_t>(0.002 * pixels), most = static_cast<std::size_t>(0.05 * pixels);
    const street::mask right = labels;
    std::vector<injected_error> errors;
    const std::size_t attempts = 20 * wanted;
    for (std::size_t attempt = 0; attempt < attempts && errors.size() < wanted; ++attempt) {
        const std::size_t i = random.below(truth.objects.size());
        const auto kind = static_cast<error_kind>(random.below(3));
        const street::mask drawn = with_error(truth, i, kind, classes, random).paint();
        injected_error error{image, kind, truth.objects[i].class_index, {}};
        bool is_free = true;
        for (std::size_t s = 0; s < labels.size(); ++s) {
            if (right[s] == scene_void || drawn[s] == right[s]) continue;
            error.pixels.push_back(s);
            is_free = is_free && labels[s] == right[s];
        }
        if (!is_free || error.pixels.size() < std::max<std::size_t>(1, least) || error.pixels.size() > most) continue;
        for (const std::size_t s : error.pixels)
            labels[s] = drawn[s];
        errors.push_back(std::move(error));
    }
    return errors;
}

} // namespace maskaudit_program
