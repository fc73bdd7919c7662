#include "look.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"
#include "streams.hpp"

#include <maskaudit/error.hpp>
#include <maskaudit/logits.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace maskaudit_program {
namespace {

using maskaudit::data_error;
using maskaudit::inspector_options;
using maskaudit::label_inspector;

inspector_options inspector_options_of(const audit_options& options) {
    inspector_options result{
        .n_jobs = options.jobs, .temperature = options.temperature, .confident = {.downsample = options.downsample}};
    for (const std::int64_t label : options.ignore_label)
        result.ignore_label.insert(label);
    if (options.label_map) result.ignore_label.insert(maskaudit::label_map::ignored);
    return result;
}

void look_at_image(label_inspector& inspector, audit_inputs& inputs, std::size_t n, pixel_score_writer* writer) {
    const auto look_at = [&](const auto& labels, const auto& pred_probs) {
        if (writer == nullptr) {
            inspector.add(labels, pred_probs, n);
            return;
        }
        using probability = typename std::decay_t<decltype(pred_probs)>::value_type;
        using score = std::conditional_t<std::is_same_v<probability, double>, double, float>;
        xt::xarray<score>& scores = writer->scores_of<score>(inputs.images->shape(n));
        inspector.add_to(scores, labels, pred_probs, n);
        writer->write(n, scores);
    };
    const auto look = [&](const auto& labels, const auto& values) {
        using value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (!std::is_integral_v<value>)
            if (inputs.are_logits) return look_at(labels, maskaudit::softmax_over_classes(values));
        look_at(labels, values);
    };
    std::visit(look, inputs.labels(n), inputs.images->pred_probs(n));
}

/// One way through the images of this rank, from where an earlier run has come to.
class walk {
public:
    walk(audit_inputs& inputs, const inspector_options& how, label_inspector known,
         const std::optional<pixel_score_target>& scores, resume_state* state, bool quiet, const ranks& group)
        : inputs_(inputs), state_(state), quiet_(quiet), group_(group), all_(std::move(known)),
          recent_(inputs.images->num_classes(), how) {
        if (scores) writer_.emplace(*scores, *inputs.images, inputs.own);
    }

    label_inspector run() {
        image_set& images = *inputs_.images;
        progress_bar progress(task(), inputs_.own.size(), quiet_, all_.num_images());
        std::size_t n = inputs_.own.first + all_.num_images();
        images.rewind();
        try {
            for (; n < inputs_.own.end && !group_.another_has_failed(); ++n) {
                throw_if_interrupted();
                images.look_ahead(n);
                if (state_) state_->note(images, n);
                look_at_image(state_ ? recent_ : all_, inputs_, n, writer_ ? &*writer_ : nullptr);
                inputs_.require_readable(n);
                images.release(n);
                progress.advance(count_of(images.shape(n)));
                if (state_ && state_->is_due()) save();
            }
            throw_if_interrupted();
        } catch (...) {
            inputs_.require_readable(n); // which explains any other error
            // An image whose scores could not be written has been added all the same: it must not be gone on from.
            if (inputs_.own.first + all_.num_images() + recent_.num_images() <= n) save();
            throw;
        }
        save();
        if (writer_ && n == inputs_.own.end) writer_->finish();
        return std::move(all_);
    }

private:
    /// The first rank's progress stands for that of all, which have as much to do.
    std::string task() const {
        return group_.count() == 1 ? "looking at images" : "looking (rank 0 of " + std::to_string(group_.count()) + ")";
    }

    void save() {
        if (!state_ || recent_.num_images() == 0) return;
        state_->append(recent_, *inputs_.images);
        all_ += recent_;
        recent_ = none_;
    }

    audit_inputs& inputs_;
    resume_state* state_;
    bool quiet_;
    const ranks& group_;
    label_inspector all_;
    label_inspector recent_; // since the last save; not used where nothing is saved
    const label_inspector none_ = recent_;
    std::optional<pixel_score_writer> writer_{};
};

/// Whether image n is fine but for probabilities that do not sum to one.
bool can_be_used(audit_inputs& inputs, inspector_options how, std::size_t n) {
    how.normalized = false;
    try {
        label_inspector inspector(inputs.images->num_classes(), how);
        look_at_image(inspector, inputs, n, nullptr);
        return true;
    } catch (const data_error&) {
        return false;
    }
}

bool is_nan(audit_inputs& inputs, const maskaudit::data_place& place) {
    std::vector<std::size_t> index{*place.class_index};
    index.insert(index.end(), place.pixel.begin(), place.pixel.end());
    const auto value_there = [&](const auto& values) {
        return static_cast<double>(values.element(index.begin(), index.end()));
    };
    return std::isnan(std::visit(value_there, inputs.images->pred_probs(place.image)));
}

/// The library knows neither files nor command lines; a message to somebody at a terminal needs both.
[[noreturn]] void explain(audit_inputs& inputs, const audit_options& options, const data_error& error) {
    const maskaudit::data_place& place = error.place();
    const image_set& images = *inputs.images;
    if (error.array() != "labels") {
        const bool may_be_logits = error.array() == "pred_probs" && place.class_index && !is_nan(inputs, place);
        throw std::runtime_error(images.pred_probs_path(place.image).string() + ": " + error.what() +
                                 (may_be_logits ? "; if these are logits, add --logits" : ""));
    }
    std::string message = images.labels_path(place.image).string() + ": " + error.what();
    const auto label_there = [&](const auto& labels) -> std::optional<std::int64_t> {
        const auto label = labels.element(place.pixel.begin(), place.pixel.end());
        if (std::in_range<std::int64_t>(label)) return static_cast<std::int64_t>(label);
        return std::nullopt;
    };
    try {
        const auto label = std::visit(label_there, inputs.images->labels(place.image));
        const std::string text = label ? std::to_string(*label) : "";
        if (label && options.label_map)
            message += "; if it marks pixels without a class, a line " + text + ",ignore in the label map says so";
        else if (label)
            message += "; if it marks pixels without a class, add --ignore-label " + text +
                       ", and if labels are raw ids rather than classes, --label-map";
    } catch (const data_error&) {
        // The file has labels that no class could have.
    }
    throw std::runtime_error(message);
}

/// Logits from 0 to 1 throughout are possible, but it is more likely that somebody took the wrong file.
void warn_of_probabilities(image_set& images) {
    const auto are_all = [](const auto& values) {
        return std::all_of(values.begin(), values.end(), [](auto value) { return value >= 0 && value <= 1; });
    };
    if (images.num_images() > 0 && std::visit(are_all, images.pred_probs(0)))
        tell(images.pred_probs_path(0).string() +
             ": all logits of image 0 are from 0 to 1; if these are probabilities, leave out --logits");
}

/// Such as a model's output that was never written to its file, in which nothing would be found, nor missed.
void warn_of_no_probabilities(const image_set& images, const maskaudit::inspection& found, const ranks& group) {
    constexpr double none = 2e-6; // the least that a threshold may be
    const bool has_none = std::all_of(found.confident_thresholds.begin(), found.confident_thresholds.end(),
                                      [](double threshold) { return threshold <= none; });
    const bool has_pixels =
        group.sum(std::accumulate(found.valid_pixels.begin(), found.valid_pixels.end(), std::uint64_t{0})) > 0;
    if (group.is_first() && has_none && has_pixels)
        tell(images.pred_probs_path(0).string() + ": no pixel of any image has a probability of its given class; are "
                                                  "these the model's probabilities?");
}

/// What an earlier run has looked at, of this rank. Collective.
label_inspector known_images(audit_inputs& inputs, const inspector_options& how, resume_state* state, bool quiet,
                             const ranks& group) {
    label_inspector known(inputs.images->num_classes(), how);
    if (state == nullptr) return known;
    try {
        group.together([&] { state->load_into(known, *inputs.images); });
    } catch (...) {
        state->forget(); // what one rank cannot go on from none can
        throw;
    }
    if (known.num_images() > 0 && !quiet)
        tell("going on after " + std::to_string(known.num_images()) + " of " + std::to_string(inputs.own.size()) +
             " images" + (group.count() > 1 ? " of rank 0" : "") + ", which an earlier run has looked at");
    return known;
}

/// What a way through the images came to.
struct walk_result {
    std::optional<label_inspector> inspector{}; ///< none after all where probabilities do not sum to one
    std::vector<std::size_t> unnormalised{};    ///< the image that showed it, if one did
};

/// Collective.
walk_result walk_through(audit_inputs& inputs, const audit_options& options, const inspector_options& how,
                         const std::optional<pixel_score_target>& pixel_scores, resume_state* state,
                         const ranks& group) {
    label_inspector known = known_images(inputs, how, state, options.quiet, group);
    walk_result result;
    group.together([&] {
        try {
            result.inspector = walk(inputs, how, std::move(known), pixel_scores, state, options.quiet, group).run();
        } catch (const data_error& error) {
            const std::size_t n = error.place().image;
            if (!how.normalized || !can_be_used(inputs, how, n)) explain(inputs, options, error);
            result.unnormalised.push_back(n);
        }
    });
    return result;
}

} // namespace

look_result look_at_images(audit_inputs& inputs, const audit_options& options,
                           const std::optional<pixel_score_target>& pixel_scores, resume_state* state,
                           const ranks& group) {
    group.on_first([&] {
        if (inputs.are_logits) warn_of_probabilities(*inputs.images);
    });
    inspector_options how = inspector_options_of(options);
    how.normalized = state == nullptr || state->sums_to_one();
    walk_result looked = walk_through(inputs, options, how, pixel_scores, state, group);
    if (group.sum(looked.unnormalised.size()) > 0) {
        const std::vector<std::size_t> of_all = group.gather(looked.unnormalised);
        group.on_first([&] {
            const std::size_t n = of_all.front();
            tell(inputs.images->pred_probs_path(n).string() + ": the probabilities of image " + std::to_string(n) +
                 " do not sum to one; starting again without relying on it, which takes more memory");
        });
        how.normalized = false;
        if (state) group.together([&] { state->start_anew(false); });
        looked = {}; // what it has kept is in vain
        looked = walk_through(inputs, options, how, pixel_scores, state, group);
    }
    label_inspector& inspector = *looked.inspector;
    maskaudit::inspection found = group.finish(inspector);
    warn_of_no_probabilities(*inputs.images, found, group);
    return {std::move(inspector), std::move(found), how.normalized};
}

} // namespace maskaudit_program
