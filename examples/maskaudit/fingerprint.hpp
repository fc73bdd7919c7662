#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace maskaudit_program {

/// A short text that two things alike have in common: FNV-1a, which tells apart what was changed, not what was forged.
class fingerprint {
public:
    void add(const void* data, std::size_t size);
    void add(const std::string& text) { add(text.c_str(), text.size() + 1); }

    /// Size and time of a file's last change.
    void add_facts(const std::filesystem::path& path);

    std::string text() const;

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

} // namespace maskaudit_program
