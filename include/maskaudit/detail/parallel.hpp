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

namespace maskaudit::detail {

/// Cores this process may run on, counting hardware threads that share a core once.
inline unsigned physical_cores() {
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        std::set<std::string> cores;
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (!CPU_ISSET(cpu, &allowed)) continue;
            std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
            std::string siblings;
            if (!std::getline(file, siblings)) siblings = std::to_string(cpu);
            cores.insert(siblings);
        }
        if (!cores.empty()) return static_cast<unsigned>(cores.size());
    }
#endif
    return (std::max)(1U, std::thread::hardware_concurrency());
}

inline std::size_t worker_count(unsigned n_jobs, std::size_t units) {
    if (n_jobs == 1 || units <= 1) return 1;
    static const unsigned cores = physical_cores();
    return (std::min<std::size_t>)(n_jobs == 0 ? cores : n_jobs, units);
}

/// Calls f(unit, worker) for every unit in 0..units-1, on `workers` threads, this one included.
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

    std::vector<std::thread> threads;
    try {
        threads.reserve(workers - 1);
        for (std::size_t worker = 1; worker < workers; ++worker)
            threads.emplace_back(work, worker);
    } catch (...) {
        // The system gives no more threads; those that run do the work.
    }
    work(0);
    for (std::thread& thread : threads)
        thread.join();
    if (failure) std::rethrow_exception(failure);
}

} // namespace maskaudit::detail
