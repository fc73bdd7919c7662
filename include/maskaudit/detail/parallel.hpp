#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <fstream>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

// Where xtensor itself uses TBB, it is there, and linked.
#if defined(XTENSOR_USE_TBB) && !defined(MASKAUDIT_USE_TBB)
#define MASKAUDIT_USE_TBB
#endif

#if defined(MASKAUDIT_USE_TBB)
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#endif

namespace maskaudit::detail {

/// Cores this process may run on, counting hardware threads that share a core once.
inline unsigned physical_cores() {
    std::set<std::string> cores;
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed); // fails where there are more than it has room for
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
        std::string siblings;
        if (!std::getline(file, siblings)) siblings = std::to_string(cpu);
        cores.insert(siblings);
    }
#endif
    return cores.empty() ? (std::max)(1U, std::thread::hardware_concurrency()) : static_cast<unsigned>(cores.size());
}

inline std::size_t worker_count(unsigned n_jobs, std::size_t units) {
    if (n_jobs == 1 || units <= 1) return 1;
    static const unsigned cores = physical_cores();
    return (std::min<std::size_t>)(n_jobs == 0 ? cores : n_jobs, units);
}

using worker_function = std::function<void(std::size_t worker)>;

/// Calls work(worker) for the workers 0..workers-1, or some of them, none twice: at the same time, on this thread and
/// as many others as can be had. Returns when all have ended. `work` does not throw.
inline void run_in_std_threads(std::size_t workers, const worker_function& work) {
    std::vector<std::thread> threads;
    try {
        threads.reserve(workers - 1);
        for (std::size_t worker = 1; worker < workers; ++worker)
            threads.emplace_back(std::cref(work), worker);
    } catch (...) {
        // The system gives no more threads; those that run do the work.
    }
    work(0);
    for (std::thread& thread : threads)
        thread.join();
}

/// What runs the workers, in a whole program: TBB if any of its translation units is compiled for it, std::thread
/// otherwise, and until that unit has been initialised. Each shared library has its own, and of functions that several
/// have the one loaded first is called, with the threads of its library.
///
/// A choice made by a macro inside for_each_unit would give it, and all that calls it, two definitions in a program of
/// which only a part is compiled for TBB. So a unit with the macro changes nothing that one without it sees: it only
/// defines more, and puts that in place here. Hidden: one that several shared libraries share could be left pointing
/// into one of them that has been unloaded.
[[gnu::visibility("hidden")]] inline constinit std::atomic<void (*)(std::size_t, const worker_function&)> run_workers{
    run_in_std_threads};

#if defined(MASKAUDIT_USE_TBB)

/// The same on the threads of TBB, no more of them than the caller's own arena has and TBB may start.
inline void run_in_tbb_arena(std::size_t workers, const worker_function& work) {
    // A larger arena would have TBB print a warning.
    const auto arena_size = static_cast<std::size_t>(tbb::this_task_arena::max_concurrency());
    const auto allowed = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
    const std::size_t threads = (std::min)({workers, arena_size, allowed});
    if (threads <= 1) return work(0);
    try {
        // Not bound to the context of a caller who is a task of TBB's: its cancellation would leave out workers, and
        // parts of the loops that work() may contain, without a word. Rounding is the caller's, as in new threads.
        tbb::task_group_context context(tbb::task_group_context::isolated, tbb::task_group_context::fp_settings);
        // An arena of its own wakes no more threads than are wanted, and keeps this one from picking up another task
        // of the caller's while it waits.
        tbb::task_arena arena(static_cast<int>(threads));
        arena.execute([&] {
            tbb::parallel_for(
                std::size_t{0}, threads,
                [&](std::size_t worker) {
                    // A loop of TBB's inside work() would otherwise pass the time with a second worker: on top of the
                    // first, and of the mutexes that it holds.
                    tbb::this_task_arena::isolate([&] { work(worker); });
                },
                tbb::simple_partitioner(), context);
        });
    } catch (...) {
        // TBB gets no memory for its tasks; those that ran did the work, and the caller does the rest.
    }
}

[[gnu::visibility("hidden")]] inline const bool tbb_runs_workers = (run_workers = run_in_tbb_arena, true);

#endif

/// Calls f(unit, worker) for every unit in 0..units-1, on up to `workers` threads, this one included; no two threads
/// are the same worker at a time.
///
/// Units are handed out in ascending order. When calls throw, what the lowest unit threw is rethrown, so that the
/// error does not depend on the number of threads: every lower unit was handed out before and has come to its end.
inline void for_each_unit(std::size_t units, std::size_t workers,
                          const std::function<void(std::size_t unit, std::size_t worker)>& f) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::size_t failed_unit = units;
    std::exception_ptr failure;

    const auto work = [&](std::size_t worker) {
        while (!stop) {
            const std::size_t unit = next++;
            if (unit >= units) return;
            try {
                f(unit, worker);
            } catch (...) {
                stop = true;
                const std::lock_guard lock(mutex);
                if (unit < failed_unit) {
                    failed_unit = unit;
                    failure = std::current_exception();
                }
            }
        }
    };

    if (workers > 1) run_workers.load()(workers, work);
    work(0); // everything if alone; otherwise what threads that could not be had have left undone
    if (failure) std::rethrow_exception(failure);
}

} // namespace maskaudit::detail
