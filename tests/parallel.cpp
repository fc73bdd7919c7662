#include <maskaudit/detail/parallel.hpp>

#include <atomic>
#include <catch.hpp>
#include <cfenv>
#include <chrono>
#include <cstddef>
#include <thread>

using namespace maskaudit::detail;

TEST_CASE("workers round as their caller does", "[parallel]") {
    const int before = std::fegetround();
    std::fesetround(FE_UPWARD);
    std::atomic<bool> upward = true;
    for_each_unit(50, 4, [&](std::size_t, std::size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(50)); // so that other threads get a unit
        if (std::fegetround() != FE_UPWARD) upward = false;
    });
    std::fesetround(before);
    CHECK(upward);
}
