#include "text_file.hpp"

#include <maskaudit/error.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace maskaudit_program {
namespace {

struct close_file {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, close_file>;

[[noreturn]] void fail(const std::filesystem::path& path, const char* expected) {
    throw maskaudit::file_error(path, expected, std::system_category().message(errno));
}

std::string quoted(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string result = "\"";
    for (const char letter : field)
        result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return result + '"';
}

} // namespace

void write_text(const std::filesystem::path& path, std::string_view text) {
    open_file file(std::fopen(path.c_str(), "wb"));
    const bool written = file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    // What is buffered may fail as late as when the file is closed.
    if (!written || std::fclose(file.release()) != 0) fail(path, "a file that can be written");
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
    constexpr const char* expected = "a text file that can be read";
    const open_file file(std::fopen(path.c_str(), "rb"));
    if (!file) fail(path, expected);
    std::vector<std::string> lines{""};
    for (int letter = 0; (letter = std::fgetc(file.get())) != EOF;) {
        if (letter == '\n')
            lines.emplace_back();
        else
            lines.back() += static_cast<char>(letter);
    }
    if (std::ferror(file.get()) != 0) fail(path, expected);
    if (lines.back().empty()) lines.pop_back(); // the last line had an end, too
    for (std::string& line : lines)
        if (line.ends_with('\r')) line.pop_back();
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (!lines.empty() && lines.front().starts_with(byte_order_mark)) lines.front().erase(0, byte_order_mark.size());
    return lines;
}

std::string csv_line(const std::vector<std::string>& fields) {
    std::string line;
    for (const std::string& field : fields) {
        if (&field != fields.data()) line += ',';
        line += quoted(field);
    }
    return line + '\n';
}

} // namespace maskaudit_program
