#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

// Arrays in NumPy's files: read where they lie, and written by several writers, each a part.

/// Stands for your data: two images of a road with a car, which in the second one is labelled as road.
void write_data(const std::filesystem::path& folder) {
    xt::xtensor<std::uint8_t, 3> labels = xt::zeros<std::uint8_t>({2, 6, 8});
    xt::xtensor<float, 4> pred_probs({2, 2, 6, 8}, 0.1F);
    for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t row = 0; row < 6; ++row)
            for (std::size_t column = 0; column < 8; ++column) {
                const bool is_car = row >= 2 && row < 4 && column >= 3 && column < 6;
                labels(n, row, column) = is_car && n == 0 ? 1 : 0;
                pred_probs(n, is_car ? 1 : 0, row, column) = 0.9F;
            }
    maskaudit::write_npy(folder / "labels.npy", labels);
    maskaudit::write_npy(folder / "pred_probs.npy", pred_probs);
}

int main() {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("maskaudit-npy-files-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    write_data(folder);

    const maskaudit::npy_view labels(folder / "labels.npy"), pred_probs(folder / "pred_probs.npy");
    const xt::xarray<bool> issues =
        maskaudit::find_label_issues(labels.as<std::uint8_t>(), pred_probs.as<float>()); // nothing is copied
    maskaudit::write_npy(folder / "issues.npy", issues);

    const std::vector<std::size_t> shape = labels.shape();
    maskaudit::create_npy<bool>(folder / "by_image.npy", shape);
    const std::size_t image = shape[1] * shape[2];
    for (std::size_t n = 0; n < shape[0]; ++n) { // each of which may be in a thread or process of its own
        maskaudit::npy_writer<bool> part(folder / "by_image.npy", shape, {.first = n * image, .count = image});
        part.append(xt::view(issues, n));
        part.finish();
    }

    const auto written = maskaudit::npy_view(folder / "by_image.npy").read<bool>();
    std::printf("%zu issue pixels\n", static_cast<std::size_t>(xt::sum<std::size_t>(written)()));
    assert(written == issues && xt::sum<std::size_t>(written)() == 6);
    std::filesystem::remove_all(folder);
}
