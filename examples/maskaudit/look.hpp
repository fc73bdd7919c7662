#pragma once

#include "command_options.hpp"
#include "inputs.hpp"

#include <maskaudit/inspector.hpp>

#include <filesystem>
#include <optional>

namespace maskaudit_program {

struct look_result {
    maskaudit::inspection found;
    bool sums_to_one; ///< the probabilities of a pixel do
};

/// Looks once at every image, with a progress bar.
/// \param pixel_scores  file for the scores of the pixels, of the type that pred_probs are read as; none for none
/// \throws maskaudit::data_error, maskaudit::file_error, interrupted
look_result look_at_images(audit_inputs& inputs, const audit_options& options,
                           const std::optional<std::filesystem::path>& pixel_scores);

} // namespace maskaudit_program
