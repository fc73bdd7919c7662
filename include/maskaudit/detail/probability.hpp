#pragma once

#include <maskaudit/detail/label_kernel.hpp>

#include <array>
#include <cstdint>
#include <type_traits>

// What kernels need to know of probabilities, which are float or double.

namespace maskaudit::detail {

/// Probabilities may leave [0, 1] by this much: softmax in float rounds.
inline constexpr double probability_slack = 1e-6;

template <class T>
inline constexpr T least_probability = static_cast<T>(-probability_slack);
template <class T>
inline constexpr T largest_probability = static_cast<T>(1 + probability_slack);

/// Whether a value is a probability; false for NaN. Compared in its own type, which is the same as comparing in double:
/// no float lies between a bound and its nearest float.
template <class T>
constexpr bool is_probability(T value) {
    return value >= least_probability<T> && value <= largest_probability<T>;
}
static_assert(is_probability(1.000001) && !is_probability(1.0000011) && is_probability(1.0000009F) &&
              !is_probability(1.0000011F));

/// Integers as wide as T, which comparisons of T give and classes are kept in while they are compared.
template <class T>
using lane_integer = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

template <class T>
inline constexpr auto ones_array = [] {
    std::array<T, segment_pixels> values{};
    values.fill(T{1});
    return values;
}();
/// The q of a segment that is ignored.
template <class T>
inline constexpr const T* ones = ones_array<T>.data();

} // namespace maskaudit::detail
