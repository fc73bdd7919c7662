/// \file
/// Which pixels are probably mislabelled: find_label_issues and the backends it takes.
///
/// \code
/// auto issues = maskaudit::find_label_issues(labels, pred_probs);                           // confident learning
/// auto issues = maskaudit::find_label_issues(labels, pred_probs, {.ignore_label = 255});    // void pixels left out
/// auto issues = maskaudit::find_label_issues(labels, pred_probs, maskaudit::below_threshold{0.2});
/// auto issues = maskaudit::find_label_issues(labels, pred_probs, your_own_struct_or_lambda);
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/options.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace maskaudit {

/// The array that results come in: of static rank where the type of labels or pred_probs fixes it.
template <class T, std::size_t Rank>
using array_of =
    std::conditional_t<Rank == detail::dynamic_rank, xt::xarray<T, xt::layout_type::row_major>,
                       xt::xtensor<T, Rank == detail::dynamic_rank ? 1 : Rank, xt::layout_type::row_major>>;

/// What label issues come in: boolean, of the shape of labels (N, S...).
template <class Labels, class PredProbs>
using issue_mask = array_of<bool, detail::result_rank<Labels, PredProbs>()>;

/// A backend of find_label_issues: `f(labels, pred_probs, options)` returns a boolean array (N, S...), true where a
/// label is an issue. It must own its data: a lazy expression over the backend's locals would dangle, and is refused.
/// The backend is called as const: a lambda must not be mutable. It gets the labels as they are, ignored ones included,
/// which `opts.ignore_label.contains(label)` tells; what it flags there is cleared.
template <class F, class Labels, class PredProbs>
concept label_issue_finder = requires(const F& find, const Labels& labels, const PredProbs& pred_probs,
                                      const options& opts) {
    { find(labels, pred_probs, opts) } -> detail::owning_boolean_array;
};

/// The label of a downsampled block.
enum class downsample_labels {
    mean,     ///< the mean of its label numbers, rounded half to even: what cleanlab does
    majority, ///< its most frequent label, of equally frequent ones the lowest
};

/// The default backend: confident learning with thresholds a class.
///
/// 1. The threshold of class k is the mean self-confidence q of the pixels given k, at least 2e-6.
/// 2. c is the number of pixels whose predicted class differs from the given one and has a probability of at least its
///    threshold - 1e-6.
/// 3. The c pixels with the smallest q are flagged, at equal q those with the lower flat index.
/// 4. A flagged pixel whose predicted class is its given class is dropped.
///
/// With downsample f, steps 1 to 3 are about blocks of f pixels along every spatial axis, whose probabilities are the
/// means over their valid pixels, renormalised; step 4 is about pixels again.
///
/// Source: Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70 (2021),
/// section 3; downsampling as in cleanlab 2.9.
struct confident_learning {
    std::size_t downsample = 1;                         ///< must divide every spatial extent
    downsample_labels labels = downsample_labels::mean; ///< the label of a block

    /// Flags what steps 1 to 4 say: (N, S...).
    /// \throws std::invalid_argument where shapes or downsample do not fit
    /// \throws data_error for a label that is no class, or a probability outside [-1e-6, 1 + 1e-6]
    template <detail::label_array Labels, detail::probability_array PredProbs>
    issue_mask<Labels, PredProbs> operator()(const Labels& given, const PredProbs& pred_probs,
                                             const options& opts = {}) const;
};

/// A simpler backend: pixels whose self-confidence is below a threshold in [0, 1].
struct below_threshold {
    double threshold = 0.1; ///< from 0 to 1

    /// Flags those pixels: (N, S...).
    /// \throws std::invalid_argument where shapes do not fit or the threshold is outside [0, 1]
    /// \throws data_error for a label that is no class, or a self-confidence outside [-1e-6, 1 + 1e-6]
    ///         (of logits: any of the pixel that is NaN or infinite)
    template <detail::label_array Labels, detail::probability_array PredProbs>
    issue_mask<Labels, PredProbs> operator()(const Labels& labels, const PredProbs& pred_probs,
                                             const options& opts = {}) const;
};

/// Finds the pixels whose label is probably wrong.
///
/// \param labels      (N, S...), any integer type or bool: the class given to every pixel, 0..K-1, or an ignored label
/// \param pred_probs  (N, K, S...): the model's probability of every class at every pixel; float, double,
///                    xtl::half_float, or std::uint8_t or std::uint16_t as fractions of 255 or 65535; or
///                    softmax_over_classes(logits) of logits.hpp
/// \param finder      the backend; what it flags among ignored pixels is cleared
/// \param opts        ignored labels, threads, progress
/// \throws std::invalid_argument where shapes do not fit, or the finder's mask has not the shape of labels
/// \throws data_error for values that cannot be used
template <detail::label_array Labels, detail::probability_array PredProbs, class Finder = confident_learning>
    requires label_issue_finder<Finder, Labels, PredProbs>
auto find_label_issues(const Labels& labels, const PredProbs& pred_probs, const Finder& finder = {},
                       const options& opts = {}) -> issue_mask<Labels, PredProbs>;

/// The same with the default backend.
template <detail::label_array Labels, detail::probability_array PredProbs>
issue_mask<Labels, PredProbs> find_label_issues(const Labels& labels, const PredProbs& pred_probs,
                                                const options& opts) {
    return find_label_issues(labels, pred_probs, confident_learning{}, opts);
}

} // namespace maskaudit

#include <maskaudit/detail/filter_impl.hpp>
