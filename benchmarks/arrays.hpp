#pragma once

#include "scene.hpp"

#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

// What the benchmarks run on: the scenes of the demonstration, and what is made of them.

namespace maskaudit_benchmarks {

template <class Label, class Probability>
struct scene {
    xt::xtensor<Label, 3> labels;
    std::shared_ptr<const xt::xtensor<Probability, 4>> shared; ///< by scenes that differ in their labels alone

    const xt::xtensor<Probability, 4>& pred_probs() const { return *shared; }
};

using usual_scene = scene<std::uint8_t, float>;

struct scene_size {
    std::size_t images, height, width, classes;
    std::size_t distinct = images; ///< the others repeat these, since a scene takes longer to make than to look at
};

/// Calls make(i) for i from 0 up to and without `count`, on all processors.
template <class Make>
void on_all_processors(std::size_t count, const Make& make) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < std::max(1U, std::thread::hardware_concurrency()); ++thread)
        threads.emplace_back([&] {
            for (std::size_t i = 0; (i = next++) < count;)
                make(i);
        });
}

inline usual_scene make_scene(const scene_size& size) {
    const auto [images, height, width, classes, distinct] = size;
    const std::size_t pixels = height * width;
    auto labels = xt::xtensor<std::uint8_t, 3>::from_shape({images, height, width});
    auto pred_probs =
        std::make_shared<xt::xtensor<float, 4>>(xt::xtensor<float, 4>::from_shape({images, classes, height, width}));
    on_all_processors(std::min(images, distinct), [&](std::size_t n) {
        const auto image = maskaudit_program::make_scene_image(
            {.images = images, .height = height, .width = width, .classes = classes}, n);
        for (std::size_t copy = n; copy < images; copy += distinct) {
            std::copy(image.labels.begin(), image.labels.end(), labels.data() + copy * pixels);
            std::copy(image.pred_probs.begin(), image.pred_probs.end(), pred_probs->data() + copy * classes * pixels);
        }
    });
    return {std::move(labels), std::move(pred_probs)};
}

/// A scene of ground and sky against objects, which the maker of scenes has no two classes for.
inline usual_scene with_two_classes(const usual_scene& from) {
    const auto& before = from.pred_probs();
    const std::size_t images = before.shape(0), classes = before.shape(1), pixels = before.shape(2) * before.shape(3);
    auto labels = from.labels;
    for (std::uint8_t& label : labels)
        if (label != maskaudit_program::scene_void) label = label < 2 ? 0 : 1;
    auto merged = std::make_shared<xt::xtensor<float, 4>>(
        xt::xtensor<float, 4>::from_shape({images, 2, before.shape(2), before.shape(3)}));
    merged->fill(0);
    on_all_processors(images, [&](std::size_t n) {
        for (std::size_t k = 0; k < classes; ++k) {
            const float* const plane = before.data() + (n * classes + k) * pixels;
            float* const sum = merged->data() + (n * 2 + (k < 2 ? 0 : 1)) * pixels;
            std::transform(plane, plane + pixels, sum, sum, [](float p, float total) { return total + p; });
        }
    });
    return {std::move(labels), std::move(merged)};
}

/// The same scene with labels without any coherence, all of them classes.
inline usual_scene with_random_labels(usual_scene from) {
    std::mt19937_64 random(1);
    const std::size_t classes = from.pred_probs().shape(1);
    for (std::uint8_t& label : from.labels)
        label = static_cast<std::uint8_t>((random() >> 32) * classes >> 32);
    return from;
}

template <class Label>
scene<Label, float> with_labels_as(const usual_scene& from) {
    return {xt::cast<Label>(from.labels), from.shared};
}

/// The first images of an array of any rank, in place.
template <class T, std::size_t Rank>
auto first_images(const xt::xtensor<T, Rank>& array, std::size_t images) {
    std::array<std::size_t, Rank> shape;
    std::copy(array.shape().begin(), array.shape().end(), shape.begin());
    const std::size_t size = array.size() / shape[0] * images;
    shape[0] = images;
    return xt::adapt(array.data(), size, xt::no_ownership(), shape);
}

/// The first images of a scene in double, which take the memory of twice as many in float.
inline scene<std::uint8_t, double> in_double(const usual_scene& from, std::size_t images) {
    const auto& before = from.pred_probs();
    const std::size_t classes = before.shape(1), height = before.shape(2), width = before.shape(3);
    auto wide =
        std::make_shared<xt::xtensor<double, 4>>(xt::xtensor<double, 4>::from_shape({images, classes, height, width}));
    std::copy_n(before.data(), wide->size(), wide->data());
    return {first_images(from.labels, images), std::move(wide)};
}

/// The first images of a scene with the classes last: pred_probs() is (N, H, W, K).
inline usual_scene with_classes_last(const usual_scene& from, std::size_t images) {
    const auto& before = from.pred_probs();
    const std::size_t classes = before.shape(1), height = before.shape(2), width = before.shape(3);
    auto turned =
        std::make_shared<xt::xtensor<float, 4>>(xt::xtensor<float, 4>::from_shape({images, height, width, classes}));
    const std::size_t pixels = height * width;
    on_all_processors(images, [&](std::size_t n) {
        for (std::size_t k = 0; k < classes; ++k)
            for (std::size_t s = 0; s < pixels; ++s)
                turned->data()[(n * pixels + s) * classes + k] = before.data()[(n * classes + k) * pixels + s];
    });
    return {first_images(from.labels, images), std::move(turned)};
}

/// The first images of a scene with logits whose softmax its probabilities are: pred_probs() gives the logits.
inline usual_scene with_logits(const usual_scene& from, std::size_t images) {
    auto logits = std::make_shared<xt::xtensor<float, 4>>(first_images(from.pred_probs(), images));
    const std::size_t image = logits->size() / images;
    on_all_processors(images, [&](std::size_t n) {
        float* const first = logits->data() + n * image;
        std::transform(first, first + image, first, [](float p) { return std::log(p); }); // -infinity for 0
    });
    return {first_images(from.labels, images), std::move(logits)};
}

/// One image of a row-major array, in place.
template <class Array>
auto image_of(const Array& array, std::size_t n) {
    std::array<std::size_t, std::tuple_size_v<typename Array::shape_type> - 1> shape;
    std::copy(array.shape().begin() + 1, array.shape().end(), shape.begin());
    const std::size_t size = array.size() / array.shape(0);
    return xt::adapt(array.data() + n * size, size, xt::no_ownership(), shape);
}

} // namespace maskaudit_benchmarks
