#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

// Fresh memory is dear: the system hands it out page by page, which with small pages takes longer than computing what
// goes into it.

namespace maskaudit::detail {

inline constexpr std::size_t huge_page = std::size_t{1} << 21;

/// Asks the system for huge pages in memory that has not been touched yet; nothing but speed depends on its answer.
inline void prefer_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const auto begin = (reinterpret_cast<std::uintptr_t>(data) + huge_page - 1) / huge_page * huge_page;
    const auto end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / huge_page * huge_page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE); // NOLINT(performance-no-int-to-ptr)
#endif
}

/// Memory for many small things that live long, in pieces of chunks that grow with what is asked for. A chunk lives as
/// long as any piece of it. Copies start afresh. For several threads at a time.
class piecewise_memory {
public:
    piecewise_memory() = default;
    piecewise_memory(const piecewise_memory&) {}
    piecewise_memory& operator=(const piecewise_memory&) { return *this; }

    std::shared_ptr<std::byte> allocate(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        bytes = (bytes + alignment - 1) / alignment * alignment;
        if (bytes > most_chunk / 8) return make_chunk(bytes); // what is left of a chunk for it would be wasted
        if (bytes > size_ - used_) {
            const std::size_t size = (std::max)(bytes, std::clamp(2 * size_, least_chunk, most_chunk));
            chunk_ = make_chunk(size);
            size_ = size;
            used_ = 0;
        }
        std::byte* const piece = chunk_.get() + used_;
        used_ += bytes;
        return {chunk_, piece};
    }

private:
    static constexpr std::size_t alignment = 64;
    static constexpr std::size_t least_chunk = std::size_t{1} << 14;
    static constexpr std::size_t most_chunk = 16 * huge_page;

    static std::shared_ptr<std::byte> make_chunk(std::size_t size) {
        const auto align = std::align_val_t{size < 2 * huge_page ? alignment : huge_page};
        auto* const data = static_cast<std::byte*>(::operator new(size, align));
        const auto release = [align](std::byte* chunk) { ::operator delete(chunk, align); };
        std::shared_ptr<std::byte> chunk(data, release);
        if (size >= 2 * huge_page) prefer_huge_pages(data, size);
        return chunk;
    }

    std::mutex mutex_;
    std::shared_ptr<std::byte> chunk_;
    std::size_t size_ = 0, used_ = 0;
};

} // namespace maskaudit::detail
