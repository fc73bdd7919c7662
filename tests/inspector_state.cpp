#include "inspections.hpp"
#include "message.hpp"

#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <ios>
#include <limits>
#include <optional>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

// A state that is saved and loaded again. That the bytes are those of the format is in inspector_state_refusals.cpp.

using namespace maskaudit_test;
using maskaudit::inspection;
using maskaudit::label_inspector;

namespace {

enum class values { in_float, in_double, mixed };

/// A scene and the options to look at it with.
struct task {
    std::size_t downsample = 1;
    maskaudit::downsample_labels block_labels = maskaudit::downsample_labels::mean;
    bool normalized = true;
    values type = values::in_double;
    double wrong = 0.3; // share of the labels
    std::vector<std::size_t> image_shape{6, 8};

    scene data() const {
        random_engine random(seed() + 60);
        scene result =
            random_scene<double>(random, 6, 5, image_shape,
                                 normalized ? probabilities::sixteenths : probabilities::unnormalised, wrong, 0.1);
        std::size_t count = 0;
        for (auto& label : result.labels)
            if (label == 255 && ++count % 2 == 0) label = -1;
        result.ignored = {255, -1};
        return result;
    }

    label_inspector empty() const {
        return label_inspector(5, {.ignore_label = {255, -1},
                                   .temperature = 0.2,
                                   .confident = {.downsample = downsample, .labels = block_labels},
                                   .normalized = normalized});
    }

    void add(label_inspector& inspector, const arrays& whole, std::size_t n,
             std::optional<std::size_t> index = {}) const {
        if (type == values::in_float || (type == values::mixed && n % 2 == 0))
            whole.add_as_float_to(inspector, n, index);
        else
            whole.add_to(inspector, n, index);
    }

    label_inspector of(const arrays& whole, std::size_t first, std::size_t last) const {
        label_inspector inspector = empty();
        for (std::size_t n = first; n < last; ++n)
            add(inspector, whole, n);
        return inspector;
    }
};

std::vector<task> tasks() {
    using maskaudit::downsample_labels;
    std::vector<task> all;
    for (const values type : {values::in_float, values::in_double, values::mixed})
        for (const bool normalized : {true, false})
            for (const double wrong : {0.05, 0.9}) { // agreeing units of every pixel, and a list of them
                all.push_back({1, downsample_labels::mean, normalized, type, wrong});
                all.push_back({2, downsample_labels::mean, normalized, type, wrong});
                all.push_back({2, downsample_labels::majority, normalized, type, wrong});
            }
    all.push_back(
        {1, downsample_labels::mean, true, values::mixed, 0.5, {230, 300}}); // tiles, and blocks of the format
    all.push_back({2, downsample_labels::mean, false, values::mixed, 0.5, {230, 300}});
    all.push_back({3, downsample_labels::majority, true, values::mixed, 0.5, {9, 3, 6}});
    all.push_back({1, downsample_labels::mean, true, values::in_float, 0.5, {17}});
    return all;
}

/// Takes so many bytes, then fails.
class full_disk : public std::streambuf {
public:
    explicit full_disk(std::size_t room) : room_(room) {}

private:
    int_type overflow(int_type) override { return traits_type::eof(); }
    std::streamsize xsputn(const char*, std::streamsize count) override {
        const auto taken = (std::min)(room_, static_cast<std::size_t>(count));
        room_ -= taken;
        return static_cast<std::streamsize>(taken);
    }

    std::size_t room_;
};

} // namespace

TEST_CASE("a state that was saved and loaded finishes, goes on and is merged as if it had not been", "[state]") {
    std::uint64_t issues = 0;
    for (const task& some : tasks()) {
        const arrays whole(some.data());
        const label_inspector all = some.of(whole, 0, 6);
        const inspection expected = all.finish();
        issues += expected.num_issues; // a small scene may have none
        const std::string state = saved(all);
        CHECK(same(loaded(state).finish(), expected));
        CHECK(saved(loaded(state)) == state);

        label_inspector resumed = loaded(saved(some.of(whole, 0, 3)));
        CHECK(resumed.num_classes() == 5);
        CHECK(resumed.num_images() == 3);
        for (std::size_t n = 3; n < 6; ++n)
            some.add(resumed, whole, n);
        CHECK(same(resumed.finish(), expected));
        CHECK(saved(resumed) == state);

        label_inspector merged = loaded(saved(some.of(whole, 0, 2)));
        merged += loaded(saved(some.of(whole, 2, 5)));
        merged += some.of(whole, 5, 6);
        CHECK(same(merged.finish(), expected));
        CHECK(saved(merged) == state);
    }
    CHECK(issues > 1000);
}

TEST_CASE("indices that were given are kept as such", "[state]") {
    const task some;
    const arrays whole(some.data());
    label_inspector even = some.empty(), odd = some.empty();
    for (std::size_t n = 0; n < 6; ++n)
        some.add(n % 2 == 0 ? even : odd, whole, n, n);
    label_inspector merged = loaded(saved(odd));
    CHECK(message_of<std::invalid_argument>([&] { merged.finish(); }) ==
          "indices of the images must be 0..2: 0 is missing");
    merged += loaded(saved(even));
    CHECK(same(merged.finish(), some.of(whole, 0, 6).finish()));

    label_inspector in_turn = loaded(saved(some.of(whole, 0, 2))); // these are numbered anew by a merge
    CHECK((in_turn += loaded(saved(in_turn))).num_images() == 4);
    CHECK(message_of<std::invalid_argument>([&] { odd += loaded(saved(odd)); }) ==
          "index is 1: an image with it has been added before");
}

TEST_CASE("options and ignored labels of any integer come back", "[state]") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    label_inspector inspector(65536, {.ignore_label = {255, -1, least, most, std::int64_t{7} << 40},
                                      .n_jobs = 3,
                                      .temperature = std::numeric_limits<double>::infinity(),
                                      .confident = {.downsample = 4, .labels = maskaudit::downsample_labels::majority},
                                      .normalized = false});
    label_inspector again = loaded(saved(inspector));
    CHECK(again.num_classes() == 65536);
    CHECK(again.num_images() == 0);
    CHECK(again.finish().num_issues == 0);
    CHECK_NOTHROW(again += inspector); // which compares the options
    CHECK(saved(again) == saved(inspector));
    again.add(xt::xarray<std::uint64_t>{most, 255, most, most}, xt::xarray<float>::from_shape({65536, 4}));
    CHECK(again.finish().valid_pixels(0) == 0);
}

TEST_CASE("images without pixels, and without valid ones, are kept", "[state]") {
    label_inspector inspector(3, {.ignore_label = 9});
    inspector.add(xt::xarray<int>::from_shape({0, 4}), xt::xarray<float>::from_shape({3, 0, 4}));
    inspector.add(xt::xarray<int>{9, 9}, xt::xarray<float>{{0.5F, 0.5F}, {0.2F, 0.2F}, {0.3F, 0.3F}});
    const label_inspector again = loaded(saved(inspector));
    CHECK(same(again.finish(), inspector.finish()));
    CHECK(again.finish().issues(0).shape() == xt::xarray<bool>::from_shape({0, 4}).shape());
}

TEST_CASE("states follow each other in a stream, and what comes after is left there", "[state]") {
    const task some, other{.normalized = false, .wrong = 0.9, .image_shape = {230, 300}};
    const label_inspector first = some.of(arrays(some.data()), 0, 6), second = other.of(arrays(other.data()), 0, 2);
    std::stringstream stream(std::ios::in | std::ios::out | std::ios::binary);
    first.save(stream);
    second.save(stream);
    stream << "end";
    CHECK(same(label_inspector::load(stream).finish(), first.finish()));
    CHECK(same(label_inspector::load(stream).finish(), second.finish()));
    std::string rest;
    stream >> rest;
    CHECK(rest == "end");
}

TEST_CASE("a stream that fails is noticed wherever it does, and the inspector stays as it was", "[state]") {
    const task some{.image_shape = {20, 30}};
    const label_inspector inspector = some.of(arrays(some.data()), 0, 6);
    const std::string state = saved(inspector);
    for (std::size_t room = 0; room < state.size(); room += 13) {
        full_disk disk(room);
        std::ostream out(&disk);
        const std::string message = message_of<maskaudit::state_error>([&] { inspector.save(out); });
        CHECK(message.find(": expected a stream that can be written, found one that has failed") != std::string::npos);
    }
    full_disk disk(100);
    std::ostream out(&disk);
    out.exceptions(std::ios::badbit);
    CHECK_THROWS_AS(inspector.save(out), std::ios::failure);
    CHECK(saved(inspector) == state);

    std::istringstream in(state.substr(0, 100), std::ios::binary);
    in.exceptions(std::ios::failbit);
    CHECK_THROWS_AS(label_inspector::load(in), std::ios::failure);
}
