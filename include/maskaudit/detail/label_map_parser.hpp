#pragma once

// The CSV file of a label_map.

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/input_file.hpp>
#include <maskaudit/detail/npy_parser.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace maskaudit::detail {

inline constexpr std::int64_t ignored_target = -1;

struct label_target {
    std::int64_t from;
    std::int64_t to; // a class, or ignored_target
    std::size_t line;
};

// Of every class up to the largest the id in the first line that gives it; none where no line does.
inline std::vector<std::optional<std::int64_t>> first_ids(const std::vector<label_target>& targets) {
    std::vector<const label_target*> first;
    for (const label_target& target : targets) {
        if (target.to == ignored_target) continue;
        const auto class_index = static_cast<std::size_t>(target.to);
        if (first.size() <= class_index) first.resize(class_index + 1, nullptr);
        if (first[class_index] == nullptr || target.line < first[class_index]->line) first[class_index] = &target;
    }
    std::vector<std::optional<std::int64_t>> ids(first.size());
    for (std::size_t k = 0; k < first.size(); ++k)
        if (first[k] != nullptr) ids[k] = first[k]->from;
    return ids;
}

class label_map_parser {
public:
    explicit label_map_parser(const std::filesystem::path& path)
        : path_(path), text_(read_text(path, "a text file that can be read")) {}

    // Ascending by `from`.
    std::vector<label_target> parse() {
        std::string_view rest = text_;
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (rest.starts_with(byte_order_mark)) rest.remove_prefix(byte_order_mark.size());
        for (bool is_first = true; !rest.empty();) {
            const std::size_t length = (std::min)(rest.find('\n'), rest.size());
            const std::string_view line = trim(rest.substr(0, (std::min)(rest.find('#'), length)));
            rest.remove_prefix((std::min)(length + 1, rest.size()));
            ++line_;
            if (line.empty()) continue;
            read_line(line, is_first);
            is_first = false;
        }
        if (targets_.empty()) throw file_error(path_, "lines of two fields, from,to", "none");
        require_once();
        return std::move(targets_);
    }

private:
    static std::string_view trim(std::string_view text) {
        constexpr std::string_view spaces = " \t\r";
        const std::size_t begin = text.find_first_not_of(spaces);
        if (begin == std::string_view::npos) return {};
        return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
    }

    // The whole text as a number, which from_chars takes without prefix, space or plus sign.
    static std::optional<std::int64_t> number(std::string_view text) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        return value;
    }

    [[noreturn]] void fail(const std::string& expected, std::string_view found) const {
        throw file_error(path_, expected + " in line " + std::to_string(line_), npy_quote(found));
    }

    void read_line(std::string_view line, bool is_first) {
        const std::size_t comma = line.find(',');
        if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos)
            fail("two fields, from,to,", line);
        const std::string_view from = trim(line.substr(0, comma)), to = trim(line.substr(comma + 1));
        // No other header is taken for one, since that would pass over a mistake in the first id.
        if (is_first && from == "from" && to == "to") return;
        const std::optional<std::int64_t> id = number(from);
        if (!id) fail("an integer of at most 64 bits for 'from'", from);
        targets_.push_back({*id, read_target(to), line_});
    }

    std::int64_t read_target(std::string_view text) const {
        if (text == "ignore") return ignored_target;
        const std::optional<std::int64_t> target = number(text);
        if (!target || *target < 0 || *target >= static_cast<std::int64_t>(max_classes))
            fail("a class from 0 to " + std::to_string(max_classes - 1) + " or the word ignore for 'to'", text);
        return *target;
    }

    void require_once() {
        std::stable_sort(targets_.begin(), targets_.end(),
                         [](const label_target& a, const label_target& b) { return a.from < b.from; });
        const auto twice =
            std::adjacent_find(targets_.begin(), targets_.end(),
                               [](const label_target& a, const label_target& b) { return a.from == b.from; });
        if (twice == targets_.end()) return;
        throw file_error(path_, "every id once for 'from'",
                         std::to_string(twice->from) + " in line " + std::to_string(twice->line) + " and in line " +
                             std::to_string((twice + 1)->line));
    }

    std::filesystem::path path_;
    std::string text_;
    std::size_t line_ = 0;
    std::vector<label_target> targets_;
};

} // namespace maskaudit::detail
