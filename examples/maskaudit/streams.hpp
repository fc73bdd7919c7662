#pragma once

#include <string_view>

namespace maskaudit_program {

/// To be called first: makes the three standard streams safe to use, whatever the program was started with.
void prepare_streams();

/// Writes to standard output, through to the system. Where nobody reads it any more the program ends by SIGPIPE, as
/// others do.
/// \throws std::runtime_error  when it cannot be written
void print(std::string_view text);

/// Writes "maskaudit: text" as a line to standard error.
void tell(std::string_view text) noexcept;

} // namespace maskaudit_program
