#pragma once

#include <maskaudit/detail/blocks.hpp>
#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/look_plan.hpp>
#include <maskaudit/detail/strip.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// One look at an image: from labels and probabilities to what confident learning and softmin need of them.

namespace maskaudit::detail {

/// Where pixel scores go: an image of any floating type and layout.
template <class T>
class score_writer {
public:
    /// Goes nowhere: nobody wants the scores.
    score_writer() = default;

    template <class Score>
    explicit score_writer(image_memory<Score> memory)
        : data_(memory.data), layout_(memory.layout), is_same_type_(std::is_same_v<Score, T>),
          write_run_(&write_run<Score>) {}

    /// Where the scores of a strip go, if that is memory that they can be computed in.
    T* in_place(const strip<T>& in) const {
        if (!is_same_type_ || in.count % padded_pixels != 0) return nullptr; // the scan writes whole batches
        const auto offset = layout_->dense_run(in.first, in.count);
        return offset ? static_cast<T*>(data_) + *offset : nullptr;
    }

    /// Writes the scores of a strip, unless they have been computed in place.
    void write(const strip<T>& in) const {
        if (data_ == nullptr || !in.has_own_quality()) return;
        const T* scores = in.quality;
        layout_->for_each_run(in.first, in.count,
                              [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                                  write_run_(data_, offset, stride, length, scores);
                                  scores += length;
                              });
    }

private:
    template <class Score>
    static void write_run(void* data, std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length,
                          const T* scores) {
        Score* const out = static_cast<Score*>(data) + offset;
        for (std::size_t i = 0; i < length; ++i)
            out[static_cast<std::ptrdiff_t>(i) * stride] = static_cast<Score>(scores[i]);
    }

    void* data_ = nullptr;
    const image_layout* layout_ = nullptr;
    bool is_same_type_ = false;
    void (*write_run_)(void*, std::ptrdiff_t, std::ptrdiff_t, std::size_t, const T*) = nullptr;
};

/// What a worker needs to look at tiles, and what it has summed over those it looked at.
template <class T, class Unit>
struct look_scratch {
    look_scratch(std::size_t num_classes, std::size_t tile_pixels, std::size_t tile_units)
        : pixels(tile_pixels), found(tile_units), sums(num_classes) {}

    strip<T> pixels;
    evidence_buffer<Unit> found;
    class_sums sums;
};

/// Starts the look at a strip of pixels: labels, and where q is to be.
template <class T>
void start_strip(const image_view<T>& image, const label_rules& rules, std::size_t first, std::size_t count,
                 const score_writer<T>& scores, strip<T>& pixels) {
    read_labels(image, rules, first, count, pixels);
    if (T* const place = scores.in_place(pixels)) pixels.quality = place;
}

/// Ends the look: what is the same with and without downsampling.
template <class T, class Unit>
void finish_strip(const look_plan& plan, const score_writer<T>& scores, const strip<T>& pixels,
                  tile_evidence<Unit>& out) {
    out.valid_pixels += pixels.count - pixels.ignored;
    if (plan.temperature)
        out.softmin.push_back(
            softmin_of(pixels.quality, pixels.given.data(), pixels.segments.data(), pixels.count, *plan.temperature));
    scores.write(pixels);
}

/// Calls f(pixel) for the pixels of a segment, which starts with pixel `begin`, that have one of these bits.
template <class F>
void for_each_interest(segment_interests bits, std::size_t begin, F f) {
    for (; bits != 0; bits &= bits - 1)
        f(begin + static_cast<unsigned>(std::countr_zero(bits)) / interest_bits);
}

/// Keeps the pixels of a strip that may matter, in a tile that starts `done` pixels before it. Those of the two kinds
/// in loops of their own, which the processor foresees better.
template <class T>
void keep_pixels(const image_view<T>& image, const look_plan& plan, const strip<T>& in, std::size_t done,
                 evidence_buffer<T>& out) {
    const auto limit = static_cast<T>(plan.largest_relevant_quality());
    const auto keep_disagreeing = [&](std::size_t i) {
        if (in.quality[i] > limit)
            throw_not_normalized(image.index, unravel(in.first + i, image.shape), in.quality[i], in.best[i]);
        out.add(disagreement<T>{static_cast<std::uint32_t>(done + i), static_cast<std::uint16_t>(in.given[i]),
                                static_cast<std::uint16_t>(in.predicted[i]), in.quality[i], in.best[i]});
    };
    const auto keep_agreeing = [&](std::size_t i) {
        out.add(agreement<T>{static_cast<std::uint32_t>(done + i), in.quality[i]});
    };
    for (std::size_t begin = 0; begin < in.count; begin += segment_pixels) {
        const segment_interests interests = in.interests[begin / segment_pixels];
        for_each_interest(interests & disagreeing_bits, begin, keep_disagreeing);
        for_each_interest(interests & ~disagreeing_bits, begin, keep_agreeing);
    }
}

/// Looks at `count` pixels from flat position `first` on. Without downsampling, a unit is a pixel.
template <class T>
tile_evidence<T> look_at_pixels(const image_view<T>& image, const look_plan& plan, std::size_t first, std::size_t count,
                                look_scratch<T, T>& scratch, piecewise_memory& memory, const score_writer<T>& scores) {
    tile_evidence<T> out{.first_unit = first, .num_units = count, .first_pixel = first, .num_pixels = count};
    strip<T>& pixels = scratch.pixels;
    const auto limit = static_cast<T>(plan.largest_relevant_quality());
    for (std::size_t done = 0; done < count; done += pixels.count) {
        start_strip(image, plan.rules, first + done, (std::min)(strip_pixels, count - done), scores, pixels);
        look_at_strip(image, plan.rules.num_classes, limit, scratch.sums, pixels);
        keep_pixels(image, plan, pixels, done, scratch.found);
        finish_strip(plan, scores, pixels, out);
    }
    scratch.found.move_to(out, memory);
    return out;
}

/// The same with downsampling: a unit is a block, and the tile is whole bands of blocks.
template <class T>
tile_evidence<double> look_at_blocks(const image_view<T>& image, const look_plan& plan, const block_grid& grid,
                                     std::size_t first, std::size_t count, look_scratch<T, double>& scratch,
                                     piecewise_memory& memory, const score_writer<T>& scores) {
    tile_evidence<double> out{.first_unit = grid.block_of(first), .first_pixel = first, .num_pixels = count};
    strip<T>& pixels = scratch.pixels;
    block_band band(grid, plan);
    const std::size_t band_pixels = block_band::pixels(grid);
    for (std::size_t done = 0; done < count;) {
        band.start(grid.block_of(first + done));
        for (const std::size_t band_end = done + band_pixels; done < band_end; done += pixels.count) {
            start_strip(image, plan.rules, first + done, (std::min)(strip_pixels, band_end - done), scores, pixels);
            predict_strip(image, plan.rules.num_classes, pixels);
            finish_strip(plan, scores, pixels, out);
            band.add(image, pixels);
            for (std::size_t i = 0; i < pixels.count; ++i)
                if (pixels.given[i] != no_class && pixels.given[i] != pixels.predicted[i])
                    out.suspects.push_back({static_cast<std::uint32_t>(done + i),
                                            static_cast<std::uint16_t>(pixels.given[i]),
                                            static_cast<std::uint16_t>(pixels.predicted[i])});
        }
        band.finish(image.index, out.first_unit, scratch.sums, scratch.found);
        out.num_units += band.size();
    }
    out.suspects.shrink_to_fit(); // evidence is kept for long
    scratch.found.move_to(out, memory);
    return out;
}

} // namespace maskaudit::detail
