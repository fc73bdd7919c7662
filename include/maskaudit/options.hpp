/// \file
/// Options of everything that looks at labels and probabilities.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace maskaudit {

/// Label values that mark pixels without a class ("void", "unlabelled"): `= 255`, or `= {255, -1}`.
///
/// Values compare as numbers, whatever their types: -1 never equals an unsigned 255. A class number may be ignored too.
class ignored_labels {
public:
    /// Ignores these labels; none, if there are none.
    template <std::integral... Integers>
    ignored_labels(Integers... values) { // implicit, so that options read `.ignore_label = 255`
        (insert(values), ...);
    }

    /// Ignores one more.
    template <std::integral Integer>
    void insert(Integer value) {
        const auto place = std::lower_bound(values_.begin(), values_.end(), number(value));
        if (place == values_.end() || *place != number(value)) values_.insert(place, number(value));
    }

    /// Tells whether a label is ignored.
    template <std::integral Integer>
    bool contains(Integer value) const {
        return std::binary_search(values_.begin(), values_.end(), number(value));
    }

    bool empty() const noexcept { return values_.empty(); } ///< tells whether no label is

    /// The ignored values that an integer type can hold, as that type.
    template <std::integral Integer>
    std::vector<Integer> as() const {
        std::vector<Integer> held;
        for (const number& value : values_)
            if (const auto candidate = static_cast<Integer>(value.bits); number(candidate) == value)
                held.push_back(candidate);
        return held;
    }

    /// Tells whether they are the same labels, in whatever order they came.
    friend bool operator==(const ignored_labels&, const ignored_labels&) = default;

private:
    /// Any 64-bit integer, signed or not, without losing which of the two it is.
    struct number {
        template <std::integral Integer>
        explicit number(Integer value) : bits(static_cast<std::uint64_t>(value)), negative(value < Integer{}) {}
        friend auto operator<=>(const number&, const number&) = default;
        std::uint64_t bits;
        bool negative;
    };

    std::vector<number> values_; // ascending
};

/// What is the same for every function; each member may be left out: `{.ignore_label = 255, .n_jobs = 2}`.
struct options {
    /// Pixels with one of these labels take part in nothing: no threshold, no count, no score; they are never an issue.
    ignored_labels ignore_label{};
    /// Worker threads. 0: one for every physical core; 1 starts none. Those of oneTBB, with the component tbb, are no
    /// more than the arena of the caller has.
    unsigned n_jobs = 0;
    /// Pixels a worker takes at once, at most 2^20, rounded to whole chunks of 8192, or to whole rows of blocks where
    /// downsampled. 0: a good default. Never changes a result.
    std::size_t batch_size = 0;
    /// Called with the images done and the images in all, by one thread at a time. What it throws ends the call. It
    /// starts again at 1 where probabilities turn out not to sum to one, and so have to be looked at once more.
    std::function<void(std::size_t done, std::size_t total)> progress{};
};

} // namespace maskaudit
