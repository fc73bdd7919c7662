#pragma once

#include <filesystem>

namespace maskaudit_program {

/// Lets the program go on where a mapped file cannot be read, because it has been shortened or its disk fails: the
/// memory reads as zeros from then on, and unreadable_memory() tells. To be called once, at the start.
///
/// Otherwise the system would stop the program with SIGBUS, and what it has half written would stay behind.
void survive_unreadable_memory();

/// The first address that could not be read; null while all could. Whatever has been computed since then is void.
const void* unreadable_memory();

/// What to say of a file that has it.
/// \throws maskaudit::file_error
[[noreturn]] void refuse_unreadable(const std::filesystem::path& path);

} // namespace maskaudit_program
