#pragma once

#include "inputs.hpp"
#include "ranks.hpp"
#include "report.hpp"
#include "resume_state.hpp"
#include "staged_folder.hpp"
#include "suggested_masks.hpp"

#include <maskaudit/inspector.hpp>

namespace maskaudit_program {

struct audit_result {
    maskaudit::inspection found; ///< of this rank's images
    audit_report report;         ///< of all; on the first rank
};

/// Looks once at every image and writes all files of an audit to a staged folder. Collective.
/// \param state      see look_at_images()
/// \param suggested  masks to write, too; null for none
/// \throws maskaudit::data_error, maskaudit::file_error, interrupted
audit_result audit_into(staged_folder& folder, audit_inputs& inputs, const audit_options& options,
                        const ranks& group = ranks(), resume_state* state = nullptr,
                        const suggested_masks* suggested = nullptr);

/// The command. Collective.
void run(const audit_options& options, const ranks& group);

} // namespace maskaudit_program
