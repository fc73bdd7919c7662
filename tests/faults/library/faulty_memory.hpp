#pragma once

#include <cstddef>

// An operator new, all of its forms, that fails when it is asked to, and counts: in a program of its own.

namespace maskaudit_test {

/// From now on the n-th allocation fails, from 1, and with `all_after` those after it too. Of any thread.
void fail_allocation(std::size_t n, bool all_after);

inline constexpr std::size_t never = static_cast<std::size_t>(-1);

/// Allocations since fail_allocation() was called.
std::size_t allocations_since();

/// From now on none fails. \return  whether any has
bool stop_failing();

/// Pieces of memory that operator new has given and operator delete has not had back.
std::size_t live_allocations();

} // namespace maskaudit_test
