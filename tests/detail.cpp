#include "scene.hpp"

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/checksum.hpp>
#include <maskaudit/detail/layout.hpp>
#include <maskaudit/detail/parallel.hpp>
#include <maskaudit/detail/select.hpp>
#include <maskaudit/detail/sums.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

// The pieces whose exactness everything else stands on.

using namespace maskaudit::detail;
using namespace maskaudit_test;

TEST_CASE("class sums do not depend on order or on how they are merged", "[detail]") {
    random_engine random(seed() + 50);
    std::vector<double> values(300000); // more than one partial sum holds
    for (double& value : values)
        value = uniform(random) * 1.000002 - 1e-6;
    class_sums forward(2), backward(2), left(2), right(2);
    for (const double value : values)
        forward.add(0, value);
    for (auto value = values.rbegin(); value != values.rend(); ++value)
        backward.add(0, *value);
    for (std::size_t i = 0; i < values.size(); ++i)
        (i % 3 == 0 ? left : right).add(0, values[i]);
    right += left;
    CHECK(forward.thresholds() == backward.thresholds());
    CHECK(forward.thresholds() == right.thresholds());
    CHECK(forward.thresholds()[1] == 2e-6);
    long double sum = 0;
    for (const double value : values)
        sum += static_cast<long double>(value);
    CHECK(std::abs(forward.thresholds()[0] - static_cast<double>(sum / 300000)) <= 3e-14);
}

TEMPLATE_TEST_CASE("a rank is selected exactly, ties and signs of zero included", "[detail]", float, double) {
    random_engine random(seed() + 51);
    for (int round = 0; round < 20; ++round) {
        std::vector<TestType> values(pick(random, 1, 400));
        const bool coarse = round % 2 == 0;
        for (TestType& value : values) {
            value = static_cast<TestType>(uniform(random) * 1.000002 - 1e-6);
            if (coarse) value = std::round(value * 8) / 8;
        }
        values.push_back(TestType{-0.0});
        std::vector<TestType> sorted = values;
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t rank = 1; rank <= (std::min<std::size_t>)(values.size(), 40); ++rank) {
            using selection = rank_selection<TestType>;
            selection select;
            typename selection::place place{rank, values.size()};
            while (!select.is_done()) {
                auto histogram = selection::empty_histogram();
                for (const TestType value : values)
                    select.count(value, histogram);
                place = select.narrow(place.rank, histogram);
            }
            const TestType expected = sorted[rank - 1];
            const auto below = std::lower_bound(sorted.begin(), sorted.end(), expected) - sorted.begin();
            CHECK(select.value() == expected);
            CHECK(place.rank == rank - static_cast<std::size_t>(below));
            CHECK(place.equals == static_cast<std::size_t>(std::count(values.begin(), values.end(), expected)));
        }
    }
}

TEST_CASE("an image is as few runs as its strides allow", "[detail]") {
    using runs = std::vector<std::vector<std::ptrdiff_t>>;
    const auto runs_of = [](const image_layout& layout, std::size_t first, std::size_t count) {
        runs result;
        layout.for_each_run(first, count, [&](std::ptrdiff_t offset, std::ptrdiff_t stride, std::size_t length) {
            result.push_back({offset, stride, static_cast<std::ptrdiff_t>(length)});
        });
        return result;
    };
    using strides = std::vector<std::ptrdiff_t>;
    CHECK(runs_of({{2, 3, 4}, strides{12, 4, 1}}, 0, 24) == runs{{0, 1, 24}});
    CHECK(runs_of({{2, 3, 4}, strides{12, 4, 1}}, 5, 7) == runs{{5, 1, 7}});
    CHECK(runs_of({{2, 3}, strides{10, 2}}, 0, 6) == runs{{0, 2, 3}, {10, 2, 3}});
    CHECK(runs_of({{2, 3}, strides{10, 2}}, 1, 4) == runs{{2, 2, 2}, {10, 2, 2}});
    CHECK(runs_of({{2, 3}, strides{-3, -1}}, 0, 6) == runs{{0, -1, 6}});
    CHECK(runs_of({{2, 3}, strides{1, 2}}, 0, 6) == runs{{0, 2, 3}, {1, 2, 3}});
    CHECK(runs_of({{1, 1}, strides{0, 0}}, 0, 1) == runs{{0, 0, 1}});
    CHECK(runs_of({{1, 5, 1}, strides{0, 7, 0}}, 2, 3) == runs{{14, 7, 3}});
}

TEST_CASE("an array whose rank is fixed takes no shape of another", "[detail]") {
    CHECK(make_array<xt::xtensor<float, 2>>({3, 4}).shape()[1] == 4);
    CHECK_THROWS_AS((make_array<xt::xtensor<float, 2>>({3, 4, 5})), std::logic_error);
    CHECK_THROWS_AS((make_array<xt::xtensor<float, 2>>({3})), std::logic_error);
}

TEST_CASE("the rank of a result is that of whichever argument fixes one", "[detail]") {
    using labels = xt::xtensor<int, 3>;
    using pred_probs = xt::xtensor<float, 4>;
    using issues = xt::xtensor<bool, 3>;
    CHECK(result_rank<labels, pred_probs>() == 3);
    CHECK(result_rank<labels, xt::xarray<float>>() == 3);
    CHECK(result_rank<xt::xarray<int>, pred_probs>() == 3);
    CHECK(result_rank<xt::xarray<int>, xt::xarray<float>>() == dynamic_rank);
    CHECK(issues_rank<xt::xarray<bool>, labels>() == 3);
    CHECK(issues_rank<issues, xt::xarray<int>>() == 3);
}

TEST_CASE("every unit is done once, and the lowest error is the one reported", "[detail]") {
    for (const std::size_t workers : {1U, 2U, 9U}) {
        std::vector<std::atomic<int>> done(100);
        std::atomic<bool> workers_exist = true;
        for_each_unit(100, workers, [&](std::size_t unit, std::size_t worker) {
            if (worker >= workers) workers_exist = false;
            ++done[unit];
        });
        CHECK(workers_exist);
        CHECK(std::all_of(done.begin(), done.end(), [](const auto& times) { return times == 1; }));
        for (int round = 0; round < 20; ++round) {
            try {
                for_each_unit(100, workers, [](std::size_t unit, std::size_t) {
                    if (unit % 10 == 7) throw std::runtime_error(std::to_string(unit));
                });
                FAIL("nothing was thrown");
            } catch (const std::runtime_error& error) {
                CHECK(std::string(error.what()) == "7");
            }
        }
    }
    CHECK(worker_count(1, 100) == 1);
    CHECK(worker_count(8, 3) == 3);
    CHECK(worker_count(0, 1000) >= 1);
}

TEST_CASE("XXH64 gives what its author's library gives", "[detail]") {
    const auto hash = [](std::size_t size, std::uint64_t seed) {
        std::vector<std::byte> bytes(size);
        for (std::size_t i = 0; i < size; ++i)
            bytes[i] = static_cast<std::byte>(i * 37 + 11);
        return xxh64::of(bytes, seed);
    };
    CHECK(hash(0, 0) == 0xEF46DB3751D8E999);
    CHECK(hash(1, 0) == 0xF592C0C7639C4CB6);
    CHECK(hash(4, 1) == 0x76C235E6330F623D);
    CHECK(hash(11, 0) == 0x1BEF4539443A2D5A);
    CHECK(hash(31, 7) == 0x84CAA0EF1A8B319D);
    CHECK(hash(32, 0) == 0xCC6B8AAADA790B2D);
    CHECK(hash(63, 0xFFFFFFFFFFFFFFFF) == 0xA7D7E3DF148B1142);
    CHECK(hash(1000, 5) == 0x9F39E2377CE6CE83);
    CHECK(xxh64::of(std::as_bytes(std::span("abc", 3)), 0) == 0x44BC2CF5AD770999);
}

TEST_CASE("numbers have their lowest byte first", "[detail]") {
    std::array<std::byte, 8> bytes{};
    to_little_endian(std::uint32_t{0x01020304}, bytes.data());
    CHECK(bytes[0] == std::byte{4});
    CHECK(bytes[3] == std::byte{1});
    CHECK(from_little_endian<std::uint16_t>(bytes.data() + 1) == 0x0203);
    to_little_endian(-2.0, bytes.data());
    CHECK(bytes[7] == std::byte{0xC0});
    CHECK(bytes[0] == std::byte{0});
    CHECK(from_little_endian<double>(bytes.data()) == -2);
}
