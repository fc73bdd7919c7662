/// \file
/// Which images are probably badly labelled: a score for every image and every pixel, and issues from scores.
///
/// \code
/// auto [image_scores, pixel_scores] = maskaudit::get_label_quality_scores(labels, pred_probs);
/// auto worst_first = maskaudit::issues_from_scores(image_scores, 0.5);               // indices of images
/// auto mask        = maskaudit::issues_from_scores(image_scores, pixel_scores, 0.1); // pixels
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/filter.hpp>
#include <maskaudit/options.hpp>

#include <concepts>
#include <cstddef>

namespace maskaudit {

/// Image score: a soft minimum of the pixel scores x, sum x w / sum w with w = exp((min x - x) / T).
///
/// That is the inner product of x and softmax((1 - x) / T), as cleanlab 2.9 defines it. T -> 0 gives the least pixel
/// score, T -> infinity the mean.
struct softmin {
    double temperature = 0.1; ///< T > 0; taken as 1e-6 where it is less
};

/// Image score: 1 - issues / valid pixels, the issues found by a backend of find_label_issues.
template <class Finder = confident_learning>
struct num_pixel_issues {
    Finder find_label_issues{}; ///< the backend
};
/// num_pixel_issues{finder} counts what that backend finds.
template <class Finder>
num_pixel_issues(Finder) -> num_pixel_issues<Finder>;
/// num_pixel_issues{} counts what confident learning finds.
num_pixel_issues()->num_pixel_issues<>;

/// Scores from 0 (wrong) to 1 (right), within 1e-6 of rounding in the probabilities.
template <class T, std::size_t Rank>
struct label_quality_scores {
    xt::xtensor<double, 1> image_scores; ///< (N); 1 for an image without valid pixels
    array_of<T, Rank> pixel_scores; ///< (N, S...); the self-confidence q = pred_probs of the given class; 1 if ignored
};

namespace detail {
template <class Method, class Labels, class PredProbs>
inline constexpr bool is_quality_method = std::same_as<Method, softmin>;
template <class Finder, class Labels, class PredProbs>
inline constexpr bool is_quality_method<num_pixel_issues<Finder>, Labels, PredProbs> =
    label_issue_finder<Finder, Labels, PredProbs>;
} // namespace detail

/// A method of get_label_quality_scores: softmin, or num_pixel_issues with a backend.
template <class Method, class Labels, class PredProbs>
concept label_quality_method = detail::is_quality_method<Method, Labels, PredProbs>;

/// Scores every image and every pixel.
///
/// \param labels      (N, S...), any integer type or bool: the class given to every pixel, 0..K-1, or an ignored label
/// \param pred_probs  (N, K, S...): the model's probability of every class at every pixel; float, double,
///                    xtl::half_float, or std::uint8_t or std::uint16_t as fractions of 255 or 65535; or
///                    softmax_over_classes(logits) of logits.hpp
/// \param method      softmin{}, or num_pixel_issues{finder}
/// \param opts        ignored labels, threads, progress
/// \return image_scores (N) and pixel_scores (N, S...)
/// \throws std::invalid_argument where shapes do not fit or the temperature is not above 0
/// \throws data_error for a label that is no class, or a probability outside [-1e-6, 1 + 1e-6] among those the method
///         reads: softmin reads those of the given classes (of logits, all)
template <detail::label_array Labels, detail::probability_array PredProbs, class Method = softmin>
    requires label_quality_method<Method, Labels, PredProbs>
auto get_label_quality_scores(const Labels& labels, const PredProbs& pred_probs, const Method& method = {},
                              const options& opts = {})
    -> label_quality_scores<detail::computed_of<PredProbs>, detail::result_rank<Labels, PredProbs>()>;

/// The same with softmin.
template <detail::label_array Labels, detail::probability_array PredProbs>
auto get_label_quality_scores(const Labels& labels, const PredProbs& pred_probs, const options& opts) {
    return get_label_quality_scores(labels, pred_probs, softmin{}, opts);
}

/// The same into arrays of the caller, float or double with any strides: image_scores (N), pixel_scores (N, S...).
/// \throws std::invalid_argument also where their shapes do not fit; after any exception their content is unspecified
template <detail::score_array ImageScores, detail::score_array PixelScores, detail::label_array Labels,
          detail::probability_array PredProbs, class Method = softmin>
    requires label_quality_method<Method, Labels, PredProbs>
void get_label_quality_scores_to(ImageScores&& image_scores, PixelScores&& pixel_scores, const Labels& labels,
                                 const PredProbs& pred_probs, const Method& method = {}, const options& opts = {});

/// Which images issues_from_scores returns.
enum class cutoff {
    below,        ///< those whose score is below the threshold
    cleanlab_2_9, ///< as cleanlab 2.9.0: the next image in the ranking too, so at least one if there is any
};

/// Images with a score below the threshold, lowest score first, at equal scores the lower index first.
///
/// \param image_scores  (N), any numbers
/// \param threshold     from 0 to 1
/// \throws std::invalid_argument where image_scores has not one axis or the threshold is outside [0, 1]
/// \throws data_error for NaN
template <detail::number_array ImageScores>
xt::xtensor<std::size_t, 1> issues_from_scores(const ImageScores& image_scores, double threshold = 0.1,
                                               cutoff which = cutoff::below);

/// Pixels with a score below the threshold.
///
/// \param image_scores  (N)
/// \param pixel_scores  (N, S...), any numbers
/// \param threshold     from 0 to 1
/// \return array_of<bool, R> of the shape of pixel_scores
/// \throws std::invalid_argument where shapes do not fit or the threshold is outside [0, 1]
/// \throws data_error for NaN
template <detail::number_array ImageScores, detail::number_array PixelScores>
array_of<bool, detail::static_rank<PixelScores>>
issues_from_scores(const ImageScores& image_scores, const PixelScores& pixel_scores, double threshold = 0.1);

} // namespace maskaudit

#include <maskaudit/detail/rank_impl.hpp>
