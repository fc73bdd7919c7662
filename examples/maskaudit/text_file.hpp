#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace maskaudit_program {

/// \throws maskaudit::file_error  when the file cannot be written
void write_text(const std::filesystem::path& path, std::string_view text);

/// The lines of a text file in UTF-8, without their ends, be these LF or CRLF, and without a byte order mark.
/// \throws maskaudit::file_error  when the file cannot be read
std::vector<std::string> read_lines(const std::filesystem::path& path);

/// A line of a CSV file. Fields are quoted where RFC 4180 asks for it.
std::string csv_line(const std::vector<std::string>& fields);

} // namespace maskaudit_program
