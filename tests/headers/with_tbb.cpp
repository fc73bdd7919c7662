#define MASKAUDIT_USE_TBB
#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <tbb/global_control.h>

bool leaves_this_thread(const xt::xtensor<int, 3>& labels, const xt::xtensor<double, 4>& pred_probs);

// A program of which one unit alone is compiled for TBB: it links, and uses TBB in the other unit too.
int main() {
    xt::xtensor<int, 3> labels({20, 1, 1}, 0);
    xt::xtensor<double, 4> pred_probs({20, 2, 1, 1}, 0.9);
    labels(7, 0, 0) = 1;
    pred_probs(7, 1, 0, 0) = 0.1;
    std::size_t count = 0;
    for (const bool issue : maskaudit::find_label_issues(labels, pred_probs, {.n_jobs = 2}))
        count += issue ? 1 : 0;

    // TBB is not to leave this thread; std::thread does not care.
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
    return count == 1 && !leaves_this_thread(labels, pred_probs) ? 0 : 1;
}
