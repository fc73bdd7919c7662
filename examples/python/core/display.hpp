#pragma once

#include "arrays.hpp"
#include "call.hpp"

#include <maskaudit/display.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit_python {

/// Photos (N, H, W, 3) of uint8; read without the lock of the interpreter.
inline maskaudit::picture_source picture_source_over(const std::optional<py::array>& photos, std::size_t images) {
    if (!photos) return {};
    const auto memory = over<std::uint8_t>(*photos);
    if (type_name(*photos) != "u1" || memory.dimension() != 4 || memory.shape()[3] != 3 || memory.shape()[0] != images)
        throw std::invalid_argument("images must be uint8 of shape (N, H, W, 3), with N = " + std::to_string(images));
    return [memory](std::size_t n) -> maskaudit::picture { return xt::view(memory, n); };
}

inline maskaudit::display_options display_options(std::size_t top, std::vector<std::string> class_names,
                                                  const std::optional<py::array>& photos, const py::array& labels) {
    const std::size_t images = labels.ndim() == 0 ? 0 : static_cast<std::size_t>(labels.shape(0));
    return {.top = top, .class_names = std::move(class_names), .pictures = picture_source_over(photos, images)};
}

/// Pictures, those of the most issue pixels first.
inline py::list draw_issues(const py::array& issues, const py::array& labels, const py::array& pred_probs,
                            const maskaudit::display_options& display, const maskaudit::options& options,
                            const py::object& report) {
    const labels_and_pred_probs data(labels, pred_probs);
    const auto mask = over<bool>(issues);
    auto drawn = call(options, report, [&](const maskaudit::options& opts) {
        return data.visit([&](const auto& given, const auto& probs) {
            return maskaudit::display_issues(mask, given, probs, display, opts);
        });
    });
    py::list pictures;
    for (auto& image : drawn)
        pictures.append(to_numpy(std::move(image.panels)));
    return pictures;
}

/// The same into files, whose paths are returned as bytes: they need not be UTF-8.
inline py::list write_issues(const std::string& folder, const py::array& issues, const py::array& labels,
                             const py::array& pred_probs, const maskaudit::display_options& display,
                             const maskaudit::options& options, const py::object& report) {
    const labels_and_pred_probs data(labels, pred_probs);
    const auto mask = over<bool>(issues);
    const auto written = call(options, report, [&](const maskaudit::options& opts) {
        return data.visit([&](const auto& given, const auto& probs) {
            return maskaudit::display_issues(folder, mask, given, probs, display, opts);
        });
    });
    py::list paths;
    for (const std::filesystem::path& path : written)
        paths.append(py::bytes(path.string()));
    return paths;
}

/// One image, of which labels or predictions may be missing, which is -1 everywhere.
inline py::array draw_panels(const py::array_t<bool>& issues, const py::array_t<std::int32_t>& given,
                             const py::array_t<std::int32_t>& predicted, const std::optional<py::array>& photo,
                             const std::vector<std::string>& class_names) {
    for (const py::array& layer : {py::array(issues), py::array(given), py::array(predicted)})
        if (layer.ndim() != 2) throw std::invalid_argument("only images of two axes, (H, W), can be drawn");
    maskaudit::image_layers layers{
        .given = over<std::int32_t>(given), .predicted = over<std::int32_t>(predicted), .issues = over<bool>(issues)};
    if (photo) {
        if (type_name(*photo) != "u1" || photo->ndim() != 3 || photo->shape(2) != 3)
            throw std::invalid_argument("an image must be uint8 of shape (H, W, 3)");
        layers.photo = over<std::uint8_t>(*photo);
    }
    return to_numpy([&] {
        const py::gil_scoped_release release;
        return maskaudit::draw_panels(layers, class_names);
    }());
}

/// \param pixels  (H, W, 3), as draw_panels returns it
inline void write_png(const std::string& path, const py::array_t<std::uint8_t>& pixels) {
    if (pixels.ndim() != 3) throw std::invalid_argument("a picture must have shape (H, W, 3)");
    const maskaudit::picture picture = over<std::uint8_t>(pixels);
    const py::gil_scoped_release release;
    maskaudit::write_png(path, picture);
}

} // namespace maskaudit_python
