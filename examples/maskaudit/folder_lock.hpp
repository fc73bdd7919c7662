#pragma once

#include <filesystem>

namespace maskaudit_program {

/// Keeps a folder for this run alone, as long as the object lives: the system gives it up when the program ends,
/// however it does. Only those heed it that lock it too.
class folder_lock {
public:
    enum class outcome {
        locked,
        of_another, ///< another run has it
        gone,       ///< the folder is not there, or not there any more
        impossible  ///< the file system has no locks, or the folder cannot be opened
    };

    folder_lock() = default;
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;
    ~folder_lock() { release(); }

    outcome try_lock(const std::filesystem::path& folder);

    /// Waits for the others. Does nothing where locks are impossible.
    void lock(const std::filesystem::path& folder);

    void release() noexcept;

private:
    int file_ = -1;
};

} // namespace maskaudit_program
