#include "inputs.hpp"

#include "text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>

namespace maskaudit_program {
namespace {

using maskaudit::file_error;
using maskaudit::npy_kind;
using maskaudit::npy_view;

std::size_t count_of(const std::vector<std::size_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

/// Whether files of Stored are read as Read. Only these pairs are compiled.
template <class Stored, class Read>
constexpr bool is_read_as() {
    if (std::is_same_v<Read, float>) return std::is_same_v<Stored, float> || std::is_same_v<Stored, xtl::half_float>;
    if (std::is_same_v<Read, std::uint8_t>) return std::is_same_v<Stored, bool> || std::is_same_v<Stored, std::uint8_t>;
    if (std::is_same_v<Read, std::int64_t>)
        return std::is_integral_v<Stored> && !is_read_as<Stored, std::uint8_t>() &&
               !std::is_same_v<Stored, std::uint64_t>;
    return std::is_same_v<Read, Stored>;
}

void require_fitting(const npy_view& labels, const npy_view& pred_probs) {
    const std::vector<std::size_t>& given = labels.shape();
    const std::vector<std::size_t>& found = pred_probs.shape();
    const std::string expected = fmt::format("shape ({}, K, {}) to fit {}", given[0],
                                             fmt::join(given.begin() + 1, given.end(), ", "), labels.path().string());
    std::vector<std::size_t> without_second = found;
    if (found.size() > 1) without_second.erase(without_second.begin() + 1);
    if (without_second != given) {
        const bool classes_last = std::vector(found.begin(), found.end() - 1) == given;
        const char* const hint = ", with the classes last: numpy.moveaxis(p, -1, 1) puts them in place";
        throw file_error(pred_probs.path(), expected, "shape " + shape_text(found) + (classes_last ? hint : ""));
    }
    if (found[1] == 0)
        throw file_error(pred_probs.path(), expected + " with K of at least 1", "shape " + shape_text(found));
}

/// The names of the classes, one a line.
std::vector<std::string> read_class_names(const std::filesystem::path& path, std::size_t num_classes) {
    std::vector<std::string> names = read_lines(path);
    const std::string expected = fmt::format("{} names of classes, one a line", num_classes);
    for (std::string& name : names) {
        name.erase(name.find_last_not_of(" \t") + 1);
        if (name.empty()) throw file_error(path, expected, fmt::format("line {} empty", &name - names.data() + 1));
    }
    if (names.size() != num_classes) throw file_error(path, expected, fmt::format("{} lines", names.size()));
    return names;
}

} // namespace

template <class T>
image_reader<T>::image_reader(npy_view file) : file_(std::move(file)) {
    if (file_.holds<T>()) {
        const auto all = file_.as<T>();
        image_stride_ = all.strides()[0];
        strides_.assign(all.strides().begin() + 1, all.strides().end());
        return;
    }
    const std::vector<std::size_t> shape = image_shape();
    strides_.resize(shape.size());
    std::ptrdiff_t stride = 1;
    for (std::size_t axis = shape.size(); axis-- > 0; stride *= static_cast<std::ptrdiff_t>(shape[axis]))
        strides_[axis] = stride;
    converted_.resize(count_of(shape));
}

template <class T>
const T* image_reader<T>::load(std::size_t n) {
    if (file_.holds<T>()) return file_.as<T>().data() + static_cast<std::ptrdiff_t>(n) * image_stride_;
    file_.visit([&](const auto& all) {
        using stored = typename std::decay_t<decltype(all)>::value_type;
        if constexpr (is_read_as<stored, T>()) {
            const auto image = xt::view(all, n);
            std::transform(image.template begin<xt::layout_type::row_major>(),
                           image.template end<xt::layout_type::row_major>(), converted_.begin(),
                           [](stored value) { return static_cast<T>(value); });
        }
    });
    return converted_.data();
}

label_reader open_labels(const std::filesystem::path& path) {
    const npy_view file(path);
    const maskaudit::npy_type type = file.type();
    if (type.kind == npy_kind::floating)
        throw file_error(path, "labels of an integer type", "elements of type " + to_string(type));
    if (file.shape().size() < 2)
        throw file_error(path, "labels of shape (N, H, W), or another with images first",
                         "shape " + shape_text(file.shape()));
    const bool is_unsigned = type.kind == npy_kind::unsigned_integer;
    if (type.kind == npy_kind::boolean || (is_unsigned && type.size == sizeof(std::uint8_t)))
        return image_reader<std::uint8_t>(file);
    if (is_unsigned && type.size == sizeof(std::uint64_t)) return image_reader<std::uint64_t>(file);
    return image_reader<std::int64_t>(file);
}

score_reader open_scores(const std::filesystem::path& path, const std::string& name) {
    const npy_view file(path);
    if (file.type().kind != npy_kind::floating)
        throw file_error(path, name + " of a floating type", "elements of type " + to_string(file.type()));
    if (file.shape().empty()) throw file_error(path, name + " along at least one axis", "shape ()");
    if (file.type().size == sizeof(double)) return image_reader<double>(file);
    return image_reader<float>(file);
}

probability_reader open_probabilities(const std::filesystem::path& path) {
    const npy_view file(path);
    const maskaudit::npy_type type = file.type();
    if (type.kind == npy_kind::floating && type.size == sizeof(double)) return image_reader<double>(file);
    if (type.kind == npy_kind::floating && type.size == sizeof(float)) return image_reader<float>(file);
    if (type.kind == npy_kind::floating) return image_reader<xtl::half_float>(file);
    if (type.kind == npy_kind::unsigned_integer && type.size == 1) return image_reader<std::uint8_t>(file);
    if (type.kind == npy_kind::unsigned_integer && type.size == 2) return image_reader<std::uint16_t>(file);
    throw file_error(path, "class probabilities of a floating type, or of uint8 or uint16 as fractions of 255 or 65535",
                     "elements of type " + to_string(type));
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

std::vector<std::size_t> audit_inputs::image_shape() const {
    return std::visit([](const auto& images) { return images.image_shape(); }, labels);
}

std::size_t audit_inputs::image_pixels() const { return count_of(image_shape()); }

audit_inputs open_inputs(const audit_options& options) {
    audit_inputs inputs{open_labels(options.labels), open_probabilities(options.pred_probs)};
    require_fitting(file_of(inputs.labels), file_of(inputs.pred_probs));
    const std::vector<std::size_t> image = inputs.image_shape();
    if (std::any_of(image.begin(), image.end(), [&](std::size_t extent) { return extent % options.downsample != 0; }))
        throw file_error(options.labels, fmt::format("images that --downsample {} divides", options.downsample),
                         "images of shape " + shape_text(image));
    if (options.classes) inputs.class_names = read_class_names(*options.classes, inputs.num_classes());
    return inputs;
}

template class image_reader<std::uint8_t>;
template class image_reader<std::int64_t>;
template class image_reader<std::uint64_t>;
template class image_reader<float>;
template class image_reader<double>;
template class image_reader<xtl::half_float>;
template class image_reader<std::uint16_t>;

} // namespace maskaudit_program
