#include "unreadable_memory.hpp"

#include <maskaudit/error.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace maskaudit_program {
namespace {

// Several threads may come upon it at once.
std::atomic<void*> noted_address{nullptr};
static_assert(std::atomic<void*>::is_always_lock_free, "a signal handler must not wait for a lock");
std::uintptr_t page_size = 0;

/// Puts zeros in the place of the page; the instruction that read it is then run again.
extern "C" void put_zeros(int signal, siginfo_t* facts, void*) {
    const auto page = reinterpret_cast<std::uintptr_t>(facts->si_addr) / page_size * page_size;
    const bool is_of_file = facts->si_code == BUS_ADRERR;
    if (is_of_file && mmap(reinterpret_cast<void*>(page), page_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                           -1, 0) != MAP_FAILED) {
        void* none = nullptr;
        noted_address.compare_exchange_strong(none, facts->si_addr);
        return;
    }
    std::signal(signal, SIG_DFL); // run again, the instruction ends the program
}

} // namespace

void survive_unreadable_memory() {
    page_size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = &put_zeros;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, nullptr);
}

const void* unreadable_memory() { return noted_address; }

void refuse_unreadable(const std::filesystem::path& path) {
    throw maskaudit::file_error(path, "a file that stays as it is while it is read",
                                "one that has been shortened, or that its disk fails to give");
}

} // namespace maskaudit_program
