#include "pictures.hpp"

#include <fmt/format.h>
#include <maskaudit/display.hpp>
#include <maskaudit/npy.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;
using maskaudit::file_error;

class picture_files : public picture_set {
public:
    explicit picture_files(std::vector<fs::path> paths) : paths_(std::move(paths)) {}

    fs::path path(std::size_t n) const override { return paths_[n]; }
    bool has_files() const override { return true; }
    bool has(const void*) const override { return false; }
    maskaudit::picture read(std::size_t n) const override { return maskaudit::read_picture(paths_[n]); }

private:
    std::vector<fs::path> paths_;
};

/// The files of images that have names; the folder has been looked through with those of the labels.
std::unique_ptr<picture_set> named_files(const image_set& images) {
    std::vector<fs::path> paths;
    for (std::size_t n = 0; n < images.num_images(); ++n)
        paths.push_back(images.picture_path(n));
    return std::make_unique<picture_files>(std::move(paths));
}

bool is_picture(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// Whether a name comes before another, numbers in them compared as numbers: 2.png before 10.png.
bool comes_before(std::string_view a, std::string_view b) {
    const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    const auto take_number = [&](std::string_view& text) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
        std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        text.remove_prefix(digits.size());
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        return std::pair(digits.size(), digits);
    };
    for (const std::string_view whole_a = a, whole_b = b;;) {
        if (a.empty() || b.empty()) return a.empty() && b.empty() ? whole_a < whole_b : a.empty();
        if (is_digit(a.front()) && is_digit(b.front())) {
            const auto number_a = take_number(a), number_b = take_number(b);
            if (number_a != number_b) return number_a < number_b;
        } else {
            if (a.front() != b.front()) return a.front() < b.front();
            a.remove_prefix(1);
            b.remove_prefix(1);
        }
    }
}

/// Files of images that are one array: as many, in the order of their names.
std::unique_ptr<picture_set> sorted_files(const fs::path& folder, const image_set& images) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (!entry->path().filename().string().starts_with('.') && is_picture(entry->path()))
            paths.push_back(entry->path());
    if (error) throw file_error(folder, "a folder of pictures", error.message());
    if (paths.size() != images.num_images())
        throw file_error(folder, fmt::format("{} pictures, .png or .jpg, one an image", images.num_images()),
                         fmt::format("{} of them", paths.size()));
    std::sort(paths.begin(), paths.end(), [](const fs::path& a, const fs::path& b) {
        return comes_before(a.filename().string(), b.filename().string());
    });
    return std::make_unique<picture_files>(std::move(paths));
}

/// All pictures in one file, (N, H, W, 3) or (N, H, W).
class picture_array : public picture_set {
public:
    picture_array(const fs::path& path, const image_set& images) : file_(path) {
        const maskaudit::npy_type type = file_.type();
        if (type.kind != maskaudit::npy_kind::unsigned_integer || type.size != 1)
            throw file_error(path, "pictures of uint8", "elements of type " + to_string(type));
        const std::vector<std::size_t>& shape = file_.shape();
        constexpr std::size_t colors = 3;
        is_grey_ = shape.size() == 3;
        if (!is_grey_ && (shape.size() != 4 || shape[3] != colors))
            throw file_error(path, "pictures of shape (N, H, W, 3) or (N, H, W)", "shape " + shape_text(shape));
        if (shape[0] != images.num_images())
            throw file_error(path, fmt::format("{} pictures, one an image", images.num_images()),
                             "shape " + shape_text(shape));
        const std::vector<std::size_t> size{shape[1], shape[2]};
        for (std::size_t n = 0; n < images.num_images(); ++n)
            if (images.shape(n) != size)
                throw file_error(path,
                                 fmt::format("pictures of the size of their labels, {} in {}",
                                             shape_text(images.shape(n)), images.labels_path(n).string()),
                                 shape_text(size));
    }

    fs::path path(std::size_t) const override { return file_.path(); }
    bool has_files() const override { return false; }
    bool has(const void* address) const override { return is_within(address, file_); }

    maskaudit::picture read(std::size_t n) const override {
        const auto all = file_.as<std::uint8_t>();
        if (!is_grey_) return xt::view(all, n);
        const auto grey = xt::view(all, n, xt::all(), xt::all(), xt::newaxis());
        return xt::broadcast(grey, std::vector<std::size_t>{file_.shape()[1], file_.shape()[2], 3});
    }

private:
    maskaudit::npy_view file_;
    bool is_grey_ = false;
};

} // namespace

std::unique_ptr<picture_set> open_pictures(const audit_options& options, const image_set& images) {
    if (!options.images) return nullptr;
    std::error_code ignored;
    if (!fs::is_directory(*options.images, ignored)) return std::make_unique<picture_array>(*options.images, images);
    return images.has_names() ? named_files(images) : sorted_files(*options.images, images);
}

} // namespace maskaudit_program
