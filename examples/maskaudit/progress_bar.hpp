#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

namespace maskaudit_program {

/// A line on standard error that tells how far a task is; none where that is no terminal. It goes with the object.
/// mpirun takes what is written there, so that under it the line is written to the terminal itself, if there is one.
class progress_bar {
public:
    /// \param done  images that had been done before
    progress_bar(std::string task, std::size_t images, bool quiet, std::size_t done = 0);
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar();

    void advance(std::size_t pixels); ///< one image more is done, of so many pixels

private:
    using clock = std::chrono::steady_clock;

    std::string line(double seconds, std::size_t columns) const;
    void draw();

    std::string task_;
    std::size_t images_;
    std::FILE* terminal_; // null where it is not to be shown
    std::size_t done_before_;
    std::size_t done_ = done_before_;
    std::size_t pixels_ = 0; // of those done since
    std::size_t drawn_columns_ = 0;
    clock::time_point started_ = clock::now();
    clock::time_point next_draw_ = started_;
};

} // namespace maskaudit_program
