#pragma once

#include "arrays.hpp"
#include "call.hpp"

#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <limits>
#include <pybind11/stl.h>
#include <tuple>
#include <utility>
#include <vector>

// The functions over whole arrays. Their arguments have been brought into form by the Python side, which documents
// them.

namespace maskaudit_python {

inline maskaudit::confident_learning confident(std::size_t downsample, bool majority) {
    return {.downsample = downsample,
            .labels = majority ? maskaudit::downsample_labels::majority : maskaudit::downsample_labels::mean};
}

/// Image and pixel scores by any method, written straight into arrays of numpy.
template <class Method>
py::tuple quality_scores(const py::array& labels, const py::array& pred_probs, const Method& method,
                         const maskaudit::options& options, const py::object& report) {
    const labels_and_pred_probs data(labels, pred_probs);
    // Shapes that do not fit are for the library to refuse, though these arrays are made before it is asked.
    const shape_type shape = shape_of(labels);
    const std::size_t num_images = shape.empty() ? 0 : shape[0];
    py::array_t<double> image_scores(static_cast<py::ssize_t>(num_images));
    const bool is_double = type_name(pred_probs) == "f8";
    const py::array pixel_scores(is_double ? py::dtype::of<double>() : py::dtype::of<float>(), shape);
    auto images = xt::adapt(image_scores.mutable_data(), num_images, xt::no_ownership(), std::array{num_images});
    void* const pixels = py::array(pixel_scores).mutable_data();
    const auto size = static_cast<std::size_t>(pixel_scores.size());
    call(options, report, [&](const maskaudit::options& opts) {
        data.visit([&]<class Labels, class PredProbs>(const Labels& given, const PredProbs& probs) {
            using score = std::conditional_t<std::is_same_v<typename PredProbs::value_type, double>, double, float>;
            maskaudit::get_label_quality_scores_to(
                images, xt::adapt(static_cast<score*>(pixels), size, xt::no_ownership(), shape), given, probs, method,
                opts);
        });
    });
    return py::make_tuple(image_scores, pixel_scores);
}

inline py::tuple softmin_scores(const py::array& labels, const py::array& pred_probs, double temperature,
                                const maskaudit::options& options, const py::object& report) {
    return quality_scores(labels, pred_probs, maskaudit::softmin{temperature}, options, report);
}

inline py::tuple num_pixel_issues_scores(const py::array& labels, const py::array& pred_probs, std::size_t downsample,
                                         bool majority, const maskaudit::options& options, const py::object& report) {
    return quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{confident(downsample, majority)}, options,
                          report);
}

inline py::array find_label_issues(const py::array& labels, const py::array& pred_probs, std::size_t downsample,
                                   bool majority, const maskaudit::options& options, const py::object& report) {
    const labels_and_pred_probs data(labels, pred_probs);
    return to_numpy(call(options, report, [&](const maskaudit::options& opts) {
        return data.visit([&](const auto& given, const auto& probs) -> xt::xarray<bool> {
            return maskaudit::find_label_issues(given, probs, confident(downsample, majority), opts);
        });
    }));
}

/// Rows of given class, predicted class and pixels.
using swap_rows = std::vector<std::tuple<std::size_t, std::size_t, std::size_t>>;

inline swap_rows to_rows(const std::vector<maskaudit::label_swap>& swaps) {
    swap_rows rows;
    rows.reserve(swaps.size());
    for (const maskaudit::label_swap& swap : swaps)
        rows.emplace_back(swap.given_label, swap.predicted_label, swap.num_pixel_issues);
    return rows;
}

inline maskaudit::summary_options all_rows_but(std::vector<std::size_t> exclude) {
    return {.exclude = std::move(exclude), .top = std::numeric_limits<std::size_t>::max()};
}

inline swap_rows common_label_issues(const py::array& issues, const py::array& labels, const py::array& pred_probs,
                                     std::vector<std::size_t> exclude, const maskaudit::options& options,
                                     const py::object& report) {
    const labels_and_pred_probs data(labels, pred_probs);
    const auto mask = over<bool>(issues);
    const maskaudit::summary_options summary = all_rows_but(std::move(exclude));
    return to_rows(call(options, report, [&](const maskaudit::options& opts) {
        return data.visit([&](const auto& given, const auto& probs) {
            return maskaudit::common_label_issues(mask, given, probs, summary, opts);
        });
    }));
}

inline py::array filter_by_class(std::size_t class_index, const py::array& issues, const py::array& labels,
                                 const py::array& pred_probs, const maskaudit::options& options) {
    const labels_and_pred_probs data(labels, pred_probs);
    const auto mask = over<bool>(issues);
    return to_numpy(call(options, py::none(), [&](const maskaudit::options& opts) {
        return data.visit([&](const auto& given, const auto& probs) -> xt::xarray<bool> {
            return maskaudit::filter_by_class(class_index, mask, given, probs, opts);
        });
    }));
}

/// Scores of pixels are float32 or float64.
inline py::array pixels_below(const py::array_t<double>& image_scores, const py::array& pixel_scores,
                              double threshold) {
    const auto images = over<double>(image_scores);
    const auto find = [&](const auto& pixels) -> xt::xarray<bool> {
        const py::gil_scoped_release release;
        return maskaudit::issues_from_scores(images, pixels, threshold);
    };
    if (type_name(pixel_scores) == "f4") return to_numpy(find(over<float>(pixel_scores)));
    return to_numpy(find(over<double>(pixel_scores)));
}

inline py::array images_below(const py::array_t<double>& image_scores, double threshold, bool cleanlab_2_9) {
    const xt::xtensor<std::size_t, 1> found =
        maskaudit::issues_from_scores(over<double>(image_scores), threshold,
                                      cleanlab_2_9 ? maskaudit::cutoff::cleanlab_2_9 : maskaudit::cutoff::below);
    return to_numpy(xt::xtensor<std::int64_t, 1>(xt::cast<std::int64_t>(found))); // what numpy's indices are of
}

} // namespace maskaudit_python
