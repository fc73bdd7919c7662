#include "text_file.hpp"

#include "uninterrupted.hpp"

#include <maskaudit/error.hpp>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace maskaudit_program {
namespace {

constexpr const char* expected_writable = "a file that can be written";

[[noreturn]] void fail(const std::filesystem::path& path, const char* expected) {
    throw maskaudit::file_error(path, expected, std::system_category().message(errno));
}

std::FILE* open_to_write(const std::filesystem::path& path) {
    return uninterrupted<std::FILE*>(nullptr, [&] { return std::fopen(path.c_str(), "wb"); });
}

std::string quoted(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string result = "\"";
    for (const char letter : field)
        result += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return result + '"';
}

} // namespace

text_writer::text_writer(std::filesystem::path path) : path_(std::move(path)), file_(open_to_write(path_)) {
    if (!file_) fail(path_, expected_writable);
}

void text_writer::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) fail(path_, expected_writable);
}

void text_writer::finish() {
    if (std::fflush(file_.get()) != 0) fail(path_, expected_writable);
    // What a signal interrupts is closed all the same.
    if (std::fclose(file_.release()) != 0 && errno != EINTR) fail(path_, expected_writable);
}

void write_text(const std::filesystem::path& path, std::string_view text) {
    text_writer file(path);
    file.write(text);
    file.finish();
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
