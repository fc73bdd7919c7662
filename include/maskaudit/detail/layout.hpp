#pragma once

#include <maskaudit/detail/arrays.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace maskaudit::detail {

/// How the pixels of an image lie in memory: the spatial axes of an array with as few axes as describe them, so that an
/// image without gaps is one run of pixels whatever its rank.
class image_layout {
public:
    image_layout() = default;

    template <class Strides>
    image_layout(const extents& shape, const Strides& strides) : pixels_(count_of(shape)) {
        for (std::size_t i = 0; i < shape.size(); ++i) {
            if (shape[i] == 1) continue;
            const auto stride = static_cast<std::ptrdiff_t>(strides[i]);
            const auto span = static_cast<std::ptrdiff_t>(shape[i]) * stride;
            if (!axes_.empty() && axes_.back().stride == span) {
                axes_.back().extent *= shape[i];
                axes_.back().stride = stride;
            } else {
                axes_.push_back({shape[i], stride});
            }
        }
        if (axes_.empty()) axes_.push_back({1, 0});
    }

    std::size_t pixels() const noexcept { return pixels_; }

    /// From a pixel to the next along the last axis; 0 where there is but one.
    std::ptrdiff_t stride() const { return axes_.back().stride; }

    /// Evenly spaced pixels; offset and stride are in elements.
    struct run {
        std::ptrdiff_t offset, stride;
        std::size_t length;
    };

    /// Calls f(offset, stride, length) for the runs that make up the flat positions first .. first + count - 1, in that
    /// order.
    template <class F>
    void for_each_run(std::size_t first, std::size_t count, F f) const {
        while (count > 0) {
            const run next = longest_run(first, count);
            f(next.offset, next.stride, next.length);
            first += next.length;
            count -= next.length;
        }
    }

    /// The offset of the first of these flat positions, where they lie in memory one after the other.
    std::optional<std::ptrdiff_t> dense_run(std::size_t first, std::size_t count) const {
        const run all = longest_run(first, count);
        if (all.length < count || (all.stride != 1 && count > 1)) return std::nullopt;
        return all.offset;
    }

    /// Copies the values at these flat positions of an image to where they lie one after the other.
    template <class T>
    void gather(const T* from, std::size_t first, std::size_t count, T* to) const {
        for_each_run(first, count, [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
            for (const T* const end = to + length; to < end; offset += stride)
                *to++ = from[offset];
        });
    }

    std::ptrdiff_t offset_of(std::size_t position) const { return longest_run(position, 1).offset; }

private:
    run longest_run(std::size_t first, std::size_t most) const {
        const std::size_t column = first % axes_.back().extent;
        std::size_t outer = first / axes_.back().extent;
        std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(column) * axes_.back().stride;
        for (std::size_t i = axes_.size() - 1; i-- > 0; outer /= axes_[i].extent)
            offset += static_cast<std::ptrdiff_t>(outer % axes_[i].extent) * axes_[i].stride;
        return {offset, axes_.back().stride, (std::min)(most, axes_.back().extent - column)};
    }

    struct axis {
        std::size_t extent;
        std::ptrdiff_t stride;
    };

    std::vector<axis> axes_;
    std::size_t pixels_ = 0;
};

/// One image in memory: of labels or scores, or, with a class stride, of class probabilities.
template <class T>
struct image_memory {
    T* data = nullptr;
    const image_layout* layout = nullptr;
    std::ptrdiff_t class_stride = 0;
};

/// The same of logits, whose softmax is meant.
template <class T>
struct logits_memory {
    image_memory<const T> logits;
};

/// What the axes before the spatial ones count.
struct axes {
    bool images;
    bool classes;
};

/// The images of an array, one at a time, as memory: in place where the array has memory, evaluated into a buffer of
/// this object where it is lazy.
///
/// Axes are (N, S...) or, with classes, (N, K, S...); a single image has no first axis.
template <class Array>
class image_source {
public:
    using value_type = value_of<Array>;

    /// Whether all images are there at any time, and not only the last one asked for.
    static constexpr bool has_all = in_memory<Array>;

    image_source(const Array& array, axes leading) : array_(array), leading_(leading) {
        const extents shape = shape_of(array);
        const std::size_t spatial = (leading.images ? 1U : 0U) + (leading.classes ? 1U : 0U);
        if constexpr (in_memory<Array>) {
            const auto& strides = array.strides();
            std::vector<std::ptrdiff_t> steps(strides.begin(), strides.end());
            place(shape, spatial, steps);
            data_ = array.data() + array.data_offset();
        } else {
            std::vector<std::ptrdiff_t> steps(shape.size());
            std::ptrdiff_t step = 1;
            for (std::size_t axis = shape.size(); axis-- > 0; step *= static_cast<std::ptrdiff_t>(shape[axis]))
                steps[axis] = step;
            place(shape, spatial, steps);
            image_stride_ = 0; // the buffer holds the image asked for
        }
    }

    image_source(const image_source&) = delete; // images point to its layout
    image_source& operator=(const image_source&) = delete;

    /// Image n. Where the array is lazy, the image taken before is no longer valid.
    image_memory<const value_type> image(std::size_t n) {
        if constexpr (!in_memory<Array>) {
            evaluate(n);
            data_ = buffer_.data();
        }
        return {data_ + static_cast<std::ptrdiff_t>(n) * image_stride_, &layout_, class_stride_};
    }

private:
    void evaluate(std::size_t n) {
        if constexpr (stored_as_bits<Array>) { // xtensor has no views of these
            const extents shape = drop_front(shape_of(array_), leading_.images ? 1 : 0);
            buffer_ = make_array<decltype(buffer_)>(shape);
            const auto skipped = static_cast<std::ptrdiff_t>(leading_.images ? n * count_of(shape) : 0);
            std::copy_n(array_.template begin<xt::layout_type::row_major>() + skipped, count_of(shape), buffer_.data());
        } else if (leading_.images) {
            xt::noalias(buffer_) = xt::view(array_, n);
        } else {
            xt::noalias(buffer_) = array_;
        }
    }

    void place(const extents& shape, std::size_t spatial, const std::vector<std::ptrdiff_t>& steps) {
        layout_ = image_layout(drop_front(shape, spatial), drop_front(steps, spatial));
        if (leading_.images) image_stride_ = steps[0];
        if (leading_.classes) class_stride_ = steps[leading_.images ? 1 : 0];
    }

    const Array& array_;
    axes leading_;
    image_layout layout_;
    std::ptrdiff_t image_stride_ = 0;
    std::ptrdiff_t class_stride_ = 0;
    const value_type* data_ = nullptr;
    xt::xarray<value_type, xt::layout_type::row_major> buffer_;
};

/// Logits to be read as their softmax.
template <class Closure>
class image_source<class_softmax<Closure>> {
public:
    using logits_source = image_source<typename class_softmax<Closure>::logits_type>;
    static constexpr bool has_all = logits_source::has_all;

    image_source(const class_softmax<Closure>& softmax, axes leading) : source_(softmax.logits(), leading) {}

    logits_memory<typename logits_source::value_type> image(std::size_t n) { return {source_.image(n)}; }

private:
    logits_source source_;
};

} // namespace maskaudit::detail
