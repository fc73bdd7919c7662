/// \file
/// What was found, as one HTML file to go through: it opens in any browser, offline, and loads nothing from elsewhere.
///
/// \code
/// maskaudit::write_report("report.html", issues, labels, pred_probs,
///                         {.class_names = names, .pictures = [&](std::size_t n) { return photos[n]; }});
/// \endcode
///
/// It shows totals, a histogram of image scores, which classes were given for which others, and galleries of the worst
/// images and regions, to be sorted, filtered, looked at closely, and marked one by one: error, fine or unsure. Marks
/// are kept by the browser, and can be had as a CSV file. Names are shown as text, whatever they contain.
///
/// For POSIX systems; needs libpng, libjpeg-turbo and kainjow's mustache beside xtensor.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/report_drawing.hpp>
#include <maskaudit/display.hpp>
#include <maskaudit/picture.hpp>
#include <maskaudit/rank.hpp>
#include <maskaudit/regions.hpp>
#include <maskaudit/summary.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit {

/// What is known of an image.
struct report_image {
    std::string name{};                ///< shown as text; may be empty
    double softmin_score = 1;          ///< of softmin, as get_label_quality_scores gives it
    double num_pixel_issues_score = 1; ///< 1 - issue_pixels / valid_pixels
    std::uint64_t issue_pixels = 0;    ///< at most valid_pixels
    std::uint64_t valid_pixels = 0;    ///< those that are not ignored
};

/// What an issue_report says; each member may be left out.
struct report_contents {
    std::string title = "Label issues";                       ///< of the page
    std::vector<std::string> class_names{};                   ///< a name a class; or none at all
    std::vector<report_image> images{};                       ///< all images, by index
    std::vector<label_swap> swaps{};                          ///< as common_label_issues gives them
    std::vector<issue_region> regions{};                      ///< those to go through, most severe first
    std::size_t num_regions = 0;                              ///< that there are, shown or not; 0: no more than these
    std::size_t max_images = 200;                             ///< in the gallery, beside those that regions are of
    std::vector<std::pair<std::string, std::string>> facts{}; ///< small print, such as {"labels", "/data/labels"}
};

/// A report in the making: contents first, then the pictures of some images, one at a time, then the file.
class issue_report {
public:
    /// Begins without pictures.
    /// \throws std::invalid_argument  for an image or a class that does not exist, a score that is no number, more
    ///         issues than valid pixels, or regions whose boxes are empty or of different numbers of axes
    explicit issue_report(report_contents contents);

    /// The images that the report has a place for, ascending: the max_images with the lowest softmin score, of equal
    /// ones those of the lower index, and those that regions are of. None where regions are not of two axes.
    const std::vector<std::size_t>& images_to_draw() const noexcept { return to_draw_; }

    /// Draws image n, and the regions that are of it; different images on several threads at a time, if you like.
    /// Pictures of images are shrunk to at most 640 pixels a side, as draw_panels shrinks them; those of regions, with
    /// what is around them, only where they are larger than that. Encoded at once; of the layers nothing is kept. An
    /// image that is never drawn is in the report without a picture; of one that is drawn twice the later counts.
    ///
    /// \param n       one of images_to_draw()
    /// \param layers  all (H, W), not empty, but for the photo, which may be; without it the given mask is looked at
    /// \throws std::invalid_argument  for another image, layers that do not fit each other or the regions, or a class
    ///         that does not exist
    void draw(std::size_t n, const image_layers& layers);

    /// Writes the report, which appears under its name when it is whole.
    /// \throws file_error  when the file cannot be written; what was there under its name stays
    void write(const std::filesystem::path& path) const;

private:
    report_contents contents_;
    std::vector<std::size_t> shown_;                    // ascending
    std::vector<std::size_t> to_draw_;                  // the same, or none
    std::vector<detail::report_drawing> drawn_images_;  // one for each of shown_
    std::vector<detail::report_drawing> drawn_regions_; // one for each region
};

/// What write_report shows; each member may be left out.
struct report_options {
    std::string title = "Label issues";                       ///< of the page
    std::vector<std::string> class_names{};                   ///< a name a class; or none at all
    std::vector<std::string> image_names{};                   ///< a name an image; or none at all
    picture_source pictures{};                                ///< the photos; none: masks alone
    std::size_t max_images = 200;                             ///< in the gallery, beside those that regions are of
    region_options regions{.top = 200};                       ///< what makes a region, and how many of them
    softmin score{};                                          ///< of the image scores
    std::vector<std::pair<std::string, std::string>> facts{}; ///< small print, such as {"labels", "/data/labels"}
};

/// Writes a report on whole arrays: computes scores, swaps and regions, and draws what images_to_draw() asks for.
///
/// Images that are not of two axes are in the report without pictures. Beside the arrays, memory is taken for the
/// scores of all pixels, and some 100 kB for every image and region drawn. After any exception, what
/// `report.pictures` throws included, the file is not there, or what it was.
///
/// \param path        the file, which appears under this name when it is whole
/// \param issues      (N, S...), boolean
/// \param labels      (N, S...), integer
/// \param pred_probs  (N, K, S...), of any type that find_label_issues takes
/// \param report      what to show
/// \param opts        ignored labels; threads, each of which draws an image at a time; progress, of the scores
/// \throws std::invalid_argument where shapes do not fit, or names or a picture
/// \throws data_error for a label or a probability that cannot be used
/// \throws file_error when the file cannot be written
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
void write_report(const std::filesystem::path& path, const Issues& issues, const Labels& labels,
                  const PredProbs& pred_probs, const report_options& report = {}, const options& opts = {});

} // namespace maskaudit

#include <maskaudit/detail/report_impl.hpp>
