#pragma once

#include <maskaudit/detail/filter_impl.hpp>
#include <maskaudit/rank.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <concepts>
#include <numeric>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace maskaudit::detail {

/// An array of the caller to be written image by image, by its strides; a single image has no first axis for images.
template <class Array>
class image_sink {
public:
    image_sink(Array& array, bool images) : data_(array.data() + array.data_offset()) {
        const std::vector<std::ptrdiff_t> steps(array.strides().begin(), array.strides().end());
        const std::size_t leading = images ? 1 : 0;
        if (images) image_stride_ = steps[0];
        layout_ = image_layout(drop_front(shape_of(array), leading), drop_front(steps, leading));
    }

    auto image(std::size_t n) const {
        return image_memory<std::remove_reference_t<decltype(*data_)>>{
            data_ + static_cast<std::ptrdiff_t>(n) * image_stride_, &layout_};
    }

private:
    decltype(std::declval<Array&>().data()) data_;
    std::ptrdiff_t image_stride_ = 0;
    image_layout layout_;
};

template <class T, class Array>
score_sink<T> sink_for(Array& array, bool images) {
    return [sink = image_sink<Array>(array, images)](std::size_t n) { return score_writer<T>(sink.image(n)); };
}

/// A temperature of softmin that has been checked, at least 1e-6.
inline double usable_temperature(double temperature) {
    if (!(temperature > 0)) refuse("temperature is " + to_text(temperature) + ": it must be above 0");
    return (std::max)(temperature, 1e-6);
}

inline double issue_score(std::size_t issues, std::size_t valid) {
    return valid == 0 ? 1.0 : 1.0 - static_cast<double>(issues) / static_cast<double>(valid);
}

template <class T>
std::vector<double> image_scores_by(const softmin& method, batch<T>& data, const options& opts,
                                    const score_sink<T>& sink) {
    const double temperature = usable_temperature(method.temperature);
    const std::size_t chunks = (data.image_pixels() + strip_pixels - 1) / strip_pixels;
    softmin_scores scores(data.num_images(), chunks, temperature);
    const auto keep = [&](const strip<T>& pixels, std::size_t n) {
        scores.add(n, pixels.first / strip_pixels, pixels.softmin);
    };
    for_each_strip(data, opts, sink, keep, temperature);
    return scores.scores();
}

/// Confident learning gives issues and pixel scores in one look.
template <class T>
std::vector<double> image_scores_by(const num_pixel_issues<confident_learning>& method, batch<T>& data,
                                    const options& opts, const score_sink<T>& sink) {
    const judged judged = judge(data, method.find_label_issues, opts, sink);
    std::vector<double> scores(data.num_images());
    for_each_unit(scores.size(), worker_count(opts.n_jobs, scores.size()), [&](std::size_t n, std::size_t) {
        std::size_t issues = 0;
        for_each_issue(judged.found.images[n], n, judged.decision, [&](auto&&...) { ++issues; });
        const auto valid = [](const auto& image) { return image.valid_pixels(); };
        scores[n] = issue_score(issues, std::visit(valid, judged.found.images[n]));
    });
    return scores;
}

/// The scores that the issues of any other backend make; flags are row-major (N, S...).
template <class T>
std::vector<double> image_scores_of(const bool* flags, batch<T>& data, const options& opts, const score_sink<T>& sink) {
    std::vector<std::atomic<std::size_t>> issues(data.num_images()), valid(data.num_images());
    for_each_strip(data, opts, sink, [&](const strip<T>& pixels, std::size_t n) {
        const bool* const begin = flags + n * data.image_pixels() + pixels.first;
        issues[n] += static_cast<std::size_t>(std::count(begin, begin + pixels.count, true));
        valid[n] += pixels.count - pixels.ignored;
    });
    std::vector<double> scores;
    for (std::size_t n = 0; n < data.num_images(); ++n)
        scores.push_back(issue_score(issues[n], valid[n]));
    return scores;
}

/// A score as a double; data_error for NaN, in the name of the place `position` in an array of this shape.
template <class Score>
double checked_score(const char* name, Score score, std::size_t position, const extents& shape) {
    const auto value = static_cast<double>(score);
    if (!std::isnan(value)) return value;
    const extents place = unravel(position, shape);
    throw data_error(name, {place[0], drop_front(place, 1)}, "nan", "must be a number");
}

template <class ImageScores>
constexpr void require_one_axis() {
    constexpr bool fits = may_have_same_rank<ImageScores, xt::xtensor<double, 1>>;
    static_assert(fits, "image_scores must have one axis: (N)");
}

template <class PixelScores, class Labels>
constexpr void require_rank_of_labels() {
    constexpr bool fits = may_have_same_rank<PixelScores, Labels>;
    static_assert(fits, "pixel_scores must have as many axes as labels");
}

template <class ImageScores>
std::vector<double> checked_image_scores(const ImageScores& image_scores, double threshold) {
    require_one_axis<ImageScores>();
    const extents shape = shape_of(image_scores);
    if (shape.size() != 1) refuse("image_scores has shape " + to_text(shape) + ": it must be (N,)");
    require_threshold(threshold);
    std::vector<double> scores;
    scores.reserve(shape[0]);
    for (std::size_t n = 0; n < shape[0]; ++n)
        scores.push_back(checked_score("image_scores", image_scores(n), n, shape));
    return scores;
}

template <class Method, class Labels, class PredProbs>
concept usable_method = usable_arrays<Labels, PredProbs> && label_quality_method<Method, Labels, PredProbs>;

template <class Method, class Labels, class PredProbs>
constexpr void explain_method() {
    explain_arrays<Labels, PredProbs>();
    if constexpr (usable_arrays<Labels, PredProbs>) {
        if constexpr (requires { Method::find_label_issues; })
            explain_finder<decltype(Method::find_label_issues), Labels, PredProbs, options>();
        else
            static_assert(std::same_as<Method, softmin>, "the method must be maskaudit::softmin{} or "
                                                         "maskaudit::num_pixel_issues{finder}; options go last");
    }
}

/// What issues_from_scores takes after image scores.
template <class... Others>
inline constexpr bool usable_selection = false;
template <>
inline constexpr bool usable_selection<> = true;
template <class Second>
inline constexpr bool usable_selection<Second> = number_array<Second> || std::convertible_to<Second, double>;
template <class Second, class Third>
inline constexpr bool usable_selection<Second, Third> = (number_array<Second> && std::convertible_to<Third, double>) ||
                                                        (std::convertible_to<Second, double> &&
                                                         std::convertible_to<Third, cutoff>);

} // namespace maskaudit::detail

namespace maskaudit {

template <detail::score_array ImageScores, detail::score_array PixelScores, detail::label_array Labels,
          detail::probability_array PredProbs, class Method>
    requires label_quality_method<Method, Labels, PredProbs>
void get_label_quality_scores_to(ImageScores&& image_scores, PixelScores&& pixel_scores, const Labels& labels,
                                 const PredProbs& pred_probs, const Method& method, const options& opts) {
    using T = detail::computed_of<PredProbs>;
    detail::require_one_axis<std::remove_cvref_t<ImageScores>>();
    detail::require_rank_of_labels<std::remove_cvref_t<PixelScores>, Labels>();
    detail::batch<T> data(labels, pred_probs, true);
    const detail::extents images{data.num_images()};
    if (detail::shape_of(image_scores) != images)
        detail::refuse("image_scores has shape " + detail::to_text(detail::shape_of(image_scores)) + ": it must be " +
                       detail::to_text(images) + ", one score an image");
    detail::require_same_shape("pixel_scores", detail::shape_of(pixel_scores), "labels", detail::shape_of(labels));
    const detail::score_sink<T> sink = detail::sink_for<T>(pixel_scores, true);
    std::vector<double> scores;
    if constexpr (std::same_as<Method, softmin> || std::same_as<Method, num_pixel_issues<confident_learning>>) {
        scores = detail::image_scores_by(method, data, opts, sink);
    } else {
        const auto mask = find_label_issues(labels, pred_probs, method.find_label_issues, opts);
        options rest = opts;
        rest.progress = nullptr; // has been told of every image
        scores = detail::image_scores_of(mask.data(), data, rest, sink);
    }
    using score_type = detail::value_of<std::remove_reference_t<ImageScores>>;
    for (std::size_t n = 0; n < scores.size(); ++n)
        image_scores(n) = static_cast<score_type>(scores[n]);
}

template <detail::label_array Labels, detail::probability_array PredProbs, class Method>
    requires label_quality_method<Method, Labels, PredProbs>
auto get_label_quality_scores(const Labels& labels, const PredProbs& pred_probs, const Method& method,
                              const options& opts)
    -> label_quality_scores<detail::computed_of<PredProbs>, detail::result_rank<Labels, PredProbs>()> {
    constexpr std::size_t rank = detail::result_rank<Labels, PredProbs>();
    const detail::extents shape = detail::shape_of(labels);
    detail::require_matching(shape, detail::shape_of(pred_probs), 1);
    label_quality_scores<detail::computed_of<PredProbs>, rank> scores{
        xt::xtensor<double, 1>::from_shape({shape[0]}),
        detail::make_array<array_of<detail::computed_of<PredProbs>, rank>>(shape)};
    get_label_quality_scores_to(scores.image_scores, scores.pixel_scores, labels, pred_probs, method, opts);
    return scores;
}

template <detail::number_array ImageScores>
xt::xtensor<std::size_t, 1> issues_from_scores(const ImageScores& image_scores, double threshold, cutoff which) {
    const std::vector<double> scores = detail::checked_image_scores(image_scores, threshold);
    std::vector<std::size_t> ranking(scores.size());
    std::iota(ranking.begin(), ranking.end(), std::size_t{0});
    std::stable_sort(ranking.begin(), ranking.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    auto end =
        std::partition_point(ranking.begin(), ranking.end(), [&](std::size_t n) { return scores[n] < threshold; });
    if (which == cutoff::cleanlab_2_9 && end != ranking.end()) ++end;
    auto issues = xt::xtensor<std::size_t, 1>::from_shape({static_cast<std::size_t>(end - ranking.begin())});
    std::copy(ranking.begin(), end, issues.data());
    return issues;
}

template <detail::number_array ImageScores, detail::number_array PixelScores>
array_of<bool, detail::static_rank<PixelScores>> issues_from_scores(const ImageScores& image_scores,
                                                                    const PixelScores& pixel_scores, double threshold) {
    const std::size_t count = detail::checked_image_scores(image_scores, threshold).size();
    const detail::extents shape = detail::shape_of(pixel_scores);
    if (shape.empty() || shape[0] != count)
        detail::refuse("pixel_scores has shape " + detail::to_text(shape) +
                       ": it must be (N, S...) with N = " + std::to_string(count) + ", as image_scores has");
    auto mask = detail::make_array<array_of<bool, detail::static_rank<PixelScores>>>(shape);
    auto score = pixel_scores.template begin<xt::layout_type::row_major>();
    for (std::size_t position = 0; position < mask.size(); ++position, ++score)
        mask.data()[position] = detail::checked_score("pixel_scores", *score, position, shape) < threshold;
    return mask;
}

// Twins for arguments that do not fit.

template <class Labels, class PredProbs>
    requires(!detail::usable_arrays<Labels, PredProbs>)
label_quality_scores<double, detail::dynamic_rank> get_label_quality_scores(const Labels&, const PredProbs&,
                                                                            const options& = {}) {
    detail::explain_arrays<Labels, PredProbs>();
    return {};
}

template <class Labels, class PredProbs, class Method>
    requires(!std::convertible_to<const Method&, const options&> && !detail::usable_method<Method, Labels, PredProbs>)
label_quality_scores<double, detail::dynamic_rank> get_label_quality_scores(const Labels&, const PredProbs&,
                                                                            const Method&, const options& = {}) {
    detail::explain_method<Method, Labels, PredProbs>();
    return {};
}

template <class ImageScores, class PixelScores, class Labels, class PredProbs, class Method = softmin>
    requires(!(detail::score_array<ImageScores> && detail::score_array<PixelScores> &&
               detail::usable_method<Method, Labels, PredProbs>))
void get_label_quality_scores_to(ImageScores&&, PixelScores&&, const Labels&, const PredProbs&, const Method& = {},
                                 const options& = {}) {
    detail::explain_score_memory<ImageScores>();
    detail::explain_score_memory<PixelScores>();
    detail::explain_method<Method, Labels, PredProbs>();
}

template <class ImageScores, class... Others>
    requires(!detail::number_array<ImageScores> || !detail::usable_selection<Others...>)
xt::xarray<std::size_t> issues_from_scores(const ImageScores&, const Others&...) {
    constexpr bool fits = detail::number_array<ImageScores>, others_fit = detail::usable_selection<Others...>;
    static_assert(fits, "image_scores must be an xtensor expression of numbers");
    static_assert(others_fit, "image_scores are followed by a threshold and a cutoff, or by pixel_scores, an xtensor "
                              "expression of numbers, and a threshold");
    return {};
}

} // namespace maskaudit
