#include "issue_masks.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"

#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <png.h>
#include <system_error>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

/// Whether an image can be a PNG file.
bool is_picture(const std::vector<std::size_t>& shape) {
    constexpr std::size_t most = 1'000'000; // libpng's limit
    return shape.size() == 2 &&
           std::all_of(shape.begin(), shape.end(), [](std::size_t extent) { return extent > 0 && extent <= most; });
}

/// 255 where there is an issue, otherwise 0.
void write_png(const fs::path& path, const xt::xarray<bool>& mask) {
    std::vector<png_byte> pixels(mask.size());
    std::transform(mask.begin(), mask.end(), pixels.begin(),
                   [](bool issue) { return static_cast<png_byte>(issue ? 255 : 0); });
    png_image image;
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.height = static_cast<png_uint_32>(mask.shape()[0]);
    image.width = static_cast<png_uint_32>(mask.shape()[1]);
    image.format = PNG_FORMAT_GRAY;
    image.flags = PNG_IMAGE_FLAG_FAST; // masks are simple
    errno = 0;                         // libpng does not tell why a part could not be written
    if (png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) == 0)
        throw maskaudit::file_error(path, "a PNG file that can be written",
                                    errno == 0 ? image.message : std::system_category().message(errno));
}

} // namespace

issue_masks::issue_masks(staged_folder& folder, const image_set& images) {
    if (!images.has_names()) {
        paths_.push_back(folder.add("issues.npy"));
        return;
    }
    for (std::size_t n = 0; n < images.num_images(); ++n) {
        paths_.push_back(folder.add("issues/" + images.name(n) + (is_picture(images.shape(n)) ? ".png" : ".npy")));
    }
}

void issue_masks::write(const maskaudit::inspection& found, const audit_inputs& inputs, bool quiet,
                        const ranks& group) const {
    const image_set& images = *inputs.images;
    group.on_first([&] {
        if (!images.has_names()) maskaudit::create_npy<bool>(paths_.front(), images.labels_facts().shape);
    });
    group.together([&] { write_own(found, inputs, quiet); });
}

void issue_masks::write_own(const maskaudit::inspection& found, const audit_inputs& inputs, bool quiet) const {
    const image_set& images = *inputs.images;
    const image_range& own = inputs.own;
    std::optional<maskaudit::npy_writer<bool>> array;
    if (const std::vector<std::size_t> shape = images.labels_facts().shape; !images.has_names())
        array.emplace(paths_.front(), shape, part_of(shape, own));
    progress_bar progress("writing issues", own.size(), quiet);
    for (std::size_t n = own.first; n < own.end; ++n) {
        throw_if_interrupted();
        const xt::xarray<bool> mask = found.issues(n - own.first);
        if (array)
            array->append(mask);
        else if (is_picture(images.shape(n)))
            write_png(paths_[n], mask);
        else
            maskaudit::write_npy(paths_[n], mask);
        progress.advance(mask.size());
    }
    if (array) array->finish();
}

} // namespace maskaudit_program
