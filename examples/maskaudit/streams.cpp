#include "streams.hpp"

#include "interrupt.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

namespace maskaudit_program {
namespace {

bool ignored_pipes_from_the_start = false;

} // namespace

void prepare_streams() {
    // Were one of them closed, the next file opened would get its number, and messages would end up in that file.
    // Opened the wrong way round, it reports an error when it is used, as a closed one does.
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) == -1) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    // A message that nobody reads must not end the program before it has cleaned up.
    ignored_pipes_from_the_start = std::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
}

void print(std::string_view text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (written) return;
    const int error = errno;
    if (error == EPIPE && !ignored_pipes_from_the_start) die_of(SIGPIPE);
    throw std::runtime_error("cannot write to standard output: " + std::system_category().message(error));
}

void tell(std::string_view text) noexcept {
    std::fprintf(stderr, "maskaudit: %.*s\n", static_cast<int>(text.size()), text.data());
}

} // namespace maskaudit_program
