#pragma once

#include "command_options.hpp"
#include "image_set.hpp"

#include <maskaudit/regions.hpp>
#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// What an audit found, and the forms it is told in.

namespace maskaudit_program {

struct image_row {
    std::size_t image;
    std::string name;              ///< empty where images have none
    std::filesystem::path picture; ///< empty where there is none
    double softmin;
    double num_pixel_issues; ///< the score of this name
    std::uint64_t issue_pixels, valid_pixels;
};

struct swap_row {
    std::size_t given;
    std::size_t predicted;
    std::uint64_t pixels;
};

struct audit_report {
    audit_options options{};
    file_facts labels{};
    file_facts pred_probs{};
    bool has_names = false;    ///< images do
    bool has_pictures = false; ///< each has a file that is its picture
    std::uint64_t pixels = 0;
    std::uint64_t valid_pixels = 0;
    std::uint64_t issue_pixels = 0;
    bool assumed_normalized = true; ///< that probabilities of a pixel sum to one, and nothing showed otherwise
    std::vector<double> confident_thresholds{};
    std::vector<std::string> class_names{}; ///< empty where none were given
    std::vector<image_row> images{};        ///< all, lowest softmin score first, at equal scores the lower index
    std::vector<swap_row> swaps{};          ///< all, the most frequent first
    std::vector<maskaudit::issue_region> regions{}; ///< the most severe ones, in that order
    bool has_more_regions = false;                  ///< than these
    std::size_t suggested_masks = 0;                ///< files written to options.suggest
    std::vector<std::string> files{};               ///< written to options.out; "issues/street.png" for one in a folder
};

std::string to_text(const audit_report& report);
nlohmann::ordered_json to_json(const audit_report& report);
std::string images_csv(const audit_report& report);
std::string swaps_csv(const audit_report& report);

/// JSON as text with an end of line. What is no UTF-8, as file names may be, gets replacement characters.
std::string dump(const nlohmann::ordered_json& json);

} // namespace maskaudit_program
