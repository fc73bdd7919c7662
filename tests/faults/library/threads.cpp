#include "threads.hpp"

#include <maskaudit/detail/parallel.hpp>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <dlfcn.h>
#include <filesystem>
#include <iterator>
#include <new>
#include <pthread.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace maskaudit_test {
namespace {

std::atomic<std::size_t> asked{0}, first_refused{0};
std::atomic<bool> has_refused{false};

} // namespace

void with(threads who, const std::function<void()>& f) {
    namespace detail = maskaudit::detail;
    if (who != threads::tbb) {
        const struct back_to_tbb {
            ~back_to_tbb() { detail::run_workers = detail::run_in_tbb_arena; }
        } at_the_end;
        detail::run_workers = detail::run_in_std_threads;
        return f();
    }
    const tbb::global_control more(tbb::global_control::max_allowed_parallelism, 4);
    tbb::task_arena(4).execute(f);
}

void forget_tbb_threads() {
    tbb::task_scheduler_handle handle{tbb::attach()};
    tbb::finalize(handle, std::nothrow);
}

void refuse_threads_from(std::size_t n) {
    asked = 0;
    has_refused = false;
    first_refused = n;
}

bool stop_refusing_threads() {
    first_refused = 0;
    return has_refused;
}

std::size_t running_threads() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

} // namespace maskaudit_test

// In the place of the system's, also for libraries: the program's names come first.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) noexcept {
    using namespace maskaudit_test;
    if (const std::size_t first = first_refused; first != 0 && ++asked >= first) {
        has_refused = true;
        return EAGAIN;
    }
    using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto system_pthread_create = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
    return system_pthread_create(thread, attributes, start, argument);
}
