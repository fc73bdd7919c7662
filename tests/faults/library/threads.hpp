#pragma once

#include <cstddef>
#include <functional>

// Who runs the workers, and threads that cannot be had.

namespace maskaudit_test {

enum class threads { none, std_thread, tbb };

/// Calls f() while the library's workers are run by these; TBB's in an arena of four, whatever the machine has.
void with(threads who, const std::function<void()>& f);

/// Ends TBB's threads, so that the next call needs new ones.
void forget_tbb_threads();

/// From now on the system gives no thread when it is asked the n-th time, from 1, nor after that.
void refuse_threads_from(std::size_t n);

/// From now on it does. \return  whether it has refused any
bool stop_refusing_threads();

/// Threads of this process.
std::size_t running_threads();

} // namespace maskaudit_test
