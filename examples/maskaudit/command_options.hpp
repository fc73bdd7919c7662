#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What the commands can be asked for; parse_command_line() fills these in and has checked their ranges.

namespace maskaudit_program {

inline constexpr const char* program_version = MASKAUDIT_VERSION;

struct audit_options {
    std::filesystem::path labels{};                ///< .npy, (N, S...), integers, or a folder with a file an image
    std::filesystem::path pred_probs{};            ///< .npy, (N, K, S...), or a folder with a file an image
    std::filesystem::path out{};                   ///< folder
    std::optional<std::filesystem::path> images{}; ///< folder of pictures, or .npy, (N, H, W, 3) or (N, H, W), uint8
    std::string labels_suffix{}, pred_probs_suffix{}, images_suffix{};
    std::optional<std::filesystem::path> label_map{};
    bool logits = false; ///< in place of probabilities
    std::vector<std::int64_t> ignore_label{};
    double temperature = 0.1;           ///< above 0
    std::size_t downsample = 1;         ///< at least 1
    unsigned jobs = 0;                  ///< 0: one for every physical core
    std::size_t boundary_tolerance = 0; ///< issues this near to a border of the mask are none, in pixels
    std::size_t min_area = 1;           ///< of a region, in pixels
    std::size_t regions = 10'000;       ///< written at most; 0: all
    std::size_t top = 10;               ///< rows of a printed table
    std::optional<std::filesystem::path> classes{};
    bool pixel_scores = false;
    std::optional<std::filesystem::path> suggest{}; ///< folder
    bool report = false;
    std::size_t report_top = 200; ///< regions in the report at most, and worst images beside those of them
    bool resume = false;
    unsigned save_every = 30; ///< seconds, where resume
    bool quiet = false;
    bool json = false;
};

struct threshold_options {
    std::filesystem::path image_scores{};                ///< .npy, (N), floats
    std::optional<std::filesystem::path> pixel_scores{}; ///< .npy, (N, S...), floats
    std::filesystem::path out{};                         ///< file
    double threshold = 0.1;                              ///< in [0, 1]
    bool quiet = false;
};

struct demo_options {
    std::filesystem::path out{}; ///< folder
    std::uint64_t seed = 1;
    bool quiet = false;
};

struct help_text {
    std::string text;
};

} // namespace maskaudit_program
