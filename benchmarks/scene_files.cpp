#include "arrays.hpp"

#include <maskaudit/npy.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

// Writes FOLDER/labels.npy and FOLDER/pred_probs.npy: street scenes that need not fit in memory, as a few are repeated.
//
// usage: maskaudit_scene_files FOLDER IMAGES HEIGHT WIDTH CLASSES

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fputs("usage: maskaudit_scene_files FOLDER IMAGES HEIGHT WIDTH CLASSES\n", stderr);
        return EXIT_FAILURE;
    }
    try {
        const std::filesystem::path folder = argv[1];
        const std::size_t images = std::stoul(argv[2]), height = std::stoul(argv[3]), width = std::stoul(argv[4]),
                          classes = std::stoul(argv[5]);
        const std::size_t distinct = std::min<std::size_t>(images, 20);
        const auto scene = maskaudit_benchmarks::make_scene({distinct, height, width, classes});
        maskaudit::npy_writer<std::uint8_t> labels(folder / "labels.npy", {images, height, width});
        maskaudit::npy_writer<float> pred_probs(folder / "pred_probs.npy", {images, classes, height, width});
        for (std::size_t n = 0; n < images; ++n) {
            labels.append(xt::view(scene.labels, n % distinct));
            pred_probs.append(xt::view(scene.pred_probs(), n % distinct));
        }
        labels.finish();
        pred_probs.finish();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "maskaudit_scene_files: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
