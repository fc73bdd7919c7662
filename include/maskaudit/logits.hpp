/// \file
/// A model's raw scores in place of its probabilities: softmax_over_classes.
///
/// \code
/// auto issues = maskaudit::find_label_issues(labels, maskaudit::softmax_over_classes(logits));
/// inspector.add(labels, maskaudit::softmax_over_classes(model(image)));
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/arrays.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace maskaudit {

/// The class probabilities that logits stand for; made by softmax_over_classes, taken wherever pred_probs is.
///
/// It is no xtensor expression and has no elements: probabilities are made pixel by pixel while a function looks at
/// them. A backend of your own gets it as it is, and can ask for the logits.
///
/// \tparam Closure  the type of the logits: a reference, or a value that is kept
template <class Closure>
class class_softmax {
public:
    using logits_type = std::remove_cvref_t<Closure>;                   ///< the array that logits() gives
    using value_type = detail::computed<detail::value_of<logits_type>>; ///< of the probabilities: float or double
    using shape_type = typename logits_type::shape_type;                ///< that of the logits

    /// Refers to the logits, or keeps them, as Closure says.
    explicit class_softmax(Closure&& logits) : logits_(std::forward<Closure>(logits)) {}

    const logits_type& logits() const noexcept { return logits_; } ///< as they came

    /// (N, K, S...), or (K, S...) of one image, as the logits.
    decltype(auto) shape() const { return logits().shape(); }
    std::size_t dimension() const { return logits().dimension(); } ///< how many axes that is

private:
    Closure logits_;
};

/// Stands for the probabilities of the classes, given the logits x of a pixel:
///
///     p_k = exp(x_k - m) / sum over j of exp(x_j - m),    m the largest of them
///
/// Probabilities are never stored as a whole: those of some pixels at a time are computed in a worker's cache, once
/// for every look. (Downsampling and num_pixel_issues with another backend take two.) They are floats where logits are
/// float or half, and doubles where logits are double; within 9.6e-7 (double: 1.8e-15) of the formula, however many
/// classes there are, and the same bits whatever the processor, threads and layout (but not where Clang compiles with
/// -ffp-contract=fast, or any compiler with -fassociative-math). Of two classes the one with the larger logit has never
/// the lower probability, and equal logits have equal ones; where the two largest are less than 2e-7 (double: 4e-16)
/// apart they may come out equal, and the first of them is then the predicted class. A probability below 1e-33 (double:
/// 1e-302) may be 0.
///
/// A function that it is given to throws data_error in the name of "logits" for NaN or infinity, in whatever class, at
/// a pixel that it looks at: find_label_issues and scores at all that are not ignored, summaries at issues alone.
/// -infinity makes a class impossible, and is an error in all classes of a pixel.
///
/// \param logits  (N, K, S...), or (K, S...) for label_inspector; float, double or xtl::half_float, any expression.
///                Referred to where it is an lvalue, which must then live as long as the result; otherwise kept.
template <class Logits>
    requires detail::logit_array<std::remove_cvref_t<Logits>>
auto softmax_over_classes(Logits&& logits) {
    using array = std::remove_cvref_t<Logits>;
    using closure = std::conditional_t<std::is_lvalue_reference_v<Logits>, const array&, array>;
    return class_softmax<closure>(static_cast<closure>(std::forward<Logits>(logits)));
}

/// \cond
template <class Logits> // that do not fit
    requires(!detail::logit_array<Logits>)
class_softmax<xt::xarray<float>> softmax_over_classes(const Logits&) {
    constexpr bool fits = detail::logit_array<Logits>;
    static_assert(fits, "logits must be an xtensor expression of float, double or xtl::half_float; of others: "
                        "xt::cast<float>(logits)");
    return class_softmax<xt::xarray<float>>({});
}
/// \endcond

} // namespace maskaudit
