#pragma once

// The files of a folder by name, and what is wrong with files.

#include <maskaudit/detail/dataset_reading.hpp>
#include <maskaudit/detail/folder_entries.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace maskaudit::detail {

// Whatever is wrong, told at once.
class dataset_problems {
public:
    void add(const file_error& problem) {
        if (count_++ < most_told) told_.push_back(problem);
    }

    void add(const std::filesystem::path& path, const std::string& expected, const std::string& found) {
        add(file_error(path, expected, found));
    }

    bool any() const { return count_ > 0; }

    // A single one is thrown as it is.
    [[noreturn]] void fail(const std::filesystem::path& folder) const {
        if (count_ == 1) throw told_.front();
        std::string list = std::to_string(count_) + " problems:";
        for (const file_error& problem : told_)
            list.append("\n  ").append(problem.what());
        if (count_ > most_told) list += "\n  and " + std::to_string(count_ - most_told) + " more";
        throw file_error(folder, "a folder of labels that fit the other files of the dataset", list);
    }

private:
    static constexpr std::size_t most_told = 20;

    std::vector<file_error> told_;
    std::size_t count_ = 0;
};

// What a folder of a dataset holds.
struct folder_rules {
    std::string content; // in a word
    std::vector<std::string> extensions;
    std::string suffix; // of the names before the extension, no part of them here; files without it are passed over
    bool has_others;    // other files may lie there, too
};

// What may follow the name of a file: ".png, .jpg or .npy".
inline std::string endings(const folder_rules& rules) {
    std::string text;
    for (std::size_t i = 0; i < rules.extensions.size(); ++i) {
        if (i > 0) text += i + 1 < rules.extensions.size() ? ", " : " or ";
        text += rules.suffix + rules.extensions[i];
    }
    return text;
}

// The files of every name, ascending; one each if all is well. std::map compares names byte by byte.
using folder_listing = std::map<std::string, std::vector<std::filesystem::path>>;

class folder_lister {
public:
    folder_lister(const std::filesystem::path& folder, const folder_rules& rules, dataset_problems& problems)
        : folder_(folder), rules_(rules), problems_(problems) {}

    // Empty where the folder could not be read to its end: what its files lack cannot be told then.
    folder_listing list() {
        std::vector<folder_entry> entries;
        std::vector<std::filesystem::path> folders{folder_}; // to be looked into
        while (!folders.empty()) {
            const std::filesystem::path place = std::move(folders.back());
            folders.pop_back();
            std::error_code error;
            for (folder_entry& entry : entries_of(place, error)) {
                if (is_hidden(entry.path)) continue;
                if (entry.type == std::filesystem::file_type::directory)
                    folders.push_back(std::move(entry.path));
                else
                    entries.push_back(std::move(entry));
            }
            if (error) {
                problems_.add(place, "a folder that can be read", error.message());
                return {};
            }
        }
        std::sort(entries.begin(), entries.end(), // the system has no order
                  [](const folder_entry& a, const folder_entry& b) { return a.path < b.path; });
        for (const folder_entry& each : entries)
            take(each);
        if (found_.empty()) problems_.add(folder_, content(), "none");
        return std::move(found_);
    }

private:
    static bool is_hidden(const std::filesystem::path& path) { return path.filename().native().starts_with('.'); }

    void take(const folder_entry& entry) {
        std::filesystem::file_type type = entry.type;
        if (type == std::filesystem::file_type::symlink) {
            std::error_code ignored; // of a link to nothing: it is no file
            type = std::filesystem::status(entry.path, ignored).type();
        }
        if (type == std::filesystem::file_type::directory) {
            // To follow it could lead round in a circle, and to pass over it could leave files out.
            problems_.add(entry.path, "a file or a folder", "a link to a folder, which is not followed");
            return;
        }
        const std::optional<std::string> name = name_of(entry.path);
        if (!name) return;
        const std::string extension = extension_of(entry.path);
        const bool is_listed =
            std::find(rules_.extensions.begin(), rules_.extensions.end(), extension) != rules_.extensions.end();
        if (is_listed && type == std::filesystem::file_type::regular)
            found_[*name].push_back(entry.path);
        else if (is_listed)
            problems_.add(entry.path, "a file", "a link to nothing, a device, pipe or socket");
        else if (!rules_.has_others)
            problems_.add(entry.path, "nothing but " + content(), "another file");
    }

    std::string content() const { return rules_.content + " (" + endings(rules_) + ")"; }

    // None where the suffix is missing.
    std::optional<std::string> name_of(const std::filesystem::path& path) const {
        std::string name = path.lexically_relative(folder_).replace_extension().generic_string();
        if (!name.ends_with(rules_.suffix)) return std::nullopt;
        name.resize(name.size() - rules_.suffix.size());
        return name;
    }

    const std::filesystem::path& folder_;
    const folder_rules& rules_;
    dataset_problems& problems_;
    folder_listing found_{};
};

} // namespace maskaudit::detail
