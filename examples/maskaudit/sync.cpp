#include "sync.hpp"

#include "uninterrupted.hpp"

#include <maskaudit/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace maskaudit_program {
namespace {

void sync_by(int (*function)(int), const std::filesystem::path& path) {
    const int file = uninterrupted(-1, [&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
    const bool synced = file >= 0 && uninterrupted(-1, [&] { return function(file); }) == 0;
    const int error = errno;
    if (file >= 0) close(file);
    if (!synced) throw maskaudit::file_error(path, "a file to write", std::system_category().message(error));
}

} // namespace

void sync(const std::filesystem::path& path) { sync_by(&fsync, path); }

void sync_all(const std::filesystem::path& path) { sync_by(&syncfs, path); }

} // namespace maskaudit_program
