#pragma once

#include "inputs.hpp"
#include "ranks.hpp"
#include "staged_folder.hpp"

#include <maskaudit/inspector.hpp>

#include <filesystem>
#include <vector>

namespace maskaudit_program {

/// The files of issue masks: one for all images, or one for each under its name. Planned before the work, written after
/// it.
class issue_masks {
public:
    /// issues.npy, or issues/NAME.png (issues/NAME.npy, where an image has another number of axes than two).
    /// \throws maskaudit::file_error
    issue_masks(staged_folder& folder, const image_set& images);

    /// On all ranks, each of which has found the issues of its own images.
    /// \throws maskaudit::file_error, interrupted
    void write(const maskaudit::inspection& found, const audit_inputs& inputs, bool quiet, const ranks& group) const;

private:
    void write_own(const maskaudit::inspection& found, const audit_inputs& inputs, bool quiet) const;

    std::vector<std::filesystem::path> paths_{};
};

} // namespace maskaudit_program
