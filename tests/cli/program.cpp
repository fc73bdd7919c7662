#include "program.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <future>
#include <pty.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace maskaudit_test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = ::read(file, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break; // a terminal whose last process has gone reads as EIO
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(file);
    return text;
}

/// Two ends; the child's is closed here once the child has it.
struct channel {
    int ours = -1;
    int childs = -1;
};

channel make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
    return {ends[0], ends[1]};
}

channel make_terminal() {
    channel ends;
    ::winsize size{};
    size.ws_row = 24;
    size.ws_col = 100;
    if (::openpty(&ends.ours, &ends.childs, nullptr, nullptr, &size) != 0) fail("openpty");
    ::fcntl(ends.ours, F_SETFD, FD_CLOEXEC);
    ::fcntl(ends.childs, F_SETFD, FD_CLOEXEC);
    return ends;
}

pid_t start(const std::vector<std::string>& command, int out, int err) {
    std::vector<char*> words;
    std::vector<std::string> copies = command;
    for (std::string& argument : copies)
        words.push_back(argument.data());
    words.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    ::posix_spawn_file_actions_adddup2(&actions, err, 2);
    pid_t process = 0;
    const int error = ::posix_spawnp(&process, words[0], &actions, nullptr, words.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
    return process;
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR) fail("waitpid");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

std::vector<std::string> program_with(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), MASKAUDIT_PROGRAM);
    return arguments;
}

outcome run(const std::vector<std::string>& arguments, error_stream err, const std::function<void(int)>& meanwhile) {
    return run_command(program_with(arguments), err, meanwhile);
}

outcome run_command(const std::vector<std::string>& command, error_stream err,
                    const std::function<void(int)>& meanwhile) {
    const channel out_channel = make_pipe();
    const channel err_channel = err == error_stream::terminal ? make_terminal() : make_pipe();
    const pid_t process = start(command, out_channel.childs, err_channel.childs);
    ::close(out_channel.childs);
    ::close(err_channel.childs);
    auto out_text = std::async(std::launch::async, read_all, out_channel.ours);
    auto err_text = std::async(std::launch::async, read_all, err_channel.ours);
    if (meanwhile) meanwhile(process);
    outcome result;
    result.status = wait_for(process);
    result.out = out_text.get();
    result.err = err_text.get();
    return result;
}

void wait_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::microseconds(200));
}

outcome run_into(const std::filesystem::path& out, const std::vector<std::string>& arguments) {
    const int file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) fail(out.c_str());
    const channel err_channel = make_pipe();
    const pid_t process = start(program_with(arguments), file, err_channel.childs);
    ::close(file);
    ::close(err_channel.childs);
    outcome result;
    result.err = read_all(err_channel.ours);
    result.status = wait_for(process);
    return result;
}

} // namespace maskaudit_test
