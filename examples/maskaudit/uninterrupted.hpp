#pragma once

#include <cerrno>

namespace maskaudit_program {

/// Calls a function of the system again for as long as a signal interrupts it.
/// \param failed  what it returns when it has failed
template <class Result, class Call>
Result uninterrupted(Result failed, Call call) {
    for (;;)
        if (const Result result = call(); result != failed || errno != EINTR) return result;
}

} // namespace maskaudit_program
