#pragma once

#include "audit_scene.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

// Runs in which a call of the system does not do what it is asked, by strace.

namespace maskaudit_test {

/// The n-th call of a name, from 1, and what it is given.
struct system_call {
    std::string name;
    std::size_t n;
    std::string text;
};

/// Whether runs can be traced here; if not, says so.
bool can_trace();

/// The calls that a run makes about what is below a folder.
std::vector<system_call> calls_below(const std::filesystem::path& folder, const std::vector<std::string>& arguments);

/// Runs the program while a call fails, "error=EIO", or a signal comes by it, "signal=KILL".
outcome run_with(const system_call& call, const std::string& fault, const std::vector<std::string>& arguments);

/// Runs it while the n-th time that a file is opened fails.
outcome run_without_opening(const std::filesystem::path& file, std::size_t n, const std::string& error,
                            const std::vector<std::string>& arguments);

} // namespace maskaudit_test
