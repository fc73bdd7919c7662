#pragma once

#include <filesystem>
#include <string_view>

namespace maskaudit_program {

// The hidden folders that runs make among their results, and what runs that were killed have left of them.
//
//     .maskaudit-staging-XXXXXX/new         results until they are put into place
//     .maskaudit-staging-XXXXXX/old         those that were in their places before
//     .maskaudit-staging-XXXXXX/committing  a file, there from when all results are whole until all are in place

inline constexpr std::string_view staging_prefix = ".maskaudit-staging-"; ///< six letters follow

/// Whether there is anything of that name, be it a link to nothing.
bool is_there(const std::filesystem::path& path);

/// Puts the files of all leftovers in a folder into place, new ones where all were whole and otherwise old ones that
/// are in no place, and removes the leftovers. Those of runs at work, and where that cannot be told, stay.
void settle_leftovers(const std::filesystem::path& folder) noexcept;

} // namespace maskaudit_program
