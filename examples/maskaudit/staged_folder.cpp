#include "staged_folder.hpp"

#include "interrupt.hpp"
#include "leftovers.hpp"
#include "streams.hpp"
#include "sync.hpp"
#include "text_file.hpp"

#include <maskaudit/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <ranges>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

constexpr const char* writable_folder = "a folder that can be written to";
constexpr const char* writable_file = "the name of a file to write";

} // namespace

staged_folder::staged_folder(fs::path folder, std::vector<fs::path> inputs, const ranks& group)
    : folder_(std::move(folder)), inputs_(std::move(inputs)), is_first_(group.is_first()) {
    try {
        group.on_first([&] {
            require_outside_inputs();
            make_folders();
            make_staging();
        });
        const std::string staging = group.from_first(staging_.string());
        group.together([&] {
            staging_ = staging;
            new_files_ = staging_ / "new";
            old_files_ = staging_ / "old";
        });
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
    settle_leftovers(folder_);
    std::error_code error;
    while (staging_.empty() && !error) {
        std::string name = folder_ / (std::string(staging_prefix) + "XXXXXX");
        if (mkdtemp(name.data()) == nullptr)
            error.assign(errno, std::system_category());
        else if (const auto locked = lock_.try_lock(name);
                 locked != folder_lock::outcome::gone && locked != folder_lock::outcome::of_another)
            staging_ = name; // otherwise another run took it for a leftover just now
    }
    for (const char* const folder : {"new", "old"})
        if (!error) fs::create_directory(staging_ / folder, error);
    if (error) throw maskaudit::file_error(folder_, writable_folder, error.message());
}

/// A folder within one of inputs would spoil these: its files would be taken for inputs the next time.
void staged_folder::require_outside_inputs() const {
    std::error_code error;
    fs::path path = fs::weakly_canonical(fs::absolute(folder_, error), error);
    for (fs::path last; path != last; last = std::exchange(path, path.parent_path()))
        for (const fs::path& input : inputs_)
            if (fs::is_directory(input, error) && fs::equivalent(path, input, error))
                throw maskaudit::file_error(folder_, "a folder outside the inputs", "one within " + input.string());
}

fs::path staged_folder::add(const std::string& name) {
    if (!is_first_) return new_files_ / name;
    const fs::path target = folder_ / name;
    std::error_code ignored;
    if (fs::is_directory(target, ignored)) throw maskaudit::file_error(target, writable_file, "a folder");
    fs::path path = folder_;
    for (const fs::path& part : fs::path(name)) {
        path /= part;
        for (const fs::path& input : inputs_)
            if (fs::equivalent(path, input, ignored))
                throw maskaudit::file_error(target, writable_file,
                                            "the input " + input.string() +
                                                ", which would be overwritten; choose another folder");
        if (path != target && is_there(path) && !fs::is_directory(path, ignored))
            throw maskaudit::file_error(target, writable_file, path.string() + ": a file");
    }
    std::error_code error;
    for (const fs::path& folder : {new_files_, old_files_})
        if (!error) fs::create_directories((folder / name).parent_path(), error);
    if (!error && is_there(new_files_ / name)) error = std::make_error_code(std::errc::file_exists);
    if (error)
        throw maskaudit::file_error(target, writable_file, error.message() + ", with the names of other results");
    write_text(new_files_ / name, ""); // keeps the name
    names_.push_back(name);
    return new_files_ / name;
}

fs::path staged_folder::final_path(const fs::path& path) const {
    const fs::path name = path.lexically_relative(new_files_);
    return name.empty() || *name.begin() == ".." ? path : folder_ / name;
}

void staged_folder::write_through() const { sync_all(new_files_); }

void staged_folder::commit() {
    // What was written must be on the disk before its name is, or a crash of the machine could leave empty files.
    constexpr std::size_t few = 16;
    if (names_.size() > few)
        sync_all(new_files_);
    else
        for (const std::string& name : names_)
            sync(new_files_ / name);
    throw_if_interrupted();
    folder_lock others; // waits for those that put their files here right now
    others.lock(folder_);
    const fs::path committing = staging_ / "committing";
    write_text(committing, ""); // from now on a run that is killed has done enough: see settle_leftovers()
    sync(staging_);
    std::size_t done = 0;
    try {
        for (; done < names_.size(); ++done)
            put_into_place(names_[done]);
        sync_names();
    } catch (...) {
        // The last one may have come half the way.
        for (std::size_t count = std::min(done + 1, names_.size()); count > 0; --count)
            put_back(names_[count - 1]);
        std::error_code ignored;
        if (!is_half_done_)
            fs::remove(committing, ignored); // last: until all are back, the way on is as good as the way back
        else
            tell("not every file could be put back; the next run puts the new ones into place");
        throw;
    }
    committed_ = true;
    clean_up(); // now, as the program may end without the destructor, by a signal
}

void staged_folder::sync_names() const {
    std::set<fs::path> folders;
    for (const std::string& name : names_)
        folders.insert((folder_ / name).parent_path());
    for (const fs::path& folder : folders)
        sync(folder);
}

void staged_folder::put_into_place(const std::string& name) {
    const fs::path target = folder_ / name;
    make_parents(target);
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
    if (error) throw maskaudit::file_error(target, writable_file, error.message());
}

void staged_folder::make_parents(const fs::path& target) {
    fs::path folder = folder_;
    for (const fs::path& part : target.parent_path().lexically_relative(folder_)) {
        folder /= part;
        std::error_code error;
        if (fs::create_directory(folder, error)) made_folders_.push_back(folder);
        if (error) throw maskaudit::file_error(target, writable_file, folder.string() + ": " + error.message());
    }
}

void staged_folder::put_back(const std::string& name) noexcept {
    std::error_code error;
    try {
        const fs::path target = folder_ / name, fresh = new_files_ / name, old = old_files_ / name;
        if (!is_there(fresh)) fs::rename(target, fresh, error);
        if (!error && is_there(old)) fs::rename(old, target, error);
    } catch (...) {
        error = std::make_error_code(std::errc::not_enough_memory);
    }
    is_half_done_ = is_half_done_ || error;
}

void staged_folder::clean_up() noexcept {
    if (!is_first_) return;
    std::error_code ignored;
    try {
        if (!staging_.empty() && !is_half_done_) fs::remove_all(staging_, ignored);
    } catch (...) {
        // Out of memory: the next run settles it.
    }
    if (committed_) return;
    for (const fs::path& folder : std::views::reverse(made_folders_))
        fs::remove(folder, ignored);
}

} // namespace maskaudit_program
