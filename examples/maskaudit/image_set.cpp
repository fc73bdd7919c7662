#include "image_set.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unistd.h>

namespace maskaudit_program {

void image_set::look_ahead(std::size_t n) {
    constexpr std::size_t most_bytes = std::size_t{64} << 20; // enough for the disk not to stand still
    constexpr std::size_t most_images = 256;
    const std::size_t end = std::min(num_images(), n + most_images);
    std::size_t bytes = 0;
    for (std::size_t next = n; next < end && (next <= n + 1 || bytes < most_bytes); ++next) {
        bytes += pred_probs_bytes(next);
        if (next < fetched_) continue;
        prefetch(next);
        fetched_ = next + 1;
    }
}

bool is_large(std::uint64_t bytes) {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 && bytes > static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 4;
}

bool is_within(const void* address, const maskaudit::npy_view& file) {
    const auto* const byte = static_cast<const char*>(address);
    const std::string_view bytes = file.bytes();
    return std::less_equal<>{}(bytes.data(), byte) && std::less<>{}(byte, bytes.data() + bytes.size());
}

} // namespace maskaudit_program
