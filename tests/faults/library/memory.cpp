#include "calls.hpp"
#include "faulty_memory.hpp"
#include "threads.hpp"

#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <new>
#include <scene.hpp>
#include <stdexcept>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// What happens when there is no memory, at whichever allocation: std::bad_alloc comes out, nothing leaks, nothing is
// half done, and the next call finds what it would have found.

using namespace maskaudit_test;

namespace {

/// What a call came to.
struct ending {
    bool failed = false;  ///< an allocation did
    bool threw = false;   ///< std::bad_alloc came out
    std::string other{};  ///< what else came out
    std::string result{}; ///< what it returned
    std::ptrdiff_t leaked = 0;
};

/// Calls f() while the n-th allocation fails. Nothing in here takes memory but f().
template <class F>
ending call_without_memory(std::size_t n, bool all_after, F f) {
    ending end;
    const std::size_t before = live_allocations();
    std::size_t kept = 0;
    fail_allocation(n, all_after);
    try {
        std::string result = f();
        end.failed = stop_failing();
        end.result = std::move(result);
        kept = end.result.capacity() > std::string().capacity() ? 1 : 0;
    } catch (const std::bad_alloc&) {
        end.failed = stop_failing();
        end.threw = true;
    } catch (const std::exception& error) {
        end.failed = stop_failing();
        end.other = error.what();
        kept = end.other.capacity() > std::string().capacity() ? 1 : 0;
    }
    end.leaked = static_cast<std::ptrdiff_t>(live_allocations()) - static_cast<std::ptrdiff_t>(before + kept);
    return end;
}

/// Allocations of f().
template <class F>
std::size_t count_allocations(F f) {
    fail_allocation(never, false);
    f();
    stop_failing();
    return allocations_since();
}

/// The allocations to let fail: all of them or, where they are more than `most`, any one out of each of so many parts.
std::vector<std::size_t> allocations_to_fail(std::size_t count, std::size_t most, random_engine& random) {
    const std::size_t parts = std::min(count, most);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < parts; ++i)
        chosen.push_back(pick(random, i * count / parts + 1, (i + 1) * count / parts));
    return chosen;
}

/// Lets allocations of f() fail in turn.
template <class F>
void check_allocations(const std::string& expected, std::size_t most, bool all_after, random_engine& random, F f) {
    std::size_t thrown = 0;
    for (const std::size_t n : allocations_to_fail(count_allocations(f), most, random)) {
        const ending end = call_without_memory(n, all_after, f);
        thrown += end.threw ? 1 : 0;
        CAPTURE(n, all_after);
        REQUIRE(end.other == "");
        REQUIRE(end.leaked == 0);
        REQUIRE((end.threw || end.result == expected)); // fewer threads do as well
    }
    CHECK(thrown > 0);
}

void check_calls(threads who) {
    const temporary_folder folder;
    prepare_inputs(folder.path());
    CAPTURE(seed());
    random_engine random(seed() + 400);
    for (const public_call& call : public_calls()) {
        CAPTURE(call.name);
        const std::size_t most = call.is_slow ? 6 : 200;
        with(who, [&] {
            const auto run = [&] { return call.run({.n_jobs = who == threads::none ? 1U : 4U}, folder.path()); };
            const std::string expected = run();
            REQUIRE((run() == expected)); // by now whatever is made once has been made
            check_allocations(expected, most, false, random, run);
            if (who == threads::none) check_allocations(expected, most, true, random, run);
        });
    }
}

/// Lets each allocation of change(inspector) fail in turn: the inspector is then as it was, and the change can be made.
template <class Change>
void check_changes_all_or_nothing(const maskaudit::label_inspector& seen, Change change) {
    const std::string before = saved_and_finished(seen);
    const std::string all = saved_and_finished(inspector_of(0, num_call_images));
    std::size_t failures = 0;
    for (std::size_t n = 1;; ++n) {
        maskaudit::label_inspector inspector = seen;
        const ending end = call_without_memory(n, false, [&] {
            change(inspector);
            return std::string();
        });
        CAPTURE(n);
        if (!end.failed) break;
        REQUIRE(end.threw);
        ++failures;
        REQUIRE((saved_and_finished(inspector) == before));
        change(inspector);
        REQUIRE((saved_and_finished(inspector) == all));
    }
    CHECK(failures > 0);
}

} // namespace

TEST_CASE("without memory std::bad_alloc comes out, and nothing leaks", "[faults]") { check_calls(threads::none); }

TEST_CASE("without memory std::bad_alloc comes out of threads, too", "[faults]") { check_calls(threads::std_thread); }

TEST_CASE("without memory std::bad_alloc comes out of TBB's threads, too", "[faults]") { check_calls(threads::tbb); }

TEST_CASE("an inspector that had no memory for an image is as it was, and goes on", "[faults]") {
    check_changes_all_or_nothing(inspector_of(0, num_call_images - 1), [](maskaudit::label_inspector& inspector) {
        add_image(inspector, num_call_images - 1);
    });
}

TEST_CASE("an inspector that had no memory for another's images is as it was", "[faults]") {
    const maskaudit::label_inspector second = inspector_of(2, num_call_images);
    check_changes_all_or_nothing(inspector_of(0, 2),
                                 [&](maskaudit::label_inspector& inspector) { inspector += second; });
}
