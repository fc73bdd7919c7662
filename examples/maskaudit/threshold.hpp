#pragma once

#include "command_options.hpp"

namespace maskaudit_program {

/// The command: which images, or which pixels, have a score below a threshold.
void run(const threshold_options& options);

} // namespace maskaudit_program
