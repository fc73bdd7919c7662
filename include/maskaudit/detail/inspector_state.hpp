#pragma once

#include <maskaudit/detail/evidence_state.hpp>
#include <maskaudit/detail/look_plan.hpp>
#include <maskaudit/detail/state_stream.hpp>
#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

// A saved label_inspector; a line is a record, state_stream.hpp says how they are framed.
//
//     u32 classes
//     u32 n_jobs
//     f64 temperature
//     u64 downsample
//     u8 labels of blocks: 0 mean, 1 majority
//     u8 normalized
//     u32 negative ignored labels
//     i64 label, for each of them, ascending
//     u32 other ignored labels
//     u64 label, for each of them, ascending
//     u64 images
//     for every image: u8 whether its index was given, u64 index; what is kept of it (evidence_state.hpp)
//     class sums

namespace maskaudit::detail {

template <std::integral Label>
void write_ignored(auto& to, const std::vector<Label>& labels) {
    to.put(static_cast<std::uint32_t>(labels.size()));
    for (const Label label : labels)
        to.put(label);
}

template <std::integral Label>
void read_ignored(auto& from, bool negative, ignored_labels& labels) {
    auto last = (std::numeric_limits<Label>::min)();
    const auto count = from.template take_number<std::uint32_t>("ignored labels", 0, 0xFFFFFFFF);
    for (std::uint32_t i = 0; i < count; ++i) {
        Label label{};
        from.take(label);
        if ((label < Label{}) != negative || (i > 0 && label <= last))
            from.fail(negative ? "ignored labels below 0, ascending" : "ignored labels, ascending",
                      std::to_string(label));
        labels.insert(last = label);
    }
}

void write_options(auto& to, std::size_t num_classes, const inspector_options& opts) {
    to.put(static_cast<std::uint32_t>(num_classes));
    to.put(std::uint32_t{opts.n_jobs});
    to.put(opts.temperature);
    to.put(std::uint64_t{opts.confident.downsample});
    to.put(static_cast<std::uint8_t>(opts.confident.labels == downsample_labels::majority ? 1 : 0));
    to.put(static_cast<std::uint8_t>(opts.normalized ? 1 : 0));
    std::vector<std::int64_t> negative = opts.ignore_label.as<std::int64_t>(); // and others that it can hold
    std::erase_if(negative, [](std::int64_t label) { return label >= 0; });
    write_ignored(to, negative);
    write_ignored(to, opts.ignore_label.as<std::uint64_t>());
}

inspector_options read_options(auto& from) {
    inspector_options opts;
    opts.n_jobs = from.template take_number<std::uint32_t>("n_jobs", 0, (std::numeric_limits<unsigned>::max)());
    from.take(opts.temperature);
    if (!(opts.temperature >= 1e-6)) from.fail("a temperature of at least 1e-6", to_text(opts.temperature));
    opts.confident.downsample = static_cast<std::size_t>(
        from.template take_number<std::uint64_t>("downsample", 1, (std::numeric_limits<std::size_t>::max)()));
    if (from.take_flag("a flag for the majority")) opts.confident.labels = downsample_labels::majority;
    opts.normalized = from.take_flag("a flag for normalized");
    read_ignored<std::int64_t>(from, true, opts.ignore_label);
    read_ignored<std::uint64_t>(from, false, opts.ignore_label);
    return opts;
}

/// Reads whether the index of an image was given, and the index, which becomes taken.
std::pair<bool, std::size_t> read_index(auto& from, std::set<std::size_t>& taken) {
    constexpr std::uint64_t none = (std::numeric_limits<std::size_t>::max)();
    std::uint8_t was_given = 0;
    std::uint64_t index = 0;
    from.take(was_given, index);
    from.require_number("a flag for an index that was given", 0, 1, was_given);
    const std::uint64_t next = taken.empty() ? 0 : *taken.rbegin() + 1;
    if (was_given == 0 && index != next) from.fail("the next index, " + std::to_string(next), std::to_string(index));
    if (index >= none || !taken.insert(static_cast<std::size_t>(index)).second)
        from.fail("an index that no other image has", std::to_string(index));
    return {was_given == 1, static_cast<std::size_t>(index)};
}

} // namespace maskaudit::detail

namespace maskaudit {

template <std::derived_from<std::ostream> Stream>
void label_inspector::save(Stream& out) const {
    detail::state_writer to(out);
    detail::write_options(to, num_classes_, options_);
    to.put(std::uint64_t{images_.size()});
    for (const entry& image : images_) {
        to.put(static_cast<std::uint8_t>(image.index_was_given ? 1 : 0), std::uint64_t{image.index});
        detail::write_evidence(to, image.evidence);
    }
    detail::write_sums(to, sums_);
    to.finish();
}

template <std::derived_from<std::istream> Stream>
label_inspector label_inspector::load(Stream& in) {
    detail::state_reader from(in);
    const std::size_t num_classes = from.template take_number<std::uint32_t>("classes", 1, detail::max_classes);
    label_inspector result(num_classes, detail::read_options(from));
    const detail::look_plan plan{.rules = {num_classes, {}}, .normalized = result.options_.normalized};
    const detail::evidence_rules rules{num_classes, result.options_.confident.downsample,
                                       plan.largest_relevant_quality()};
    detail::unit_count units;
    auto images = from.template take_number<std::uint64_t>("images", 0, (std::numeric_limits<std::uint64_t>::max)());
    for (; images > 0; --images) {
        const auto [was_given, index] = detail::read_index(from, result.taken_);
        result.images_.push_back({index, was_given, detail::read_evidence(from, rules, result.memory_, units)});
    }
    result.sums_ = detail::read_sums(from, num_classes, units);
    from.finish();
    return result;
}

} // namespace maskaudit
