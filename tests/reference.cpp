#include "reference_cases.hpp"

#include <catch.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

// What cleanlab 2.9.0 returned, through the public functions and through the inspector.

using namespace maskaudit_test;

namespace {

template <class Labels, class PredProbs>
void check_scores(const reference_case& c, const Labels& labels, const PredProbs& pred_probs) {
    for (const json& softmin : c.expected["softmin"]) {
        const auto scores = maskaudit::get_label_quality_scores(
            labels, pred_probs, maskaudit::softmin{softmin["temperature"].get<double>()});
        check_image_scores(scores.image_scores, c.file(softmin["image_scores"]));
        CHECK(same(scores.pixel_scores, c.file(softmin["pixel_scores"]).template read<double>()));
    }
    for (const json& issues : c.expected["num_pixel_issues"]) {
        const maskaudit::num_pixel_issues method{
            maskaudit::confident_learning{.downsample = issues["downsample"].get<std::size_t>()}};
        const auto scores = maskaudit::get_label_quality_scores(labels, pred_probs, method);
        check_image_scores(scores.image_scores, c.file(issues["image_scores"]));
        CHECK(same(scores.pixel_scores, c.file(issues["pixel_scores"]).template read<double>()));
    }
}

template <class Labels, class PredProbs>
void check_issues_from_scores(const reference_case& c, const Labels& labels, const PredProbs& pred_probs) {
    const auto scores = maskaudit::get_label_quality_scores(labels, pred_probs);
    const auto ranked = [](const auto& images) { return std::vector<std::size_t>(images.begin(), images.end()); };
    for (const json& cut : c.expected["issues_from_scores"]) {
        const double threshold = cut["threshold"];
        CAPTURE(threshold);
        CHECK(same(maskaudit::issues_from_scores(scores.image_scores, scores.pixel_scores, threshold),
                   c.file(cut["mask"]).template read<bool>()));
        CHECK(ranked(maskaudit::issues_from_scores(scores.image_scores, threshold)) ==
              ranked(cut["ranked_images_below"]));
        CHECK(ranked(maskaudit::issues_from_scores(scores.image_scores, threshold, maskaudit::cutoff::cleanlab_2_9)) ==
              ranked(cut["ranked_images_cleanlab_2_9"]));
    }
}

template <class Labels, class PredProbs>
void check_issues(const reference_case& c, const Labels& labels, const PredProbs& pred_probs) {
    for (const json& issues : c.expected["find_label_issues"]) {
        const std::size_t downsample = issues["downsample"];
        CAPTURE(downsample);
        const auto mask =
            maskaudit::find_label_issues(labels, pred_probs, maskaudit::confident_learning{.downsample = downsample});
        CHECK(same(mask, c.file(issues["mask"]).template read<bool>()));
        CHECK(std::count(mask.begin(), mask.end(), true) == issues["num_issues"].get<std::ptrdiff_t>());
    }
    const auto mask = maskaudit::find_label_issues(labels, pred_probs);
    for (const json& summary : c.expected["common_label_issues"]) {
        const auto exclude = summary["exclude"].get<std::vector<std::size_t>>();
        CHECK(maskaudit::common_label_issues(mask, labels, pred_probs, {.exclude = exclude, .top = 1000000}) ==
              rows_of(summary["rows"]));
    }
    for (const json& filter : c.expected["filter_by_class"])
        CHECK(same(maskaudit::filter_by_class(filter["class"].get<std::size_t>(), mask, labels, pred_probs),
                   c.file(filter["mask"]).template read<bool>()));
}

/// Image by image, in an order of its own, with the indices given.
template <class Labels, class PredProbs>
void check_inspector(const reference_case& c, const Labels& labels, const PredProbs& pred_probs) {
    const std::size_t images = labels.shape()[0];
    for (const json& issues : c.expected["find_label_issues"]) {
        maskaudit::label_inspector inspector(
            pred_probs.shape()[1],
            {.confident = {.downsample = issues["downsample"].get<std::size_t>()}, .normalized = false});
        for (std::size_t i = 0; i < images; ++i) {
            const std::size_t n = (i * 7 + 3) % images; // every image once, as no reference has a multiple of 7 images
            inspector.add(xt::view(labels, n), xt::view(pred_probs, n), n);
        }
        check_inspection(c, issues, inspector.finish());
    }
}

template <class Label, class T>
void check_case(const reference_case& c) {
    const maskaudit::npy_view labels_file = c.file(c.expected["labels"]);
    const maskaudit::npy_view pred_probs_file = c.file(c.expected["pred_probs"]);
    const auto labels = labels_file.as<Label>();
    const auto pred_probs = pred_probs_file.as<T>();
    check_scores(c, labels, pred_probs);
    check_issues_from_scores(c, labels, pred_probs);
    check_issues(c, labels, pred_probs);
    check_inspector(c, labels, pred_probs);
}

} // namespace

TEST_CASE("the reference cases agree, every one", "[reference]") {
    const std::map<std::string, std::function<void(const reference_case&)>> checks{
        {"<i8<f8", check_case<std::int64_t, double>}, {"<i4<f8", check_case<std::int32_t, double>},
        {"<i2<f8", check_case<std::int16_t, double>}, {"<u2<f8", check_case<std::uint16_t, double>},
        {"|u1<f4", check_case<std::uint8_t, float>},  {"|i1<f4", check_case<std::int8_t, float>},
    };
    for (const reference_case& c : reference_cases()) {
        INFO(c.folder.filename());
        const std::string types =
            to_string(c.file(c.expected["labels"]).type()) + to_string(c.file(c.expected["pred_probs"]).type());
        INFO(types);
        checks.at(types)(c);
    }
}
