#pragma once

#include <maskaudit/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Images in .npy files, as few types as will do.

namespace maskaudit_program {

std::size_t count_of(const std::vector<std::size_t>& shape); ///< of pixels

/// An image in memory of somebody else, whether in a mapped file or in a buffer: one type for both, so that whatever is
/// done with images is compiled once.
template <class T>
auto adapt_image(const T* data, std::vector<std::size_t> shape, std::vector<std::ptrdiff_t> strides) {
    const std::size_t size = count_of(shape);
    return xt::adapt(data, size, xt::no_ownership(), std::move(shape), std::move(strides));
}

template <class T>
using image_in_memory = decltype(adapt_image<T>(nullptr, {}, {}));

/// The strides of an image without gaps, row by row.
std::vector<std::ptrdiff_t> dense_strides(const std::vector<std::size_t>& shape);

/// What a file holds.
enum class file_content { images, one_image };

/// The images along the first axis of a file, or the one that it is: in place where it holds T, otherwise converted one
/// at a time.
template <class T>
class image_reader {
public:
    using value_type = T;

    explicit image_reader(maskaudit::npy_view file, file_content content = file_content::images);

    const maskaudit::npy_view& file() const { return file_; }
    const std::vector<std::size_t>& image_shape() const { return shape_; }

    /// Image n, of shape (S...); valid until the next one is asked for.
    auto image(std::size_t n) { return adapt_image(load(n), shape_, strides_); }

    /// The same as a data set of one image, of shape (1, S...).
    auto only_image(std::size_t n) {
        std::vector<std::size_t> shape = shape_;
        std::vector<std::ptrdiff_t> strides = strides_;
        shape.insert(shape.begin(), 1);
        strides.insert(strides.begin(), 0);
        return adapt_image(load(n), std::move(shape), std::move(strides));
    }

private:
    const T* load(std::size_t n);

    maskaudit::npy_view file_;
    file_content content_;
    std::vector<std::size_t> shape_;
    std::ptrdiff_t image_stride_ = 0;
    std::vector<std::ptrdiff_t> strides_{};
    std::vector<T> converted_{};
};

/// Any integer type fits one of these without loss; most masks are of one of the first two.
using label_reader = std::variant<image_reader<std::uint8_t>, image_reader<std::int64_t>, image_reader<std::uint64_t>>;
using score_reader = std::variant<image_reader<float>, image_reader<double>>;
using probability_reader = std::variant<image_reader<float>, image_reader<double>, image_reader<xtl::half_float>,
                                        image_reader<std::uint8_t>, image_reader<std::uint16_t>>;

/// \throws maskaudit::file_error  unless the file holds integers or bool along at least two axes
label_reader open_labels(const std::filesystem::path& path);

/// \param name  what the file should hold, for messages: "scores of pixels"
/// \throws maskaudit::file_error  unless the file holds floats along at least one axis
score_reader open_scores(const std::filesystem::path& path, const std::string& name);

/// \throws maskaudit::file_error  unless the file holds floats, or unsigned integers of 8 or 16 bits: fixed point
probability_reader read_probabilities(const maskaudit::npy_view& file, file_content content = file_content::images);

inline const maskaudit::npy_view& file_of(const auto& reader) {
    return std::visit([](const auto& images) -> const maskaudit::npy_view& { return images.file(); }, reader);
}

void file_of(const auto&& reader) = delete; // the view would go with it

/// A shape as numpy writes it: (10, 180, 240), or (10,).
std::string shape_text(const std::vector<std::size_t>& shape);

} // namespace maskaudit_program
