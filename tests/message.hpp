#pragma once

#include <catch.hpp>
#include <string>

namespace maskaudit_test {

/// What an Exception thrown by f says; a failure if f throws none or another.
template <class Exception, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Exception& error) {
        return error.what();
    }
    FAIL("nothing was thrown");
    return {};
}

} // namespace maskaudit_test
