#include "leftovers.hpp"

#include "folder_lock.hpp"

#include <string>
#include <system_error>
#include <vector>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> leftovers_in(const fs::path& folder) {
    std::vector<fs::path> leftovers;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().filename().string().starts_with(staging_prefix)) leftovers.push_back(entry->path());
    return leftovers;
}

/// Moves the files below one folder to the same places below another; returns whether none is left.
bool move_files(const fs::path& from, const fs::path& to, bool replace) {
    if (!is_there(from)) return true;
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error))
        if (std::error_code ignored; !entry->is_directory(ignored)) files.push_back(entry->path());
    bool all_moved = !error;
    for (const fs::path& file : files) {
        const fs::path target = to / file.lexically_relative(from);
        if (!replace && is_there(target)) continue;
        std::error_code failed;
        fs::create_directories(target.parent_path(), failed);
        fs::rename(file, target, failed);
        all_moved = all_moved && !failed;
    }
    return all_moved;
}

} // namespace

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

void settle_leftovers(const fs::path& folder) noexcept {
    try {
        for (const fs::path& leftover : leftovers_in(folder)) {
            folder_lock lock;
            if (lock.try_lock(leftover) != folder_lock::outcome::locked) continue;
            // Where there are no second names, an old file may have been moved aside and the new one not been put
            // there.
            const bool is_settled = is_there(leftover / "committing") ? move_files(leftover / "new", folder, true)
                                                                      : move_files(leftover / "old", folder, false);
            std::error_code ignored;
            if (is_settled) fs::remove_all(leftover, ignored);
        }
    } catch (...) {
        // Out of memory: they are looked at again by the next run.
    }
}

} // namespace maskaudit_program
