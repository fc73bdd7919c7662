#pragma once

#include <maskaudit/detail/memory.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>

namespace maskaudit::detail {

using class_id = std::uint32_t;
inline constexpr class_id no_class = 0xFFFFFFFF;      // the pixel is ignored
inline constexpr class_id invalid_class = 0xFFFFFFFE; // the label is neither a class nor ignored

struct label_rules {
    std::size_t num_classes;
    ignored_labels ignored;
};

/// The labels of one image, read as class numbers whatever their integer type: the code that looks at probabilities
/// then exists once for every probability type, not for every pair of types.
class label_image {
public:
    template <std::integral Label>
    explicit label_image(image_memory<const Label> memory)
        : data_(memory.data), layout_(memory.layout), read_run_(&read_run<Label>), text_(&text_of<Label>) {}

    /// The classes given to `count` pixels from flat position `first` on, no_class where ignored. A label that is
    /// neither throws data_error, in the name of image n of this shape.
    void read(std::size_t first, std::size_t count, const label_rules& rules, class_id* given, std::size_t n,
              const extents& shape) const {
        class_id* out = given;
        layout_->for_each_run(first, count, [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
            read_run_(data_, offset, stride, length, rules, out);
            out += length;
        });
        const class_id* const bad = std::find(given, out, invalid_class);
        if (bad == out) return;
        const std::size_t position = first + static_cast<std::size_t>(bad - given);
        throw data_error("labels", {n, unravel(position, shape)}, text_(data_, layout_->offset_of(position)),
                         "must be a class from 0 to " + std::to_string(rules.num_classes - 1) +
                             ", or be ignored (ignore_label)");
    }

private:
    template <class Label>
    static void read_run(const void* data, std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length,
                         const label_rules& rules, class_id* given) {
        const Label* const labels = static_cast<const Label*>(data) + offset;
        const auto at = [&](std::size_t i) { return labels[static_cast<std::ptrdiff_t>(i) * stride]; };
        for (std::size_t i = 0; i < length; ++i) {
            const auto value = static_cast<std::uint64_t>(at(i)); // a negative label becomes larger than any class
            given[i] = value < rules.num_classes ? static_cast<class_id>(value) : invalid_class;
        }
        if (rules.ignored.empty()) return;
        for (const Label ignored : rules.ignored.template as<Label>())
            for (std::size_t i = 0; i < length; ++i)
                if (at(i) == ignored) given[i] = no_class;
    }

    template <class Label>
    static std::string text_of(const void* data, std::ptrdiff_t offset) {
        const Label label = static_cast<const Label*>(data)[offset];
        if constexpr (std::is_signed_v<Label>)
            return std::to_string(static_cast<std::int64_t>(label));
        else
            return std::to_string(static_cast<std::uint64_t>(label));
    }

    const void* data_;
    const image_layout* layout_;
    void (*read_run_)(const void*, std::ptrdiff_t, std::ptrdiff_t, std::size_t, const label_rules&, class_id*);
    std::string (*text_)(const void*, std::ptrdiff_t);
};

} // namespace maskaudit::detail
