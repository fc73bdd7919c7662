#include "faulty_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace maskaudit_test {
namespace {

std::atomic<std::size_t> live{0}, made{0}, first_to_fail{0};
std::atomic<bool> all_fail_after{false}, has_failed{false};

/// Counts an allocation; whether it is to fail.
bool is_to_fail() {
    const std::size_t first = first_to_fail;
    if (first == 0) return false;
    const std::size_t n = ++made;
    if (n != first && !(n > first && all_fail_after)) return false;
    has_failed = true;
    return true;
}

void* take(std::size_t size, std::size_t alignment) noexcept {
    if (is_to_fail()) return nullptr;
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    void* const data = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (data != nullptr) ++live;
    return data;
}

void* take_or_throw(std::size_t size, std::size_t alignment) {
    void* const data = take(size, alignment);
    if (data == nullptr) throw std::bad_alloc();
    return data;
}

void give_back(void* data) noexcept {
    if (data != nullptr) --live;
    std::free(data);
}

constexpr std::size_t usual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

} // namespace

void fail_allocation(std::size_t n, bool all_after) {
    made = 0;
    has_failed = false;
    all_fail_after = all_after;
    first_to_fail = n;
}

bool stop_failing() {
    first_to_fail = 0;
    return has_failed;
}

std::size_t allocations_since() { return made; }

std::size_t live_allocations() { return live; }

} // namespace maskaudit_test

using namespace maskaudit_test;

// Those for arrays call these.
void* operator new(std::size_t size) { return take_or_throw(size, usual); }
void* operator new(std::size_t size, std::align_val_t align) {
    return take_or_throw(size, static_cast<std::size_t>(align));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size, usual); }
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
    return take(size, static_cast<std::size_t>(align));
}
void operator delete(void* data) noexcept { give_back(data); }
void operator delete(void* data, std::size_t) noexcept { give_back(data); }
void operator delete(void* data, std::align_val_t) noexcept { give_back(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { give_back(data); }
