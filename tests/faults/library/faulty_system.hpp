#pragma once

#include <cstddef>
#include <string>

// The system's calls that write files, in the place of its own for all of the program, libraries included: they fail,
// or do less than they are asked, when they are told to.

namespace maskaudit_test {

/// "write", "fsync", "open", "rename" or "close": from now on the n-th call of that name, from 1, sets errno and fails;
/// the ones after it work.
void fail_call(const std::string& name, std::size_t n, int error);

/// From now on no call of write() takes more than a few bytes.
void write_little_at_a_time(bool whether);

/// From now on no call fails. \return  whether any has
bool stop_failing_calls();

} // namespace maskaudit_test
