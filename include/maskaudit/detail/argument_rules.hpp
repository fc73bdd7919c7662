#pragma once

#include <maskaudit/detail/arrays.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>

// What a compiler says of arguments that do not fit. Templates that users call are constrained, and each has a twin for
// all else, whose body is one of these: so the first error is a line that says what to do, and not a list of
// candidates. The twins return what the calls would, lest a second error follow from the first.

namespace maskaudit::detail {

template <class Labels, class PredProbs>
concept usable_arrays = label_array<Labels> && probability_array<PredProbs>;

template <class Issues, class Labels, class PredProbs>
concept usable_issues = boolean_array<Issues> && usable_arrays<Labels, PredProbs>;

// Each asserts a constant of its own: compilers would explain at length why a concept is not satisfied.

template <class Issues>
constexpr void explain_issues() {
    constexpr bool fits = boolean_array<Issues>;
    static_assert(fits, "a mask of issues must be an xtensor expression of bool; of integers: xt::not_equal(mask, 0)");
}

template <class Labels>
constexpr void explain_labels() {
    constexpr bool fits = label_array<Labels>;
    static_assert(fits, "labels must be an xtensor expression of an integer type or bool; of floats: "
                        "xt::cast<int>(labels); of memory: xt::adapt(pointer, shape)");
}

template <class Labels, class PredProbs>
constexpr void explain_arrays() {
    constexpr bool are_swapped = !label_array<Labels> && label_array<PredProbs> && probability_array<Labels>;
    static_assert(!are_swapped, "labels come before pred_probs: the two seem to be swapped");
    if constexpr (!are_swapped) explain_labels<Labels>();
    constexpr bool fits = probability_array<PredProbs> || are_swapped;
    static_assert(fits, "pred_probs must be an xtensor expression of float, double, xtl::half_float, std::uint8_t or "
                        "std::uint16_t, or softmax_over_classes(logits)");
}

template <class Issues, class Labels, class PredProbs>
constexpr void explain_arrays() {
    explain_issues<Issues>();
    explain_arrays<Labels, PredProbs>();
}

template <class Scores>
constexpr void explain_score_memory() {
    constexpr bool fits = score_array<Scores>;
    static_assert(fits, "scores are written to arrays of float or double that lie in memory: no constants and no lazy "
                        "expressions");
}

/// What is wrong with a finder for usable arrays; nothing may be.
template <class Finder, class Labels, class PredProbs, class Options>
constexpr void explain_finder() {
    constexpr bool is_called = std::is_invocable_v<const Finder&, const Labels&, const PredProbs&, const Options&>;
    static_assert(is_called, "a finder must be callable, as a constant too, with labels, pred_probs and "
                             "maskaudit::options; options go last");
    if constexpr (is_called) {
        using result = std::invoke_result_t<const Finder&, const Labels&, const PredProbs&, const Options&>;
        constexpr bool fits = owning_boolean_array<result>;
        static_assert(fits, "a finder must return a boolean array that owns its data, such as xt::xarray<bool>, and no "
                            "lazy expression");
    }
}

/// An image for label_inspector, and its number. A double would become one without a word.
template <class Labels, class PredProbs, class Index>
concept usable_image = usable_arrays<Labels, PredProbs> && std::convertible_to<Index, std::optional<std::size_t>> &&
    !std::floating_point<Index>;

template <class Labels, class PredProbs, class Index>
constexpr void explain_image() {
    explain_arrays<Labels, PredProbs>();
    constexpr bool fits = usable_image<Labels, PredProbs, Index> || !usable_arrays<Labels, PredProbs>;
    static_assert(fits, "the index of an image must be an integer");
}

/// Holds unless both types fix a rank, and these differ.
template <class A, class B>
inline constexpr bool may_have_same_rank =
    static_rank<A> == dynamic_rank || static_rank<B> == dynamic_rank || static_rank<A> == static_rank<B>;

/// The rank of what a function of issues and labels returns.
template <class Issues, class Labels>
constexpr std::size_t issues_rank() {
    constexpr bool fits = may_have_same_rank<Issues, Labels>;
    static_assert(fits || !boolean_array<Issues> || !label_array<Labels>,
                  "issues must have as many axes as labels: (N, S...)");
    return static_rank<Labels> != dynamic_rank ? static_rank<Labels> : static_rank<Issues>;
}

} // namespace maskaudit::detail
