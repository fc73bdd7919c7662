#include "striped_images.hpp"

#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cstddef>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

// Parts of a data set, looked at by processes of their own, and put together: the results of a single run.

constexpr std::size_t parts = 2;

/// Stands for a process: looks at every image of its part, by the index that it has in the whole, and saves.
std::string look_at(std::size_t part) {
    maskaudit::label_inspector inspector(classes);
    for (std::size_t n = part; n < data_size; n += parts) {
        const sample next = read_sample(n);
        inspector.add(next.labels, next.pred_probs, n);
    }
    std::ostringstream file;
    inspector.save(file);
    return file.str();
}

int main() {
    const std::vector<std::string> saved{look_at(0), look_at(1)};

    maskaudit::label_inspector all(classes);
    for (const std::string& state : saved) {
        std::istringstream file(state);
        all += maskaudit::label_inspector::load(file);
    }
    const maskaudit::inspection found = all.finish();
    std::printf("%zu images, %zu issue pixels\n", all.num_images(), static_cast<std::size_t>(found.num_issues));

    maskaudit::label_inspector single(classes);
    for (std::size_t n = 0; n < data_size; ++n) {
        const sample next = read_sample(n);
        single.add(next.labels, next.pred_probs);
    }
    const maskaudit::inspection expected = single.finish();
    assert(found.num_issues == expected.num_issues && found.softmin_scores == expected.softmin_scores);
    assert(found.confident_thresholds == expected.confident_thresholds);
    for (std::size_t n = 0; n < data_size; ++n) {
        assert((found.issues(n) == expected.issues(n)));
        assert((found.issue_pixels(n) > 0) == (n == 4));
    }
}
