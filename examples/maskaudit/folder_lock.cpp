#include "folder_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace maskaudit_program {

bool folder_lock::try_lock(const std::filesystem::path& folder) {
    release();
    file_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) == 0) return true;
    const int error = errno;
    release();
    errno = error;
    return false;
}

void folder_lock::release() noexcept {
    if (file_ >= 0) close(file_);
    file_ = -1;
}

} // namespace maskaudit_program
