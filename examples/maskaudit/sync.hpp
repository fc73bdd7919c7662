#pragma once

#include <filesystem>

namespace maskaudit_program {

/// Returns when a file, or the names in a folder, are on the disk.
/// \throws maskaudit::file_error
void sync(const std::filesystem::path& path);

/// The same for all files of the file system that the path is on: faster than many one by one.
/// \throws maskaudit::file_error
void sync_all(const std::filesystem::path& path);

} // namespace maskaudit_program
