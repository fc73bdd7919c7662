#pragma once

#include <maskaudit/regions.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

// Regions as files: a table, all that is known of them, and what annotation tools read.

namespace maskaudit_program {

/// What the files say of an image, other than its regions.
struct region_image {
    std::string name{};           ///< "city/street"; empty where images have none
    std::filesystem::path file{}; ///< its picture, otherwise its labels, as seen from the folder of these, which tools
                                  ///< ask for beside the annotations; empty where images have no files of their own
    std::vector<std::size_t> shape{};
};

struct region_facts {
    std::vector<region_image> images{}; ///< all, with regions and without, by their indices
    std::size_t num_classes = 0;
    std::vector<std::string> class_names{}; ///< one a class; empty where none were given
};

/// Where the files go; empty for one that is not wanted.
struct region_paths {
    std::filesystem::path csv{};               ///< regions.csv
    std::filesystem::path json{};              ///< regions.json
    std::filesystem::path coco{};              ///< coco.json, with compressed counts; both COCO files or neither
    std::filesystem::path coco_uncompressed{}; ///< coco_uncompressed.json, with counts as numbers
};

/// Whether the images can be in COCO files: all have two axes, and few enough pixels for compressed counts.
bool fit_coco(const std::vector<region_image>& images);

/// Writes the files, regions in the order given. They are written as they go: what takes memory is one region.
///
/// regions.csv has the columns image, row_begin, column_begin, row_end, column_end, area, given, predicted,
/// mean_quality, severity, mean_predicted, centroid_row, centroid_column; given_name, predicted_name where classes have
/// names; name where images do; and region, its number from 1 on, which is its id in all files and in the report. If
/// some image has another number of axes than two, begin_0, begin_1, ..., end_0, ..., centroid_0, ... are in the place
/// of those with row and column, as many as the image with the most axes has; they are empty beyond those of an image.
///
/// regions.json has the same of every region, with lists of an entry an axis, the shape of its image, and its pixels as
/// [begin, length] of runs of flat positions within it.
///
/// The COCO files have all images, with or without regions; a category is a predicted class, whose index is its id. An
/// annotation has what COCO asks for, its mean_predicted as score, and given, mean_quality and severity beside it.
///
/// \throws maskaudit::file_error  when a file cannot be written
/// \throws std::invalid_argument  for COCO files of images that do not fit them, or regions not in their images
/// \throws interrupted
void write_region_files(const region_paths& paths, const std::vector<maskaudit::issue_region>& regions,
                        const region_facts& facts);

} // namespace maskaudit_program
