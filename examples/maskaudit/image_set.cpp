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

image_range share_of(const image_set& images, std::size_t rank, std::size_t count) {
    const std::size_t num_images = images.num_images();
    std::vector<std::uint64_t> before{0}; // pixels of the images before this one
    for (std::size_t n = 0; n < num_images; ++n)
        before.push_back(before.back() + count_of(images.shape(n)));
    // An image belongs to the share that its middle pixel lies in.
    const auto begin_of = [&](std::size_t share) {
        const double wanted =
            static_cast<double>(before.back()) / static_cast<double>(count) * static_cast<double>(share);
        std::size_t n = 0;
        while (n < num_images && (static_cast<double>(before[n]) + static_cast<double>(before[n + 1])) / 2 < wanted)
            ++n;
        return n;
    };
    return {begin_of(rank), rank + 1 == count ? num_images : begin_of(rank + 1)};
}

bool is_large(std::uint64_t bytes) {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 && bytes > static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) / 4;
}

maskaudit::npy_part part_of(const std::vector<std::size_t>& shape, const image_range& images) {
    const std::size_t image = count_of({shape.begin() + 1, shape.end()});
    return {images.first * image, images.size() * image};
}

bool is_within(const void* address, const maskaudit::npy_view& file) {
    const auto* const byte = static_cast<const char*>(address);
    const std::string_view bytes = file.bytes();
    return std::less_equal<>{}(bytes.data(), byte) && std::less<>{}(byte, bytes.data() + bytes.size());
}

} // namespace maskaudit_program
