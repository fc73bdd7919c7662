#pragma once

#include "cli/program.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// An audit that writes all there is to write, and what it leaves.

namespace maskaudit_test {

using file_bytes = std::map<std::string, std::string>; // the bytes by the name; of a folder, "/" behind the name, none

/// All files and folders below a folder.
file_bytes files_in(const std::filesystem::path& folder);

/// Those among them that are results, not what is kept for another run.
file_bytes results_in(const std::filesystem::path& folder);

/// Folders of labels (PNG and .npy), probabilities and pictures, and the folder `work`, for what audits write.
class audit_scene {
public:
    audit_scene();

    std::filesystem::path inputs() const { return folder_ / "inputs"; }
    std::filesystem::path work() const { return folder_ / "work"; }

    /// Writes into `out` and `suggested` in the folder; with `resume` it saves after every image.
    std::vector<std::string> arguments(const std::filesystem::path& to, bool resume) const;

    /// Leaves in the work folder what an earlier audit with another result has written, and nothing else.
    void start_anew() const;

    const file_bytes& before() const { return before_; }     ///< the files of that one
    const file_bytes& expected() const { return expected_; } ///< and those that an audit now leaves

private:
    temporary_folder folder_{};
    file_bytes before_{}, expected_{};
};

} // namespace maskaudit_test
