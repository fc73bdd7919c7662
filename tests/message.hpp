#pragma once

#include <catch.hpp>
#include <string>

namespace maskaudit_test {

/// What an Exception thrown by f says; "nothing was thrown" where none is. Others come through.
template <class Exception, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

} // namespace maskaudit_test
