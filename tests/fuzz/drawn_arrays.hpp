#pragma once

#include "oracle.hpp"
#include "stored.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Labels and probabilities that are drawn by the bytes of an input: how large, of what, and how they lie in memory.

namespace maskaudit_fuzz {

using maskaudit_test::scene;
using half = maskaudit_test::half;

/// Numbers from the front of an input; zeros after its end, so that every input is whole.
class draw {
public:
    explicit draw(std::string_view bytes) : bytes_(bytes) {}

    bool is_empty() const { return bytes_.empty(); }

    std::size_t number(std::size_t from, std::size_t to) {
        if (bytes_.empty()) return from;
        const auto byte = static_cast<unsigned char>(bytes_.front());
        bytes_.remove_prefix(1);
        return from + byte % (to - from + 1);
    }
    bool flag() { return number(0, 1) == 1; }

    template <class T>
    T one_of(std::initializer_list<T> values) {
        return values.begin()[number(0, values.size() - 1)];
    }

    /// Goes on after so many bytes.
    void skip(std::size_t bytes) { bytes_.remove_prefix(std::min(bytes, bytes_.size())); }

private:
    std::string_view bytes_;
};

/// What arrays have in common whatever their types.
struct recipe {
    std::size_t images, classes, factor;
    std::vector<std::size_t> image_shape;
    std::vector<std::int64_t> ignored{};
    maskaudit_test::probabilities kind{};
    std::uint64_t seed = 0;
    double error_rate = 0;
};

inline recipe draw_recipe(draw& from) {
    recipe result{
        .images = from.number(0, 3), .classes = from.number(0, 9), .factor = from.number(0, 4), .image_shape = {}};
    const std::size_t rank = from.number(0, 3), longest = rank == 1 ? 160 : rank == 2 ? 40 : 7;
    for (std::size_t axis = 0; axis < rank; ++axis)
        result.image_shape.push_back(from.number(0, axis + 1 < rank ? 7 : longest));
    if (from.number(0, 7) > 0) // otherwise blocks may not fit
        for (std::size_t& extent : result.image_shape)
            extent -= extent % std::max<std::size_t>(1, result.factor);
    const auto last = static_cast<std::int64_t>(result.classes) - 1;
    for (std::size_t count = from.number(0, 3); count > 0; --count)
        result.ignored.push_back(from.one_of<std::int64_t>({255, -1, last, 0, 200, 1, -128, 65535}));
    result.kind = from.one_of<maskaudit_test::probabilities>(
        {maskaudit_test::probabilities::dirichlet, maskaudit_test::probabilities::sixteenths,
         maskaudit_test::probabilities::one_hot, maskaudit_test::probabilities::unnormalised});
    result.seed = from.number(0, 255);
    result.error_rate = static_cast<double>(from.number(0, 8)) / 8;
    return result;
}

/// A label as a type holds it, and what it then is. Of the highest 64-bit ones the plain numbers of a scene have none.
template <class Label>
std::int64_t held(std::int64_t label) {
    if (std::is_same_v<Label, std::uint64_t> && label < 0) return std::int64_t{1} << 62;
    return static_cast<std::int64_t>(static_cast<Label>(label));
}

/// Probabilities that are something special, those that are none among them.
template <class Stored>
Stored special(draw& from) {
    if constexpr (std::is_integral_v<Stored>) {
        constexpr Stored most = (std::numeric_limits<Stored>::max)();
        return from.one_of<Stored>({0, most, most / 2, most / 2 + 1, 1, most - 1, most / 4, 3});
    } else {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        const double value =
            from.one_of<double>({0.0, 1.0, -0.0, 0.5, 0.25, 0.515625, 0.75, 1e-30, -5e-7, 1 + 5e-7, -3e-6, 1 + 3e-6,
                                 std::nan(""), infinity, -infinity, 1e300, -1.0, 5e-324});
        if constexpr (std::is_same_v<Stored, half>)
            return Stored(static_cast<float>(value));
        else
            return static_cast<Stored>(value);
    }
}

/// An array whose elements lie in memory in any order, at any distance, and backwards.
template <class T>
class scattered_array {
public:
    /// \param values  in row-major order
    /// \param poison  what lies between them
    scattered_array(draw& from, std::vector<std::size_t> shape, const std::vector<T>& values, std::size_t channels,
                    T poison)
        : shape_(std::move(shape)), strides_(shape_.size()), size_(values.size()) {
        using maskaudit_test::layout;
        const auto order = from.one_of<layout>({layout::row_major, layout::column_major, layout::channel_last});
        const auto axes = maskaudit_test::axes_in(order, shape_.size(), channels);
        const std::size_t forms = from.number(0, 255); // most are plain ones
        std::ptrdiff_t stride = 1, first = 0;
        for (std::size_t i = axes.size(); i-- > 0;) {
            const bool has_gaps = forms >= 128 && (forms >> i & 1) != 0,
                       backwards = forms >= 192 && (forms >> i & 2) != 0;
            if (has_gaps) stride *= 2;
            strides_[axes[i]] = backwards ? -stride : stride;
            const auto extent = static_cast<std::ptrdiff_t>(shape_[axes[i]]);
            if (backwards && extent > 0) first += (extent - 1) * stride;
            stride *= extent;
        }
        const std::size_t room = values.empty() ? 0 : static_cast<std::size_t>(stride);
        memory_ = std::make_unique<T[]>(room); // as large as it must be: what is beside it is no one's
        std::fill_n(memory_.get(), room, poison);
        first_ = values.empty() ? 0 : first;
        for (std::size_t position = 0; position < values.size(); ++position) {
            std::ptrdiff_t offset = first_;
            std::size_t rest = position;
            for (std::size_t axis = shape_.size(); axis-- > 0; rest /= shape_[axis])
                offset += static_cast<std::ptrdiff_t>(rest % shape_[axis]) * strides_[axis];
            memory_[static_cast<std::size_t>(offset)] = values[position];
        }
    }

    /// Valid while this object is.
    auto view() const {
        return xt::adapt(static_cast<const T*>(memory_.get() + first_), size_, xt::no_ownership(), shape_, strides_);
    }

private:
    std::vector<std::size_t> shape_;
    std::vector<std::ptrdiff_t> strides_;
    std::size_t size_;
    std::ptrdiff_t first_ = 0;
    std::unique_ptr<T[]> memory_;
};

/// A data set as plain numbers, and the same as stored probabilities.
template <class Stored>
struct drawn_scene {
    scene data;
    std::vector<Stored> stored; // (N, K, S...)
};

template <class Label, class Stored>
drawn_scene<Stored> draw_scene(draw& from, const recipe& common) {
    maskaudit_test::random_engine random(common.seed);
    drawn_scene<Stored> result{{common.images, common.classes, common.image_shape, {}, {}}, {}};
    scene& data = result.data;
    if (common.classes > 0)
        data = maskaudit_test::random_scene<double>(random, common.images, common.classes, common.image_shape,
                                                    common.kind, common.error_rate, common.ignored.empty() ? 0 : 0.1);
    else
        data.labels.resize(common.images * data.pixels());
    data.ignored = common.ignored;
    result.stored = std::vector<Stored>(data.pred_probs.size(), Stored(0));
    std::transform(data.pred_probs.begin(), data.pred_probs.end(), result.stored.begin(),
                   maskaudit_test::stored_of<Stored>);
    for (std::size_t changes = 0; !from.is_empty() && changes < 40; ++changes) {
        const std::size_t position = from.number(0, 255) * 256 + from.number(0, 255);
        if (from.number(0, 3) > 0) {
            const Stored value = special<Stored>(from);
            if (!result.stored.empty()) result.stored[position % result.stored.size()] = value;
        } else {
            const auto last = static_cast<std::int64_t>(common.classes);
            const auto label = from.one_of<std::int64_t>({0, 1, last - 1, last, 255, -1, 200, -128, 65535, 256});
            if (!data.labels.empty()) data.labels[position % data.labels.size()] = label;
        }
    }
    for (std::int64_t& label : data.labels)
        label = held<Label>(label);
    std::transform(result.stored.begin(), result.stored.end(), data.pred_probs.begin(),
                   maskaudit_test::value_of<Stored>);
    return result;
}

} // namespace maskaudit_fuzz
