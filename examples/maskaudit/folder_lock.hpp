#pragma once

#include <filesystem>

namespace maskaudit_program {

/// Keeps a folder for this run alone, as long as the object lives: the system gives it up when the program ends,
/// however it does. Only those heed it that lock it too.
class folder_lock {
public:
    folder_lock() = default;
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;
    ~folder_lock() { release(); }

    /// Returns whether it is locked; if not, errno tells why: EWOULDBLOCK where another run has it.
    bool try_lock(const std::filesystem::path& folder);
    void release() noexcept;

private:
    int file_ = -1;
};

} // namespace maskaudit_program
