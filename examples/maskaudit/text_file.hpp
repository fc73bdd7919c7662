#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace maskaudit_program {

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, close_file>;

/// A file that text is appended to, for more than one would keep in memory.
class text_writer {
public:
    /// \throws maskaudit::file_error  when the file cannot be written
    explicit text_writer(std::filesystem::path path);

    /// \throws maskaudit::file_error  when the file cannot be written
    void write(std::string_view text);

    /// To be called once, after the last text: a part of it may be written as late as here.
    /// \throws maskaudit::file_error  when the file cannot be written
    void finish();

private:
    std::filesystem::path path_;
    open_file file_;
};

/// \throws maskaudit::file_error  when the file cannot be written
void write_text(const std::filesystem::path& path, std::string_view text);

/// The lines of a text file in UTF-8, without their ends, be these LF or CRLF, and without a byte order mark.
/// \throws maskaudit::file_error  when the file cannot be read
std::vector<std::string> read_lines(const std::filesystem::path& path);

/// A line of a CSV file. Fields are quoted where RFC 4180 asks for it.
std::string csv_line(const std::vector<std::string>& fields);

} // namespace maskaudit_program
