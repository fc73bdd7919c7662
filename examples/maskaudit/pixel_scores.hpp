#pragma once

#include "image_set.hpp"

#include <maskaudit/npy.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <tuple>
#include <variant>
#include <vector>

namespace maskaudit_program {

/// Where the scores of pixels go: to one file, or to a file an image.
using pixel_score_target = std::variant<std::filesystem::path, std::function<std::filesystem::path(std::size_t n)>>;

/// Writes the scores of pixels as they come, in the order of the images.
class pixel_score_writer {
public:
    /// \param own  images that are written; where all have one file, that has been made by make_pixel_scores()
    /// \throws maskaudit::file_error
    pixel_score_writer(const pixel_score_target& target, const image_set& images, const image_range& own);

    /// Where to put the scores of an image before they are written; valid until asked for again. Kept from image to
    /// image, since fresh memory costs more than the scores themselves.
    template <class T>
    xt::xarray<T>& scores_of(const std::vector<std::size_t>& shape) {
        auto& scores = std::get<xt::xarray<T>>(scores_);
        scores.resize(shape); // keeps what it has where that is the shape already
        return scores;
    }

    /// \throws maskaudit::file_error
    template <class T>
    void write(std::size_t n, const xt::xarray<T>& scores);

    /// \throws maskaudit::file_error
    void finish();

private:
    const pixel_score_target& target_;
    std::tuple<xt::xarray<float>, xt::xarray<double>> scores_{};
    std::variant<std::monostate, maskaudit::npy_writer<float>, maskaudit::npy_writer<double>> all_{}; // in one file
};

/// Makes the file that has the scores of all images, if there is one.
/// \throws maskaudit::file_error
void make_pixel_scores(const pixel_score_target& target, const image_set& images);

/// Joins the files of these images into that one, which has been made before.
/// \throws maskaudit::file_error
void join_pixel_scores(const pixel_score_target& parts, const std::filesystem::path& file, const image_set& images,
                       const image_range& own);

} // namespace maskaudit_program
