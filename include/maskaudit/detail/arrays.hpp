#pragma once

#include <maskaudit/detail/memory.hpp>
#include <maskaudit/detail/stored_probability.hpp>
#include <maskaudit/detail/xtensor.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace maskaudit {
template <class Closure>
class class_softmax; // logits.hpp
}

namespace maskaudit::detail {

template <class E>
using value_of = std::remove_cvref_t<typename E::value_type>;

template <class E>
concept array_expression = xt::is_xexpression<E>::value;

/// Labels: any integer type or bool.
template <class E>
concept label_array = array_expression<E> && std::integral<value_of<E>>;

template <class E>
inline constexpr bool is_class_softmax = false;
template <class Closure>
inline constexpr bool is_class_softmax<class_softmax<Closure>> = true;

/// Class probabilities: float, double, half, or 8 or 16 bits of fixed point; or logits whose softmax they are.
template <class E>
concept probability_array = (array_expression<E> && probability<value_of<E>>) || is_class_softmax<E>;

/// The type that these are computed with.
template <probability_array E>
using computed_of = computed<value_of<E>>;

/// Logits: float, double or half.
template <class E>
concept logit_array = array_expression<E> && logit<value_of<E>>;

template <class T>
concept boolean = std::is_same_v<T, bool>;

template <class E>
concept boolean_array = array_expression<E> && boolean<value_of<E>>;

template <class E>
concept number_array = array_expression<E> && std::is_arithmetic_v<value_of<E>>;

/// Elements that have no address, though the array has storage.
template <class E>
concept stored_as_bits = std::is_same_v<std::remove_cvref_t<typename E::storage_type>, std::vector<bool>>;

/// An expression that stands for memory, to be read in place by its strides. Lazy expressions have none.
template <class E>
concept in_memory = !stored_as_bits<E> && requires(const E& array) {
    { array.data() } -> std::convertible_to<const value_of<E>*>;
    { array.data_offset() } -> std::convertible_to<std::size_t>;
    array.strides();
};

/// What a backend returns: a boolean array with memory of its own. A lazy expression over its locals would dangle.
template <class E>
concept owning_boolean_array = boolean_array<std::remove_cvref_t<E>> &&
    (in_memory<std::remove_cvref_t<E>> || stored_as_bits<std::remove_cvref_t<E>>);

/// Memory of the caller that scores are written to.
template <class E>
concept score_array = in_memory<std::remove_cvref_t<E>> && std::floating_point<value_of<std::remove_cvref_t<E>>> &&
    requires(std::remove_reference_t<E>& array) {
    { array.data() } -> std::same_as<value_of<std::remove_cvref_t<E>>*>;
};

inline constexpr std::size_t dynamic_rank = static_cast<std::size_t>(-1);

/// The rank of an expression where its type fixes it. (xt::get_rank also calls views of an xtensor dynamic.)
template <class E>
inline constexpr std::size_t static_rank = dynamic_rank;

template <class E>
    requires requires { typename std::tuple_size<typename E::shape_type>::type; }
inline constexpr std::size_t static_rank<E> = std::tuple_size_v<typename E::shape_type>;

/// The rank of what a function of labels and pred_probs returns: as many axes as the labels have.
template <class Labels, class PredProbs>
constexpr std::size_t result_rank() {
    constexpr std::size_t labels = static_rank<Labels>;
    constexpr std::size_t pred_probs = static_rank<PredProbs>;
    constexpr bool are_known = labels != dynamic_rank && pred_probs != dynamic_rank;
    if constexpr (are_known && label_array<Labels> && probability_array<PredProbs>) // of others it is not what is wrong
        static_assert(pred_probs == labels + 1,
                      "pred_probs must have one axis more than labels: (N, K, S...) and (N, S...)");
    if constexpr (labels != dynamic_rank)
        return labels;
    else if constexpr (pred_probs != dynamic_rank)
        return pred_probs - 1;
    else
        return dynamic_rank;
}

using extents = std::vector<std::size_t>;

template <class E>
extents shape_of(const E& array) {
    return extents(array.shape().begin(), array.shape().end());
}

/// All but the first axes, of a shape or of strides.
template <class T>
std::vector<T> drop_front(const std::vector<T>& axes, std::size_t count) {
    return {axes.begin() + static_cast<std::ptrdiff_t>(count), axes.end()};
}

inline std::size_t count_of(const extents& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

inline std::string to_text(const extents& shape) {
    std::string text = "(";
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        text += (axis == 0 ? "" : ", ") + std::to_string(shape[axis]);
    return text + (shape.size() == 1 ? ",)" : ")");
}

/// The index along every axis of the element at a flat row-major position.
inline extents unravel(std::size_t position, const extents& shape) {
    extents index(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; position /= shape[axis])
        index[axis] = position % shape[axis];
    return index;
}

/// A fresh row-major array of a shape known only now, whatever its type knows of the rank.
template <class Array>
Array make_array(const extents& shape) {
    auto typed = xtl::make_sequence<typename Array::shape_type>(shape.size(), 0);
    if (typed.size() != shape.size()) // copying would overrun a static rank
        throw std::logic_error("an array of " + std::to_string(typed.size()) + " axes cannot have shape " +
                               to_text(shape));
    std::copy(shape.begin(), shape.end(), typed.begin());
    Array array(typed);
    prefer_huge_pages(array.data(), array.size() * sizeof *array.data());
    return array;
}

[[noreturn]] inline void refuse(const std::string& message) { throw std::invalid_argument(message); }

inline void require_same_shape(const char* name, const extents& shape, const char* other_name, const extents& other) {
    if (shape != other)
        refuse(std::string(name) + " has shape " + to_text(shape) + ", " + other_name + " has " + to_text(other) +
               ": they must be the same");
}

/// A class fits 16 bits, so that a pixel whose prediction disagrees with its label takes 16 bytes.
inline constexpr std::size_t max_classes = 65536;

inline std::size_t require_num_classes(std::size_t num_classes) {
    if (num_classes < 1 || num_classes > max_classes)
        refuse("num_classes is " + std::to_string(num_classes) + ": it must be from 1 to " +
               std::to_string(max_classes));
    return num_classes;
}

/// The class count of pred_probs, once the shapes of both arrays are known to fit. `leading` is 1 where the first axis
/// counts images and 0 for a single image.
inline std::size_t require_matching(const extents& labels, const extents& pred_probs, std::size_t leading) {
    const std::string both = "labels have shape " + to_text(labels) + " and pred_probs " + to_text(pred_probs) + ": ";
    const char* const rule = leading == 1 ? "labels must be (N, S...) and pred_probs (N, K, S...)"
                                          : "an image's labels must be (S...) and its pred_probs (K, S...)";
    if (labels.size() < leading + 1 || pred_probs.size() != labels.size() + 1) refuse(both + rule);
    extents expected = labels;
    const std::size_t num_classes = pred_probs[leading];
    expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(leading), num_classes);
    if (expected != pred_probs) refuse(both + rule);
    if (num_classes == 0) refuse(both + "there must be at least one class");
    if (num_classes > max_classes) refuse(both + "there must be at most " + std::to_string(max_classes) + " classes");
    return num_classes;
}

} // namespace maskaudit::detail
