#include "calls.hpp"
#include "registration.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Whether the time grows with the number of probabilities and no faster, from 1e5 to 1e9 of them. An image is made of
// tiles of one size, so that a larger one is not an easier one, with longer runs of equal labels.

namespace maskaudit_benchmarks {
namespace {

constexpr std::size_t tile_height = 64, tile_width = 128, distinct_tiles = 16;

/// The first images of a scene.
struct beginning {
    decltype(first_images(std::declval<const xt::xtensor<std::uint8_t, 3>&>(), 1)) labels;
    decltype(first_images(std::declval<const xt::xtensor<float, 4>&>(), 1)) probabilities;

    const auto& pred_probs() const { return probabilities; }
};

/// One image of n x n tiles.
usual_scene tiled(const usual_scene& tiles, std::size_t n) {
    const std::size_t classes = tiles.pred_probs().shape(1), height = n * tile_height, width = n * tile_width;
    auto labels = xt::xtensor<std::uint8_t, 3>::from_shape({1, height, width});
    auto pred_probs =
        std::make_shared<xt::xtensor<float, 4>>(xt::xtensor<float, 4>::from_shape({1, classes, height, width}));
    const auto copy_plane = [&](const auto* from, std::size_t plane, std::size_t planes, auto* to) {
        for (std::size_t row = 0; row < height; ++row)
            for (std::size_t column = 0; column < n; ++column) {
                const std::size_t tile = (row / tile_height * n + column) % tiles.labels.shape(0);
                const std::size_t line = (tile * planes + plane) * tile_height + row % tile_height;
                std::copy_n(from + line * tile_width, tile_width, to + row * width + column * tile_width);
            }
    };
    copy_plane(tiles.labels.data(), 0, 1, labels.data());
    on_all_processors(classes, [&](std::size_t k) {
        copy_plane(tiles.pred_probs().data(), k, classes, pred_probs->data() + k * height * width);
    });
    return {std::move(labels), std::move(pred_probs)};
}

template <class Input>
void add_growth(const std::string& size, const Input& input) {
    add_case(size, "find_label_issues", input, find_label_issues, {1});
    add_case(size, "softmin", input, softmin_scores, {1});
}

} // namespace

void register_growth_of_images(bool quick) {
    const std::vector<std::size_t> numbers =
        quick ? std::vector<std::size_t>{1, 2} : std::vector<std::size_t>{1, 10, 100, 1000, 6400};
    const auto all = lazily([=] {
        return make_scene({numbers.back(), tile_height, tile_width, 19, std::min(distinct_tiles, numbers.back())});
    });
    for (const std::size_t images : numbers)
        add_growth("images_" + std::to_string(images), lazily([=] {
                       return beginning{first_images(all().labels, images), first_images(all().pred_probs(), images)};
                   }));
}

void register_growth_of_area(bool quick) {
    const auto tiles = lazily([] { return make_scene({distinct_tiles, tile_height, tile_width, 19}); });
    for (const std::size_t n : quick ? std::vector<std::size_t>{1, 2} : std::vector<std::size_t>{1, 3, 10, 32, 80})
        add_growth(std::to_string(n * tile_height) + "x" + std::to_string(n * tile_width),
                   lazily([=] { return tiled(tiles(), n); }));
}

void register_growth_of_classes(bool quick) {
    const std::size_t images = quick ? 1 : 8, height = quick ? 48 : 512, width = quick ? 64 : 1024;
    for (const std::size_t classes : {4, 16, 64, 255})
        add_growth("classes_" + std::to_string(classes), lazily([=] {
                       return make_scene({images, height, width, classes, std::min<std::size_t>(images, 2)});
                   }));
}

} // namespace maskaudit_benchmarks
