#pragma once

#include <string>
#include <system_error>

namespace maskaudit::detail {

// The system's own words for an errno, by way of error_code since strerror is not safe among threads.
inline std::string system_reason(int error) { return std::error_code(error, std::system_category()).message(); }

} // namespace maskaudit::detail
