#include <maskaudit/dataset.hpp>
#include <maskaudit/inspector.hpp>

#include <cassert>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <png.h>
#include <string>

// A dataset as folders: labels as PNG files of raw ids, probabilities as .npy, every image of a size of its own.

void save_png(const std::filesystem::path& path, const xt::xtensor<std::uint8_t, 2>& labels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.format = PNG_FORMAT_GRAY;
    image.height = static_cast<png_uint_32>(labels.shape()[0]);
    image.width = static_cast<png_uint_32>(labels.shape()[1]);
    [[maybe_unused]] const int saved = png_image_write_to_file(&image, path.c_str(), 0, labels.data(), 0, nullptr);
    assert(saved);
}

/// Stands for your files.
void make_folders(const std::filesystem::path& folder) {
    for (const char* const name : {"labels", "pred_probs"})
        std::filesystem::create_directory(folder / name);
    save_png(folder / "labels/park.png", {{7, 7, 8, 0}}); // 7 road, 8 grass, 0 unlabelled
    maskaudit::write_npy(folder / "pred_probs/park.npy",
                         xt::xtensor<float, 3>{{{0.9F, 0.8F, 0.1F, 0.5F}}, {{0.1F, 0.2F, 0.9F, 0.5F}}});
    save_png(folder / "labels/street.png", {{7, 7}, {8, 8}}); // the model is sure that the last pixel is road
    maskaudit::write_npy(folder / "pred_probs/street.npy",
                         xt::xtensor<float, 3>{{{0.9F, 0.9F}, {0.2F, 0.95F}}, {{0.1F, 0.1F}, {0.8F, 0.05F}}});
    std::ofstream(folder / "classes.csv") << "from,to\n7,0\n8,1\n0,ignore\n";
}

void audit(const std::filesystem::path& folder) {
    const maskaudit::dataset data({.labels = folder / "labels", .pred_probs = folder / "pred_probs"});
    const maskaudit::label_map classes(folder / "classes.csv"); // lines such as 7,0 and 0,ignore

    maskaudit::label_inspector inspector(data.num_classes(), {.ignore_label = maskaudit::label_map::ignored});
    for (std::size_t n = 0; n < data.num_images(); ++n)
        inspector.add(classes.apply(data.labels(n), n), data.pred_probs(n).read<float>());

    const maskaudit::inspection found = inspector.finish();
    for (std::size_t n = 0; n < data.num_images(); ++n)
        std::printf("%s: score %.3f\n", data.name(n).c_str(), found.softmin_scores(n));
    assert(data.name(0) == "park" && data.name(1) == "street");
    assert(found.valid_pixels(0) == 3 && found.issue_pixels(0) == 0);
    assert(found.issue_pixels(1) == 1 && found.issues(1)(1, 1));
}

int main() {
    try {
        std::string folder = (std::filesystem::temp_directory_path() / "maskaudit-folders-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) return 1;
        make_folders(folder);
        audit(folder);
        std::filesystem::remove_all(folder);
    } catch (const std::exception& error) { // its message names the file, what was expected and what was found
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
