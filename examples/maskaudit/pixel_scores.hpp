#pragma once

#include "image_set.hpp"

#include <maskaudit/npy.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <variant>

namespace maskaudit_program {

/// Where the scores of pixels go: to one file, or to a file an image.
using pixel_score_target = std::variant<std::filesystem::path, std::function<std::filesystem::path(std::size_t n)>>;

/// Writes the scores of pixels as they come, in the order of the images.
class pixel_score_writer {
public:
    /// \throws maskaudit::file_error
    pixel_score_writer(const pixel_score_target& target, const image_set& images);

    /// \throws maskaudit::file_error
    template <class T>
    void write(std::size_t n, const xt::xarray<T>& scores);

    /// \throws maskaudit::file_error
    void finish();

private:
    const pixel_score_target& target_;
    std::variant<std::monostate, maskaudit::npy_writer<float>, maskaudit::npy_writer<double>> all_{}; // in one file
};

/// Joins the files of all images into one.
/// \throws maskaudit::file_error
void join_pixel_scores(const pixel_score_target& parts, const std::filesystem::path& file, const image_set& images);

} // namespace maskaudit_program
