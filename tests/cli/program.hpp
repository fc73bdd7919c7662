#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Running the program as a user does.

namespace maskaudit_test {

struct outcome {
    int status = 0; ///< what it exited with; 128 and the signal if one ended it
    std::string out;
    std::string err;
};

/// Where stderr goes; stdout goes to a pipe, as it does to a pager.
enum class error_stream { pipe, terminal };

/// Runs `maskaudit ARGUMENTS...`. `meanwhile` is called with its process id once it runs.
outcome run(const std::vector<std::string>& arguments, error_stream err = error_stream::pipe,
            const std::function<void(int)>& meanwhile = {});

/// The command of a run: the program, and its arguments.
std::vector<std::string> program_with(std::vector<std::string> arguments);

/// The same as run() of any command, such as one that runs the program under another.
outcome run_command(const std::vector<std::string>& command, error_stream err = error_stream::pipe,
                    const std::function<void(int)>& meanwhile = {});

/// Waits until it is so, for ten seconds at most.
void wait_until(const std::function<bool()>& holds);

/// The same as run() with stdout going to a file.
outcome run_into(const std::filesystem::path& out, const std::vector<std::string>& arguments);

} // namespace maskaudit_test
