#pragma once

// What is in a folder. libstdc++'s iterators over it end the program where they have no memory for a path.

#include <cerrno>
#include <dirent.h>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace maskaudit::detail {

struct folder_entry {
    std::filesystem::path path;
    std::filesystem::file_type type; // a link is a link, wherever it leads
};

inline std::filesystem::file_type type_of(const ::dirent& entry, const std::filesystem::path& path) {
    switch (entry.d_type) {
    case DT_REG:
        return std::filesystem::file_type::regular;
    case DT_DIR:
        return std::filesystem::file_type::directory;
    case DT_LNK:
        return std::filesystem::file_type::symlink;
    default: // also where the file system does not say
        std::error_code ignored;
        return std::filesystem::symlink_status(path, ignored).type();
    }
}

struct close_folder {
    void operator()(::DIR* folder) const { ::closedir(folder); }
};

// In no order. Those read before an error are among them.
inline std::vector<folder_entry> entries_of(const std::filesystem::path& folder, std::error_code& error) {
    error.clear();
    std::vector<folder_entry> entries;
    const std::unique_ptr<::DIR, close_folder> open(::opendir(folder.c_str()));
    if (!open) {
        error.assign(errno, std::system_category());
        return entries;
    }
    for (;;) {
        errno = 0;
        const ::dirent* const entry = ::readdir(open.get());
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        std::filesystem::path path = folder / name;
        const std::filesystem::file_type type = type_of(*entry, path);
        entries.push_back({std::move(path), type});
    }
    if (errno != 0) error.assign(errno, std::system_category());
    return entries;
}

} // namespace maskaudit::detail
