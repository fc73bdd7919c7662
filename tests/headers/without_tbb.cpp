#include <maskaudit/maskaudit.hpp>

#include <chrono>
#include <cstddef>
#include <thread>

bool leaves_this_thread(const xt::xtensor<int, 3>& labels, const xt::xtensor<double, 4>& pred_probs) {
    const auto caller = std::this_thread::get_id();
    bool left = false;
    const auto progress = [&](std::size_t, std::size_t) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // time for another thread to take an image
        left = left || std::this_thread::get_id() != caller;
    };
    maskaudit::find_label_issues(labels, pred_probs, {.n_jobs = 2, .progress = progress});
    return left;
}
