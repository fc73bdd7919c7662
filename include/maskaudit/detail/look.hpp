#pragma once

#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/strip.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// One look at an image: from labels and probabilities to what confident learning and softmin need of them.

namespace maskaudit::detail {

struct look_plan {
    label_rules rules;
    std::size_t downsample = 1;
    bool majority = false;               // of the label of a block; otherwise the mean
    bool normalized = true;              // drop agreeing units that cannot matter if probabilities sum to one
    std::optional<double> temperature{}; // softmin sums are made where there is one, at least 1e-6

    /// Agreeing units with a larger q are dropped where probabilities sum to one; the margin is for their rounding.
    double largest_relevant_quality() const {
        return normalized ? 0.5 + 1.0 / 64 : std::numeric_limits<double>::infinity();
    }
};

/// A disagreeing unit whose q shows that the probabilities do not sum to one, so that dropping units is not allowed.
class not_normalized : public data_error {
    using data_error::data_error;
};

/// Where pixel scores go: an image of any floating type and layout.
template <class T>
class score_writer {
public:
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

    void write(const strip<T>& in) const {
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

    void* data_;
    const image_layout* layout_;
    bool is_same_type_;
    void (*write_run_)(void*, std::ptrdiff_t, std::ptrdiff_t, std::size_t, const T*);
};

/// Throws for a unit that disagrees with its label and has so large a q that probabilities cannot sum to one.
template <class T>
[[noreturn]] void throw_not_normalized(std::size_t image_index, extents pixel, T quality, T best) {
    throw not_normalized("pred_probs", {image_index, std::move(pixel)},
                         to_text(quality) + " for the given class and " + to_text(best) + " for the predicted one",
                         "must not sum to more than 1 (inspector_options.normalized = false accepts them)");
}

/// Sums over the blocks that a band of an image is cut into: as many indices of the first axis as a block has, or all
/// of an image with one axis.
class block_band {
public:
    block_band(const block_grid& grid, const look_plan& plan)
        : grid_(grid), plan_(plan),
          blocks_(grid.blocks().size() == 1 ? grid.blocks()[0] : count_of(drop_front(grid.blocks(), 1))),
          sums_(plan.rules.num_classes * (blocks_ + 1)), counts_(blocks_ + 1), label_sums_(blocks_ + 1),
          given_(plan.majority ? blocks_ + 1 : 0), mean_(plan.rules.num_classes) {}

    /// Pixels of a band.
    static std::size_t pixels(const block_grid& grid) {
        const extents& shape = grid.pixels();
        return shape.size() == 1 ? shape[0] : grid.factor() * count_of(drop_front(shape, 1));
    }

    /// How many blocks it has.
    std::size_t size() const noexcept { return blocks_; }

    void start(std::size_t first_block) {
        first_block_ = first_block;
        std::fill(sums_.begin(), sums_.end(), 0.0);
        std::fill(counts_.begin(), counts_.end(), std::size_t{0});
        std::fill(label_sums_.begin(), label_sums_.end(), std::uint64_t{0});
        for (auto& given : given_)
            given.clear();
    }

    /// Adds pixels of the band, which come in flat order: sums within a block then run row-major, as they must.
    template <class T>
    void add(const image_view<T>& image, const strip<T>& in) {
        assign_blocks(in);
        std::size_t begin = 0;
        image.pred_probs.layout->for_each_run(
            in.first, in.count, [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
                for (std::size_t k = 0; k < plan_.rules.num_classes; ++k) {
                    const T* const plane = image.plane(k) + offset;
                    double* const sums = sums_.data() + k * (blocks_ + 1);
                    for (std::size_t i = 0; i < length; ++i)
                        sums[block_[begin + i]] += static_cast<double>(plane[static_cast<std::ptrdiff_t>(i) * stride]);
                }
                begin += length;
            });
    }

    /// Takes the blocks as units of a tile that starts with block `first_unit`.
    void finish(std::size_t image_index, std::size_t first_unit, class_sums& sums, evidence_buffer<double>& out) {
        for (std::size_t block = 0; block < blocks_; ++block) {
            if (counts_[block] == 0) continue;
            const auto first_pixel = [&] {
                extents place = unravel(first_block_ + block, grid_.blocks());
                for (std::size_t& index : place)
                    index *= grid_.factor();
                return place;
            };
            double total = 0;
            for (std::size_t k = 0; k < mean_.size(); ++k) {
                mean_[k] = sums_[k * (blocks_ + 1) + block] / static_cast<double>(counts_[block]);
                total += mean_[k];
            }
            for (double& p : mean_)
                if (!is_probability(p /= total)) // the values may be valid and their sum next to nothing
                    throw data_error("pred_probs", {image_index, first_pixel()}, to_text(total),
                                     "is the sum over the classes of the means in the block of pixels that starts "
                                     "here: it is too small to downsample");
            const auto best = std::max_element(mean_.begin(), mean_.end());
            const auto predicted = static_cast<class_id>(best - mean_.begin());
            const class_id given = plan_.majority ? most_frequent(given_[block]) : mean_label(block);
            const double quality = mean_[given];
            const bool agrees = predicted == given, matters = quality <= plan_.largest_relevant_quality();
            if (!agrees && !matters) throw_not_normalized(image_index, first_pixel(), quality, *best);
            const auto position = static_cast<std::uint32_t>(first_block_ + block - first_unit);
            sums.add(given, quality);
            if (!agrees)
                out.add(disagreement<double>{position, static_cast<std::uint16_t>(given),
                                             static_cast<std::uint16_t>(predicted), quality, *best});
            else if (matters)
                out.add(agreement<double>{position, quality});
        }
    }

private:
    /// Which block every pixel of the strip is in, and what its label adds to it. An ignored pixel goes to a block past
    /// the last, which nobody asks for.
    template <class T>
    void assign_blocks(const strip<T>& in) {
        block_.resize(in.count);
        const std::size_t width = grid_.pixels().back();
        for (std::size_t i = 0; i < in.count;) {
            const std::size_t column = (in.first + i) % width;
            const std::size_t row_block = grid_.block_of(in.first + i - column) - first_block_;
            for (const std::size_t end = (std::min)(in.count, i + width - column), start = i; i < end; ++i) {
                const bool valid = in.given[i] != no_class;
                const std::size_t block = valid ? row_block + (column + i - start) / grid_.factor() : blocks_;
                block_[i] = block;
                ++counts_[block];
                label_sums_[block] += in.given[i];
                if (valid && plan_.majority) given_[block].push_back(in.given[i]);
            }
        }
    }

    /// The mean of the label numbers, rounded half to even.
    class_id mean_label(std::size_t block) const {
        const std::uint64_t count = counts_[block];
        const std::uint64_t whole = label_sums_[block] / count;
        const std::uint64_t twice_rest = 2 * (label_sums_[block] % count);
        const bool up = twice_rest > count || (twice_rest == count && whole % 2 == 1);
        return static_cast<class_id>(whole + (up ? 1 : 0));
    }

    /// The most frequent label; of equally frequent ones the lowest.
    static class_id most_frequent(std::vector<class_id>& given) {
        std::sort(given.begin(), given.end());
        class_id result = no_class;
        std::ptrdiff_t most = 0;
        for (auto begin = given.begin(); begin != given.end();) {
            const auto end = std::upper_bound(begin, given.end(), *begin);
            if (end - begin > most) {
                most = end - begin;
                result = *begin;
            }
            begin = end;
        }
        return result;
    }

    const block_grid& grid_;
    const look_plan& plan_;
    std::size_t blocks_; // in a band
    std::size_t first_block_ = 0;
    std::vector<double> sums_; // (K, blocks_ + 1)
    std::vector<std::size_t> counts_;
    std::vector<std::uint64_t> label_sums_;
    std::vector<std::vector<class_id>> given_; // for the majority
    std::vector<double> mean_;                 // (K)
    std::vector<std::size_t> block_;           // of every pixel of the strip
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
                 const std::optional<score_writer<T>>& scores, strip<T>& pixels) {
    read_labels(image, rules, first, count, pixels);
    if (!scores) return;
    if (T* const place = scores->in_place(pixels)) pixels.quality = place;
}

/// Writes the scores, unless q has been read to where they go.
template <class T>
void write_elsewhere(const std::optional<score_writer<T>>& scores, const strip<T>& pixels) {
    if (scores && scores->in_place(pixels) == nullptr) scores->write(pixels);
}

/// Ends the look: what is the same with and without downsampling.
template <class T, class Unit>
void finish_strip(const look_plan& plan, const std::optional<score_writer<T>>& scores, const strip<T>& pixels,
                  tile_evidence<Unit>& out) {
    out.valid_pixels += pixels.count - pixels.ignored;
    if (plan.temperature) out.softmin.push_back(softmin_of(pixels, *plan.temperature));
    write_elsewhere(scores, pixels);
}

/// Keeps the pixels of a strip that may matter, in a tile that starts `done` pixels before it.
template <class T>
void keep_pixels(const image_view<T>& image, const look_plan& plan, const strip<T>& in, std::size_t done,
                 evidence_buffer<T>& out) {
    const auto limit = static_cast<T>(plan.largest_relevant_quality());
    for (std::size_t begin = 0; begin < in.count; begin += segment_pixels)
        for (segment_interests left = in.interests[begin / segment_pixels]; left != 0;) {
            const unsigned bit = static_cast<unsigned>(std::countr_zero(left));
            left &= left - 1;
            const std::size_t i = begin + bit / interest_bits;
            const auto position = static_cast<std::uint32_t>(done + i);
            if (bit % interest_bits != 0) {
                out.add(agreement<T>{position, in.quality[i]});
                continue;
            }
            if (in.quality[i] > limit)
                throw_not_normalized(image.index, unravel(in.first + i, image.shape), in.quality[i], in.best[i]);
            out.add(disagreement<T>{position, static_cast<std::uint16_t>(in.given[i]),
                                    static_cast<std::uint16_t>(in.predicted[i]), in.quality[i], in.best[i]});
        }
}

/// Looks at `count` pixels from flat position `first` on. Without downsampling, a unit is a pixel.
template <class T>
tile_evidence<T> look_at_pixels(const image_view<T>& image, const look_plan& plan, std::size_t first, std::size_t count,
                                look_scratch<T, T>& scratch, piecewise_memory& memory,
                                const std::optional<score_writer<T>>& scores) {
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
                                     piecewise_memory& memory, const std::optional<score_writer<T>>& scores) {
    tile_evidence<double> out{.first_unit = grid.block_of(first), .first_pixel = first, .num_pixels = count};
    strip<T>& pixels = scratch.pixels;
    block_band band(grid, plan);
    class_sums of_pixels(plan.rules.num_classes); // nobody needs them: units are blocks
    const std::size_t band_pixels = block_band::pixels(grid);
    for (std::size_t done = 0; done < count;) {
        band.start(grid.block_of(first + done));
        for (const std::size_t band_end = done + band_pixels; done < band_end; done += pixels.count) {
            start_strip(image, plan.rules, first + done, (std::min)(strip_pixels, band_end - done), scores, pixels);
            look_at_strip(image, plan.rules.num_classes, T{0}, of_pixels, pixels);
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
