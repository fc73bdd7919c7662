/// \file
/// What the issues are about: which classes were given where the model sees which others.
///
/// \code
/// for (const auto& swap : maskaudit::common_label_issues(issues, labels, pred_probs))
///     std::cout << swap.given_label << " -> " << swap.predicted_label << ": " << swap.num_pixel_issues << '\n';
/// auto cars = maskaudit::filter_by_class(8, issues, labels, pred_probs);
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/filter.hpp>
#include <maskaudit/options.hpp>

#include <cstddef>
#include <vector>

namespace maskaudit {

/// How many issue pixels were given one class and are predicted as another.
struct label_swap {
    std::size_t given_label;      ///< the class in the mask
    std::size_t predicted_label;  ///< the class of the highest probability
    std::size_t num_pixel_issues; ///< issue pixels with both

    /// Compares all of it.
    friend bool operator==(const label_swap&, const label_swap&) = default;
};

/// Which rows common_label_issues returns; each member may be left out.
struct summary_options {
    std::vector<std::size_t> exclude{}; ///< predicted classes to leave out
    std::size_t top = 20;               ///< rows at most
};

/// Counts issue pixels by given and predicted class, the most frequent pair first; equally frequent ones by given, then
/// by predicted class. Labels and probabilities of other pixels may be anything.
///
/// \param issues      (N, S...), boolean
/// \param labels      (N, S...), integer
/// \param pred_probs  (N, K, S...), of any type that find_label_issues takes
/// \param summary     predicted classes to leave out, and how many rows at most
/// \param opts        ignored labels, threads, progress
/// \throws std::invalid_argument where shapes do not fit
/// \throws data_error for a label or a probability at an issue pixel that cannot be used
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
std::vector<label_swap> common_label_issues(const Issues& issues, const Labels& labels, const PredProbs& pred_probs,
                                            const summary_options& summary = {}, const options& opts = {});

/// The issues whose given or predicted class is `class_index`; none for a class that does not exist.
///
/// \param class_index  of any value; the other parameters as for common_label_issues
/// \throws std::invalid_argument where shapes do not fit
/// \throws data_error as common_label_issues does
template <detail::boolean_array Issues, detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> filter_by_class(std::size_t class_index, const Issues& issues, const Labels& labels,
                                              const PredProbs& pred_probs, const options& opts = {});

} // namespace maskaudit

#include <maskaudit/detail/summary_impl.hpp>
