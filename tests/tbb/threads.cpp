#include <maskaudit/detail/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <catch.hpp>
#include <chrono>
#include <cstddef>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <thread>
#include <vector>

// What TBB brings along: callers that are tasks of its own, and loops of its own in what the workers do.

using namespace maskaudit::detail;

namespace {

bool all_in_this_thread(std::size_t workers) {
    const auto caller = std::this_thread::get_id();
    std::atomic<bool> all = true;
    for_each_unit(20, workers, [&](std::size_t, std::size_t) {
        std::this_thread::sleep_for(std::chrono::microseconds(100)); // time for another thread to take a unit
        if (std::this_thread::get_id() != caller) all = false;
    });
    return all;
}

bool does_every_unit_once(std::size_t units, std::size_t workers) {
    std::vector<std::atomic<int>> done(units);
    for_each_unit(units, workers, [&](std::size_t unit, std::size_t) { ++done[unit]; });
    return std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 1; });
}

thread_local int units_under_way = 0;

/// Calls f in an arena of 8 threads, whatever the machine has.
template <class F>
void with_eight_threads(F f) {
    const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 8);
    tbb::task_arena(8).execute(f);
}

} // namespace

TEST_CASE("TBB runs the workers, as many as it may", "[tbb]") {
    CHECK(run_workers == run_in_tbb_arena);
    tbb::task_arena(1).execute([] { CHECK(all_in_this_thread(8)); });
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    CHECK(all_in_this_thread(8));
}

TEST_CASE("a loop of TBB's in a unit takes up no second unit while it waits", "[tbb]") {
    constexpr std::size_t workers = 8;
    std::vector<std::atomic<bool>> busy(workers);
    std::atomic<bool> on_top_of_another = false;
    std::atomic<bool> two_at_a_time = false;
    std::atomic<int> inner = 0;
    with_eight_threads([&] {
        for_each_unit(200, workers, [&](std::size_t, std::size_t worker) {
            if (units_under_way++ != 0) on_top_of_another = true;
            if (busy[worker].exchange(true)) two_at_a_time = true;
            tbb::parallel_for(0, 8, [&](int) {
                std::this_thread::sleep_for(std::chrono::microseconds(20)); // so that threads come and help
                ++inner;
            });
            busy[worker] = false;
            --units_under_way;
        });
    });
    CHECK_FALSE(on_top_of_another);
    CHECK_FALSE(two_at_a_time);
    CHECK(inner == 200 * 8);
}

TEST_CASE("a caller may be a task of TBB's, cancelled or not", "[tbb]") {
    std::atomic<int> calls = 0;
    std::atomic<bool> whole = true;
    tbb::parallel_for(0, 50, [&](int) {
        ++calls;
        if (!does_every_unit_once(20, 3)) whole = false;
    });
    CHECK(calls == 50);
    CHECK(whole);

    std::atomic<int> inner = 0;
    calls = 0;
    with_eight_threads([&] {
        tbb::task_group_context context;
        const auto cancels_itself = [&](int) {
            ++calls;
            context.cancel_group_execution();
            for_each_unit(20, 3, [&](std::size_t, std::size_t) { tbb::parallel_for(0, 5, [&](int) { ++inner; }); });
        };
        tbb::parallel_for(0, 50, cancels_itself, context);
    });
    CHECK(calls >= 1);
    CHECK(inner == calls * 20 * 5);
}

TEST_CASE("a caller's task is not taken up while it waits for the workers", "[tbb]") {
    std::atomic<bool> on_top_of_another = false;
    with_eight_threads([&] {
        tbb::parallel_for(0, 50, [&](int) {
            if (units_under_way++ != 0) on_top_of_another = true;
            for_each_unit(4, 4,
                          [](std::size_t, std::size_t) { std::this_thread::sleep_for(std::chrono::microseconds(50)); });
            --units_under_way;
        });
    });
    CHECK_FALSE(on_top_of_another);
}

TEST_CASE("a unit may itself have units", "[tbb]") {
    std::atomic<bool> whole = true;
    for_each_unit(10, 3, [&](std::size_t, std::size_t) {
        if (!does_every_unit_once(20, 3)) whole = false;
    });
    CHECK(whole);
}
