#include "folder_lock.hpp"

#include "uninterrupted.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maskaudit_program {
namespace {

int open_folder(const std::filesystem::path& folder) {
    return uninterrupted(-1, [&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

} // namespace

folder_lock::outcome folder_lock::try_lock(const std::filesystem::path& folder) {
    release();
    file_ = open_folder(folder);
    outcome result = outcome::locked;
    if (file_ < 0) {
        result = errno == ENOENT ? outcome::gone : outcome::impossible;
    } else if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
        result = errno == EWOULDBLOCK ? outcome::of_another : outcome::impossible;
    } else { // whoever had it before may have removed it
        struct stat ours {
        }, there{};
        if (fstat(file_, &ours) != 0 || stat(folder.c_str(), &there) != 0 || ours.st_ino != there.st_ino ||
            ours.st_dev != there.st_dev)
            result = outcome::gone;
    }
    if (result != outcome::locked) release();
    return result;
}

void folder_lock::lock(const std::filesystem::path& folder) {
    release();
    file_ = open_folder(folder);
    if (file_ >= 0) uninterrupted(-1, [&] { return flock(file_, LOCK_EX); });
}

void folder_lock::release() noexcept {
    if (file_ >= 0) close(file_);
    file_ = -1;
}

} // namespace maskaudit_program
