#include "audit.hpp"
#include "command_line.hpp"
#include "demo.hpp"
#include "interrupt.hpp"
#include "streams.hpp"
#include "threshold.hpp"
#include "unreadable_memory.hpp"

#include <cstdlib>
#include <exception>
#include <new>

namespace {

using namespace maskaudit_program;

constexpr int bad_command_line = 2;

void run(const help_text& help) { print(help.text); }

} // namespace

int main(int argc, char** argv) {
    try {
        prepare_streams();
        note_signals();
        survive_unreadable_memory();
        const command wanted = parse_command_line({argv + 1, argv + argc});
        std::visit([](const auto& options) { run(options); }, wanted);
        throw_if_interrupted(); // came too late to stop the work, but who sent it expects it to be heeded
        return EXIT_SUCCESS;
    } catch (const interrupted& stop) {
        die_of(stop.signal);
    } catch (const usage_error& error) {
        tell(error.what());
        return bad_command_line;
    } catch (const std::bad_alloc&) {
        tell("not enough memory");
    } catch (const std::exception& error) {
        tell(error.what());
    } catch (...) {
        tell("an unknown error");
    }
    return EXIT_FAILURE;
}
