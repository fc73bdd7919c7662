#pragma once

#include "npy_text.hpp"

#include <filesystem>
#include <string>
#include <temporary_folder.hpp>

namespace maskaudit_test {

/// Large files that take no space, so that there is time to do something to a run: what was never written is zero, a
/// valid scene if a dull one.
struct large_scene {
    explicit large_scene(const temporary_folder& folder)
        : labels(folder / "labels.npy"), pred_probs(folder / "pred_probs.npy") {
        make(labels, "|u1", "(20, 1024, 1024)", std::size_t{20} << 20);
        make(pred_probs, "<f4", "(20, 4, 1024, 1024)", std::size_t{320} << 20);
    }

    std::string labels, pred_probs;

private:
    static void make(const std::string& path, const std::string& type, const std::string& shape, std::size_t bytes) {
        npy_test::save(path, npy_test::npy(npy_test::dictionary(type, shape), ""));
        std::filesystem::resize_file(path, std::filesystem::file_size(path) + bytes);
    }
};

} // namespace maskaudit_test
