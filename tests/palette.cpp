#include <maskaudit/picture.hpp>

#include <algorithm>
#include <array>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

// The colours of classes: how far apart they are, and the rule that they were chosen by.

using maskaudit::class_color;
using maskaudit::rgb_color;

namespace {

using vector3 = std::array<double, 3>;
using matrix = std::array<vector3, 3>;

vector3 product(const matrix& m, const vector3& v) {
    vector3 out{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            out[i] += m[i][j] * v[j];
    return out;
}

/// Linear light, 0 to 1.
vector3 light_of(rgb_color color) {
    const auto linear = [](std::uint8_t value) {
        const double part = value / 255.0;
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return {linear(color.red), linear(color.green), linear(color.blue)};
}

/// B. Ottosson, "A perceptual color space for image processing", 2020.
vector3 oklab_of_light(const vector3& light) {
    vector3 cones = product({{{0.4122214708, 0.5363325363, 0.0514459929},
                              {0.2119034982, 0.6806995451, 0.1073969566},
                              {0.0883024619, 0.2817188376, 0.6299787005}}},
                            light);
    for (double& cone : cones)
        cone = std::cbrt(std::max(cone, 0.0));
    return product({{{0.2104542553, 0.7936177850, -0.0040720468},
                     {1.9779984951, -2.4285922050, 0.4505937099},
                     {0.0259040371, 0.7827717662, -0.8086757660}}},
                   cones);
}

vector3 oklab(rgb_color color) { return oklab_of_light(light_of(color)); }

double distance(const vector3& a, const vector3& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

double least_distance(const std::vector<vector3>& colors) {
    double least = 2;
    for (std::size_t i = 0; i < colors.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            least = std::min(least, distance(colors[i], colors[j]));
    return least;
}

const std::vector<rgb_color> not_for_classes{maskaudit::issue_color, maskaudit::ignored_color, {255, 255, 255}};

} // namespace

TEST_CASE("class colours are at least as far apart as is stated", "[display]") {
    CHECK(std::abs(distance(oklab({0, 0, 0}), oklab({255, 255, 255})) - 1) < 1e-6);
    REQUIRE(maskaudit::num_class_colors == 255);
    std::vector<vector3> colors;
    for (std::size_t k = 0; k < 8; ++k)
        colors.push_back(oklab(class_color(k)));
    CHECK(least_distance(colors) >= maskaudit::least_color_distance_of_first_8);
    for (std::size_t k = 8; k < 255; ++k)
        colors.push_back(oklab(class_color(k)));
    for (const rgb_color& other : not_for_classes)
        colors.push_back(oklab(other));
    CHECK(least_distance(colors) >= maskaudit::least_color_distance);
    CHECK(least_distance(colors) < maskaudit::least_color_distance + 0.001);
}

TEST_CASE("the first 8 class colours are far apart for the colour-blind too", "[display]") {
    // G. Machado, M. Oliveira, L. Fernandes, "A physiologically-based model for simulation of color vision deficiency",
    // 2009: what is seen without cones for long, middle and short waves.
    const std::vector<matrix> blindnesses{
        {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
        {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
        {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}};
    for (const matrix& blindness : blindnesses) {
        std::vector<vector3> seen;
        for (std::size_t k = 0; k < 8; ++k)
            seen.push_back(oklab_of_light(product(blindness, light_of(class_color(k)))));
        CHECK(least_distance(seen) >= maskaudit::least_color_distance);
    }
}

TEST_CASE("each class colour is the farthest from those before it", "[display]") {
    const std::vector<rgb_color> okabe_ito{{0, 0, 0},      {230, 159, 0}, {86, 180, 233}, {0, 158, 115},
                                           {240, 228, 66}, {0, 114, 178}, {213, 94, 0},   {204, 121, 167}};
    for (std::size_t k = 0; k < 8; ++k)
        CHECK(class_color(k) == okabe_ito[k]);

    std::vector<vector3> candidates;
    for (int red = 0; red < 256; red += 17)
        for (int green = 0; green < 256; green += 17)
            for (int blue = 0; blue < 256; blue += 17) {
                const vector3 color = oklab({static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green),
                                             static_cast<std::uint8_t>(blue)});
                if (color[0] >= 0.4) candidates.push_back(color);
            }
    std::vector<double> far(candidates.size(), 2);
    const auto take = [&](const vector3& color) {
        for (std::size_t i = 0; i < candidates.size(); ++i)
            far[i] = std::min(far[i], distance(candidates[i], color));
    };
    for (const rgb_color& color : not_for_classes)
        take(oklab(color));
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < 255; ++k) {
        const vector3 color = oklab(class_color(k));
        const auto same = std::find(candidates.begin(), candidates.end(), color);
        if (k >= 8) {
            REQUIRE(same != candidates.end());
            const double most = *std::max_element(far.begin(), far.end());
            wrong += far[static_cast<std::size_t>(same - candidates.begin())] < most - 1e-9 ? 1 : 0;
        }
        take(color);
    }
    CHECK(wrong == 0);
}

TEST_CASE("class colours repeat after 255", "[display]") {
    static_assert(class_color(0) == rgb_color{0, 0, 0});
    CHECK(class_color(255) == class_color(0));
    CHECK(class_color(65535) == class_color(65535 % 255));
}
