#include "faulty_system.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <dlfcn.h>
#include <fcntl.h>
#include <string_view>
#include <sys/uio.h>
#include <unistd.h>

namespace maskaudit_test {
namespace {

constexpr std::array<std::string_view, 5> names{"write", "fsync", "open", "rename", "close"};

std::atomic<std::size_t> failing_name{names.size()}, calls_left{0};
std::atomic<int> error_to_give{0};
std::atomic<bool> has_failed{false}, little{false};

bool is_to_fail(std::string_view name) {
    if (failing_name >= names.size() || names[failing_name] != name || calls_left == 0 || --calls_left != 0)
        return false;
    has_failed = true;
    errno = error_to_give;
    return true;
}

/// What the system has under the name.
template <class Function>
Function* system_function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

void fail_call(const std::string& name, std::size_t n, int error) {
    has_failed = false;
    error_to_give = error;
    calls_left = n;
    failing_name = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

void write_little_at_a_time(bool whether) { little = whether; }

bool stop_failing_calls() {
    failing_name = names.size();
    return has_failed;
}

} // namespace maskaudit_test

using namespace maskaudit_test;

extern "C" {

ssize_t write(int file, const void* data, size_t size) {
    static const auto real = system_function<ssize_t(int, const void*, size_t)>("write");
    constexpr std::size_t a_few = 1000;
    if (file > STDERR_FILENO && is_to_fail("write")) return -1;
    return real(file, data, file > STDERR_FILENO && little ? (std::min)(size, a_few) : size);
}

ssize_t writev(int file, const iovec* parts, int count) {
    static const auto real = system_function<ssize_t(int, const iovec*, int)>("writev");
    if (file > STDERR_FILENO && is_to_fail("write")) return -1;
    return real(file, parts, little ? (std::min)(count, 1) : count);
}

int fsync(int file) {
    static const auto real = system_function<int(int)>("fsync");
    return is_to_fail("fsync") ? -1 : real(file);
}

int close(int file) {
    static const auto real = system_function<int(int)>("close");
    const int result = real(file); // what fails to close is closed all the same
    return is_to_fail("close") ? -1 : result;
}

int rename(const char* from, const char* to) noexcept {
    static const auto real = system_function<int(const char*, const char*)>("rename");
    return is_to_fail("rename") ? -1 : real(from, to);
}

int open(const char* path, int flags, ...) {
    static const auto real = system_function<int(const char*, int, ...)>("open");
    std::va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
    va_end(more);
    if ((flags & O_CREAT) != 0 && is_to_fail("open")) return -1;
    return real(path, flags, mode);
}
}
