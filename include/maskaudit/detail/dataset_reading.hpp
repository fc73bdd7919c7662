#pragma once

// One file of labels or of probabilities, whichever format it is in.

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/png_labels.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

namespace maskaudit::detail {

// In small letters, so that .PNG is .png.
inline std::string extension_of(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return extension;
}

// (K, S...)
inline extents with_classes(std::size_t num_classes, extents shape) {
    shape.insert(shape.begin(), num_classes);
    return shape;
}

inline npy_view open_npy_labels(const std::filesystem::path& path) {
    npy_view view(path);
    if (view.type().kind == npy_kind::floating)
        throw file_error(path, "labels of an integer type or bool", "elements of type " + to_string(view.type()));
    if (view.shape().empty())
        throw file_error(path, "labels of shape (H, W), or of other axes of an image", "shape ()");
    return view;
}

inline npy_view open_pred_probs(const std::filesystem::path& path) {
    npy_view view(path);
    const npy_type type = view.type();
    const bool is_fixed_point = type.kind == npy_kind::unsigned_integer && type.size <= sizeof(std::uint16_t);
    if (type.kind != npy_kind::floating && !is_fixed_point)
        throw file_error(path, "probabilities of type float16, float32, float64, uint8 or uint16",
                         "elements of type " + to_string(type));
    if (view.shape().size() < 2)
        throw file_error(path, "probabilities of shape (K, H, W), or (K, ...) for other axes of an image",
                         "shape " + to_text(view.shape()));
    if (view.shape()[0] < 1 || view.shape()[0] > max_classes)
        throw file_error(path, "probabilities of shape (K, ...) with K from 1 to " + std::to_string(max_classes),
                         "shape " + to_text(view.shape()));
    return view;
}

inline extents label_shape(const std::filesystem::path& path) {
    return extension_of(path) == ".npy" ? open_npy_labels(path).shape() : png_labels(path).shape();
}

// A file may be replaced between the check of all and its turn.
inline void require_unchanged(const std::filesystem::path& path, const extents& before, const extents& now) {
    if (now != before)
        throw file_error(path, "shape " + to_text(before) + ", as when the dataset was opened",
                         "shape " + to_text(now));
}

// Every type but one fits: converting a std::uint64_t could turn a large label into an ignored -1.
inline xt::xarray<std::int64_t> read_npy_labels(const npy_view& view, std::size_t n) {
    if (view.type().kind == npy_kind::unsigned_integer && view.type().size == sizeof(std::uint64_t)) {
        constexpr auto most = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
        const xt::xarray<std::uint64_t> labels = view.read<std::uint64_t>();
        const auto begin = labels.begin<xt::layout_type::row_major>();
        const auto end = labels.end<xt::layout_type::row_major>();
        const auto large = std::find_if(begin, end, [](std::uint64_t label) { return label > most; });
        if (large != end)
            throw data_error("labels", {n, unravel(static_cast<std::size_t>(large - begin), view.shape())},
                             std::to_string(*large), "must be at most " + std::to_string(most));
    }
    return view.read<std::int64_t>();
}

inline xt::xarray<std::int64_t> read_labels(const std::filesystem::path& path, const extents& shape, std::size_t n) {
    if (extension_of(path) == ".npy") {
        const npy_view view = open_npy_labels(path);
        require_unchanged(path, shape, view.shape());
        return read_npy_labels(view, n);
    }
    png_labels file(path);
    require_unchanged(path, shape, file.shape()); // before anything of its size is allocated
    return file.read();
}

} // namespace maskaudit::detail
