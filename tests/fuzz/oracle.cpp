#include "bad_values.hpp"
#include "compare.hpp"
#include "drawn_arrays.hpp"
#include "fuzz.hpp"
#include "region_scene.hpp"

#include <maskaudit/maskaudit.hpp>

#include <optional>
#include <string>

// Arrays of any shape, type, layout and content: the library against the formulas in plain loops, and where these have
// no answer the documented exception, which names a place that is bad.

using namespace maskaudit_fuzz;
using maskaudit_test::unit;

namespace {

template <class Mask>
std::vector<bool> flat(const Mask& mask, const std::vector<std::size_t>& shape) {
    require(std::equal(mask.shape().begin(), mask.shape().end(), shape.begin(), shape.end()), "a mask has its shape");
    return std::vector<bool>(mask.template begin<xt::layout_type::row_major>(),
                             mask.template end<xt::layout_type::row_major>());
}

/// Calls everything on one data set.
template <class Labels, class PredProbs>
class comparison {
public:
    comparison(draw& from, const scene& data, const recipe& common, bool shapes_fit, const Labels& labels,
               const PredProbs& pred_probs)
        : data_(data), shapes_fit_(shapes_fit && data.classes > 0 && !data.image_shape.empty()), labels_(labels),
          pred_probs_(pred_probs) {
        finder_.downsample = common.factor;
        if (from.flag()) finder_.labels = maskaudit::downsample_labels::majority;
        temperature_ = from.one_of<double>(
            {0.1, 0.01, 1e-9, 2.0, std::numeric_limits<double>::infinity(), 0.0, std::nan(""), -1.0});
        opts_ = {.ignore_label = maskaudit_test::ignored_of(data),
                 .n_jobs = static_cast<unsigned>(from.number(1, 3)),
                 .batch_size = from.one_of<std::size_t>({0, 1, 100, 40000, std::numeric_limits<std::size_t>::max()})};
        regions_ = {.min_area = from.number(0, 3),
                    .top = from.number(0, 3),
                    .full_connectivity = !from.flag(),
                    .split_by_class = !from.flag()};
        mask_seed_ = from.number(0, 255);
        for (std::size_t n = 0; n < data.images; ++n)
            for (std::size_t s = 0; s < data.pixels(); ++s)
                all_.look_at(data, n, s);
    }

    void run() {
        check_softmin();
        if (const auto mask = check_issues()) {
            check_counts(*mask);
            check_summaries(*mask);
        }
        maskaudit_test::random_engine random(mask_seed_);
        check_summaries(maskaudit_test::random_mask(random, data_.images * data_.pixels(), 0.3));
    }

private:
    void check_softmin() {
        std::optional<maskaudit::label_quality_scores<maskaudit::detail::computed_of<PredProbs>, dynamic>> found;
        const outcome end = outcome_of(data_, [&] {
            found = maskaudit::get_label_quality_scores(labels_, pred_probs_, maskaudit::softmin{temperature_}, opts_);
        });
        require(is_due(end, !shapes_fit_ || !(temperature_ > 0), all_.in_labels || all_.in_quality),
                "softmin refuses what it has to, and nothing else");
        if (!found) return;
        check_pixel_scores(found->pixel_scores);
        for (std::size_t n = 0; n < data_.images; ++n)
            require(maskaudit_test::close(found->image_scores(n), maskaudit_test::softmin(data_, n, temperature_)),
                    "softmin scores are those of the formula");
    }

    template <class Scores>
    void check_pixel_scores(const Scores& scores) const {
        const auto shape = data_.labels_shape();
        require(std::equal(scores.shape().begin(), scores.shape().end(), shape.begin(), shape.end()),
                "pixel scores have the shape of the labels");
        auto score = scores.begin();
        for (std::size_t n = 0; n < data_.images; ++n)
            for (std::size_t s = 0; s < data_.pixels(); ++s, ++score)
                require(static_cast<double>(*score) == maskaudit_test::quality(data_, n, s),
                        "a pixel score is the probability of the given class");
    }

    bool blocks_fit() const {
        return finder_.downsample > 0 &&
               std::all_of(data_.image_shape.begin(), data_.image_shape.end(),
                           [&](std::size_t extent) { return extent % finder_.downsample == 0; });
    }

    /// What confident learning takes for one pixel each.
    std::vector<unit> units() const {
        std::vector<unit> all;
        maskaudit_test::add_units(all, 0, data_, finder_.downsample,
                                  finder_.labels == maskaudit::downsample_labels::majority);
        return all;
    }

    /// The issues; none where they are refused, or hang on the last bit of a threshold, that may be rounded otherwise.
    std::optional<std::vector<bool>> check_issues() {
        std::optional<std::vector<bool>> found;
        const outcome end = outcome_of(data_, [&] {
            const auto mask = maskaudit::find_label_issues(labels_, pred_probs_, finder_, opts_);
            found = flat(mask, data_.labels_shape());
        });
        const bool bad_argument = !shapes_fit_ || !blocks_fit();
        bool bad_data = all_.in_labels || all_.in_any_class;
        if (bad_argument || bad_data) {
            require(is_due(end, bad_argument, bad_data), "find_label_issues refuses what it has to");
            return std::nullopt;
        }
        const std::vector<unit> all = units();
        for (const unit& each : all) // blocks whose sum is next to nothing
            bad_data = bad_data || !std::all_of(each.p.begin(), each.p.end(), is_probability);
        require(is_due(end, false, bad_data), "find_label_issues refuses nothing else");
        if (!found) return std::nullopt;
        const auto expected = maskaudit_test::confident_learning(
            data_, finder_.downsample, finder_.labels == maskaudit::downsample_labels::majority);
        for (const unit& each : all) {
            const std::size_t k = maskaudit_test::argmax(each.p);
            const double distance = each.p[k] - (expected.thresholds[k] - 1e-6);
            if (expected.thresholds[k] > 2e-6 && std::abs(distance) < 1e-12) return std::nullopt;
        }
        require(*found == expected.mask, "issues are those of the formula");
        return found;
    }

    void check_counts(const std::vector<bool>& mask) {
        const auto found =
            maskaudit::get_label_quality_scores(labels_, pred_probs_, maskaudit::num_pixel_issues{finder_}, opts_);
        check_pixel_scores(found.pixel_scores);
        for (std::size_t n = 0; n < data_.images; ++n)
            require(found.image_scores(n) == maskaudit_test::issue_score(data_, mask, n),
                    "num_pixel_issues scores are those of the formula");
    }

    /// Of issues, or of any other mask: only what it marks is looked at.
    void check_summaries(const std::vector<bool>& mask) {
        const auto issues = maskaudit_test::make<xt::xarray<bool>>(data_.labels_shape(), mask);
        bad_values marked;
        for (std::size_t i = 0; i < mask.size(); ++i)
            if (mask[i]) marked.look_at(data_, i / data_.pixels(), i % data_.pixels());
        const bool bad_data = marked.in_labels || marked.in_any_class;
        std::vector<maskaudit::label_swap> swaps;
        const outcome swaps_end = outcome_of(data_, [&] {
            swaps = maskaudit::common_label_issues(issues, labels_, pred_probs_, {.exclude = {}, .top = 100000}, opts_);
        });
        require(is_due(swaps_end, !shapes_fit_, bad_data), "common_label_issues refuses what it has to");
        std::vector<maskaudit::issue_region> found;
        const outcome regions_end =
            outcome_of(data_, [&] { found = maskaudit::issue_regions(issues, labels_, pred_probs_, regions_, opts_); });
        require(is_due(regions_end, !shapes_fit_, bad_data), "issue_regions refuses what it has to");
        if (!shapes_fit_ || bad_data) return;
        check_swaps(swaps, mask);
        check_regions(found, mask);
    }

    void check_swaps(const std::vector<maskaudit::label_swap>& rows, const std::vector<bool>& mask) const {
        std::vector<maskaudit::label_swap> expected;
        for (const auto& [classes, count] : maskaudit_test::swaps(data_, mask))
            expected.push_back({classes.first, classes.second, count});
        std::stable_sort(expected.begin(), expected.end(),
                         [](const auto& a, const auto& b) { return a.num_pixel_issues > b.num_pixel_issues; });
        require(rows == expected, "swaps are those of the formula");
    }

    /// The first pixel of the region that every pixel of the mask is in, by spreading it until nothing changes.
    std::vector<std::size_t> spread(const std::vector<bool>& mask, std::size_t n) const {
        std::vector<std::size_t> first(data_.pixels(), none);
        for (std::size_t s = 0; s < data_.pixels(); ++s)
            if (mask[n * data_.pixels() + s] && !data_.is_ignored(n, s)) first[s] = s;
        const auto touch = [&](std::size_t a, std::size_t b) {
            const auto place = maskaudit_test::unravelled(a, data_.image_shape),
                       other = maskaudit_test::unravelled(b, data_.image_shape);
            std::size_t steps = 0;
            for (std::size_t axis = 0; axis < place.size(); ++axis)
                steps += place[axis] != other[axis] ? 1 : 0;
            const bool alike = data_.label(n, a) == data_.label(n, b) &&
                               maskaudit_test::predicted(data_, n, a) == maskaudit_test::predicted(data_, n, b);
            return (regions_.full_connectivity || steps <= 1) && (!regions_.split_by_class || alike);
        };
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t s = 0; s < first.size(); ++s) {
                if (first[s] == none) continue;
                maskaudit_test::for_each_within(s, data_.image_shape, 1, [&](std::size_t other) {
                    if (first[other] >= first[s] || !touch(s, other)) return;
                    first[s] = first[other];
                    changed = true;
                });
            }
        }
        return first;
    }

    void check_regions(const std::vector<maskaudit::issue_region>& found, const std::vector<bool>& mask) const {
        std::size_t expected = 0;
        std::vector<std::vector<std::size_t>> firsts;
        for (std::size_t n = 0; n < data_.images; ++n) {
            firsts.push_back(spread(mask, n));
            for (std::size_t s = 0; s < data_.pixels(); ++s)
                if (firsts[n][s] == s && area_of(firsts[n], s) >= regions_.min_area) ++expected;
        }
        if (regions_.top > 0) expected = std::min(expected, regions_.top);
        require(found.size() == expected, "there are as many regions as there should be");
        require(maskaudit_test::is_ordered(found), "regions are ordered");
        for (const maskaudit::issue_region& region : found) {
            const std::vector<std::size_t>& first = firsts[region.image];
            const std::size_t start = region.runs.front().begin;
            std::size_t area = 0;
            double severity = 0;
            for (const maskaudit::pixel_run& run : region.runs)
                for (std::size_t s = run.begin; s < run.begin + run.length; ++s, ++area) {
                    require(s < first.size() && first[s] == start, "a region has the pixels that touch");
                    const double q = maskaudit_test::quality(data_, region.image, s);
                    const double p = data_.p(region.image, maskaudit_test::predicted(data_, region.image, s), s);
                    severity += std::log(std::max(p, 2e-6) / std::max(q, 2e-6));
                }
            require(area == region.area && area == area_of(first, start), "a region is whole");
            require(maskaudit_test::near(region.severity, severity), "a severity is that of the formula");
        }
    }

    static std::size_t area_of(const std::vector<std::size_t>& first, std::size_t start) {
        return static_cast<std::size_t>(std::count(first.begin(), first.end(), start));
    }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    static constexpr std::size_t dynamic = maskaudit::detail::dynamic_rank;

    const scene& data_;
    bool shapes_fit_;
    const Labels& labels_;
    const PredProbs& pred_probs_;
    maskaudit::confident_learning finder_{};
    double temperature_ = 0.1;
    maskaudit::options opts_{};
    maskaudit::region_options regions_{};
    std::uint64_t mask_seed_ = 0;
    bad_values all_{};
};

template <class Label, class Stored>
void compare(draw& from, const recipe& common) {
    // What concerns the calls comes first, so that the changes to the content may take all the rest.
    draw rest = from;
    rest.skip(16);
    const drawn_scene<Stored> drawn = draw_scene<Label, Stored>(rest, common);
    std::vector<Label> labels;
    for (const std::int64_t label : drawn.data.labels)
        labels.push_back(static_cast<Label>(label));
    std::vector<std::size_t> shape = drawn.data.pred_probs_shape();
    std::vector<Stored> values = drawn.stored;
    const bool shapes_fit = from.number(0, 15) != 1;
    if (!shapes_fit) { // an image, a class more for some of them, or an axis
        const std::size_t axis = from.number(0, shape.size());
        if (axis == shape.size())
            shape.push_back(1);
        else if (axis == 1)
            shape.erase(shape.begin() + 1);
        else
            ++shape[axis];
        std::size_t size = 1;
        for (const std::size_t extent : shape)
            size *= extent;
        values = std::vector<Stored>(size, Stored(1)); // of no matter
    }
    const auto poison = std::is_integral_v<Stored> ? Stored(1) : Stored(std::numeric_limits<float>::quiet_NaN());
    const scattered_array<Label> given(from, drawn.data.labels_shape(), labels, 0, static_cast<Label>(99));
    const scattered_array<Stored> probabilities(from, shape, values, std::min<std::size_t>(1, shape.size() - 1),
                                                poison);
    const auto given_view = given.view();
    const auto probabilities_view = probabilities.view();
    comparison(from, drawn.data, common, shapes_fit, given_view, probabilities_view).run();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    draw from(text_of(data, size));
    const std::size_t types = from.number(0, 4);
    const recipe common = draw_recipe(from);
    if (types == 0) compare<std::uint8_t, float>(from, common);
    if (types == 1) compare<std::uint64_t, double>(from, common);
    if (types == 2) compare<std::int8_t, half>(from, common);
    if (types == 3) compare<bool, std::uint8_t>(from, common);
    if (types == 4) compare<std::int32_t, std::uint16_t>(from, common);
    return 0;
}
