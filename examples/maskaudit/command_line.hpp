#pragma once

#include "command_options.hpp"

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace maskaudit_program {

/// A command line that makes no sense, in words for the user.
class usage_error : public std::runtime_error {
    using runtime_error::runtime_error;
};

using command = std::variant<help_text, audit_options, threshold_options, demo_options>;

/// \param arguments  without the name of the program
/// \throws usage_error
command parse_command_line(const std::vector<std::string>& arguments);

} // namespace maskaudit_program
