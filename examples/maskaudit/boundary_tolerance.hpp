#pragma once

#include "inputs.hpp"

#include <maskaudit/inspector.hpp>

#include <cstddef>

namespace maskaudit_program {

/// Takes out the issues that are at most `radius` pixels from a border of the mask they are in.
/// \throws maskaudit::file_error, interrupted
void drop_boundary_issues(maskaudit::inspection& found, audit_inputs& inputs, std::size_t radius, bool quiet);

} // namespace maskaudit_program
