/// \file
/// Which labels a file can hold: an element type, a bit depth or a palette has no room for others.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/npy.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace maskaudit {

/// The labels that a file can hold, and what makes it so.
struct label_form {
    std::int64_t least; ///< the lowest, 0 or less
    std::uint64_t most; ///< the highest
    std::string kind;   ///< in words: "elements of type |u1", "grey of 16 bits", "a palette of 12 colours"

    /// Tells whether a label is one of them.
    template <std::integral Label>
    bool holds(Label label) const {
        // std::cmp_less does not take bool or characters, which the plus makes an int.
        return std::cmp_less_equal(least, +label) && std::cmp_less_equal(+label, most);
    }
};

/// The labels that elements of a type can be.
/// \throws std::invalid_argument  for a floating type
inline label_form label_form_of(const npy_type& type) {
    if (type.kind == npy_kind::floating)
        throw std::invalid_argument("type is " + to_string(type) + ": labels must be of an integer type or bool");
    const bool is_signed = type.kind == npy_kind::signed_integer;
    const std::size_t bits = type.kind == npy_kind::boolean ? 1 : 8 * type.size - (is_signed ? 1 : 0);
    const std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)() >> (64 - bits);
    return {.least = is_signed ? -static_cast<std::int64_t>(most) - 1 : 0,
            .most = most,
            .kind = "elements of type " + to_string(type)};
}

} // namespace maskaudit
