#pragma once

#include <maskaudit/data_error.hpp>
#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/layout.hpp>
#include <maskaudit/options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace maskaudit::detail {

/// The labels of one image, read as class numbers whatever their integer type: the code that looks at probabilities
/// then exists once for every probability type, not for every pair of types.
class label_image {
public:
    template <std::integral Label>
    explicit label_image(image_memory<const Label> memory)
        : data_(memory.data), layout_(memory.layout), read_(&read_as<Label>), text_(&text_of<Label>) {}

    /// The classes given to `count` pixels from flat position `first` on: no_class where ignored, invalid_class where
    /// the label is neither; and those of the segments that the pixels make. Returns whether there is no invalid_class.
    bool read(std::size_t first, std::size_t count, const label_rules& rules, class_id* given,
              class_id* segments) const {
        return read_(*this, first, count, rules, given, segments);
    }

    /// Throws data_error for the first invalid_class among the classes read, if any, in the name of image n.
    void require_valid(std::size_t first, std::size_t count, const label_rules& rules, const class_id* given,
                       std::size_t n, const extents& shape) const {
        const class_id* const bad = std::find(given, given + count, invalid_class);
        if (bad == given + count) return;
        const std::size_t position = first + static_cast<std::size_t>(bad - given);
        throw data_error("labels", {n, unravel(position, shape)}, text_(data_, layout_->offset_of(position)),
                         "must be a class from 0 to " + std::to_string(rules.num_classes - 1) +
                             ", or be ignored (ignore_label)");
    }

private:
    template <class Label>
    static bool read_as(const label_image& image, std::size_t first, std::size_t count, const label_rules& rules,
                        class_id* given, class_id* segments) {
        const Label* labels = static_cast<const Label*>(image.data_);
        std::unique_ptr<Label[]> gathered;
        if (const auto offset = image.layout_->dense_run(first, count)) {
            labels += *offset;
        } else {
            gathered = std::make_unique_for_overwrite<Label[]>(count);
            image.layout_->gather(labels, first, count, gathered.get());
            labels = gathered.get();
        }
        const std::vector<Label> ignored = rules.ignored.template as<Label>();
        label_kernel<Label> kernel{labels, count, rules.num_classes, ignored, given, segments};
        run_kernel(kernel);
        return !kernel.invalid;
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
    bool (*read_)(const label_image&, std::size_t, std::size_t, const label_rules&, class_id*, class_id*);
    std::string (*text_)(const void*, std::ptrdiff_t);
};

} // namespace maskaudit::detail
