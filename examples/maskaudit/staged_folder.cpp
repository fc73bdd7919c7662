#include "staged_folder.hpp"

#include "interrupt.hpp"
#include "streams.hpp"

#include <maskaudit/error.hpp>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <ranges>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

constexpr const char* writable_folder = "a folder that can be written to";
constexpr const char* writable_file = "the name of a file to write";

/// What was written must be on the disk before its name is, or a crash of the machine could leave empty files.
void sync(const fs::path& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    const int error = errno;
    if (file >= 0) close(file);
    if (!synced) throw maskaudit::file_error(path, writable_file, std::system_category().message(error));
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

} // namespace

staged_folder::staged_folder(fs::path folder, std::vector<fs::path> inputs)
    : folder_(std::move(folder)), inputs_(std::move(inputs)) {
    try {
        make_folders();
        make_staging();
    } catch (...) {
        clean_up();
        throw;
    }
}

staged_folder::~staged_folder() { clean_up(); }

void staged_folder::make_folders() {
    fs::path prefix;
    for (const fs::path& part : folder_) {
        prefix /= part;
        std::error_code made;
        std::error_code looked;
        if (fs::create_directory(prefix, made)) made_folders_.push_back(prefix);
        if (fs::is_directory(prefix, looked)) continue;
        const std::string reason = fs::exists(prefix, looked) ? "a file" : made.message();
        throw maskaudit::file_error(folder_, writable_folder,
                                    prefix == folder_ ? reason : prefix.string() + ": " + reason);
    }
}

void staged_folder::make_staging() {
    std::string name = folder_ / ".maskaudit-XXXXXX";
    std::error_code error;
    if (mkdtemp(name.data()) == nullptr) {
        error.assign(errno, std::system_category());
    } else {
        staging_ = name;
        new_files_ = staging_ / "new";
        old_files_ = staging_ / "old";
        for (const fs::path& folder : {new_files_, old_files_})
            if (!error) fs::create_directory(folder, error);
    }
    if (error) throw maskaudit::file_error(folder_, writable_folder, error.message());
}

fs::path staged_folder::add(const std::string& name) {
    const fs::path target = folder_ / name;
    std::error_code ignored;
    if (fs::is_directory(target, ignored)) throw maskaudit::file_error(target, writable_file, "a folder");
    for (const fs::path& input : inputs_)
        if (fs::equivalent(target, input, ignored))
            throw maskaudit::file_error(target, writable_file,
                                        "the input " + input.string() +
                                            ", which would be overwritten; choose another --out");
    names_.push_back(name);
    return new_files_ / name;
}

fs::path staged_folder::final_path(const fs::path& path) const {
    return path.parent_path() == new_files_ ? folder_ / path.filename() : path;
}

void staged_folder::commit() {
    for (const std::string& name : names_)
        sync(new_files_ / name);
    throw_if_interrupted();
    std::size_t done = 0;
    try {
        for (; done < names_.size(); ++done)
            put_into_place(names_[done]);
    } catch (...) {
        while (done-- > 0)
            put_back(names_[done]);
        if (old_files_left_) tell("not every file could be put back; the old ones are in " + old_files_.string());
        throw;
    }
    committed_ = true;
    clean_up(); // now, as the program may end without the destructor, by a signal
}

void staged_folder::put_into_place(const std::string& name) {
    const fs::path target = folder_ / name;
    std::error_code error;
    if (is_there(target)) {
        // A folder that has come there since add() could be moved aside as a file can, but it is not ours to replace.
        if (fs::is_directory(target, error)) throw maskaudit::file_error(target, writable_file, "a folder");
        // A second name keeps the old file there until the new one takes its place; not all file systems have those.
        fs::create_hard_link(target, old_files_ / name, error);
        if (error) fs::rename(target, old_files_ / name, error);
    }
    if (error) throw maskaudit::file_error(target, writable_file, error.message());
    fs::rename(new_files_ / name, target, error);
    if (!error) return;
    put_back(name);
    throw maskaudit::file_error(target, writable_file, error.message());
}

void staged_folder::put_back(const std::string& name) {
    std::error_code error;
    if (is_there(old_files_ / name))
        fs::rename(old_files_ / name, folder_ / name, error);
    else
        fs::remove(folder_ / name, error);
    old_files_left_ = old_files_left_ || error;
}

void staged_folder::clean_up() noexcept {
    std::error_code ignored;
    if (!staging_.empty() && !old_files_left_) fs::remove_all(staging_, ignored);
    if (committed_) return;
    for (const fs::path& folder : std::views::reverse(made_folders_))
        fs::remove(folder, ignored);
}

} // namespace maskaudit_program
