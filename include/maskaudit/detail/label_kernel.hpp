#pragma once

#include <maskaudit/detail/vectors.hpp>
#include <maskaudit/options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace maskaudit::detail {

using class_id = std::uint32_t;
inline constexpr class_id no_class = 0xFFFFFFFF;      // the pixel is ignored
inline constexpr class_id invalid_class = 0xFFFFFFFE; // the label is neither a class nor ignored
inline constexpr class_id many_classes = 0xFFFFFFFD;  // of a segment: its pixels may be of several classes

/// Masks are coherent: pixels come in segments, most of which have one class, which is then looked at once.
inline constexpr std::size_t segment_pixels = 16;

/// Kernels that look at all classes work on whole batches of segments; what is missing at the end of a strip is made up
/// with ignored pixels.
inline constexpr std::size_t padded_pixels = 32;

constexpr std::size_t padded(std::size_t pixels) {
    return (pixels + padded_pixels - 1) / padded_pixels * padded_pixels;
}

/// Sets bits where a label is neither of two.
template <class Ids>
[[gnu::always_inline]] inline void note_others(Ids& others, const Ids& labels, class_id first, class_id last) {
    Ids other = labels ^ first;
    take_less(other, labels ^ last); // 0 if either is
    others |= other;
}

struct label_rules {
    std::size_t num_classes;
    ignored_labels ignored;
};

/// From labels of any integer type to the classes of pixels, and those of whole segments.
template <class Label>
struct label_kernel {
    const Label* labels;
    std::size_t count;
    std::size_t num_classes;
    const std::vector<Label>& ignored;
    class_id* given;      // (padded(count)): classes, no_class where ignored, invalid_class
    class_id* segments;   // (padded(count) / segment_pixels): a class for all its pixels, or many_classes
    bool invalid = false; // whether there is an invalid_class

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        std::size_t i = 0;
        Label known{}; // of what has been looked up last, which often goes on
        class_id of_known = class_of(known);
        for (; i + segment_pixels <= count; i += segment_pixels) {
            class_id of_all = many_classes;
            if (is_uniform<Bytes>(labels + i)) {
                if (labels[i] != known) {
                    known = labels[i];
                    of_known = class_of(known);
                }
                of_all = of_known;
                invalid |= of_all == invalid_class;
                using ids = vec<class_id, Bytes>;
#pragma GCC unroll 4
                for (std::size_t j = 0; j < segment_pixels; j += Bytes / sizeof(class_id))
                    store(given + i + j, ids{} + of_all);
            } else {
                for (std::size_t j = i; j < i + segment_pixels; j += Bytes / sizeof(wide))
                    classify<Bytes>(j);
            }
            segments[i / segment_pixels] = of_all;
        }
        if (i < count) segments[i / segment_pixels] = many_classes;
        for (; i < count; ++i) {
            given[i] = class_of(labels[i]);
            invalid |= given[i] == invalid_class;
        }
        for (; i < padded(count); ++i) {
            if (i % segment_pixels == 0) segments[i / segment_pixels] = no_class;
            given[i] = no_class;
        }
    }

private:
    // Labels as numbers of one of two widths, negative ones larger than any class.
    using wide = std::conditional_t<sizeof(Label) <= 4, std::uint32_t, std::uint64_t>;
    template <std::size_t Size>
    using signed_of = std::conditional_t<
        Size == 1, std::int8_t,
        std::conditional_t<Size == 2, std::int16_t, std::conditional_t<Size == 4, std::int32_t, std::int64_t>>>;
    // char, bool and the like are numbers of their size.
    using number = std::conditional_t<std::is_signed_v<Label>, signed_of<sizeof(Label)>,
                                      std::make_unsigned_t<signed_of<sizeof(Label)>>>;

    [[gnu::always_inline]] static wide widened(Label label) { return static_cast<wide>(static_cast<number>(label)); }

    [[gnu::always_inline]] class_id class_of(Label label) const {
        for (const Label value : ignored)
            if (label == value) return no_class;
        const wide value = widened(label);
        return value < num_classes ? static_cast<class_id>(value) : invalid_class;
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] static bool is_uniform(const Label* first) {
        constexpr std::size_t size = std::min<std::size_t>(Bytes, segment_pixels * sizeof(Label));
        using numbers = vec<number, size>;
        const numbers same = numbers{} + static_cast<number>(*first);
        numbers different{};
        for (std::size_t j = 0; j < segment_pixels; j += size / sizeof(Label)) {
            numbers values;
            load(values, first + j);
            different |= values ^ same;
        }
        return !any(different);
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void classify(std::size_t j) {
        constexpr std::size_t lanes = Bytes / sizeof(wide);
        using values = vec<wide, Bytes>;
        vec<number, lanes * sizeof(number)> stored;
        load(stored, labels + j);
        values numbers;
        convert<number>(numbers, stored);
        constexpr wide none = static_cast<wide>(no_class), bad = static_cast<wide>(invalid_class);
        values classes = numbers < values{} + static_cast<wide>(num_classes) ? numbers : values{} + bad;
        for (const Label value : ignored)
            classes = numbers == values{} + widened(value) ? values{} + none : classes;
        invalid |= any(classes == values{} + bad ? classes : values{});
        const auto narrow = __builtin_convertvector(classes, vec<class_id, lanes * sizeof(class_id)>);
        store(given + j, narrow);
    }
};

} // namespace maskaudit::detail
