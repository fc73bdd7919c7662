#include "audit.hpp"
#include "command_line.hpp"
#include "demo.hpp"
#include "interrupt.hpp"
#include "ranks.hpp"
#include "streams.hpp"
#include "threshold.hpp"
#include "unreadable_memory.hpp"

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace maskaudit_program;

constexpr int bad_command_line = 2;

void run(const help_text& help) { print(help.text); }

/// All that a rank does; the first of them speaks for all.
int run_on(const ranks& group, const std::vector<std::string>& arguments) {
    try {
        command wanted;
        group.together([&] { wanted = parse_command_line(arguments); });
        const auto run_it = [&](const auto& options) {
            if constexpr (std::is_same_v<std::decay_t<decltype(options)>, audit_options>)
                run(options, group);
            else
                group.on_first([&] { run(options); });
        };
        std::visit(run_it, wanted);
        // Too late to stop the work, but who has sent a signal expects it to be heeded.
        group.together(throw_if_interrupted);
        return EXIT_SUCCESS;
    } catch (const usage_error& error) {
        return group.fail(error.what(), bad_command_line);
    } catch (const std::bad_alloc&) {
        return group.fail("not enough memory", EXIT_FAILURE);
    } catch (const interrupted&) {
        group.fail("", EXIT_FAILURE);
        throw;
    } catch (const std::exception& error) {
        return group.fail(error.what(), EXIT_FAILURE);
    } catch (...) {
        return group.fail("an unknown error", EXIT_FAILURE);
    }
}

} // namespace

int main(int argc, char** argv) {
    try {
        prepare_streams();
        const std::unique_ptr<ranks> group = join_ranks();
        note_signals();
        survive_unreadable_memory();
        return run_on(*group, {argv + 1, argv + argc});
    } catch (const interrupted& stop) {
        die_of(stop.signal);
    } catch (const std::bad_alloc&) {
        tell("not enough memory");
    } catch (const std::exception& error) {
        tell(error.what());
    }
    return EXIT_FAILURE;
}
