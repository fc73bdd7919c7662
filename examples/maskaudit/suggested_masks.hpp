#pragma once

#include "inputs.hpp"
#include "staged_folder.hpp"

#include <maskaudit/inspector.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace maskaudit_program {

/// The masks as they would be with the predicted class at issues, in the form that they came in, in a folder of their
/// own. Planned before the work, written after it.
class suggested_masks {
public:
    /// DIR/labels.npy for DIR and labels.npy; or a file an image, of the name and in the subfolder that it has.
    /// Collective. \param never_replaced  see staged_folder
    /// \throws maskaudit::file_error  where a class has no id in the label map, or labels of the form of a file cannot
    ///                                be every class
    suggested_masks(const audit_options& options, const std::vector<std::filesystem::path>& never_replaced,
                    const audit_inputs& inputs, const ranks& group);

    /// \throws maskaudit::file_error  where a planned file of results is one of these files
    void require_apart_from(const staged_folder& results) const;

    /// On all ranks, each of which has found the issues of its own images.
    /// \throws maskaudit::file_error, interrupted
    void write(const maskaudit::inspection& found, audit_inputs& inputs, bool quiet, const ranks& group) const;

    std::size_t num_files() const { return paths_.size(); }

    // See staged_folder.
    void write_through() const { folder_.write_through(); }
    void commit() { folder_.commit(); }

private:
    void write_own(const maskaudit::inspection& found, audit_inputs& inputs, bool quiet) const;

    std::vector<std::int64_t> raw_ids_{}; // of every class
    staged_folder folder_;
    std::vector<std::filesystem::path> paths_{};
};

} // namespace maskaudit_program
