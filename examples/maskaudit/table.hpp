#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Text for people to read.

namespace maskaudit_program {

enum class align { left, right };

/// Rows of as many cells as there are columns, each column as wide as its widest cell, with an indent of two.
std::string table(const std::vector<align>& columns, const std::vector<std::vector<std::string>>& rows);

std::string grouped(std::uint64_t number);                          ///< 1234567 as "1,234,567"
std::string percent(std::uint64_t part, std::uint64_t whole);       ///< "2.94 %", "17.0 %"
std::string counted(std::uint64_t number, const std::string& noun); ///< "1 image", "2 images"

} // namespace maskaudit_program
