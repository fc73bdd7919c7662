#include "../inspections.hpp"
#include "../region_scene.hpp"
#include "scenes.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

// What holds of the inspector whatever the data, with probabilities in float.

using namespace maskaudit_test;
using maskaudit::label_inspector;
using rc::gen::inRange;

namespace {

label_inspector any_inspector(const scene& data) {
    const auto divides = [](std::size_t extent) { return extent % 2 == 0; };
    const bool even = std::all_of(data.image_shape.begin(), data.image_shape.end(), divides);
    return label_inspector(data.classes, {.ignore_label = ignored_of(data),
                                          .n_jobs = *inRange(1U, 4U),
                                          .confident = {.downsample = even && *rc::gen::arbitrary<bool>() ? 2U : 1U},
                                          .normalized = *rc::gen::arbitrary<bool>()});
}

} // namespace

TEST_CASE("parts merge to the whole, wherever it is cut and however they are put together", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        const arrays whole(data);
        const label_inspector empty = any_inspector(data);
        label_inspector all = empty;
        std::vector<label_inspector> parts{empty};
        for (std::size_t n = 0; n < data.images; ++n) {
            parts.resize(parts.size() + *inRange<std::size_t>(0, 3), empty); // no cut, one, or two with nothing between
            whole.add_as_float_to(all, n);
            whole.add_as_float_to(parts.back(), n);
        }
        while (parts.size() > 1) { // any two neighbours, some after a while on disk
            const std::size_t i = *inRange<std::size_t>(0, parts.size() - 1);
            parts[i] += *rc::gen::arbitrary<bool>() ? loaded(saved(parts[i + 1])) : parts[i + 1];
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
        RC_ASSERT(same(parts.front().finish(), all.finish()));
    }));
}

TEST_CASE("the order in which images come decides nothing when they keep their indices", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        const arrays whole(data);
        label_inspector in_order = any_inspector(data);
        label_inspector permuted = in_order;
        for (std::size_t n = 0; n < data.images; ++n)
            whole.add_as_float_to(in_order, n);
        for (const std::size_t n : any_order(data.images))
            whole.add_as_float_to(permuted, n, n);
        const auto found = in_order.finish();
        RC_ASSERT(same(permuted.finish(), found));
        RC_ASSERT(is_identical(permuted.issue_regions(found), in_order.issue_regions(found)));
    }));
}
