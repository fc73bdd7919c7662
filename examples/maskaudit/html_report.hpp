#pragma once

#include "inputs.hpp"
#include "look.hpp"
#include "report.hpp"

#include <filesystem>

namespace maskaudit_program {

/// Writes the report for a browser: what was found, and the worst images and regions as pictures. A picture that cannot
/// be used is told, and left out.
/// \throws maskaudit::file_error, interrupted
void write_html_report(const std::filesystem::path& path, const audit_report& report, audit_inputs& inputs,
                       const look_result& looked);

} // namespace maskaudit_program
