#include "region_scene.hpp"

#include <maskaudit/regions.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

using namespace maskaudit_test;
using maskaudit::away_from_boundaries;

TEST_CASE("issues near borders are dropped, by the definition", "[regions]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 303);
    for (const indices& shape : shapes)
        for (const double changes : {0.5, 0.03, 0.0}) {
            auto data = random_scene<float>(random, 3, 3, shape, probabilities::one_hot, changes / 4, 0, changes);
            if (changes == 0) // one label but for a pixel in one image
                data.labels[pick(random, 0, data.pixels() - 1)] += 1;
            for (std::int64_t& label : data.labels)
                label = label == 2 ? -77 : label; // no class
            const std::vector<bool> mask = random_mask(random, data.labels.size(), 0.8);
            const auto issues = make<xt::xarray<bool>>(data.labels_shape(), mask);
            const auto labels = make<xt::xarray<std::int8_t>>(data.labels_shape(), data.labels);
            for (const std::size_t radius : {0U, 1U, 2U, 3U, 4U, 5U, 17U, 1000U}) {
                std::vector<bool> expected = mask;
                for (std::size_t i = 0; i < mask.size(); ++i) {
                    const std::size_t n = i / data.pixels(), s = i % data.pixels();
                    for_each_within(s, shape, radius, [&](std::size_t other) {
                        if (data.label(n, other) != data.label(n, s)) expected[i] = false;
                    });
                }
                CAPTURE(shape, changes, radius);
                for (const unsigned n_jobs : {1U, 3U})
                    CHECK(differences(flat(away_from_boundaries(issues, labels, radius, {.n_jobs = n_jobs}),
                                           data.labels_shape()),
                                      expected)
                              .empty());
            }
        }
}

TEST_CASE("images of more rows than 32 bits count are looked at in the same way", "[regions]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 304);
    std::vector<std::uint8_t> labels(30 * 40);
    for (std::uint8_t& label : labels)
        label = uniform(random) < 0.02;
    for (const std::size_t radius : {1U, 3U}) {
        const auto narrow = std::make_unique<bool[]>(labels.size()), wide = std::make_unique<bool[]>(labels.size());
        maskaudit::detail::flag_uniform<std::uint32_t>(labels.data(), {30, 40}, radius, narrow.get());
        maskaudit::detail::flag_uniform<std::size_t>(labels.data(), {30, 40}, radius, wide.get());
        CHECK(std::equal(narrow.get(), narrow.get() + labels.size(), wide.get()));
        CHECK(std::count(wide.get(), wide.get() + labels.size(), true) > 0);
    }
}

TEST_CASE("a radius of any size, and rows longer than are looked at at once", "[regions]") {
    auto labels = xt::xtensor<std::uint64_t, 3>({1, 3, 10000}, std::uint64_t{1} << 63);
    labels(0, 0, 9000) = 0;
    const auto issues = xt::xtensor<bool, 3>({1, 3, 10000}, true);
    const auto inner = away_from_boundaries(issues, labels, 2);
    std::size_t dropped = 0;
    for (const bool issue : inner)
        dropped += issue ? 0 : 1;
    CHECK(dropped == 15);
    CHECK_FALSE(inner(0, 2, 8998));
    CHECK(inner(0, 2, 8997));
    CHECK(away_from_boundaries(issues, labels, 1)(0, 2, 9000));
    constexpr std::size_t huge = (std::numeric_limits<std::size_t>::max)();
    CHECK((away_from_boundaries(issues, labels, huge) == xt::zeros<bool>({1, 3, 10000})));
    labels(0, 0, 9000) = labels(0, 0, 0);
    CHECK((away_from_boundaries(issues, labels, huge) == issues));
}

TEST_CASE("a border with void is a border, and ignored pixels are no issues", "[regions]") {
    const xt::xtensor<int, 2> labels{{0, 0, 0, 255, 255, 255, 255}};
    const auto issues = xt::xtensor<bool, 2>({1, 7}, true);
    CHECK((away_from_boundaries(issues, labels, 1) ==
           xt::xtensor<bool, 2>{{true, true, false, false, true, true, true}}));
    CHECK((away_from_boundaries(issues, labels, 1, {.ignore_label = 255}) ==
           xt::xtensor<bool, 2>{{true, true, false, false, false, false, false}}));
    CHECK((away_from_boundaries(issues, labels, 0) == issues));
}
