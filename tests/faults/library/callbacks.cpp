#include "calls.hpp"
#include "threads.hpp"

#include <catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <temporary_folder.hpp>
#include <thread>

// Callbacks that throw, and threads that cannot be had.

using namespace maskaudit_test;

namespace {

/// Not derived from std::exception: what comes out must be what was thrown.
struct thrown_by_a_callback {
    std::size_t image;
};

/// Whether this many threads run, now or soon: a thread that has been joined may be listed a little longer.
bool run_soon(std::size_t count) {
    for (int wait = 0; wait < 1000 && running_threads() > count; ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return running_threads() <= count;
}

} // namespace

TEST_CASE("what a progress callback throws comes out as it is, and the next call works", "[faults]") {
    const temporary_folder folder;
    prepare_inputs(folder.path());
    for (const threads who : {threads::none, threads::std_thread, threads::tbb})
        for (const public_call& call : public_calls()) {
            if (!call.has_progress) continue;
            CAPTURE(call.name, who);
            with(who, [&] {
                const maskaudit::options plain{.n_jobs = who == threads::none ? 1U : 4U};
                const std::string expected = call.run(plain, folder.path());
                const std::size_t before = running_threads();
                for (const std::size_t image : {std::size_t{1}, num_call_images / 2, num_call_images}) {
                    maskaudit::options opts = plain;
                    opts.progress = [image](std::size_t done, std::size_t) {
                        if (done == image) throw thrown_by_a_callback{image};
                    };
                    std::size_t thrown = 0;
                    try {
                        call.run(opts, folder.path());
                    } catch (const thrown_by_a_callback& error) {
                        thrown = error.image;
                    }
                    CHECK(thrown == image);
                    if (who != threads::tbb) CHECK(run_soon(before));    // which starts threads late, and keeps them
                    CHECK((call.run(plain, folder.path()) == expected)); // not as text: it is long
                }
            });
        }
}

TEST_CASE("what a backend throws comes out as it is", "[faults]") {
    for (const threads who : {threads::none, threads::std_thread, threads::tbb})
        with(who, [&] {
            bool was_thrown = false;
            try {
                find_by([] { throw thrown_by_a_callback{3}; }, {.n_jobs = 4});
            } catch (const thrown_by_a_callback& error) {
                was_thrown = error.image == 3;
            }
            CHECK(was_thrown);
            CHECK_NOTHROW(find_by([] {}, {.n_jobs = 4}));
        });
}

TEST_CASE("fewer threads than wanted find the same", "[faults]") {
    const temporary_folder folder;
    prepare_inputs(folder.path());
    for (const public_call& call : public_calls()) {
        if (call.is_slow) continue; // what they do in threads others do as well
        CAPTURE(call.name);
        with(threads::std_thread, [&] {
            const std::string expected = call.run({.n_jobs = 1}, folder.path());
            const std::size_t before = running_threads();
            for (std::size_t n = 1; n <= 4; ++n) { // three are wanted at a time
                refuse_threads_from(n);
                const std::string found = call.run({.n_jobs = 4}, folder.path());
                stop_refusing_threads();
                CHECK((found == expected));
                CHECK(run_soon(before));
            }
        });
    }
}

TEST_CASE("without TBB's threads the caller does all the work", "[faults]") {
    const temporary_folder folder;
    prepare_inputs(folder.path());
    forget_tbb_threads();
    const public_call& call = public_calls().front();
    with(threads::tbb, [&] {
        const std::string expected = call.run({.n_jobs = 1}, folder.path());
        refuse_threads_from(1);
        const std::string found = call.run({.n_jobs = 4}, folder.path());
        CHECK(stop_refusing_threads());
        CHECK((found == expected));
    });
}
