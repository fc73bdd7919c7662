#include "fingerprint.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace maskaudit_program {

void fingerprint::add(const void* data, std::size_t size) {
    for (const auto* byte = static_cast<const unsigned char*>(data); size > 0; ++byte, --size)
        hash_ = (hash_ ^ *byte) * 0x100000001b3U;
}

void fingerprint::add_facts(const std::filesystem::path& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) return;
    const std::int64_t numbers[] = {facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
    add(numbers, sizeof numbers);
}

std::string fingerprint::text() const { return fmt::format("{:016x}", hash_); }

} // namespace maskaudit_program
