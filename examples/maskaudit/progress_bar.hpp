#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace maskaudit_program {

/// A line on standard error that tells how far a task is; none where that is no terminal. It goes with the object.
class progress_bar {
public:
    progress_bar(std::string task, std::size_t images, std::size_t pixels_an_image, bool quiet);
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar();

    void advance(); ///< one image more is done

private:
    using clock = std::chrono::steady_clock;

    std::string line(double seconds, std::size_t columns) const;
    void draw();

    std::string task_;
    std::size_t images_;
    std::size_t pixels_an_image_;
    bool shown_;
    std::size_t done_ = 0;
    std::size_t drawn_columns_ = 0;
    clock::time_point started_ = clock::now();
    clock::time_point next_draw_ = started_;
};

} // namespace maskaudit_program
