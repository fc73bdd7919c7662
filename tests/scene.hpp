#pragma once

#include <algorithm>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

// Random data sets for tests, made from a seed that a failing test prints and MASKAUDIT_TEST_SEED sets.

namespace maskaudit_test {

inline std::uint64_t seed() {
    const char* const text = std::getenv("MASKAUDIT_TEST_SEED");
    return text == nullptr ? 20261123 : std::stoull(text);
}

using random_engine = std::mt19937_64;

inline std::size_t pick(random_engine& random, std::size_t from, std::size_t to) {
    return std::uniform_int_distribution<std::size_t>(from, to)(random);
}

inline double uniform(random_engine& random) { return std::uniform_real_distribution<double>(0, 1)(random); }

/// Row-major labels (N, S...) and probabilities (N, K, S...), as plain numbers.
struct scene {
    std::size_t images, classes;
    std::vector<std::size_t> image_shape;
    std::vector<std::int64_t> labels;
    std::vector<double> pred_probs;
    std::vector<std::int64_t> ignored{};

    std::size_t pixels() const {
        std::size_t product = 1;
        for (const std::size_t extent : image_shape)
            product *= extent;
        return product;
    }
    std::int64_t label(std::size_t n, std::size_t s) const { return labels[n * pixels() + s]; }
    double p(std::size_t n, std::size_t k, std::size_t s) const { return pred_probs[(n * classes + k) * pixels() + s]; }
    bool is_ignored(std::size_t n, std::size_t s) const {
        return std::find(ignored.begin(), ignored.end(), label(n, s)) != ignored.end();
    }
    std::vector<std::size_t> labels_shape() const {
        std::vector<std::size_t> shape{images};
        shape.insert(shape.end(), image_shape.begin(), image_shape.end());
        return shape;
    }
    std::vector<std::size_t> pred_probs_shape() const {
        std::vector<std::size_t> shape{images, classes};
        shape.insert(shape.end(), image_shape.begin(), image_shape.end());
        return shape;
    }
};

/// How the probabilities of a pixel come about.
enum class probabilities {
    dirichlet,    // sum to one
    sixteenths,   // sum to one, multiples of 1/16: ties everywhere
    one_hot,      // 0 or 1
    unnormalised, // each anywhere in [0, 1]
};

/// Labels follow the model most of the time, in runs; values are those that T holds exactly.
template <class T>
scene random_scene(random_engine& random, std::size_t images, std::size_t classes,
                   const std::vector<std::size_t>& image_shape, probabilities kind, double error_rate = 0.2,
                   double ignored_rate = 0, double change_rate = 0.1) {
    scene result{images, classes, image_shape, {}, {}};
    const std::size_t pixels = result.pixels();
    result.labels.resize(images * pixels);
    result.pred_probs.resize(images * classes * pixels);
    std::vector<double> p(classes);
    std::size_t true_class = 0;
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t s = 0; s < pixels; ++s) {
            if (uniform(random) < change_rate) true_class = pick(random, 0, classes - 1);
            double sum = 0;
            for (double& value : p)
                sum += value = -std::log(1 - uniform(random));
            const double boost = sum * uniform(random) * 2;
            p[true_class] += boost;
            for (double& value : p)
                value /= sum + boost;
            if (kind == probabilities::sixteenths) {
                std::fill(p.begin(), p.end(), 0.0);
                for (int unit = 0; unit < 16; ++unit)
                    p[uniform(random) < 0.4 ? true_class : pick(random, 0, classes - 1)] += 1.0 / 16;
            } else if (kind == probabilities::one_hot) {
                std::fill(p.begin(), p.end(), 0.0);
                p[true_class] = 1;
            } else if (kind == probabilities::unnormalised) {
                for (double& value : p)
                    value = uniform(random);
            }
            for (std::size_t k = 0; k < classes; ++k)
                result.pred_probs[(n * classes + k) * pixels + s] = static_cast<double>(static_cast<T>(p[k]));
            const bool wrong = uniform(random) < error_rate;
            result.labels[n * pixels + s] =
                static_cast<std::int64_t>(wrong ? pick(random, 0, classes - 1) : true_class);
        }
    if (ignored_rate > 0) {
        result.ignored = {255, static_cast<std::int64_t>(classes) - 1};           // a void label, and a class
        for (auto label = result.labels.begin(); label != result.labels.end();) { // single ones, and long runs
            const auto run = static_cast<std::ptrdiff_t>(uniform(random) < 0.9 ? 1 : pick(random, 1, 100));
            const auto end = label + std::min(run, result.labels.end() - label);
            if (uniform(random) < ignored_rate) std::fill(label, end, 255);
            label = end;
        }
    }
    return result;
}

} // namespace maskaudit_test
