#include "fuzz.hpp"

#include <maskaudit/label_map.hpp>

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <vector>

// A file of any bytes, read as a table of raw ids. It is compared with a plain reading of the rules in label_map.hpp,
// line by line: which files are tables, and what every id in them, and beside them, stands for.

using namespace maskaudit_fuzz;
using maskaudit::data_error;
using maskaudit::file_error;
using maskaudit::label_map;

namespace {

struct table {
    std::map<std::int64_t, std::int64_t> targets; // of an id
    std::map<std::size_t, std::int64_t> firsts;   // the id in the first line of a class
};

std::string trimmed(std::string text) {
    const auto is_space = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; };
    while (!text.empty() && is_space(text.back()))
        text.pop_back();
    while (!text.empty() && is_space(text.front()))
        text.erase(text.begin());
    return text;
}

/// An integer of 64 bits: digits, maybe after a minus sign.
std::optional<std::int64_t> integer(const std::string& text) {
    __extension__ __int128 value = 0;
    const bool negative = text.starts_with('-');
    const std::string digits = text.substr(negative ? 1 : 0);
    if (digits.empty()) return std::nullopt;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
        if (value > std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
    }
    if (negative) value = -value;
    if (value < std::numeric_limits<std::int64_t>::min() || value > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

/// None where a line, or the whole, breaks a rule.
std::optional<table> plain_reading(std::string text) {
    table result;
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    bool is_first = true;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string line = text.substr(0, end);
        text = end == std::string::npos ? "" : text.substr(end + 1);
        line = trimmed(line.substr(0, line.find('#')));
        if (line.empty()) continue;
        if (std::count(line.begin(), line.end(), ',') != 1) return std::nullopt;
        const std::string from = trimmed(line.substr(0, line.find(','))), to = trimmed(line.substr(line.find(',') + 1));
        const bool is_header = is_first && from == "from" && to == "to";
        is_first = false;
        if (is_header) continue;
        const auto id = integer(from), target = to == "ignore" ? label_map::ignored : integer(to);
        if (!id || !target || (to != "ignore" && (*target < 0 || *target > 65535))) return std::nullopt;
        if (!result.targets.emplace(*id, *target).second) return std::nullopt;
        if (*target >= 0) result.firsts.emplace(static_cast<std::size_t>(*target), *id);
    }
    if (result.targets.empty()) return std::nullopt;
    return result;
}

/// All ids that a label of this type can be in one image, and those beside them in an image each.
template <class Label>
void apply_to(const label_map& map, const table& expected) {
    using bounds = std::numeric_limits<Label>;
    std::vector<Label> known;
    std::set<Label> unknown{(bounds::min)(), (bounds::max)(), Label{0}};
    for (const auto& [id, target] : expected.targets) {
        if (!std::in_range<std::conditional_t<std::is_same_v<Label, bool>, std::uint8_t, Label>>(id) ||
            (std::is_same_v<Label, bool> && id > 1))
            continue;
        const auto label = static_cast<Label>(id);
        known.insert(known.end(), {label, label}); // a second time found without a search
        if (unknown.size() < 64 && label > (bounds::min)()) unknown.insert(static_cast<Label>(label - 1));
        if (unknown.size() < 64 && label < (bounds::max)()) unknown.insert(static_cast<Label>(label + 1));
    }
    xt::xarray<Label> image = xt::xarray<Label>::from_shape({known.size(), 1});
    std::copy(known.begin(), known.end(), image.begin());
    const xt::xarray<std::int64_t> classes = map.apply(image);
    require(classes.shape()[0] == known.size() && classes.dimension() == 2, "classes have the shape of the labels");
    for (std::size_t i = 0; i < known.size(); ++i)
        require(classes(i, 0) == expected.targets.at(static_cast<std::int64_t>(known[i])), "an id has its class");
    for (const Label label : unknown) {
        const bool is_known =
            std::in_range<std::int64_t>(+label) && expected.targets.contains(static_cast<std::int64_t>(label));
        if (is_known) continue;
        xt::xarray<Label> single = xt::xarray<Label>::from_shape({known.size() + 1});
        std::copy(known.begin(), known.end(), single.begin());
        single.back() = label;
        try {
            map.apply(single, 7);
            require(false, "an id that is not in the file is refused");
        } catch (const data_error& error) {
            require(error.place().image == 7 && error.place().pixel == std::vector{known.size()},
                    "an error names the place");
            require_printable(error.what());
        }
    }
}

template <class... Label>
void apply_to_each(const label_map& map, const table& expected) {
    (apply_to<Label>(map, expected), ...);
}

void check(const label_map& map, const table& expected) {
    require(map.size() == expected.targets.size(), "the map has all ids");
    const std::size_t classes = expected.firsts.empty() ? 0 : expected.firsts.rbegin()->first + 1;
    require(map.num_classes() == classes, "there is one class more than the largest");
    for (const auto& [class_index, id] : expected.firsts)
        for (const std::size_t each : {class_index, class_index + 1}) {
            const auto wanted = expected.firsts.find(each);
            require(map.raw_of(each) ==
                        (wanted == expected.firsts.end() ? std::nullopt : std::optional(wanted->second)),
                    "the first id of a class stands for it");
        }
    apply_to_each<bool, std::int8_t, std::uint8_t, std::int32_t, std::int64_t, std::uint64_t>(map, expected);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const memory_file file(text_of(data, size));
    const std::optional<table> expected = plain_reading(std::string(text_of(data, size)));
    std::optional<label_map> map;
    try {
        map.emplace(file.path());
    } catch (const file_error& error) {
        require(!expected, "a table by the rules is read");
        require(error.path() == file.path(), "an error names its file");
        require_printable(error.what());
    }
    if (!map) return 0;
    require(expected.has_value(), "a table that breaks a rule is refused");
    check(*map, *expected);
    return 0;
}
