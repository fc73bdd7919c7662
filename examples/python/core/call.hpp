#pragma once

#include <maskaudit/options.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <pybind11/pybind11.h>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

// Calls of the library that let other threads of Python run meanwhile, tell how far they are, and end at Ctrl-C.

namespace maskaudit_python {

namespace py = pybind11;

/// The options of every function. `ignored` has been checked to fit 64 bits, of either sign.
inline maskaudit::options make_options(const py::list& ignored, unsigned n_jobs, std::size_t batch_size = 0) {
    maskaudit::options opts;
    for (const py::handle label : ignored) {
        if (py::reinterpret_borrow<py::object>(label) < py::int_(0))
            opts.ignore_label.insert(label.cast<std::int64_t>());
        else
            opts.ignore_label.insert(label.cast<std::uint64_t>());
    }
    opts.n_jobs = n_jobs;
    opts.batch_size = batch_size;
    return opts;
}

/// What ends a call from within, once nobody waits for it.
struct abandoned {};

/// Returns work(opts), run on a thread of its own while this one waits, without the lock of the interpreter but for
/// moments in which it handles signals and calls report(images done, images in all), unless that is None. Only the
/// interpreter's main thread handles signals, and a worker may be any, so that the library's own callback cannot. When
/// a handler or report raises, as Ctrl-C does, the work ends with the image that it is at.
///
/// Threads are those of std::thread, not oneTBB's: a process forked off by Python's multiprocessing has none of the
/// latter, and would wait for them.
template <class Work>
auto call(maskaudit::options opts, const py::object& report, Work work) {
    using result = std::invoke_result_t<Work, const maskaudit::options&>;
    std::atomic<std::size_t> images_done{0};
    std::atomic<std::size_t> images{0};
    std::atomic<bool> stop{false};
    opts.progress = [&](std::size_t done, std::size_t total) {
        if (stop) throw abandoned();
        images = total;
        images_done = done;
    };
    std::packaged_task<result()> task([&] { return work(std::as_const(opts)); });
    std::future<result> outcome = task.get_future();
    std::thread thread;
    try {
        thread = std::thread(std::ref(task));
    } catch (const std::system_error&) { // no more threads can be had
        const py::gil_scoped_release release;
        task();
    }
    const auto wait = [&] {
        constexpr std::chrono::milliseconds interval(50);
        const py::gil_scoped_release release;
        return outcome.wait_for(interval) == std::future_status::ready;
    };
    const auto join = [&] {
        const py::gil_scoped_release release;
        if (thread.joinable()) thread.join();
    };
    try {
        while (!wait()) {
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            if (!report.is_none() && images > 0) report(images_done.load(), images.load());
        }
    } catch (...) {
        stop = true;
        join();
        throw;
    }
    join();
    return outcome.get();
}

} // namespace maskaudit_python
