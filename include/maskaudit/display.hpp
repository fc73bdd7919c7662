/// \file
/// What the issues look like: images with their masks side by side, as pictures or PNG files.
///
/// | name                       | what it gives                                                          |
/// |----------------------------|------------------------------------------------------------------------|
/// | `display_issues`           | the images with the most issue pixels, drawn, or in files              |
/// | `draw_panels`              | one image, drawn                                                       |
/// | `read_picture, write_png`  | pictures from files, and a file of one                                 |
/// | `class_color` and others   | colours, pictures and what they are made of (picture.hpp, included)    |
///
/// \code
/// maskaudit::display_issues("panels", issues, labels, pred_probs,
///                           {.top = 10, .class_names = {"road", "car"}, .pictures = [&](std::size_t n) {
///                                return maskaudit::read_picture(photos[n]);
///                            }});
/// \endcode
///
/// For POSIX systems; needs libpng and libjpeg-turbo beside xtensor.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/options.hpp>
#include <maskaudit/picture.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace maskaudit {

/// What display_issues shows; each member may be left out.
struct display_options {
    std::size_t top = 20;                   ///< how many images at most; 0: all that have issues
    std::vector<std::string> class_names{}; ///< one a class, in UTF-8; or none: classes are numbers then
    picture_source pictures{};              ///< called by one thread at a time; none: there are no pictures
};

/// What display_issues draws of an image.
struct issue_panels {
    std::size_t image; ///< its index
    picture panels;    ///< as draw_panels makes it
};

/// Draws panels side by side: the photo, if there is one, with issues outlined in red, rimmed in white and tinted; the
/// given mask; the predicted mask; and the issues, in red. A legend below has the classes that occur in either mask,
/// 256 at most, with their numbers and names; ignored pixels are grey in all masks.
///
/// Images with a side above 1024 are shrunk until it has that: a pixel that stands for several is an issue if any is,
/// and has the most frequent class of those that are issues, or else of all. Images with no side above 256 are drawn
/// larger. The letters are those of ISO 8859-1; others become boxes.
///
/// \param layers       (H, W), with at least one pixel
/// \param class_names  one a class, in UTF-8, cut after 28 letters of an entry; empty: the legend has numbers alone
/// \throws std::invalid_argument where shapes do not fit, a class is below -1, or there are names but not for a class
///         that occurs
picture draw_panels(const image_layers& layers, const std::vector<std::string>& class_names = {});

/// Draws the images with the most issue pixels, those first; of equally many the lower index first. Images without
/// issues are left out. Ignored pixels are no issues, whatever the mask says. What display.pictures throws comes
/// through.
///
/// \param issues      (N, H, W), boolean
/// \param labels      (N, H, W), integer
/// \param pred_probs  (N, K, H, W), of any type that find_label_issues takes
/// \param display     how many, the names of the classes, pictures
/// \param opts        ignored labels; threads, each of which draws an image at a time; progress, of those drawn
/// \throws std::invalid_argument where shapes do not fit, images have another number of axes than two, there are class
///         names but not one a class, or a picture has another size than the labels
/// \throws data_error for a label, or a probability of an image to be drawn, that cannot be used
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<issue_panels> display_issues(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                         const display_options& display = {}, const options& opts = {});

/// The same into PNG files, of which no more than one a thread is kept in memory. A file is named after the index of
/// its image, with zeros in front so that names sort as indices do: 000012.png. What already has that name is replaced
/// once its file is whole; after an error, files of other images may be there.
///
/// \param folder  where the files go; made if it is missing
/// \return the files, in the order above
/// \throws file_error where the folder cannot be made or a file cannot be written
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<std::filesystem::path> display_issues(const std::filesystem::path& folder, const Issues& issues,
                                                  const Labels& labels, const PredProbs& pred_probs,
                                                  const display_options& display = {}, const options& opts = {});

/// Reads a PNG or JPEG file; which of the two is told from what is in it. PNG may be of any kind: grey, palette, 8 or
/// 16 bits; where it is transparent, white is seen. What is said of how to turn a JPEG's picture is not done, since
/// masks are drawn on pixels as they are stored.
/// \throws file_error  when the file is neither or cannot be read, its pixels are damaged or not all there, they are
///         2^30 or more, or it is a JPEG of CMYK, or one that libjpeg-turbo warns of
picture read_picture(const std::filesystem::path& path);

/// Writes a PNG file, which appears under its name when it is whole.
/// \param pixels  (H, W, 3), both sides from 1 to 65535, of less than 2^30 pixels
/// \throws std::invalid_argument for another shape
/// \throws file_error  when the file cannot be written; what was there under its name stays
void write_png(const std::filesystem::path& path, const picture& pixels);

} // namespace maskaudit

#include <maskaudit/detail/display_impl.hpp>
