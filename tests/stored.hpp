#pragma once

#include <maskaudit/maskaudit.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

// Arrays as they are stored: of any type that probabilities have, and in any order of their axes.

namespace maskaudit_test {

using half = xtl::half_float;

/// The nearest that a type of probabilities has.
template <class Stored>
Stored stored_of(double p) {
    if constexpr (std::integral<Stored>)
        return static_cast<Stored>(std::lround(p * std::numeric_limits<Stored>::max()));
    else if constexpr (std::floating_point<Stored>)
        return static_cast<Stored>(p);
    else
        return Stored(static_cast<float>(p));
}

/// What it stands for.
template <class Stored>
double value_of(Stored stored) {
    if constexpr (std::integral<Stored>)
        return static_cast<float>(static_cast<double>(stored) / std::numeric_limits<Stored>::max());
    else if constexpr (std::floating_point<Stored>)
        return stored;
    else
        return static_cast<float>(stored);
}

enum class layout { row_major, column_major, channel_last };

/// The axes of an array, from the outermost in memory to the innermost; `channels` is the one that channel_last has
/// last.
inline std::vector<std::size_t> axes_in(layout order, std::size_t rank, std::size_t channels) {
    std::vector<std::size_t> axes(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    if (order == layout::column_major) std::reverse(axes.begin(), axes.end());
    if (order == layout::channel_last)
        std::rotate(axes.begin() + static_cast<std::ptrdiff_t>(channels),
                    axes.begin() + static_cast<std::ptrdiff_t>(channels) + 1, axes.end());
    return axes;
}

/// An array whose layout is chosen while running: one type for all of them, since each more takes seconds to compile.
template <class T>
class placed_array {
public:
    /// \param values  in row-major order, whatever the order in memory is to be
    /// \param axes    from the outermost in memory to the innermost
    placed_array(std::vector<std::size_t> shape, const std::vector<T>& values, const std::vector<std::size_t>& axes)
        : shape_(std::move(shape)), strides_(shape_.size()), memory_(values.size()) {
        std::ptrdiff_t stride = 1;
        for (std::size_t i = axes.size(); i-- > 0; stride *= static_cast<std::ptrdiff_t>(shape_[axes[i]]))
            strides_[axes[i]] = stride;
        for (std::size_t position = 0; position < values.size(); ++position) {
            std::ptrdiff_t offset = 0;
            std::size_t rest = position;
            for (std::size_t axis = shape_.size(); axis-- > 0; rest /= shape_[axis])
                offset += static_cast<std::ptrdiff_t>(rest % shape_[axis]) * strides_[axis];
            memory_[static_cast<std::size_t>(offset)] = values[position];
        }
    }

    /// Valid while this object is.
    auto view() const { return xt::adapt(memory_.data(), memory_.size(), xt::no_ownership(), shape_, strides_); }

private:
    std::vector<std::size_t> shape_;
    std::vector<std::ptrdiff_t> strides_;
    std::vector<T> memory_;
};

} // namespace maskaudit_test
