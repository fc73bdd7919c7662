#include "interrupt.hpp"

#include <atomic>
#include <csignal>
#include <unistd.h>

namespace maskaudit_program {
namespace {

// Worker threads may be the ones that run the handler.
std::atomic<int> noted_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait for a lock");

extern "C" void note_signal(int signal) { noted_signal = signal; }

} // namespace

void note_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
        action = {};
        action.sa_handler = &note_signal;
        action.sa_flags = SA_RESTART; // no write shall fail for a signal
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
}

void throw_if_interrupted() {
    if (const int signal = noted_signal; signal != 0) throw interrupted{signal};
}

void die_of(int signal) {
    constexpr int killed = 128; // what a shell adds to a signal's number
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    raise(signal);
    _exit(killed + signal);
}

} // namespace maskaudit_program
