#include "compare.hpp"
#include "message.hpp"

#include <maskaudit/detail/instruction_set.hpp>
#include <maskaudit/detail/memory.hpp>
#include <maskaudit/detail/softmin_kernel.hpp>
#include <maskaudit/detail/stored_probability.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <bit>
#include <catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

// What the hot loops do with values at the edges, with every pixel at the edge of something, and with memory.

using namespace maskaudit_test;
namespace detail = maskaudit::detail;

namespace {

struct exp_kernel {
    double values[8];

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        constexpr std::size_t lanes = Bytes / sizeof(double);
        detail::vec<double, Bytes> y[8 / lanes];
        for (std::size_t v = 0; v < 8 / lanes; ++v)
            detail::load(y[v], values + v * lanes);
        detail::exp_of_negative<Bytes, 8 / lanes>(y);
        for (std::size_t v = 0; v < 8 / lanes; ++v)
            detail::store(values + v * lanes, y[v]);
    }
};

template <class T>
xt::xarray<T> probabilities_of(std::size_t classes, std::size_t pixels) {
    xt::xarray<T> pred_probs = xt::xarray<T>::from_shape({1, classes, pixels});
    pred_probs.fill(static_cast<T>(1.0 / static_cast<double>(classes)));
    return pred_probs;
}

} // namespace

TEST_CASE("the exponential of the softmin weights is as exact as it says", "[kernels]") {
    random_engine random(seed() + 60);
    for (int round = 0; round < 20000; ++round) {
        exp_kernel kernel{};
        double arguments[8];
        for (std::size_t i = 0; i < 8; ++i)
            kernel.values[i] = arguments[i] = round == 0 ? 0 : -std::exp(uniform(random) * 16 - 9.4); // to -735
        detail::run_kernel(kernel);
        for (std::size_t i = 0; i < 8; ++i) {
            const long double exact = std::exp(static_cast<long double>((std::max)(arguments[i], -700.0)));
            if (std::abs(kernel.values[i] - exact) > 1e-14L * exact) {
                CAPTURE(arguments[i], kernel.values[i]);
                CHECK(false);
            }
        }
        if (round == 0) CHECK(kernel.values[0] == 1);
    }
}

namespace {

/// What the kernels read of all values of a type that has 8 or 16 bits.
template <class Stored>
struct loading {
    std::vector<Stored> stored = std::vector<Stored>(std::size_t{1} << (8 * sizeof(Stored)));
    std::vector<float> values = std::vector<float>(stored.size());

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        for (std::size_t i = 0; i < stored.size(); i += Bytes / sizeof(float)) {
            detail::vec<float, Bytes> lanes;
            detail::load_probabilities<float, Bytes>(lanes, stored.data() + i);
            detail::store(values.data() + i, lanes);
        }
    }
};

} // namespace

TEMPLATE_TEST_CASE("fixed point is read as the nearest float, one or many at a time", "[kernels]", std::uint8_t,
                   std::uint16_t) {
    loading<TestType> all;
    std::iota(all.stored.begin(), all.stored.end(), TestType{0});
    detail::run_kernel(all);
    std::size_t different = 0;
    for (std::size_t i = 0; i < all.stored.size(); ++i) {
        const auto nearest = static_cast<float>(static_cast<double>(i) / static_cast<double>(all.stored.size() - 1));
        different += all.values[i] != nearest || detail::load_probability(all.stored[i]) != nearest ? 1 : 0;
    }
    CHECK(different == 0);
}

TEST_CASE("halves are read as they are, one or many at a time", "[kernels]") {
    loading<detail::half_bits> all;
    for (std::size_t i = 0; i < all.stored.size(); ++i)
        all.stored[i].bits = static_cast<std::uint16_t>(i);
    detail::run_kernel(all);
    const auto same = [](float a, float b) {
        return std::isnan(a) ? std::isnan(b) : std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    };
    std::size_t different = 0;
    for (std::size_t i = 0; i < all.stored.size(); ++i) {
        const float expected = std::bit_cast<xtl::half_float>(all.stored[i]);
        different += same(expected, all.values[i]) && same(expected, detail::load_probability(all.stored[i])) ? 0 : 1;
    }
    CHECK(different == 0);
}

TEST_CASE("an instruction set is chosen by name, and what the machine lacks is refused", "[kernels]") {
    using detail::instruction_set;
    // As the system says what the processor can do.
    std::string flags;
    for (std::ifstream file("/proc/cpuinfo"); std::getline(file, flags) && flags.find("flags") != 0;) {}
    const auto has = [&](const std::string& flag) { return (flags + " ").find(" " + flag + " ") != std::string::npos; };
    const bool has_avx512 = has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl");
    CHECK(detail::best_instruction_set() == (!has("avx2") || !has("fma") ? instruction_set::baseline
                                             : has_avx512                ? instruction_set::avx512
                                                                         : instruction_set::avx2));
    CHECK(detail::instruction_set_named("") == detail::best_instruction_set());
    CHECK(detail::instruction_set_named("sse2") == instruction_set::baseline);
    const std::string refusal = message_of<std::invalid_argument>([] { detail::instruction_set_named("AVX2"); });
    CHECK(refusal.find("MASKAUDIT_INSTRUCTION_SET is 'AVX2': on this machine it must be one of sse2") == 0);
    if (detail::best_instruction_set() != instruction_set::avx512)
        CHECK_THROWS_AS(detail::instruction_set_named("avx512"), std::invalid_argument);
}

TEMPLATE_TEST_CASE("negative zero and values within the slack are like others", "[kernels]", float, double) {
    random_engine random(seed() + 61);
    for (const std::size_t pixels : {1U, 63U, 64U, 500U}) {
        scene data = random_scene<TestType>(random, 1, 11, {pixels}, probabilities::dirichlet, 0.2, 0.1);
        for (double& p : data.pred_probs)
            if (const auto odd = pick(random, 0, 9); odd < 3)
                p = odd == 0 ? -0.0 : static_cast<double>(static_cast<TestType>(odd == 1 ? -9e-7 : 1 + 9e-7));
        check_all(data, make<xt::xarray<std::uint8_t>>(data.labels_shape(), data.labels),
                  make<xt::xarray<TestType>>(data.pred_probs_shape(), data.pred_probs));
    }
}

TEMPLATE_TEST_CASE("an invalid value is named wherever it is, and allowed where pixels are ignored", "[kernels]", float,
                   double) {
    constexpr std::size_t classes = 18, pixels = 8192 + 100;
    const TestType bad[] = {std::numeric_limits<TestType>::quiet_NaN(),
                            std::numeric_limits<TestType>::infinity(),
                            -std::numeric_limits<TestType>::infinity(),
                            TestType{-2e-6F},
                            TestType{1.00001F},
                            -std::numeric_limits<TestType>::quiet_NaN()};
    random_engine random(seed() + 62);
    xt::xarray<std::uint8_t> labels = xt::zeros<std::uint8_t>({std::size_t{1}, pixels});
    for (std::size_t s = 4000; s < pixels; ++s)
        labels(0, s) = static_cast<std::uint8_t>(s / 40 % classes);
    for (int round = 0; round < 120; ++round) {
        xt::xarray<TestType> pred_probs = probabilities_of<TestType>(classes, pixels);
        const std::size_t k = pick(random, 0, classes - 1);
        const std::size_t s = round % 4 == 0 ? pick(random, pixels - 5, pixels - 1) : pick(random, 0, pixels - 1);
        CAPTURE(k, s, round);
        pred_probs(0, k, s) = bad[static_cast<std::size_t>(round) % std::size(bad)];
        const auto place_of = [&](auto call) {
            std::optional<maskaudit::data_place> place;
            try {
                call();
            } catch (const maskaudit::data_error& error) {
                place = error.place();
            }
            return place;
        };
        const auto place = place_of([&] { maskaudit::find_label_issues(labels, pred_probs); });
        REQUIRE(place);
        CHECK(place->pixel == std::vector<std::size_t>{s});
        CHECK(place->class_index == k);

        // Softmin reads q alone.
        const auto score = [&] { maskaudit::get_label_quality_scores(labels, pred_probs); };
        CHECK(place_of(score).has_value() == (labels(0, s) == k));

        xt::xarray<std::uint8_t> ignoring = labels;
        for (std::size_t i = s < 20 ? 0 : s - 20; i < (std::min)(pixels, s + 1 + 40 * pick(random, 0, 1)); ++i)
            ignoring(0, i) = 255;
        CHECK_NOTHROW(maskaudit::find_label_issues(ignoring, pred_probs, {.ignore_label = 255}));
        CHECK_NOTHROW(maskaudit::get_label_quality_scores(ignoring, pred_probs, {.ignore_label = 255}));
    }
}

TEMPLATE_TEST_CASE("values that are not finite do no harm before they are refused", "[kernels]", float, double) {
    constexpr std::size_t classes = 3, pixels = 300;
    xt::xarray<std::uint8_t> labels = xt::xarray<std::uint8_t>::from_shape({1, pixels});
    for (std::size_t s = 0; s < pixels; ++s)
        labels(0, s) = static_cast<std::uint8_t>(s % classes);
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        xt::xarray<TestType> pred_probs = probabilities_of<TestType>(classes, pixels);
        pred_probs.fill(static_cast<TestType>(value));
        CHECK_THROWS_AS(maskaudit::find_label_issues(labels, pred_probs), maskaudit::data_error);
        CHECK_THROWS_AS(maskaudit::get_label_quality_scores(labels, pred_probs), maskaudit::data_error);
    }
}

TEMPLATE_TEST_CASE("a label that is no class is named wherever it is", "[kernels]", std::int8_t, std::uint8_t,
                   std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, wchar_t) {
    constexpr std::size_t classes = 3, pixels = 8192 + 100;
    random_engine random(seed() + 63);
    const xt::xarray<float> pred_probs = probabilities_of<float>(classes, pixels);
    const auto bad = [](int which) { // a value that looks like a class if its high bits are lost, and a negative one
        if constexpr (sizeof(TestType) > 1) {
            if (which == 0) return static_cast<TestType>(TestType{1} << (8 * sizeof(TestType) - 2));
        }
        return which == 1 ? static_cast<TestType>(-1) : TestType{3};
    };
    for (int round = 0; round < 60; ++round) {
        xt::xarray<TestType> labels = xt::xarray<TestType>::from_shape({1, pixels});
        const std::size_t run = round % 2 == 0 ? 7 : 300;
        for (std::size_t s = 0; s < pixels; ++s)
            labels(0, s) = static_cast<TestType>(s / run % classes);
        const std::size_t s = round % 4 == 0 ? pick(random, pixels - 5, pixels - 1) : pick(random, 0, pixels - 1);
        const std::size_t end = (std::min)(pixels, s + (round % 3 == 0 ? 1 : 50)); // alone, or a whole segment
        for (std::size_t i = s; i < end; ++i)
            labels(0, i) = bad(round % 3);
        CAPTURE(s, end, round);
        try {
            maskaudit::get_label_quality_scores(labels, pred_probs, {.ignore_label = 77});
            FAIL("accepted");
        } catch (const maskaudit::data_error& error) {
            CHECK(error.array() == "labels");
            CHECK(error.place().pixel == std::vector<std::size_t>{s});
        }
        const auto scores =
            maskaudit::get_label_quality_scores(labels, pred_probs, {.ignore_label = {bad(round % 3), 77}});
        bool as_expected = true;
        for (std::size_t i = 0; i < pixels; ++i)
            as_expected &= (scores.pixel_scores(0, i) == 1) == (i >= s && i < end);
        CHECK(as_expected);
    }
}

TEST_CASE("pieces of memory do not overlap, and outlive what gave them", "[kernels]") {
    random_engine random(seed() + 64);
    std::vector<std::shared_ptr<std::byte>> pieces;
    std::vector<std::size_t> sizes;
    {
        detail::piecewise_memory memory;
        for (int i = 0; i < 300; ++i) {
            sizes.push_back(i == 200 ? 20'000'000 : pick(random, 0, 100'000));
            pieces.push_back(memory.allocate(sizes.back()));
            CHECK(reinterpret_cast<std::uintptr_t>(pieces.back().get()) % 64 == 0);
            std::memset(pieces.back().get(), i % 251, sizes.back());
        }
    }
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const std::byte* const begin = pieces[i].get();
        CHECK(std::count(begin, begin + sizes[i], static_cast<std::byte>(i % 251)) ==
              static_cast<std::ptrdiff_t>(sizes[i]));
    }
}
