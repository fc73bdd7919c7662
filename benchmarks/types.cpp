#include "calls.hpp"
#include "registration.hpp"

#include <cstdint>
#include <string>
#if __has_include(<xtensor/misc/xmanipulation.hpp>)
#include <xtensor/misc/xmanipulation.hpp>
#else
#include <xtensor/xmanipulation.hpp>
#endif

namespace maskaudit_benchmarks {
namespace {

template <class Label>
void register_label_type(const std::string& type, const std::function<const usual_scene&()>& street) {
    const auto input = lazily([=] { return with_labels_as<Label>(street()); });
    add_case("float_19", "find_label_issues_" + type, input, find_label_issues);
    add_case("float_19", "softmin_to_" + type, input, softmin_scores_to_arrays<float>());
}

} // namespace

void register_types(const case_sizes& sizes, const std::function<const usual_scene&()>& street) {
    register_label_type<std::uint16_t>("uint16", street);
    register_label_type<std::int32_t>("int32", street);
    register_label_type<std::int64_t>("int64", street);

    const auto wide = lazily([=, images = sizes.images_in_double] { return in_double(street(), images); });
    add_case("double_19", "read_floor", wide, sum_of_probabilities<floor_streams>);
    add_case("double_19", "find_label_issues", wide, find_label_issues);
    add_case("double_19", "softmin_to", wide, softmin_scores_to_arrays<double>());

    const auto turned = lazily([=, images = sizes.images_in_double] { return with_classes_last(street(), images); });
    add_case("channel_last_19", "read_floor", turned, sum_of_probabilities<floor_streams>);
    add_case("channel_last_19", "find_label_issues", turned, [](const auto& input, const maskaudit::options& opts) {
        return maskaudit::find_label_issues(input.labels, xt::transpose(input.pred_probs(), {0, 3, 1, 2}), opts);
    });

    const auto raw = lazily([=, images = sizes.images_in_double] { return with_logits(street(), images); });
    add_case("logits_19", "find_label_issues", raw, [](const auto& input, const maskaudit::options& opts) {
        return maskaudit::find_label_issues(input.labels, maskaudit::softmax_over_classes(input.pred_probs()), opts);
    });
    add_case("logits_19", "softmin", raw, [](const auto& input, const maskaudit::options& opts) {
        return maskaudit::get_label_quality_scores(input.labels, maskaudit::softmax_over_classes(input.pred_probs()),
                                                   maskaudit::softmin{}, opts);
    });
}

} // namespace maskaudit_benchmarks
