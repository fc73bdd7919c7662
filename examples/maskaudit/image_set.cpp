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

std::vector<std::size_t> deal_out(const image_set& images, std::size_t num_ranks) {
    std::uint64_t pixels = 0;
    for (std::size_t n = 0; n < images.num_images(); ++n)
        pixels += count_of(images.shape(n));
    // An image belongs to the share that its middle lies in.
    std::vector<std::size_t> begins{0};
    std::uint64_t before = 0;
    for (std::size_t n = 0; n < images.num_images(); ++n) {
        const std::uint64_t own = count_of(images.shape(n));
        const double middle = static_cast<double>(before) + static_cast<double>(own) / 2;
        const auto end_of = [&](std::size_t share) {
            return static_cast<double>(pixels) * static_cast<double>(share) / static_cast<double>(num_ranks);
        };
        while (begins.size() < num_ranks && middle >= end_of(begins.size()))
            begins.push_back(n);
        before += own;
    }
    begins.resize(num_ranks, images.num_images());
    return begins;
}

image_range share_of(std::size_t rank, const std::vector<std::size_t>& begins, const image_set& images) {
    return {begins[rank], rank + 1 < begins.size() ? begins[rank + 1] : images.num_images()};
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
