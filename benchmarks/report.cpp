#include "calls.hpp"
#include "registration.hpp"
#include "scene_photo.hpp"

#include <maskaudit/report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

// What it takes to show what was found. Images are smaller than those of other cases, since there are many.

namespace maskaudit_benchmarks {
namespace {

/// A scene, its issues, and photos of the images that are not repetitions.
struct photographed_scene : usual_scene {
    xt::xtensor<bool, 3> issues{};
    std::vector<maskaudit::picture> photos{};
};

photographed_scene make_photographed_scene(const scene_size& size) {
    photographed_scene all{make_scene(size)};
    all.issues = find_label_issues(all, {.ignore_label = maskaudit_program::scene_void});
    const std::size_t pixels = size.height * size.width;
    for (std::size_t n = 0; n < size.distinct; ++n) {
        const std::uint8_t* const labels = all.labels.data() + n * pixels;
        const std::vector<std::uint8_t> photo =
            maskaudit_program::make_scene_photo({labels, labels + pixels}, size.height, size.width, 1, n);
        all.photos.push_back(maskaudit::picture::from_shape({size.height, size.width, std::size_t{3}}));
        std::copy(photo.begin(), photo.end(), all.photos.back().begin());
    }
    return all;
}

/// Returns the bytes of the file.
double write_report(const photographed_scene& input, const maskaudit::options& opts) {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("maskaudit-report-" + std::to_string(::getpid()) + ".html");
    maskaudit::write_report(path, input.issues, input.labels, input.pred_probs(),
                            {.pictures = [&](std::size_t n) { return input.photos[n % input.photos.size()]; }}, opts);
    const auto bytes = static_cast<double>(std::filesystem::file_size(path));
    std::filesystem::remove(path);
    return bytes;
}

} // namespace

void register_report(const case_sizes& sizes) {
    const std::size_t images = sizes.images * 10, height = sizes.height / 2, width = sizes.width / 2;
    const auto street = lazily([=, distinct = sizes.images] {
        return make_photographed_scene({images, height, width, 19, distinct});
    });
    add_case("report_19", "read_floor", street, sum_of_probabilities<floor_streams>);
    add_case("report_19", "write_report", street, write_report);
}

} // namespace maskaudit_benchmarks
