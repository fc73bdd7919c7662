#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

// Streets of simple shapes, and the random numbers that they are made of.

namespace maskaudit_program {

/// Random numbers made without the distributions of the standard library, which differ between its implementations.
class scene_random {
public:
    scene_random(std::uint64_t seed, std::uint64_t image) : engine_(mixed(mixed(seed) + image)) {}

    /// From 0 up to and without 1.
    double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    double uniform(double from, double to) { return from + (to - from) * uniform(); }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(uniform() * static_cast<double>(bound)); }

    /// Nearly normal, mean 0, variance 1: the sum of four uniform numbers, without a logarithm, which may differ.
    double bell() {
        const std::uint64_t bits = engine_();
        double sum = 0;
        for (unsigned shift = 0; shift < 64; shift += 16)
            sum += static_cast<double>(bits >> shift & 0xFFFF) / 0x1p16;
        constexpr double root_of_3 = 1.7320508075688772;
        return (sum - 2) * root_of_3;
    }

private:
    /// splitmix64: neighbouring seeds must not make similar scenes.
    static std::uint64_t mixed(std::uint64_t value) {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
        value = (value ^ value >> 27) * 0x94D049BB133111EB;
        return value ^ value >> 31;
    }

    std::mt19937_64 engine_;
};

enum class silhouette { building, tree, car, person };

struct scene_object {
    std::uint8_t class_index;
    silhouette shape;
    double base, centre, height, width; // base: the row it stands on

    bool covers(double row, double column) const {
        const double up = (base - row) / height;       // 0 at the foot, 1 at the top
        const double side = (column - centre) / width; // -1/2 to 1/2
        if (up < 0 || up > 1 || side < -0.5 || side > 0.5) return false;
        const auto within = [&](double middle, double half_height, double half_width) {
            const double y = (up - middle) / half_height, x = side / half_width;
            return x * x + y * y <= 1;
        };
        switch (shape) {
        case silhouette::building:
            return true;
        case silhouette::tree:
            return within(0.65, 0.35, 0.5) || (up < 0.4 && std::abs(side) < 0.08);
        case silhouette::car:
            return up < 0.55 || std::abs(side) < 0.3;
        case silhouette::person:
            return within(0.88, 0.12, 0.35) || within(0.4, 0.42, 0.5);
        }
        return false;
    }
};

/// Extents of a silhouette relative to the height of the image.
struct proportions {
    double least_height, most_height, least_width, most_width;
    double nearest; // how far below the horizon it may stand, as a part of the ground
    std::size_t count;
};

inline constexpr std::array<proportions, 4> silhouette_proportions{{
    {0.30, 0.50, 0.20, 0.35, 0.05, 3},
    {0.30, 0.45, 0.18, 0.28, 0.30, 2},
    {0.12, 0.18, 0.28, 0.42, 0.95, 2},
    {0.20, 0.28, 0.08, 0.11, 0.95, 3},
}};

struct street {
    std::size_t height, width;
    double horizon;
    std::vector<scene_object> objects{}; // far ones first

    using mask = std::vector<std::uint8_t>;

    /// Ground is class 0, sky class 1, objects are of the classes from 2 on.
    static street make(std::size_t rows, std::size_t columns, std::size_t classes, scene_random& random) {
        const auto height = static_cast<double>(rows);
        const auto width = static_cast<double>(columns);
        street result{rows, columns, height * random.uniform(0.42, 0.55)};
        for (std::size_t k = 2; k < classes; ++k) {
            const std::size_t turn = (k - 2) % silhouette_proportions.size();
            const proportions& size = silhouette_proportions[turn];
            for (std::size_t i = 0; i < size.count; ++i) {
                const double base = result.horizon + (height - result.horizon) * random.uniform(0, size.nearest);
                const double centre = random.uniform(0, width);
                const double tall = height * random.uniform(size.least_height, size.most_height);
                const double wide = height * random.uniform(size.least_width, size.most_width);
                result.objects.push_back(
                    {static_cast<std::uint8_t>(k), static_cast<silhouette>(turn), base, centre, tall, wide});
            }
        }
        std::stable_sort(result.objects.begin(), result.objects.end(),
                         [](const scene_object& a, const scene_object& b) { return a.base < b.base; });
        return result;
    }

    mask paint() const {
        mask labels(height * width, 0);
        const auto sky = static_cast<std::size_t>(horizon);
        std::fill_n(labels.begin(), sky * width, std::uint8_t{1});
        for (const scene_object& object : objects)
            paint(object, labels);
        return labels;
    }

    void paint(const scene_object& object, mask& labels) const {
        const auto clamped = [](double value, std::size_t most) {
            return static_cast<std::size_t>(std::clamp(value, 0.0, static_cast<double>(most)));
        };
        const std::size_t top = clamped(object.base - object.height, height), foot = clamped(object.base + 1, height);
        const std::size_t left = clamped(object.centre - object.width / 2, width);
        const std::size_t right = clamped(object.centre + object.width / 2 + 1, width);
        for (std::size_t row = top; row < foot; ++row)
            for (std::size_t column = left; column < right; ++column)
                if (object.covers(static_cast<double>(row), static_cast<double>(column)))
                    labels[row * width + column] = object.class_index;
    }
};

} // namespace maskaudit_program
