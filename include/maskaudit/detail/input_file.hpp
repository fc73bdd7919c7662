#pragma once

// Files read from front to back.

#include <maskaudit/detail/system_reason.hpp>
#include <maskaudit/error.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

namespace maskaudit::detail {

struct close_input {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using input_file = std::unique_ptr<std::FILE, close_input>;

inline input_file open_input(const std::filesystem::path& path, const std::string& expected) {
    // The system opens a directory like a file, and says what it is when it is read.
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) throw file_error(path, expected, "a directory");
    input_file file(std::fopen(path.c_str(), "rb"));
    if (!file) throw file_error(path, expected, system_reason(errno));
    return file;
}

inline std::string read_text(const std::filesystem::path& path, const std::string& expected) {
    const input_file file = open_input(path, expected);
    std::string text;
    std::array<char, 4096> chunk;
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get()))
        text.append(chunk.data(), count);
    if (std::ferror(file.get()) != 0) throw file_error(path, expected, system_reason(errno));
    return text;
}

} // namespace maskaudit::detail
