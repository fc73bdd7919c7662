#pragma once

#include <maskaudit/detail/rank_impl.hpp>
#include <maskaudit/detail/summary_impl.hpp>
#include <maskaudit/inspector.hpp>

#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

namespace maskaudit {

inline void inspection::require_image(std::size_t n) const {
    if (n >= images.size())
        detail::refuse("image " + std::to_string(n) + " does not exist: there are " + std::to_string(images.size()));
}

inline xt::xarray<bool> inspection::issues(std::size_t n) const {
    require_image(n);
    auto mask = detail::make_array<xt::xarray<bool, xt::layout_type::row_major>>(images[n].shape);
    mask.fill(false);
    for (const std::size_t position : images[n].positions)
        mask.data()[position] = true;
    return mask;
}

template <detail::boolean_array Mask>
void inspection::keep_issues(std::size_t n, const Mask& mask) {
    require_image(n);
    image_issues& image = images[n];
    detail::require_same_shape("mask", detail::shape_of(mask), "image", image.shape);
    const xt::xarray<bool, xt::layout_type::row_major> kept = mask;
    std::size_t count = 0;
    for (std::size_t i = 0; i < image.positions.size(); ++i) {
        if (!kept.data()[image.positions[i]]) continue;
        image.positions[count] = image.positions[i];
        image.given[count] = image.given[i];
        image.predicted[count++] = image.predicted[i];
    }
    num_issues -= image.positions.size() - count;
    image.positions.resize(count);
    image.given.resize(count);
    image.predicted.resize(count);
    issue_pixels(n) = count;
    num_pixel_issues_scores(n) = detail::issue_score(count, valid_pixels(n));
}

inline std::vector<label_swap> inspection::common_label_issues(const summary_options& summary) const {
    detail::swap_counts counts(confident_thresholds.size());
    for (const image_issues& image : images)
        for (std::size_t i = 0; i < image.positions.size(); ++i)
            counts.add(image.given[i], image.predicted[i]);
    return counts.rows(summary);
}

inline label_inspector::label_inspector(std::size_t num_classes, inspector_options opts)
    : num_classes_(detail::require_num_classes(num_classes)), options_(std::move(opts)), sums_(num_classes) {
    options_.temperature = detail::usable_temperature(options_.temperature);
    if (options_.confident.downsample == 0) detail::refuse("downsample is 0: it must be at least 1");
}

inline std::size_t label_inspector::take_index(std::set<std::size_t>& taken, std::optional<std::size_t> wanted) {
    const std::size_t index = wanted ? *wanted : taken.empty() ? 0 : *taken.rbegin() + 1;
    if (index == static_cast<std::size_t>(-1))
        detail::refuse("index is " + std::to_string(index) + ": there is no next one");
    if (!taken.insert(index).second)
        detail::refuse("index is " + std::to_string(index) + ": an image with it has been added before");
    return index;
}

template <class T>
detail::findings label_inspector::look(detail::batch<T>& data, const detail::score_sink<T>& sink) {
    if (data.num_classes() != num_classes_)
        detail::refuse("pred_probs has " + std::to_string(data.num_classes()) + " classes: it must have " +
                       std::to_string(num_classes_) + ", as the inspector");
    const options opts{.ignore_label = options_.ignore_label, .n_jobs = options_.n_jobs};
    detail::look_plan plan = detail::plan_for(options_.confident, num_classes_, opts);
    plan.normalized = options_.normalized;
    plan.temperature = options_.temperature;
    return detail::look_at_all(data, plan, opts, sink, memory_);
}

template <class T, class Labels, class PredProbs>
std::size_t label_inspector::add_image(const Labels& labels, const PredProbs& pred_probs,
                                       std::optional<std::size_t> wanted, const detail::score_sink<T>& sink) {
    const std::size_t index = take_index(taken_, wanted);
    try {
        detail::batch<T> data(labels, pred_probs, false, index);
        detail::findings found = look(data, sink);
        images_.push_back({index, wanted.has_value(), std::move(found.images.front())});
        sums_ += found.sums;
    } catch (...) {
        taken_.erase(index);
        throw;
    }
    return index;
}

template <detail::label_array Labels, detail::probability_array PredProbs>
std::size_t label_inspector::add(const Labels& labels, const PredProbs& pred_probs, std::optional<std::size_t> index) {
    return add_image<detail::computed_of<PredProbs>>(labels, pred_probs, index, nullptr);
}

template <detail::score_array PixelScores, detail::label_array Labels, detail::probability_array PredProbs>
std::size_t label_inspector::add_to(PixelScores&& pixel_scores, const Labels& labels, const PredProbs& pred_probs,
                                    std::optional<std::size_t> index) {
    using T = detail::computed_of<PredProbs>;
    detail::require_rank_of_labels<std::remove_cvref_t<PixelScores>, Labels>();
    detail::require_same_shape("pixel_scores", detail::shape_of(pixel_scores), "labels", detail::shape_of(labels));
    return add_image<T>(labels, pred_probs, index, detail::sink_for<T>(pixel_scores, false));
}

inline void label_inspector::require_mergeable(const label_inspector& other) const {
    const inspector_options& a = options_;
    const inspector_options& b = other.options_;
    if (num_classes_ != other.num_classes_ || a.ignore_label != b.ignore_label || a.temperature != b.temperature ||
        a.confident.downsample != b.confident.downsample || a.confident.labels != b.confident.labels ||
        a.normalized != b.normalized)
        detail::refuse("inspectors to be merged must have the same number of classes and the same options");
}

inline label_inspector& label_inspector::operator+=(const label_inspector& other) {
    require_mergeable(other);
    std::set<std::size_t> taken = taken_;
    std::vector<entry> added = other.images_; // a copy, also because the other may be this one
    for (entry& image : added)
        image.index = take_index(taken, image.index_was_given ? std::optional(image.index) : std::nullopt);
    images_.insert(images_.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
    taken_.swap(taken);
    sums_ += other.sums_;
    return *this;
}

inline detail::all_evidence label_inspector::evidence_by_index(std::size_t first) const {
    std::size_t expected = first;
    for (const std::size_t index : taken_)
        if (index != expected++)
            detail::refuse("indices of the images must be " + std::to_string(first) + ".." +
                           std::to_string(first + images_.size() - 1) + ": " + std::to_string(expected - 1) +
                           " is missing");
    detail::all_evidence images(images_.size());
    for (const entry& image : images_)
        images[image.index - first] = &image.evidence;
    return images;
}

template <class Found, class Group>
Found label_inspector::finish_among(const Group& group, std::size_t before) const {
    detail::all_evidence images;
    group.run([&] { images = evidence_by_index(taken_.contains(0) ? 0 : before); });
    const detail::verdict decision = detail::decide(images, sums_, options_.n_jobs, group);
    Found found;
    group.run([&] { found = found_by<Found>(decision, images); });
    return found;
}

template <class Found>
Found label_inspector::found_by(const auto& decision, const detail::all_evidence& images) const {
    const std::size_t count = images.size();
    Found result;
    result.confident_thresholds = xt::adapt(decision.thresholds);
    result.softmin_scores.resize({count});
    result.num_pixel_issues_scores.resize({count});
    result.valid_pixels.resize({count});
    result.issue_pixels.resize({count});
    result.images.resize(count);
    const auto conclude = [&](const auto& image, std::size_t n) {
        inspection::image_issues& issues = result.images[n];
        issues.shape = image.grid.pixels();
        detail::for_each_issue(*images[n], n, decision,
                               [&](std::size_t position, std::uint16_t given, std::uint16_t predicted) {
                                   issues.positions.push_back(position);
                                   issues.given.push_back(given);
                                   issues.predicted.push_back(predicted);
                               });
        result.issue_pixels(n) = issues.positions.size();
        result.valid_pixels(n) = image.valid_pixels();
        result.num_pixel_issues_scores(n) = detail::issue_score(issues.positions.size(), image.valid_pixels());
        result.softmin_scores(n) = image.softmin_score(options_.temperature);
    };
    detail::for_each_unit(count, detail::worker_count(options_.n_jobs, count), [&](std::size_t n, std::size_t) {
        std::visit([&](const auto& image) { conclude(image, n); }, *images[n]);
    });
    for (const inspection::image_issues& image : result.images)
        result.num_issues += image.positions.size();
    return result;
}

template <std::same_as<inspection> Found>
Found label_inspector::finish() const {
    return finish_among<Found>(detail::alone(), 0);
}

} // namespace maskaudit
