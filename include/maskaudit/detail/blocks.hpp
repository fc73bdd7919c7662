#pragma once

#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/detail/look_plan.hpp>
#include <maskaudit/detail/strip.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// Downsampling: blocks of pixels as the units of confident learning.

namespace maskaudit::detail {

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
    void add(const image_view<T>& image, strip<T>& in) {
        assign_blocks(in);
        const std::size_t num_classes = plan_.rules.num_classes;
        const std::size_t part = copied_pixels<T>(num_classes);
        for (std::size_t begin = 0, count = 0; begin < in.count; begin += count) {
            count = (std::min)(part, in.count - begin);
            if (all_ignored(in.segments.data() + begin / segment_pixels, count)) continue;
            const auto in_place = image.pred_probs.in_place(in.first + begin, count);
            const dense_planes<T> planes =
                in_place ? *in_place : copy_planes(image, 0, num_classes, in.first + begin, count, in.copies);
            for (std::size_t k = 0; k < num_classes; ++k) {
                const T* const plane = planes.first + static_cast<std::ptrdiff_t>(k) * planes.stride;
                double* const sums = sums_.data() + k * (blocks_ + 1);
                for (std::size_t i = 0; i < count; ++i)
                    sums[block_[begin + i]] += static_cast<double>(plane[i]);
            }
        }
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

} // namespace maskaudit::detail
