#pragma once

#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/layout.hpp>
#include <maskaudit/detail/quality_kernel.hpp>
#include <maskaudit/detail/scan_kernel.hpp>
#include <maskaudit/detail/softmax_kernel.hpp>
#include <maskaudit/detail/stored_probability.hpp>
#include <maskaudit/detail/transpose_kernel.hpp>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <type_traits>

namespace maskaudit::detail {

/// Copies values that lie one after the other, as T.
template <class T, class Stored>
struct load_kernel {
    const Stored* from;
    std::size_t count;
    T* to;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        copy_probabilities<Bytes>(from, count, to);
    }
};

/// What is stored for every class of one image, probabilities or logits, read as T whatever type it is stored as: the
/// code that looks at it then exists for float and double alone.
template <class T>
class stored_image {
public:
    template <probability Value>
    explicit stored_image(image_memory<const Value> memory)
        : data_(memory.data), layout_(memory.layout), class_stride_(memory.class_stride),
          as_stored_(&functions_for<stored<Value>>) {}

    /// From a value of one class to the same pixel's of the next.
    std::ptrdiff_t class_stride() const noexcept { return class_stride_; }

    /// Whether the values of a pixel lie closer together than those of a class, so that reading a class by itself would
    /// fetch the others too.
    bool classes_last() const {
        return layout_->stride() != 0 && std::abs(class_stride_) < std::abs(layout_->stride());
    }

    /// Whether pixels lie one after the other within each class.
    bool is_dense(std::size_t first, std::size_t count) const { return layout_->dense_run(first, count).has_value(); }

    /// The values of class 0 at `count` pixels from flat position `first` on, if they lie one after the other as T.
    const T* in_place(std::size_t first, std::size_t count) const {
        if (!as_stored_->is_computed) return nullptr;
        const auto offset = layout_->dense_run(first, count);
        return offset ? static_cast<const T*>(data_) + *offset : nullptr;
    }

    /// Copies values at these pixels, of `num_classes` classes from `first_class` on, to planes that are `plane` values
    /// apart.
    void copy(std::size_t first_class, std::size_t num_classes, std::size_t first, std::size_t count, T* to,
              std::size_t plane) const {
        as_stored_->copy(*this, first_class, num_classes, first, count, to, plane);
    }

    /// Scans a group of planes from flat position `first` on, where the pixels of a plane lie one after the other.
    void scan(std::size_t first, const scan_task<T>& task) const { as_stored_->scan(*this, first, task); }

    /// Takes q of pixels from flat position `first` on.
    void take_quality(std::size_t first, quality_task<T>& task) const { as_stored_->take_quality(*this, first, task); }

    T at(std::size_t k, std::size_t position) const { return as_stored_->at(*this, k, position); }

private:
    struct functions {
        bool is_computed;
        void (*scan)(const stored_image&, std::size_t, const scan_task<T>&);
        void (*copy)(const stored_image&, std::size_t, std::size_t, std::size_t, std::size_t, T*, std::size_t);
        void (*take_quality)(const stored_image&, std::size_t, quality_task<T>&);
        T (*at)(const stored_image&, std::size_t, std::size_t);
    };

    template <class Stored>
    const Stored* plane(std::size_t k) const {
        return static_cast<const Stored*>(data_) + static_cast<std::ptrdiff_t>(k) * class_stride_;
    }

    template <class Stored>
    static void scan_as(const stored_image& image, std::size_t first, const scan_task<T>& task) {
        const Stored* planes[scan_task<T>::most_planes];
        for (std::size_t i = 0; i < task.num_planes; ++i)
            planes[i] = image.plane<Stored>(task.first_class + i) + image.layout_->offset_of(first);
        scan_kernel<T, Stored> kernel{planes, task};
        run_kernel(kernel);
    }

    template <class Stored>
    static void copy_as(const stored_image& image, std::size_t first_class, std::size_t num_classes, std::size_t first,
                        std::size_t count, T* to, std::size_t plane) {
        const auto copy_run = [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
            const Stored* from = image.plane<Stored>(first_class) + offset;
            if (stride == 1) {
                for (std::size_t k = 0; k < num_classes; ++k, from += image.class_stride_) {
                    load_kernel<T, Stored> kernel{from, length, to + k * plane};
                    run_kernel(kernel);
                }
            } else if (image.class_stride_ == 1) {
                transpose_kernel<T, Stored> kernel{from, stride, num_classes, length, to, plane};
                run_kernel(kernel);
            } else {
                for (std::size_t k = 0; k < num_classes; ++k, from += image.class_stride_)
                    for (std::size_t i = 0; i < length; ++i)
                        to[k * plane + i] = load_probability(from[static_cast<std::ptrdiff_t>(i) * stride]);
            }
            to += length;
        };
        image.layout_->for_each_run(first, count, copy_run);
    }

    template <class Stored>
    static void take_quality_as(const stored_image& image, std::size_t first, quality_task<T>& task) {
        if (const auto offset = image.layout_->dense_run(first, task.count)) {
            quality_kernel<T, Stored> kernel{image.plane<Stored>(0) + *offset, image.class_stride_, task};
            return run_kernel(kernel);
        }
        std::size_t i = 0;
        const auto take_run = [&](std::ptrdiff_t from, std::ptrdiff_t stride, std::size_t length) {
            for (const std::size_t end = i + length; i < end; ++i, from += stride)
                task.quality[i] =
                    task.take(i, [&](class_id k) { return load_probability(image.plane<Stored>(k)[from]); });
        };
        image.layout_->for_each_run(first, task.count, take_run);
        task.add_softmin();
    }

    template <class Stored>
    static T at_as(const stored_image& image, std::size_t k, std::size_t position) {
        return load_probability(image.plane<Stored>(k)[image.layout_->offset_of(position)]);
    }

    template <class Stored>
    static constexpr functions functions_for{std::is_same_v<Stored, T>, &scan_as<Stored>, &copy_as<Stored>,
                                             &take_quality_as<Stored>, &at_as<Stored>};

    const void* data_;
    const image_layout* layout_;
    std::ptrdiff_t class_stride_;
    const functions* as_stored_;
};

/// Planes of probabilities, the same pixels of every class one after the other.
template <class T>
struct dense_planes {
    const T* first; // the plane of the first class
    std::ptrdiff_t stride;
};

/// The class probabilities of one image: those that are stored, or the softmax of stored logits, made of copies.
template <class T>
class probability_image {
public:
    template <probability Value>
    explicit probability_image(image_memory<const Value> memory) : stored_(memory) {}

    template <logit Value>
    explicit probability_image(logits_memory<Value> memory) : stored_(memory.logits), softmax_(&softmax_planes<T>) {}

    bool is_softmax() const noexcept { return softmax_ != nullptr; }

    /// Whether copy() is to be asked for all classes of a pixel at once: they are read together, or a softmax needs
    /// them all.
    bool copies_all_classes() const { return is_softmax() || stored_.classes_last(); }

    /// Whether these pixels lie one after the other within each class, so that scan() can be run over them.
    bool is_dense(std::size_t first, std::size_t count) const {
        return !is_softmax() && stored_.is_dense(first, count);
    }

    /// The probabilities at `count` pixels from flat position `first` on, if they lie one after the other as T.
    std::optional<dense_planes<T>> in_place(std::size_t first, std::size_t count) const {
        const T* const values = is_softmax() ? nullptr : stored_.in_place(first, count);
        if (values == nullptr) return std::nullopt;
        return dense_planes<T>{values, stored_.class_stride()};
    }

    /// Copies them, of `num_classes` classes from `first_class` on (of a softmax, all), to planes that are `plane`
    /// values apart and have room for padded(count). Of a softmax, NaN for a pixel whose logits cannot be used.
    void copy(std::size_t first_class, std::size_t num_classes, std::size_t first, std::size_t count, T* to,
              std::size_t plane) const {
        stored_.copy(first_class, num_classes, first, count, to, plane);
        if (is_softmax()) softmax_(to, num_classes, count, plane);
    }

    /// Scans a group of planes, where pixels are dense. Not for a softmax.
    void scan(std::size_t first, const scan_task<T>& task) const { stored_.scan(first, task); }

    /// Takes q of pixels from flat position `first` on. Not for a softmax.
    void take_quality(std::size_t first, quality_task<T>& task) const { stored_.take_quality(first, task); }

    /// What is stored for class k of a pixel: a probability or, where this is a softmax, a logit.
    T stored_at(std::size_t k, std::size_t position) const { return stored_.at(k, position); }

private:
    stored_image<T> stored_;
    void (*softmax_)(T*, std::size_t, std::size_t, std::size_t) = nullptr; // compiled where there are logits alone
};

} // namespace maskaudit::detail
