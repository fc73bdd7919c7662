/// \file
/// Issues as regions to be looked at: where they lie, what they are about, and which to look at first.
///
/// \code
/// const auto inner = maskaudit::away_from_boundaries(issues, labels, 2); // hands are never exact at borders
/// for (const auto& region : maskaudit::issue_regions(inner, labels, pred_probs, {.min_area = 20, .top = 10}))
///     std::cout << region.image << ": " << region.given_label << " -> " << region.predicted_label << '\n';
/// const auto corrected = maskaudit::suggested_labels(inner, labels, pred_probs);
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/filter.hpp>
#include <maskaudit/options.hpp>

#include <cstddef>
#include <vector>

namespace maskaudit {

/// What makes a region, and which regions to return; each member may be left out.
struct region_options {
    std::size_t min_area = 1;      ///< regions of fewer pixels are left out
    std::size_t top = 0;           ///< how many regions at most, the most severe ones; 0: all
    bool full_connectivity = true; ///< pixels that share but a corner touch: 8 neighbours of a pixel (26 in a volume);
                                   ///< otherwise they share a side: 4 (6)
    bool split_by_class = true;    ///< pixels of a region have one given and one predicted class
};

/// Pixels side by side along the last axis.
struct pixel_run {
    std::size_t begin;  ///< flat position of the first within its image
    std::size_t length; ///< pixels

    /// Compares both.
    friend bool operator==(const pixel_run&, const pixel_run&) = default;
};

/// Issue pixels that touch each other.
struct issue_region {
    std::size_t image = 0;            ///< index of the image
    std::vector<std::size_t> begin{}; ///< the box around the region: the least index along every spatial axis, ...
    std::vector<std::size_t> end{};   ///< ... and one more than the largest
    std::size_t area = 0;             ///< pixels
    std::vector<double> centroid{};   ///< mean index along every spatial axis
    std::size_t given_label = 0;      ///< the class in the mask ...
    std::size_t predicted_label = 0;  ///< ... and that of the highest probability; of several pairs the most frequent,
                                      ///< of equally frequent ones the lowest given, then predicted class
    double mean_quality = 0;          ///< mean q, the probability of a pixel's given class
    double mean_predicted = 0;        ///< mean p, that of its predicted class
    double severity = 0;              ///< which to look at first, from 0; see issue_regions
    std::vector<pixel_run> runs{};    ///< the pixels, ascending; a run ends where its row does
};

/// The connected regions of issue pixels, most severe first; of equally severe ones that of the lower image, then that
/// of the lower first position. Labels and probabilities of other pixels may be anything. Ignored pixels are in no
/// region, whatever the mask says.
///
/// The severity of a region is the sum over its pixels of
///
///     log(max(p, f) / max(q, f)),    p of the predicted and q of the given class, f = 2e-6
///
/// the evidence that the model has for its class and against the label, a log likelihood ratio: it grows with the area
/// of a region as well as with the certainty of the model. So a large region of doubt counts less than its area, and a
/// few certain pixels less than an object of the wrong class. A probability may be off by 1e-6, and one below f says
/// only that it is small: without that floor, which the confident thresholds have too, a pixel whose q has been rounded
/// to 0 would count as much as a small object. As it is, a pixel counts log(1 / f) = 13.1 at most.
///
/// Takes time in proportion to the pixels, those that are no issues hardly any. A worker takes whole images, and keeps
/// about 100 bytes for every run of issue pixels of one of them.
///
/// \param issues      (N, S...), boolean
/// \param labels      (N, S...), integer
/// \param pred_probs  (N, K, S...), of any type that find_label_issues takes
/// \param regions     what makes a region, and which of them to return
/// \param opts        ignored labels, threads, progress
/// \throws std::invalid_argument where shapes do not fit
/// \throws data_error for a label or a probability at an issue pixel that cannot be used
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<issue_region> issue_regions(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                        const region_options& regions = {}, const options& opts = {});

/// The labels, with the predicted class at issue pixels: what the masks would be if the model were right about each of
/// them. Ignored pixels stay as they are, whatever the mask says. A class that is ignored may be suggested all the
/// same.
///
/// \param issues      (N, S...), boolean
/// \param labels      (N, S...), integer
/// \param pred_probs  (N, K, S...), of any type that find_label_issues takes
/// \param opts        ignored labels, threads, progress
/// \return array_of<value_type of labels, R> of the shape of labels
/// \throws std::invalid_argument where shapes do not fit, or there are more classes than labels of that type can name:
///         of std::int8_t 128, of bool 2
/// \throws data_error for a label or a probability at an issue pixel that cannot be used
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
array_of<detail::value_of<Labels>, detail::result_rank<Labels, PredProbs>()>
suggested_labels(const Issues& issues, const Labels& labels, const PredProbs& pred_probs, const options& opts = {});

/// The issues farther than `radius` from every border between given classes, where hands and models are never exact: an
/// issue pixel is dropped if some pixel of its image at most `radius` away along every spatial axis has another label.
///
/// Labels are compared as they are, those that are ignored too: a border with void is a border. The edge of an image is
/// none. Takes time in proportion to the pixels, whatever the radius. A worker keeps a byte for every pixel of an
/// image, and a copy of its labels where they do not lie one after the other.
///
/// \param issues  (N, S...), boolean
/// \param labels  (N, S...), integer; of any value
/// \param radius  in pixels; 0 drops nothing, one as large as the image all issues unless it has one label
/// \param opts    threads, progress; issues at ignored labels are dropped
/// \return array_of<bool, R> of the shape of labels
/// \throws std::invalid_argument where shapes do not fit
template <detail::boolean_array Issues, detail::label_array Labels>
array_of<bool, detail::issues_rank<Issues, Labels>()>
away_from_boundaries(const Issues& issues, const Labels& labels, std::size_t radius, const options& opts = {});

} // namespace maskaudit

#include <maskaudit/detail/regions_impl.hpp>
