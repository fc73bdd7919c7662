#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

// The exact value of a rank among values that may be anywhere: in memory, in several threads, on several machines.

namespace maskaudit::detail {

template <std::floating_point T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// A number whose order as an unsigned integer is that of the value as a number; -0 is the same as 0.
template <std::floating_point T>
bits_of<T> ordered_bits(T value) {
    constexpr auto sign = static_cast<bits_of<T>>(bits_of<T>{1} << (8 * sizeof(T) - 1));
    const auto bits = std::bit_cast<bits_of<T>>(value + T{0});
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

template <std::floating_point T>
T from_ordered_bits(bits_of<T> ordered) {
    constexpr auto sign = static_cast<bits_of<T>>(bits_of<T>{1} << (8 * sizeof(T) - 1));
    return std::bit_cast<T>((ordered & sign) != 0 ? ordered ^ sign : ~ordered);
}

/// A selection by histograms of 16 bits of the values at a time, each within the one bucket of the last that holds the
/// rank: two rounds for float, four for double. Histograms of a round add.
template <std::floating_point T>
class rank_selection {
public:
    static constexpr unsigned digit_bits = 16;
    using histogram = std::vector<std::uint64_t>; // of 2^digit_bits

    static histogram empty_histogram() { return histogram(std::size_t{1} << digit_bits); }

    /// Counts a value by its next digit, if it is still possible.
    void count(T value, histogram& counts) const {
        const bits_of<T> digits = ordered_bits(value) >> shift_;
        if (is_first() || digits >> digit_bits == prefix_) ++counts[digits & (counts.size() - 1)];
    }

    struct place {
        std::uint64_t rank;   // from 1, among the values that are still possible
        std::uint64_t equals; // how many these are; once it is done, they are all equal
    };

    /// Ends a round: the value has this rank, from 1, among those counted.
    place narrow(std::uint64_t rank, const histogram& counts) {
        std::size_t digit = 0;
        for (; rank > counts[digit]; ++digit)
            rank -= counts[digit];
        prefix_ = static_cast<bits_of<T>>(prefix_ << (is_first() ? 0 : digit_bits) | digit);
        is_done_ = shift_ == 0;
        shift_ -= is_done_ ? 0 : digit_bits;
        return {rank, counts[digit]};
    }

    bool is_done() const noexcept { return is_done_; }

    T value() const { return from_ordered_bits<T>(prefix_); }

private:
    static constexpr unsigned first_shift = 8 * sizeof(T) - digit_bits;

    bool is_first() const noexcept { return shift_ == first_shift; }

    unsigned shift_ = first_shift;
    bits_of<T> prefix_ = 0; // the digits known so far
    bool is_done_ = false;
};

} // namespace maskaudit::detail
