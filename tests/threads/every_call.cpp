#include "../file_contents.hpp"
#include "../inspections.hpp"
#include "../region_scene.hpp"
#include "../temporary_folder.hpp"

#include <maskaudit/display.hpp>
#include <maskaudit/logits.hpp>
#include <maskaudit/report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

// Every call that takes threads, with many of them in tiles as small as there are, so that ThreadSanitizer sees all
// that they share; and calls from several threads of the caller's own.

using namespace maskaudit_test;

namespace {

/// All that the library finds in a data set, by whatever call.
struct everything {
    std::vector<xt::xarray<bool>> masks;
    std::vector<xt::xtensor<double, 1>> image_scores;
    std::vector<xt::xarray<double>> pixel_scores;
    std::vector<maskaudit::label_swap> swaps;
    std::vector<std::vector<maskaudit::issue_region>> regions;
    xt::xarray<std::int64_t> suggested;
    std::map<std::string, std::string> files;
    std::vector<std::size_t> calls_of_progress;
};

everything find(const arrays& in, const std::vector<std::int64_t>& ignored, unsigned n_jobs) {
    everything out;
    maskaudit::options opts{.n_jobs = n_jobs, .batch_size = 1};
    for (const std::int64_t label : ignored)
        opts.ignore_label.insert(label);
    std::size_t calls = 0;
    opts.progress = [&](std::size_t, std::size_t) { ++calls; };
    const auto keep = [&](auto scores) {
        out.image_scores.push_back(scores.image_scores);
        out.pixel_scores.push_back(scores.pixel_scores);
        out.calls_of_progress.push_back(calls);
    };

    const auto issues = maskaudit::find_label_issues(in.labels, in.pred_probs, opts);
    const auto blocks = maskaudit::find_label_issues(in.labels, in.pred_probs, {.downsample = 2}, opts);
    const auto below = maskaudit::find_label_issues(in.labels, in.pred_probs, maskaudit::below_threshold{0.2}, opts);
    const auto logits = maskaudit::find_label_issues(in.labels, maskaudit::softmax_over_classes(in.pred_probs), opts);
    const auto of_class = maskaudit::filter_by_class(1, issues, in.labels, in.pred_probs, opts);
    const auto inner = maskaudit::away_from_boundaries(issues, in.labels, 1, opts);
    out.masks = {issues, blocks, below, logits, of_class, inner};
    keep(maskaudit::get_label_quality_scores(in.labels, in.pred_probs, maskaudit::softmin{}, opts));
    keep(maskaudit::get_label_quality_scores(in.labels, in.pred_probs, maskaudit::num_pixel_issues{}, opts));
    out.swaps = maskaudit::common_label_issues(issues, in.labels, in.pred_probs, {}, opts);
    out.regions.push_back(maskaudit::issue_regions(issues, in.labels, in.pred_probs, {}, opts));
    out.suggested = maskaudit::suggested_labels(issues, in.labels, in.pred_probs, opts);

    maskaudit::label_inspector inspector(in.pred_probs.shape(1),
                                         {.ignore_label = opts.ignore_label, .n_jobs = n_jobs, .normalized = false});
    for (std::size_t n = 0; n < in.labels.shape(0); ++n)
        in.add_to(inspector, n);
    const maskaudit::inspection found = inspector.finish();
    out.image_scores.push_back(found.softmin_scores);
    out.image_scores.push_back(found.num_pixel_issues_scores);
    out.regions.push_back(inspector.issue_regions(found));

    const temporary_folder folder;
    const auto photo = [](std::size_t) { return maskaudit::picture{}; };
    maskaudit::display_issues(folder / "panels", issues, in.labels, in.pred_probs, {.top = 4, .pictures = photo}, opts);
    maskaudit::write_report(folder / "report.html", issues, in.labels, in.pred_probs, {.pictures = photo}, opts);
    out.files = contents(folder.path());
    out.calls_of_progress.push_back(calls);
    return out;
}

bool same(const everything& a, const everything& b) {
    return a.masks == b.masks && a.image_scores == b.image_scores && a.pixel_scores == b.pixel_scores &&
           a.swaps == b.swaps && a.suggested == b.suggested && a.files == b.files &&
           a.calls_of_progress == b.calls_of_progress && is_identical(a.regions.at(0), b.regions.at(0)) &&
           is_identical(a.regions.at(1), b.regions.at(1));
}

scene street(std::size_t images, const std::vector<std::size_t>& shape) {
    random_engine random(seed());
    return random_scene<double>(random, images, 4, shape, probabilities::dirichlet, 0.2, 0.05);
}

} // namespace

TEST_CASE("every call finds with many threads what it finds with one", "[threads]") {
    CAPTURE(seed());
    for (const scene& data : {street(6, {20, 30}), street(1, {150, 120})}) { // many images, and one of three tiles
        const arrays in(data);
        const everything expected = find(in, data.ignored, 1);
        REQUIRE(expected.files.size() == std::min<std::size_t>(data.images, 4) + 1);
        REQUIRE(!expected.regions.at(0).empty());
        CHECK(same(find(in, data.ignored, 5), expected));
    }
}

TEST_CASE("calls from several threads do not disturb one another", "[threads]") {
    CAPTURE(seed());
    const scene data = street(1, {90, 100});
    const arrays in(data);
    const everything expected = find(in, data.ignored, 1);
    std::vector<everything> found(3);
    std::vector<std::thread> callers;
    for (everything& of_caller : found)
        callers.emplace_back([&] { of_caller = find(in, data.ignored, 2); });
    for (std::thread& caller : callers)
        caller.join();
    for (const everything& of_caller : found)
        CHECK(same(of_caller, expected));
}
