#pragma once

#include "scene.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

// The formulas once more, in plain loops over plain numbers, with nothing of the library in them.

namespace maskaudit_test {

struct verdict {
    std::vector<double> thresholds;
    std::vector<bool> mask; // (N, S...)
};

/// The same of several scenes, whose images have shapes of their own.
struct joint_verdict {
    std::vector<double> thresholds;
    std::vector<std::vector<bool>> masks; // one a scene
};

inline std::size_t argmax(const std::vector<double>& p) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < p.size(); ++k)
        if (p[k] > p[best]) best = k;
    return best;
}

inline std::size_t predicted(const scene& data, std::size_t n, std::size_t s) {
    std::vector<double> p;
    for (std::size_t k = 0; k < data.classes; ++k)
        p.push_back(data.p(n, k, s));
    return argmax(p);
}

/// One unit of confident learning: a pixel, or a block of pixels.
struct unit {
    std::size_t scene, image;
    std::vector<std::size_t> pixels;
    std::size_t given;
    std::vector<double> p;
};

/// Adds the blocks of `factor` pixels along every axis, in flat order; those without valid pixels are left out.
inline void add_units(std::vector<unit>& units, std::size_t scene_number, const scene& data, std::size_t factor,
                      bool majority) {
    const auto& shape = data.image_shape;
    for (std::size_t n = 0; n < data.images; ++n) {
        std::map<std::vector<std::size_t>, std::vector<std::size_t>> blocks; // ordered as flat positions are
        for (std::size_t s = 0; s < data.pixels(); ++s) {
            std::vector<std::size_t> block(shape.size());
            std::size_t rest = s;
            for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
                block[axis] = rest % shape[axis] / factor;
            blocks[block].push_back(s);
        }
        for (const auto& [place, pixels] : blocks) {
            std::vector<std::size_t> valid;
            for (const std::size_t s : pixels)
                if (!data.is_ignored(n, s)) valid.push_back(s);
            if (valid.empty()) continue;
            const auto count = static_cast<double>(valid.size());
            unit u{scene_number, n, pixels, 0, std::vector<double>(data.classes)};
            if (majority) {
                std::map<std::int64_t, std::size_t> votes;
                for (const std::size_t s : valid)
                    ++votes[data.label(n, s)];
                std::size_t most = 0;
                for (const auto& [label, number] : votes)
                    if (number > most) most = number, u.given = static_cast<std::size_t>(label);
            } else {
                double sum = 0;
                for (const std::size_t s : valid)
                    sum += static_cast<double>(data.label(n, s));
                u.given = static_cast<std::size_t>(std::nearbyint(sum / count)); // half to even
            }
            for (std::size_t k = 0; k < data.classes; ++k) {
                for (const std::size_t s : valid)
                    u.p[k] += data.p(n, k, s);
                u.p[k] /= count;
            }
            if (factor > 1) {
                double total = 0;
                for (const double p : u.p)
                    total += p;
                for (double& p : u.p)
                    p /= total;
            }
            units.push_back(u);
        }
    }
}

/// Of all images of all scenes, in that order.
inline joint_verdict confident_learning(std::span<const scene> scenes, std::size_t factor = 1, bool majority = false) {
    std::vector<unit> units;
    joint_verdict result;
    for (std::size_t i = 0; i < scenes.size(); ++i) {
        add_units(units, i, scenes[i], factor, majority);
        result.masks.emplace_back(scenes[i].images * scenes[i].pixels());
    }
    for (std::size_t k = 0; k < scenes.front().classes; ++k) {
        long double sum = 0;
        std::size_t count = 0;
        for (const unit& u : units)
            if (u.given == k) sum += static_cast<long double>(u.p[k]), ++count;
        result.thresholds.push_back(
            std::max(count == 0 ? 0.0 : static_cast<double>(sum / static_cast<long double>(count)), 2e-6));
    }
    std::size_t count = 0;
    for (const unit& u : units)
        if (const std::size_t k = argmax(u.p); k != u.given && u.p[k] >= result.thresholds[k] - 1e-6) ++count;

    std::vector<std::size_t> order(units.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return units[a].p[units[a].given] < units[b].p[units[b].given];
    });
    for (std::size_t i = 0; i < count; ++i) {
        const unit& u = units[order[i]];
        const scene& data = scenes[u.scene];
        for (const std::size_t s : u.pixels)
            if (!data.is_ignored(u.image, s) &&
                predicted(data, u.image, s) != static_cast<std::size_t>(data.label(u.image, s)))
                result.masks[u.scene][u.image * data.pixels() + s] = true;
    }
    return result;
}

inline verdict confident_learning(const scene& data, std::size_t factor = 1, bool majority = false) {
    joint_verdict joint = confident_learning(std::span(&data, 1), factor, majority);
    return {std::move(joint.thresholds), std::move(joint.masks.front())};
}

inline double quality(const scene& data, std::size_t n, std::size_t s) {
    return data.is_ignored(n, s) ? 1 : data.p(n, static_cast<std::size_t>(data.label(n, s)), s);
}

inline double softmin(const scene& data, std::size_t n, double temperature) {
    std::vector<double> x;
    for (std::size_t s = 0; s < data.pixels(); ++s)
        if (!data.is_ignored(n, s)) x.push_back(quality(data, n, s));
    if (x.empty()) return 1;
    const double least = *std::min_element(x.begin(), x.end());
    long double weighted = 0, weights = 0;
    for (const double value : x) {
        const auto weight = std::exp(static_cast<long double>(least - value) / std::max(temperature, 1e-6));
        weighted += weight * static_cast<long double>(value);
        weights += weight;
    }
    return static_cast<double>(weighted / weights);
}

inline double issue_score(const scene& data, const std::vector<bool>& mask, std::size_t n) {
    std::size_t valid = 0, issues = 0;
    for (std::size_t s = 0; s < data.pixels(); ++s) {
        valid += data.is_ignored(n, s) ? 0 : 1;
        issues += mask[n * data.pixels() + s] ? 1 : 0;
    }
    return valid == 0 ? 1 : 1 - static_cast<double>(issues) / static_cast<double>(valid);
}

/// Issue pixels by (given, predicted).
inline std::map<std::pair<std::size_t, std::size_t>, std::size_t> swaps(const scene& data,
                                                                        const std::vector<bool>& mask) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts;
    for (std::size_t n = 0; n < data.images; ++n)
        for (std::size_t s = 0; s < data.pixels(); ++s)
            if (mask[n * data.pixels() + s] && !data.is_ignored(n, s))
                ++counts[{static_cast<std::size_t>(data.label(n, s)), predicted(data, n, s)}];
    return counts;
}

} // namespace maskaudit_test
