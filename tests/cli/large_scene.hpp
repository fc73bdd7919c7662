#pragma once

#include "npy_text.hpp"

#include <filesystem>
#include <string>
#include <temporary_folder.hpp>

namespace maskaudit_test {

/// Large files that take no space, so that there is time to do something to a run: what was never written is zero. Only
/// the first pixel is of class 1, and sure of it, lest the program warn that there are no probabilities.
struct large_scene {
    explicit large_scene(const temporary_folder& folder)
        : labels(folder / "labels.npy"), pred_probs(folder / "pred_probs.npy") {
        const float sure = 1;
        make(labels, "|u1", "(20, 1024, 1024)", "\1", std::size_t{20} << 20);
        make(pred_probs, "<f4", "(20, 4, 1024, 1024)",
             std::string(std::size_t{4} << 20, '\0').append(reinterpret_cast<const char*>(&sure), sizeof sure),
             std::size_t{320} << 20);
    }

    std::string labels, pred_probs;

private:
    static void make(const std::string& path, const std::string& type, const std::string& shape,
                     const std::string& beginning, std::size_t bytes) {
        npy_test::save(path, npy_test::npy(npy_test::dictionary(type, shape), beginning));
        std::filesystem::resize_file(path, std::filesystem::file_size(path) - beginning.size() + bytes);
    }
};

} // namespace maskaudit_test
