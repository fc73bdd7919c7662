#pragma once

#include "inputs.hpp"
#include "look.hpp"
#include "report.hpp"

#include <filesystem>

namespace maskaudit_program {

/// Writes the report for a browser: what was found, and the worst images and regions as pictures. A picture that cannot
/// be used is told, and left out. Collective: the first rank draws and writes, with what the others know of their
/// images.
/// \param report  on the first rank
/// \throws maskaudit::file_error, interrupted
void write_html_report(const std::filesystem::path& path, const audit_report& report, audit_inputs& inputs,
                       const look_result& looked, const ranks& group);

} // namespace maskaudit_program
