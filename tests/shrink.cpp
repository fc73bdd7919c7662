#include "scene.hpp"

#include <maskaudit/detail/shrink.hpp>

#include <algorithm>
#include <array>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

// Parts of images made smaller, by the definition: pixel by pixel of the original.

using namespace maskaudit_test;
using maskaudit::layer_plane;
using maskaudit::picture;
using maskaudit::detail::picture_window;
using maskaudit::detail::shrunk_window;

namespace {

struct random_image {
    layer_plane<std::int32_t> classes;
    layer_plane<bool> issues;
    picture photo;
};

random_image make_image(random_engine& random, std::size_t height, std::size_t width) {
    random_image image{layer_plane<std::int32_t>::from_shape({height, width}),
                       layer_plane<bool>::from_shape({height, width}),
                       picture::from_shape({height, width, std::size_t{3}})};
    for (std::size_t i = 0; i < image.classes.size(); ++i) {
        image.classes.data()[i] = static_cast<std::int32_t>(pick(random, 0, 4)) - 1;
        image.issues.data()[i] = image.classes.data()[i] >= 0 && uniform(random) < 0.1;
    }
    for (std::uint8_t& value : image.photo)
        value = static_cast<std::uint8_t>(pick(random, 0, 255));
    return image;
}

/// Which pixel of `count` on a side stands for pixel `at` of `extent`: counted, not computed.
std::size_t place_of(std::size_t at, std::size_t extent, std::size_t count) {
    std::size_t place = 0;
    while ((place + 1) * extent / count <= at)
        ++place;
    return place;
}

/// What is known of the pixels that one stands for.
struct part {
    std::map<std::int32_t, std::size_t> classes{}, classes_of_issues{}; // how often
    std::array<std::size_t, 3> sums{};
    std::size_t pixels = 0;

    std::int32_t most_frequent() const {
        const auto& counted = classes_of_issues.empty() ? classes : classes_of_issues;
        if (counted.empty()) return -1;
        return std::max_element(counted.begin(), counted.end(),
                                [](const auto& a, const auto& b) {
                                    return a.second < b.second; // the first of equally many
                                })
            ->first;
    }
};

} // namespace

TEST_CASE("what a shrunk pixel is, by the definition", "[display]") {
    random_engine random(seed() + 441);
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    for (int round = 0; round < 60; ++round) {
        const std::size_t height = pick(random, 1, 60), width = pick(random, 1, 60);
        const std::size_t longest = pick(random, 1, 40);
        const random_image image = make_image(random, height, width);
        const std::size_t top = pick(random, 0, height - 1), left = pick(random, 0, width - 1);
        const picture_window window{top, left, pick(random, top + 1, height), pick(random, left + 1, width)};
        const shrunk_window to(window, longest);
        CAPTURE(height, width, longest, window.top, window.left, window.bottom, window.right);

        const std::size_t longer = std::max(window.height(), window.width());
        CHECK(std::max(to.height(), to.width()) == std::min(longest, longer));
        std::vector<part> parts(to.height() * to.width());
        for (std::size_t row = window.top; row < window.bottom; ++row)
            for (std::size_t column = window.left; column < window.right; ++column) {
                part& there = parts[place_of(row - window.top, window.height(), to.height()) * to.width() +
                                    place_of(column - window.left, window.width(), to.width())];
                const std::int32_t k = image.classes(row, column);
                if (k >= 0) ++there.classes[k];
                if (image.issues(row, column)) ++there.classes_of_issues[k];
                ++there.pixels;
                for (std::size_t channel = 0; channel < 3; ++channel)
                    there.sums[channel] += image.photo(row, column, channel);
            }
        const auto classes = maskaudit::detail::shrunk_classes(image.classes, image.issues, to);
        const auto issues = maskaudit::detail::shrunk_to_greatest(image.issues, to);
        const picture photo = maskaudit::detail::shrunk_photo(image.photo, to);
        REQUIRE(photo.size() == 3 * parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            REQUIRE(parts[i].pixels > 0);
            REQUIRE(classes.data()[i] == parts[i].most_frequent());
            REQUIRE(issues.data()[i] == !parts[i].classes_of_issues.empty());
            for (std::size_t channel = 0; channel < 3; ++channel)
                REQUIRE(photo.data()[3 * i + channel] ==
                        (parts[i].sums[channel] + parts[i].pixels / 2) / parts[i].pixels);
        }
    }
}
