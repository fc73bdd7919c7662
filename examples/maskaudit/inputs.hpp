#pragma once

#include "image_set.hpp"
#include "pictures.hpp"

#include <maskaudit/label_map.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maskaudit_program {

/// What an audit reads: images whose labels are classes, names for those, and pictures.
struct audit_inputs {
    std::unique_ptr<image_set> images{};
    std::unique_ptr<picture_set> pictures{}; ///< none without --images
    std::vector<std::string> class_names{};  ///< one for every class, or none
    std::optional<maskaudit::label_map> map{};
    bool are_logits = false; ///< what images call pred_probs
    image_range own{};       ///< the images that this process looks at: all, unless it shares them with others

    /// The labels of image n after the map, if there is one; valid until others are asked for.
    label_image labels(std::size_t n);

    /// The same as a copy of one type, for all that is done to few images.
    xt::xarray<std::int64_t> class_labels(std::size_t n);

    /// The file that is the picture of image n; empty where there are none, or one file has all.
    std::filesystem::path picture_file(std::size_t n) const;

    /// To be called before what has been read of image n is used.
    /// \throws maskaudit::file_error  where a mapped file could not be read: it reads as zeros
    void require_readable(std::size_t n) const;

private:
    xt::xarray<std::int64_t, xt::layout_type::row_major> mapped_{};
};

/// \throws maskaudit::file_error  for types, shapes or a number of names that do not fit, a bad label map, or a
///                                downsample that does not divide the images
/// \throws usage_error            for options of folders where there are none
audit_inputs open_inputs(const audit_options& options);

} // namespace maskaudit_program
