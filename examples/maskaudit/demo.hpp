#pragma once

#include "command_options.hpp"

namespace maskaudit_program {

/// The command: makes a scene with known label errors, audits it, and tells how many of them were found.
void run(const demo_options& options);

} // namespace maskaudit_program
