#pragma once

#include "scene_errors.hpp"
#include "scene_model.hpp"
#include "scene_street.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

// Street scenes of simple shapes with label errors as people make them, and the probabilities of a decent model. For
// demonstrations and benchmarks: masks are coherent, most pixels are easy, borders are not, errors are whole objects.

namespace maskaudit_program {

/// The same options make the same scene on every machine, up to the last bits of std::exp.
struct scene_options {
    std::size_t images = 8;
    std::size_t height = 120;
    std::size_t width = 160;
    std::size_t classes = 6; ///< 3 to 255: ground, sky, then objects by turns like buildings, trees, cars and people
    std::uint64_t seed = 1;
    std::size_t errors_an_image = 2; ///< at most; small images may have no place for so many
};

/// One image, row-major.
struct scene_image {
    std::vector<std::uint8_t> labels;      ///< (H, W), with the errors
    std::vector<std::uint8_t> true_labels; ///< (H, W)
    std::vector<float> pred_probs;         ///< (K, H, W), each pixel sums to one
    std::vector<injected_error> errors;
};

/// Makes image n of a scene; any image can be had without those before it.
/// \throws std::invalid_argument  for a number of classes out of range
inline scene_image make_scene_image(const scene_options& options, std::size_t n) {
    if (options.classes < 3 || options.classes > scene_void)
        throw std::invalid_argument("classes is " + std::to_string(options.classes) + ": it must be from 3 to 255");
    scene_random random(options.seed, n);
    const street truth = street::make(options.height, options.width, options.classes, random);
    scene_image image{};
    image.true_labels = truth.paint();
    // A model errs, too, and is sure of it: it sees one object of every image some pixels off.
    const street seen =
        with_error(truth, random.below(truth.objects.size()), error_kind::shift, options.classes, random);
    image.pred_probs = model_probabilities(seen.paint(), options.height, options.width, options.classes, random);
    draw_margin(image.true_labels, options.height, options.width);
    image.labels = image.true_labels;
    image.errors = inject_errors(image.labels, truth, options.classes, options.errors_an_image, n, random);
    return image;
}

} // namespace maskaudit_program
