#include <maskaudit/maskaudit.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

// Parts of a data set, looked at by processes of their own, and put together: the results of a single run.

constexpr std::size_t classes = 3, data_size = 6, parts = 2;

struct sample {
    xt::xtensor<std::uint8_t, 2> labels;
    xt::xtensor<float, 3> pred_probs;
};

/// Stands for your data: stripes of three classes, of a width of its own in every image. In image 4 one is mislabelled.
sample read_sample(std::size_t n) {
    const std::size_t height = 6, width = 9 + n;
    sample result{xt::zeros<std::uint8_t>({height, width}), xt::xtensor<float, 3>({classes, height, width}, 0.05F)};
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const std::size_t stripe = column * 3 / width;
            result.labels(row, column) = static_cast<std::uint8_t>(n == 4 && stripe == 2 ? 1 : stripe);
            result.pred_probs(stripe, row, column) = 0.9F;
        }
    return result;
}

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
