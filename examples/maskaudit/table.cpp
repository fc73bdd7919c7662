#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace maskaudit_program {
namespace {

/// Columns of a terminal that a text in UTF-8 takes, as fmt counts them: it pads up to a width in columns, so what it
/// added tells the width.
std::size_t width_of(const std::string& text) {
    return 2 * text.size() - fmt::formatted_size("{:<{}}", text, text.size());
}

} // namespace

std::string table(const std::vector<align>& columns, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(columns.size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::string padding(widths[i] - width_of(row[i]), ' ');
            text += "  " + (columns[i] == align::left ? row[i] + padding : padding + row[i]);
        }
        text.erase(text.find_last_not_of(' ') + 1);
        text += '\n';
    }
    return text;
}

std::string grouped(std::uint64_t number) {
    constexpr std::size_t group = 3;
    std::string digits = std::to_string(number);
    for (std::size_t left = digits.size(); left > group; left -= group)
        digits.insert(left - group, 1, ',');
    return digits;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    const double share = whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
    constexpr double most_with_two_decimals = 10;
    return share < most_with_two_decimals ? fmt::format("{:.2f} %", share) : fmt::format("{:.1f} %", share);
}

std::string counted(std::uint64_t number, const std::string& noun) {
    return grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

} // namespace maskaudit_program
