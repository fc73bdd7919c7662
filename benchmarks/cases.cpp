#include "calls.hpp"
#include "registration.hpp"

#include <cstddef>
#include <string>

namespace maskaudit_benchmarks {
namespace {

/// A scene and a mask of issues.
struct judged_scene : usual_scene {
    xt::xtensor<bool, 3> issues{};
};

constexpr auto common_label_issues = [](const judged_scene& input, const maskaudit::options& opts) {
    return maskaudit::common_label_issues(input.issues, input.labels, input.pred_probs(), {}, opts);
};

constexpr auto filter_by_class = [](const judged_scene& input, const maskaudit::options& opts) {
    constexpr std::size_t ground = 0; // the class of the most pixels
    return maskaudit::filter_by_class(ground, input.issues, input.labels, input.pred_probs(), opts);
};

constexpr auto issue_regions = [](const judged_scene& input, const maskaudit::options& opts) {
    return maskaudit::issue_regions(input.issues, input.labels, input.pred_probs(), {}, opts);
};

template <std::size_t Radius>
constexpr auto away_from_boundaries = [](const judged_scene& input, const maskaudit::options& opts) {
    return maskaudit::away_from_boundaries(input.issues, input.labels, Radius, opts);
};

constexpr auto suggested_labels = [](const judged_scene& input, const maskaudit::options& opts) {
    return maskaudit::suggested_labels(input.issues, input.labels, input.pred_probs(), opts);
};

} // namespace

void register_cases(const case_sizes& sizes) {
    const auto [images, few, unused, height, width] = sizes;

    const std::string usual = "float_19";
    const auto street = lazily([=] { return make_scene({images, height, width, 19}); });
    add_case(usual, "read_floor", street, sum_of_probabilities<floor_streams>);
    add_case(usual, "read_in_sequence", street, sum_of_probabilities<1>);
    add_case(usual, "find_label_issues", street, find_label_issues);
    add_case(usual, "softmin", street, softmin_scores);
    add_case(usual, "softmin_to", street, softmin_scores_to_arrays<float>());
    add_case(usual, "num_pixel_issues", street, num_pixel_issues_scores);
    add_case(usual, "inspector", street, inspect);

    const auto noise = lazily([=] { return with_random_labels(street()); });
    add_case(usual, "find_label_issues_random_labels", noise, find_label_issues);

    const auto judged = lazily([=] {
        return judged_scene{street(), find_label_issues(street(), {.ignore_label = 255})};
    });
    const auto suspected = lazily([=] {
        judged_scene all{street()};
        all.issues.resize(all.labels.shape());
        all.issues.fill(true);
        return all;
    });
    add_case(usual, "common_label_issues", judged, common_label_issues);
    add_case(usual, "common_label_issues_everywhere", suspected, common_label_issues);
    add_case(usual, "filter_by_class", judged, filter_by_class);
    add_case(usual, "filter_by_class_everywhere", suspected, filter_by_class);

    add_case(usual, "issue_regions", judged, issue_regions);
    add_case(usual, "issue_regions_everywhere", suspected, issue_regions);
    add_case(usual, "away_from_boundaries_2", judged, away_from_boundaries<2>);
    add_case(usual, "away_from_boundaries_8", suspected, away_from_boundaries<8>);
    add_case(usual, "suggested_labels", judged, suggested_labels);

    const auto two_classes = lazily([=] { return with_two_classes(make_scene({images, height, width, 4})); });
    add_case("float_2", "read_floor", two_classes, sum_of_probabilities<floor_streams>);
    add_case("float_2", "find_label_issues", two_classes, find_label_issues);

    const auto many_classes = lazily([=] { return make_scene({few, height, width, 150}); });
    add_case("float_150", "read_floor", many_classes, sum_of_probabilities<floor_streams>);
    add_case("float_150", "find_label_issues", many_classes, find_label_issues);

    register_types(sizes, street);
    register_report(sizes);
}

} // namespace maskaudit_benchmarks
