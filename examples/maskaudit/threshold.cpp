#include "threshold.hpp"

#include "image_reader.hpp"
#include "interrupt.hpp"
#include "progress_bar.hpp"
#include "staged_folder.hpp"
#include "streams.hpp"
#include "table.hpp"
#include "unreadable_memory.hpp"

#include <fmt/format.h>
#include <maskaudit/npy.hpp>
#include <maskaudit/rank.hpp>

#include <algorithm>

namespace maskaudit_program {
namespace {

using maskaudit::data_error;
using maskaudit::file_error;

xt::xarray<double> read_image_scores(const std::filesystem::path& path) {
    const score_reader reader = open_scores(path, "scores of images");
    const maskaudit::npy_view& file = file_of(reader);
    if (file.shape().size() != 1)
        throw file_error(path, "scores of images, shape (N,)", "shape " + shape_text(file.shape()));
    return file.read<double>();
}

/// The library knows the place, but neither the file nor, as it sees one image at a time, its number.
[[noreturn]] void refuse_nan(const std::filesystem::path& path, maskaudit::data_place place, std::size_t image) {
    place.image = image;
    throw data_error(path.string(), place, "NaN", "must be a score");
}

xt::xtensor<std::size_t, 1> low_images(const std::filesystem::path& path, const xt::xarray<double>& image_scores,
                                       double threshold) {
    try {
        return maskaudit::issues_from_scores(image_scores, threshold);
    } catch (const data_error& error) {
        refuse_nan(path, error.place(), error.place().image);
    }
}

/// The mask (1, S...) of an image.
template <class T>
auto low_pixels(image_reader<T>& pixel_scores, std::size_t n, double threshold) {
    static const xt::xtensor<double, 1> no_image_score{1.0}; // those have been looked at before
    try {
        return maskaudit::issues_from_scores(no_image_score, pixel_scores.only_image(n), threshold);
    } catch (const data_error& error) {
        refuse_nan(pixel_scores.file().path(), error.place(), n);
    }
}

struct pixel_count {
    std::uint64_t below = 0, all = 0;
    std::size_t images = 0; ///< with a pixel below
};

/// Writes the mask image by image, so that memory holds one at a time.
template <class T>
pixel_count write_mask(const std::filesystem::path& path, image_reader<T>& pixel_scores, double threshold, bool quiet) {
    const std::vector<std::size_t>& shape = pixel_scores.file().shape();
    pixel_count count{.all = pixel_scores.file().size()};
    maskaudit::npy_writer<bool> writer(path, shape);
    progress_bar progress("looking at scores", shape[0], quiet);
    for (std::size_t n = 0; n < shape[0]; ++n) {
        throw_if_interrupted();
        const auto mask = low_pixels(pixel_scores, n, threshold);
        const auto below = static_cast<std::uint64_t>(std::count(mask.begin(), mask.end(), true));
        count.below += below;
        count.images += below > 0 ? 1 : 0;
        if (unreadable_memory() != nullptr) refuse_unreadable(pixel_scores.file().path());
        writer.append(mask);
        progress.advance(mask.size());
    }
    writer.finish();
    return count;
}

/// Writes the mask to `out`; returns how many pixels it marks, in words.
std::string mark_pixels(const std::filesystem::path& out, const std::filesystem::path& scores, std::size_t num_images,
                        const threshold_options& options) {
    score_reader pixel_scores = open_scores(scores, "scores of pixels");
    const std::vector<std::size_t>& shape = file_of(pixel_scores).shape();
    if (shape.size() < 2 || shape[0] != num_images)
        throw file_error(
            scores,
            fmt::format("scores of pixels, shape ({}, H, W) to fit {}", num_images, options.image_scores.string()),
            "shape " + shape_text(shape));
    const pixel_count count = std::visit(
        [&](auto& reader) { return write_mask(out, reader, options.threshold, options.quiet); }, pixel_scores);
    return fmt::format("{} of {} below {} ({}), in {} of {}", grouped(count.below), counted(count.all, "pixel"),
                       options.threshold, percent(count.below, count.all), grouped(count.images),
                       counted(num_images, "image"));
}

} // namespace

void run(const threshold_options& options) {
    const xt::xarray<double> image_scores = read_image_scores(options.image_scores);
    const auto images = low_images(options.image_scores, image_scores, options.threshold);

    std::vector<std::filesystem::path> inputs{options.image_scores};
    if (options.pixel_scores) inputs.push_back(*options.pixel_scores);
    const std::filesystem::path parent = options.out.parent_path();
    staged_folder folder(parent.empty() ? "." : parent, inputs);
    const std::filesystem::path path = folder.add(options.out.filename());
    std::string text;
    if (options.pixel_scores) {
        text = mark_pixels(path, *options.pixel_scores, image_scores.size(), options);
    } else {
        maskaudit::write_npy(path, images);
        text = fmt::format("{} of {} below {}", grouped(images.size()), counted(image_scores.size(), "image"),
                           options.threshold);
    }
    folder.commit();
    if (!options.quiet) print(fmt::format("{}: {}\n", options.out.string(), text));
}

} // namespace maskaudit_program
