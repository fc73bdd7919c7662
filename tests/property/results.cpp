#include "scenes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

// What holds of scores and issues whatever the data, with probabilities in double.

using namespace maskaudit_test;

namespace {

struct input {
    xt::xarray<std::int64_t> labels;
    xt::xarray<double> pred_probs;
    maskaudit::options opts;

    explicit input(const scene& data)
        : labels(make<xt::xarray<std::int64_t>>(data.labels_shape(), data.labels)),
          pred_probs(make<xt::xarray<double>>(data.pred_probs_shape(), data.pred_probs)), opts{.ignore_label =
                                                                                                   ignored_of(data),
                                                                                               .n_jobs = 1} {}

    auto softmin(double temperature = 0.1) const {
        return maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{temperature}, opts);
    }
    auto num_pixel_issues(const maskaudit::confident_learning& finder = {}) const {
        return maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{finder}, opts);
    }
    auto issues(const maskaudit::confident_learning& finder = {}) const {
        return maskaudit::find_label_issues(labels, pred_probs, finder, opts);
    }
    auto swaps() const { return maskaudit::common_label_issues(issues(), labels, pred_probs, {.top = 100}, opts); }
};

/// Confident learning on pixels, or on blocks where all axes can be cut into some.
maskaudit::confident_learning any_finder(const scene& data) {
    using maskaudit::downsample_labels;
    const auto divides = [](std::size_t extent) { return extent % 2 == 0; };
    const bool even = std::all_of(data.image_shape.begin(), data.image_shape.end(), divides);
    return {.downsample = even && *rc::gen::arbitrary<bool>() ? 2U : 1U,
            .labels = *rc::gen::element(downsample_labels::mean, downsample_labels::majority)};
}

/// The data set in which class k is called names[k].
scene renamed(const scene& data, const std::vector<std::size_t>& names) {
    scene result = data;
    for (std::int64_t& label : result.labels)
        if (label != 255) label = static_cast<std::int64_t>(names[static_cast<std::size_t>(label)]);
    for (std::size_t n = 0; n < data.images; ++n)
        for (std::size_t k = 0; k < data.classes; ++k)
            for (std::size_t s = 0; s < data.pixels(); ++s)
                result.pred_probs[(n * data.classes + names[k]) * data.pixels() + s] = data.p(n, k, s);
    return result;
}

} // namespace

TEST_CASE("scores are from 0 to 1", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        const input in(data);
        const auto in_range = [](const auto& scores) {
            return std::all_of(scores.begin(), scores.end(), [](double score) { return 0 <= score && score <= 1; });
        };
        const auto soft = in.softmin(*rc::gen::element(1e-9, 0.01, 0.1, 1.0, 1e9));
        const auto count = in.num_pixel_issues(any_finder(data));
        RC_ASSERT(in_range(soft.image_scores) && in_range(soft.pixel_scores));
        RC_ASSERT(in_range(count.image_scores) && in_range(count.pixel_scores));
    }));
}

TEST_CASE("softmin lies between minimum and mean, and rises with the temperature", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        const input in(data);
        constexpr double rounding = 1e-12;
        std::vector<double> lower, mean;
        for (std::size_t n = 0; n < data.images; ++n) {
            std::vector<double> valid;
            for (std::size_t s = 0; s < data.pixels(); ++s)
                if (!data.is_ignored(n, s)) valid.push_back(quality(data, n, s));
            if (valid.empty()) valid.push_back(1);
            lower.push_back(*std::min_element(valid.begin(), valid.end()));
            mean.push_back(std::accumulate(valid.begin(), valid.end(), 0.0) / static_cast<double>(valid.size()));
        }
        for (const double temperature : {1e-9, 0.003, 0.1, 0.4, 5.0, 1e9}) {
            const auto scores = in.softmin(temperature).image_scores;
            for (std::size_t n = 0; n < data.images; ++n) {
                RC_ASSERT(scores(n) >= lower[n] - rounding);
                RC_ASSERT(scores(n) <= mean[n] + rounding);
                lower[n] = scores(n); // the next is not to be less
            }
        }
    }));
}

TEST_CASE("confident learning never flags a pixel whose label is the argmax", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        const auto mask = flat(input(data).issues(any_finder(data)), data.labels_shape());
        for (std::size_t i = 0; i < mask.size(); ++i)
            if (mask[i])
                RC_ASSERT(static_cast<std::size_t>(data.labels[i]) !=
                          predicted(data, i / data.pixels(), i % data.pixels()));
    }));
}

TEST_CASE("the names of the classes decide nothing", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene(ties::excluded); // of classes that tie the one with the lesser number is predicted
        const std::vector<std::size_t> names = any_order(data.classes);
        const input before(data);
        const input after(renamed(data, names));
        RC_ASSERT(after.issues() == before.issues());
        RC_ASSERT(after.softmin().image_scores == before.softmin().image_scores);
        RC_ASSERT(after.softmin().pixel_scores == before.softmin().pixel_scores);
        RC_ASSERT(after.num_pixel_issues().image_scores == before.num_pixel_issues().image_scores);

        auto swaps = before.swaps();
        for (maskaudit::label_swap& swap : swaps)
            swap = {names[swap.given_label], names[swap.predicted_label], swap.num_pixel_issues};
        const auto found = after.swaps(); // those that are as frequent come in the order of their numbers
        RC_ASSERT(std::is_permutation(swaps.begin(), swaps.end(), found.begin(), found.end()));
    }));
}

TEST_CASE("threads and batches decide nothing", "[property]") {
    CHECK(holds([] {
        const scene few = any_scene();
        const scene data = *rc::gen::inRange(0, 4) == 0 ? with_many_tiles(few) : few;
        const input one(data);
        const maskaudit::confident_learning finder = any_finder(data);
        input many(data);
        many.opts.n_jobs = *rc::gen::inRange(2U, 6U);
        many.opts.batch_size = *rc::gen::inRange<std::size_t>(1, 20000);
        RC_ASSERT(many.issues(finder) == one.issues(finder));
        RC_ASSERT(many.softmin().image_scores == one.softmin().image_scores);
        RC_ASSERT(many.softmin().pixel_scores == one.softmin().pixel_scores);
        RC_ASSERT(many.num_pixel_issues(finder).image_scores == one.num_pixel_issues(finder).image_scores);
        RC_ASSERT(many.swaps() == one.swaps());
    }));
}

TEST_CASE("what the model says of ignored pixels decides nothing", "[property]") {
    CHECK(holds([] {
        const scene data = any_scene();
        scene other = data;
        for (std::size_t n = 0; n < data.images; ++n)
            for (std::size_t s = 0; s < data.pixels(); ++s)
                if (data.is_ignored(n, s)) { // all for one class
                    const std::size_t sure = *rc::gen::inRange<std::size_t>(0, data.classes);
                    for (std::size_t k = 0; k < data.classes; ++k)
                        other.pred_probs[(n * data.classes + k) * data.pixels() + s] = k == sure ? 1 : 0;
                }
        const maskaudit::confident_learning finder = any_finder(data);
        const input before(data);
        const input after(other);
        RC_ASSERT(after.issues(finder) == before.issues(finder));
        RC_ASSERT(after.softmin().image_scores == before.softmin().image_scores);
        RC_ASSERT(after.num_pixel_issues(finder).image_scores == before.num_pixel_issues(finder).image_scores);
    }));
}
