/// \file
/// Raw ids of labels turned into classes, by a table in a file.
///
/// \code
/// const maskaudit::label_map classes("classes.csv");
/// maskaudit::label_inspector inspector(num_classes, {.ignore_label = maskaudit::label_map::ignored});
/// inspector.add(classes.apply(raw_labels), pred_probs);
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/label_map_parser.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace maskaudit {

/// Which class, if any, every raw id stands for. From a CSV file such as
///
///     from,to          # the first line may say so
///     7,0              # road
///     8,1
///     0,ignore         # unlabelled: takes part in nothing
///
/// `from` is a raw id, any integer of 64 bits, each in one line only; `to` is a class from 0 to 65535, or the word
/// `ignore`. Several ids may have the same class; the first of them in the file is the one that stands for it. What
/// follows a '#' is a comment; empty lines and spaces around fields do not matter; fields are not quoted.
class label_map {
public:
    /// What apply() gives for ids that are ignored: no class, to be named in the options of what looks at the labels,
    /// `{.ignore_label = label_map::ignored}`.
    static constexpr std::int64_t ignored = detail::ignored_target;

    /// Reads the file whole.
    /// \throws file_error  when it cannot be read, has no lines, or one of them breaks a rule above: names the line
    explicit label_map(const std::filesystem::path& path);

    std::size_t size() const noexcept { return entries_.size(); } ///< raw ids

    /// One more than the largest class; 0 where all ids are ignored.
    std::size_t num_classes() const noexcept { return raw_ids_.size(); }

    /// The raw id that stands for a class, so that a prediction can be written as a label: of several the one whose
    /// line comes first in the file. None where no id has this class.
    std::optional<std::int64_t> raw_of(std::size_t class_index) const noexcept {
        return class_index < raw_ids_.size() ? raw_ids_[class_index] : std::nullopt;
    }

    /// The class of every label, or `ignored`, in the shape of the labels.
    ///
    /// \param labels  raw ids of any integer type or bool, (S...)
    /// \param n       index of the image, for messages
    /// \throws data_error  for a raw id that is not in the file
    template <detail::label_array Labels>
    xt::xarray<std::int64_t> apply(const Labels& labels, std::size_t n = 0) const;
    /// \cond
    template <class Labels> // that do not fit
    xt::xarray<std::int64_t> apply(const Labels&, std::size_t = 0) const {
        detail::explain_labels<Labels>();
        return {};
    }
    /// \endcond

private:
    template <class Label>
    const detail::label_target* find(Label raw) const;

    std::filesystem::path path_;
    std::vector<detail::label_target> entries_;        // ascending by raw id
    std::vector<std::optional<std::int64_t>> raw_ids_; // that stand for the classes
};

// Bodies.

inline label_map::label_map(const std::filesystem::path& path)
    : path_(path), entries_(detail::label_map_parser(path).parse()), raw_ids_(detail::first_ids(entries_)) {}

template <class Label>
const detail::label_target* label_map::find(Label raw) const {
    if constexpr (std::numeric_limits<Label>::digits > std::numeric_limits<std::int64_t>::digits)
        if (raw > static_cast<Label>((std::numeric_limits<std::int64_t>::max)())) return nullptr;
    const auto id = static_cast<std::int64_t>(raw);
    const auto entry = std::lower_bound(entries_.begin(), entries_.end(), id,
                                        [](const detail::label_target& a, std::int64_t b) { return a.from < b; });
    return entry != entries_.end() && entry->from == id ? &*entry : nullptr;
}

template <detail::label_array Labels>
xt::xarray<std::int64_t> label_map::apply(const Labels& labels, std::size_t n) const {
    using label = detail::value_of<Labels>;
    const detail::extents shape = detail::shape_of(labels);
    xt::xarray<std::int64_t> result = xt::xarray<std::int64_t>::from_shape(shape);
    auto next = labels.template begin<xt::layout_type::row_major>();
    auto out = result.template begin<xt::layout_type::row_major>();
    label last{};
    const detail::label_target* found = nullptr;
    for (std::size_t position = 0; position < result.size(); ++position, ++next, ++out) {
        const label raw = *next;
        if (found == nullptr || raw != last) found = find(raw); // masks are coherent: most labels equal the last one
        if (found == nullptr)
            throw data_error("labels", {n, detail::unravel(position, shape)}, std::to_string(+raw),
                             "must be an id in the column 'from' of " + path_.string());
        last = raw;
        *out = found->to;
    }
    return result;
}

} // namespace maskaudit
