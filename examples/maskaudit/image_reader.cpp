#include "image_reader.hpp"

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

} // namespace

std::size_t count_of(const std::vector<std::size_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

std::vector<std::ptrdiff_t> dense_strides(const std::vector<std::size_t>& shape) {
    std::vector<std::ptrdiff_t> strides(shape.size());
    std::ptrdiff_t stride = 1;
    for (std::size_t axis = shape.size(); axis-- > 0; stride *= static_cast<std::ptrdiff_t>(shape[axis]))
        strides[axis] = stride;
    return strides;
}

template <class T>
image_reader<T>::image_reader(npy_view file, file_content content)
    : file_(std::move(file)), content_(content),
      shape_(file_.shape().begin() + (content == file_content::images ? 1 : 0), file_.shape().end()) {
    if (file_.holds<T>()) {
        const auto all = file_.as<T>();
        if (content == file_content::images) image_stride_ = all.strides()[0];
        strides_.assign(all.strides().end() - static_cast<std::ptrdiff_t>(shape_.size()), all.strides().end());
        return;
    }
    strides_ = dense_strides(shape_);
    converted_.resize(count_of(shape_));
}

template <class T>
const T* image_reader<T>::load(std::size_t n) {
    if (file_.holds<T>()) return file_.as<T>().data() + static_cast<std::ptrdiff_t>(n) * image_stride_;
    const auto convert = [&](const auto& image) {
        using stored = typename std::decay_t<decltype(image)>::value_type;
        if constexpr (is_read_as<stored, T>())
            std::transform(image.template begin<xt::layout_type::row_major>(),
                           image.template end<xt::layout_type::row_major>(), converted_.begin(),
                           [](stored value) { return static_cast<T>(value); });
    };
    file_.visit([&](const auto& all) {
        if (content_ == file_content::one_image)
            convert(all);
        else
            convert(xt::view(all, n));
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

probability_reader read_probabilities(const npy_view& file, file_content content) {
    const maskaudit::npy_type type = file.type();
    const bool is_unsigned = type.kind == npy_kind::unsigned_integer;
    if (type.kind == npy_kind::floating && type.size == sizeof(double)) return image_reader<double>(file, content);
    if (type.kind == npy_kind::floating && type.size == sizeof(float)) return image_reader<float>(file, content);
    if (type.kind == npy_kind::floating) return image_reader<xtl::half_float>(file, content);
    if (is_unsigned && type.size == 1) return image_reader<std::uint8_t>(file, content);
    if (is_unsigned && type.size == 2) return image_reader<std::uint16_t>(file, content);
    throw file_error(file.path(),
                     "class probabilities of a floating type, or of uint8 or uint16 as fractions of 255 or 65535",
                     "elements of type " + to_string(type));
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

template class image_reader<std::uint8_t>;
template class image_reader<std::int64_t>;
template class image_reader<std::uint64_t>;
template class image_reader<float>;
template class image_reader<double>;
template class image_reader<xtl::half_float>;
template class image_reader<std::uint16_t>;

} // namespace maskaudit_program
