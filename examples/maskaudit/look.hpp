#pragma once

#include "command_options.hpp"
#include "inputs.hpp"
#include "pixel_scores.hpp"
#include "ranks.hpp"
#include "resume_state.hpp"

#include <maskaudit/inspector.hpp>

#include <optional>

namespace maskaudit_program {

struct look_result {
    maskaudit::label_inspector inspector; ///< of this rank's images
    maskaudit::inspection found;          ///< of them, judged among all
    bool sums_to_one;                     ///< the probabilities of a pixel do
};

/// Looks once at every image, each rank at its own, with a progress bar. Collective.
/// \param pixel_scores  where the scores of the pixels go, floats or, where pred_probs are doubles, doubles; none for
///                      nowhere; where all go to one file, that has been made by make_pixel_scores()
/// \param state         what has been looked at before, and where that is kept from time to time; null for neither
/// \throws maskaudit::data_error, maskaudit::file_error, interrupted
look_result look_at_images(audit_inputs& inputs, const audit_options& options,
                           const std::optional<pixel_score_target>& pixel_scores, resume_state* state,
                           const ranks& group);

} // namespace maskaudit_program
