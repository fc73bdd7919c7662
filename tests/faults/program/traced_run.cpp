#include "traced_run.hpp"

#include <catch.hpp>
#include <file_contents.hpp>
#include <map>
#include <sstream>

namespace maskaudit_test {
namespace {

std::vector<std::string> tracing(std::vector<std::string> options, const std::vector<std::string>& arguments) {
    options.insert(options.begin(), {"strace", "-f", "-y"});
    const std::vector<std::string> command = program_with(arguments);
    options.insert(options.end(), command.begin(), command.end());
    return options;
}

} // namespace

bool can_trace() {
    static const bool can = [] {
        const temporary_folder folder;
        try {
            return run_command(tracing({"-o", folder / "trace"}, {"--version"})).status == 0;
        } catch (const std::system_error&) {
            return false;
        }
    }();
    if (!can) WARN("skipped: no program can be traced here (strace)");
    return can;
}

std::vector<system_call> calls_below(const std::filesystem::path& folder, const std::vector<std::string>& arguments) {
    const temporary_folder elsewhere;
    REQUIRE(run_command(tracing({"-o", elsewhere / "trace"}, arguments)).status == 0);
    std::istringstream trace(text_of(elsewhere / "trace"));
    std::map<std::string, std::size_t> count;
    std::vector<system_call> calls;
    for (std::string line; std::getline(trace, line);) { // "123 write(3</tmp/file>, ..."
        const std::size_t begin = line.find_first_not_of(' ', line.find(' ')), end = line.find('(', begin);
        if (end == std::string::npos) continue;
        const std::string name = line.substr(begin, end - begin);
        const std::size_t n = ++count[name];
        if (line.find(folder.string() + '/') != std::string::npos) calls.push_back({name, n, line.substr(begin)});
    }
    return calls;
}

outcome run_with(const system_call& call, const std::string& fault, const std::vector<std::string>& arguments) {
    const std::string when = ":when=" + std::to_string(call.n);
    return run_command(tracing(
        {"-o", "/dev/null", "-e", "trace=" + call.name, "-e", "inject=" + call.name + ':' + fault + when}, arguments));
}

outcome run_without_opening(const std::filesystem::path& file, std::size_t n, const std::string& error,
                            const std::vector<std::string>& arguments) {
    return run_command(tracing({"-o", "/dev/null", "-P", file, "-e", "trace=openat", "-e",
                                "inject=openat:error=" + error + ":when=" + std::to_string(n)},
                               arguments));
}

} // namespace maskaudit_test
