#pragma once

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/look.hpp>
#include <maskaudit/detail/parallel.hpp>
#include <maskaudit/options.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

// Walking over the images of whole arrays, tile by tile, on several threads.

namespace maskaudit::detail {

/// Pixels a worker takes at once, unless options.batch_size says otherwise: enough to make handing them out free, and
/// few enough for what is found in them to stay in cache.
inline constexpr std::size_t default_tile_pixels = std::size_t{1} << 15;

/// Calls options.progress as images come to their end.
class progress_meter {
public:
    progress_meter(const options& opts, std::size_t images, std::size_t tiles_an_image)
        : progress_(opts.progress), images_(images), tiles_left_(progress_ ? images : 0) {
        for (auto& left : tiles_left_)
            left = tiles_an_image;
    }

    void tile_done(std::size_t image) {
        if (!progress_ || --tiles_left_[image] != 0) return;
        const std::lock_guard lock(mutex_);
        if (cancelled_) return;
        cancelled_ = true; // unless the callback returns
        progress_(++images_done_, images_);
        cancelled_ = false;
    }

private:
    const std::function<void(std::size_t, std::size_t)>& progress_;
    std::size_t images_;
    std::vector<std::atomic<std::size_t>> tiles_left_;
    std::mutex mutex_;
    std::size_t images_done_ = 0;
    bool cancelled_ = false;
};

/// Labels and probabilities that fit each other, and maybe an issue mask, image by image. What is done with the images
/// is compiled for the type of the probabilities alone, whatever expressions the arrays are.
template <class T>
class batch {
public:
    /// With `images`, the first axis counts images; otherwise the arrays are one image, whose number is `index`.
    template <class Labels, class PredProbs>
    batch(const Labels& labels, const PredProbs& pred_probs, bool images, std::size_t index = 0)
        : num_classes_(require_matching(shape_of(labels), shape_of(pred_probs), images ? 1 : 0)),
          num_images_(images ? labels.shape()[0] : 1), first_index_(index),
          shape_(drop_front(shape_of(labels), images ? 1 : 0)),
          has_all_(image_source<Labels>::has_all && image_source<PredProbs>::has_all),
          labels_(images_of<label_image>(labels, {images, false})),
          pred_probs_(images_of<probability_image<T>>(pred_probs, {images, true})) {
        static_cast<void>(result_rank<Labels, PredProbs>()); // refuses ranks that are known not to fit
    }

    /// The same with an issue mask of the shape of labels.
    template <class Labels, class PredProbs, boolean_array Issues>
    batch(const Labels& labels, const PredProbs& pred_probs, const Issues& issues) : batch(labels, pred_probs, true) {
        static_cast<void>(issues_rank<Issues, Labels>()); // the same
        require_same_shape("issues", shape_of(issues), "labels", shape_of(labels));
        has_all_ = has_all_ && image_source<Issues>::has_all;
        issues_ = images_of<image_memory<const bool>>(issues, {true, false});
    }

    batch(const batch&) = delete; // images point to its shape
    batch& operator=(const batch&) = delete;

    std::size_t num_classes() const noexcept { return num_classes_; }
    std::size_t num_images() const noexcept { return num_images_; }
    const extents& image_shape() const noexcept { return shape_; }
    std::size_t image_pixels() const { return count_of(shape_); }

    /// Whether several images can be had at a time, on any thread; otherwise one lasts until the next is asked for.
    bool has_all() const noexcept { return has_all_; }
    image_view<T> image(std::size_t n) {
        return {first_index_ + n, shape_, labels_(n), pred_probs_(n),
                issues_ ? issues_(n) : image_memory<const bool>{}};
    }

    /// Calls f(image_view, n, tile, first, count, scratch) for every tile of every image, where tiles are a multiple
    /// of `band` pixels; returns the scratch objects, one a worker, each from make_scratch().
    template <class MakeScratch, class F>
    auto for_each_tile(std::size_t band, const options& opts, MakeScratch make_scratch, F f) {
        const std::size_t pixels = image_pixels();
        const std::size_t tile_pixels = tile_size(band, opts);
        const std::size_t tiles = pixels == 0 ? 0 : (pixels - 1) / tile_pixels + 1;
        progress_meter progress(opts, num_images_, tiles);
        std::vector<decltype(make_scratch())> scratch;

        const auto run = [&](std::size_t first_image, std::size_t images, auto image_of) {
            const std::size_t workers = worker_count(opts.n_jobs, images * tiles);
            while (scratch.size() < workers)
                scratch.push_back(make_scratch());
            for_each_unit(images * tiles, workers, [&](std::size_t unit, std::size_t worker) {
                const std::size_t n = first_image + unit / tiles;
                const std::size_t tile = unit % tiles;
                const std::size_t first = tile * tile_pixels;
                f(image_of(n), n, tile, first, (std::min)(tile_pixels, pixels - first), scratch[worker]);
                progress.tile_done(n);
            });
        };
        if (tiles == 0) {
            if (opts.progress && num_images_ > 0) opts.progress(num_images_, num_images_);
            return scratch;
        }
        if (has_all_) {
            run(0, num_images_, [&](std::size_t n) { return image(n); });
        } else {
            // Evaluating a lazy expression is not safe in several threads; looking at the image then is.
            for (std::size_t n = 0; n < num_images_; ++n)
                run(n, 1, [evaluated = image(n)](std::size_t) { return evaluated; });
        }
        return scratch;
    }

    /// Pixels of a tile: a multiple of `band`.
    static std::size_t tile_size(std::size_t band, const options& opts) {
        const std::size_t wanted = opts.batch_size == 0 ? default_tile_pixels : opts.batch_size;
        return std::clamp(wanted, band, (std::max)(band, max_tile_pixels)) / band * band;
    }

private:
    static constexpr std::size_t max_tile_pixels = std::size_t{1} << 20; // what a worker finds in it has to be held

    template <class Image>
    using by_index = std::function<Image(std::size_t n)>;

    template <class Image, class Array>
    static by_index<Image> images_of(const Array& array, axes leading) {
        return [source = std::make_shared<image_source<Array>>(array, leading)](std::size_t n) {
            return Image(source->image(n));
        };
    }

    std::size_t num_classes_;
    std::size_t num_images_;
    std::size_t first_index_;
    extents shape_;
    bool has_all_; // all images at any time, not only the last one asked for
    by_index<label_image> labels_;
    by_index<probability_image<T>> pred_probs_;
    by_index<image_memory<const bool>> issues_;
};

/// Where the pixel scores of image n go; empty where nobody wants them.
template <class T>
using score_sink = std::function<score_writer<T>(std::size_t n)>;

/// The evidence of every image of a batch.
struct findings {
    class_sums sums;
    std::vector<any_evidence> images{};

    all_evidence by_index() const {
        all_evidence pointers;
        pointers.reserve(images.size());
        for (const any_evidence& image : images)
            pointers.push_back(&image);
        return pointers;
    }
};

/// Checks a downsampling factor against the shape of the images.
inline block_grid make_grid(const extents& image_shape, std::size_t factor) {
    if (factor == 0) refuse("downsample is 0: it must be at least 1");
    for (const std::size_t extent : image_shape)
        if (extent % factor != 0)
            refuse("downsample is " + std::to_string(factor) + ": it must divide every extent of an image of shape " +
                   to_text(image_shape));
    return {image_shape, factor};
}

/// Looks once at every image. What is kept of it lies in `memory`.
template <class T>
findings look_at_all(batch<T>& data, const look_plan& plan, const options& opts, const score_sink<T>& sink,
                     piecewise_memory& memory) {
    const block_grid grid = make_grid(data.image_shape(), plan.downsample);
    const std::size_t num_classes = plan.rules.num_classes;
    const bool blocks = plan.downsample > 1;
    const std::size_t band = blocks ? (std::max<std::size_t>)(1, block_band::pixels(grid)) : strip_pixels;
    if (band > std::size_t{1} << 32) refuse("downsample needs bands of at most 2^32 pixels");

    findings found{class_sums(num_classes)};
    for (std::size_t n = 0; n < data.num_images(); ++n) {
        if (blocks)
            found.images.emplace_back(image_evidence<double>{grid});
        else
            found.images.emplace_back(image_evidence<T>{grid});
    }
    std::mutex mutex;
    const auto put = [&](auto& image, std::size_t tile, auto&& evidence) {
        const std::lock_guard lock(mutex);
        if (image.tiles.size() <= tile) image.tiles.resize(tile + 1);
        image.tiles[tile] = std::forward<decltype(evidence)>(evidence);
    };
    const std::size_t tile_pixels = (std::min)(data.image_pixels(), data.tile_size(band, opts));
    const auto look_in_units_of = [&]<class Unit>(Unit, auto look) {
        const std::size_t units = (std::min)(tile_pixels, count_of(grid.blocks()));
        const auto workers = data.for_each_tile(
            band, opts, [&] { return look_scratch<T, Unit>(num_classes, tile_pixels, units); },
            [&](const image_view<T>& image, std::size_t n, std::size_t tile, std::size_t first, std::size_t count,
                look_scratch<T, Unit>& scratch) {
                const score_writer<T> scores = sink ? sink(n) : score_writer<T>();
                put(std::get<image_evidence<Unit>>(found.images[n]), tile, look(image, first, count, scratch, scores));
            });
        for (const auto& worker : workers)
            found.sums += worker.sums;
    };
    if (blocks)
        look_in_units_of(double{}, [&](const auto& image, auto first, auto count, auto& scratch, const auto& scores) {
            return look_at_blocks(image, plan, grid, first, count, scratch, memory, scores);
        });
    else
        look_in_units_of(T{}, [&](const auto& image, auto first, auto count, auto& scratch, const auto& scores) {
            return look_at_pixels(image, plan, first, count, scratch, memory, scores);
        });
    return found;
}

} // namespace maskaudit::detail
