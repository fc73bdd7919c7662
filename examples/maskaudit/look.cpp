#include "look.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"
#include "streams.hpp"

#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <variant>

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
    return result;
}

/// Calls look(inspector, n) for every image.
template <class Look>
maskaudit::inspection for_each_image(const audit_inputs& inputs, const inspector_options& how, bool quiet, Look look) {
    label_inspector inspector(inputs.num_classes(), how);
    progress_bar progress("looking at images", inputs.num_images(), inputs.image_pixels(), quiet);
    for (std::size_t n = 0; n < inputs.num_images(); ++n) {
        throw_if_interrupted();
        look(inspector, n);
        progress.advance();
    }
    throw_if_interrupted();
    return inspector.finish();
}

maskaudit::inspection look_in_one_way(audit_inputs& inputs, const inspector_options& how, bool quiet,
                                      const std::optional<std::filesystem::path>& pixel_scores) {
    const auto look = [&](auto& labels, auto& pred_probs) {
        if (!pixel_scores)
            return for_each_image(inputs, how, quiet, [&](label_inspector& inspector, std::size_t n) {
                inspector.add(labels.image(n), pred_probs.image(n));
            });
        using probability = typename std::decay_t<decltype(pred_probs)>::value_type;
        using score = std::conditional_t<std::is_same_v<probability, double>, double, float>;
        xt::xarray<score> scores = xt::xarray<score>::from_shape(inputs.image_shape());
        maskaudit::npy_writer<score> writer(*pixel_scores, labels.file().shape());
        maskaudit::inspection found =
            for_each_image(inputs, how, quiet, [&](label_inspector& inspector, std::size_t n) {
                inspector.add_to(scores, labels.image(n), pred_probs.image(n));
                writer.append(scores);
            });
        writer.finish();
        return found;
    };
    return std::visit(look, inputs.labels, inputs.pred_probs);
}

/// Whether image n is fine but for probabilities that do not sum to one.
bool can_be_used(audit_inputs& inputs, inspector_options how, std::size_t n) {
    how.normalized = false;
    const auto look = [&](auto& labels, auto& pred_probs) {
        label_inspector(inputs.num_classes(), how).add(labels.image(n), pred_probs.image(n));
    };
    try {
        std::visit(look, inputs.labels, inputs.pred_probs);
        return true;
    } catch (const data_error&) {
        return false;
    }
}

/// The library knows neither files nor command lines; a message to somebody at a terminal needs both.
[[noreturn]] void explain(audit_inputs& inputs, const data_error& error) {
    const maskaudit::data_place& place = error.place();
    if (error.array() != "labels")
        throw std::runtime_error(file_of(inputs.pred_probs).path().string() + ": " + error.what());
    const auto label_there = [&](auto& labels) {
        return std::to_string(labels.image(place.image).element(place.pixel.begin(), place.pixel.end()));
    };
    throw std::runtime_error(file_of(inputs.labels).path().string() + ": " + error.what() +
                             "; if it marks pixels without a class, add --ignore-label " +
                             std::visit(label_there, inputs.labels));
}

look_result look_in_either_way(audit_inputs& inputs, const audit_options& options,
                               const std::optional<std::filesystem::path>& pixel_scores) {
    inspector_options how = inspector_options_of(options);
    try {
        return {look_in_one_way(inputs, how, options.quiet, pixel_scores), true};
    } catch (const data_error& error) {
        if (!can_be_used(inputs, how, error.place().image)) throw;
        tell(file_of(inputs.pred_probs).path().string() + ": the probabilities of image " +
             std::to_string(error.place().image) +
             " do not sum to one; starting again without relying on it, which takes more memory");
    }
    how.normalized = false;
    return {look_in_one_way(inputs, how, options.quiet, pixel_scores), false};
}

} // namespace

look_result look_at_images(audit_inputs& inputs, const audit_options& options,
                           const std::optional<std::filesystem::path>& pixel_scores) {
    try {
        return look_in_either_way(inputs, options, pixel_scores);
    } catch (const data_error& error) {
        explain(inputs, error);
    }
}

} // namespace maskaudit_program
