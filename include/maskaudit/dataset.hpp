/// \file
/// Data sets kept as folders with a file an image: labels as PNG or .npy, probabilities as .npy, pictures as they are.
///
/// | name              | what it is                                                       |
/// |-------------------|------------------------------------------------------------------|
/// | `dataset`         | the images of two folders, paired by name and checked            |
/// | `dataset_folders` | where they are                                                   |
/// | `label_map`       | raw ids turned into classes (label_map.hpp, included here)       |
/// | `label_form`      | which labels a file can hold (label_form.hpp, included here)     |
///
/// \code
/// const maskaudit::dataset data({.labels = "labels", .pred_probs = "pred_probs"});
/// maskaudit::label_inspector inspector(data.num_classes(), {.ignore_label = 255});
/// for (std::size_t n = 0; n < data.num_images(); ++n)
///     inspector.add(data.labels(n), data.pred_probs(n).read<float>());
/// \endcode
///
/// For POSIX systems; needs libpng and Boost.Interprocess beside xtensor.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/dataset_opener.hpp>
#include <maskaudit/detail/label_files.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/label_form.hpp>
#include <maskaudit/label_map.hpp>
#include <maskaudit/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace maskaudit {

/// The folders of a dataset. A file's name is its path below its folder without the extension, `city/street` for
/// `labels/city/street.png`, and files of one name belong together.
///
/// Subfolders are looked into, but not by way of links to folders. What begins with a dot, file or folder, is passed
/// over. Links to files are as good as files. Extensions are in small or capital letters.
struct dataset_folders {
    /// NAME.png, of grey values of 8 or 16 bits or with a palette, whose index is the label; or NAME.npy, (S...), of
    /// any integer type or bool.
    std::filesystem::path labels;
    /// NAME.npy, (K, S...), of float16, float32 or float64, or of uint8 or uint16 as fractions of 255 or 65535. The
    /// last two are to be used as what they are, by npy_view::as: npy_view::read<float> would not divide them.
    std::filesystem::path pred_probs;
    /// NAME.png, .jpg, .jpeg, .bmp, .gif, .ppm, .tif, .tiff or .webp; other files, and pictures without labels, are
    /// passed over. Empty where there are none.
    std::filesystem::path images{};
    /// What follows the name in each folder: with `.labels_suffix = "_gtFine_labelIds"` the labels `city/street` are
    /// in `city/street_gtFine_labelIds.png`, and files without it are passed over.
    std::string labels_suffix{};
    std::string pred_probs_suffix{}; ///< the same of pred_probs
    std::string images_suffix{};     ///< the same of images
};

/// Images in folders, in ascending byte order of their names.
///
/// What can be told before any work starts is checked when it is opened; after that, files are read when they are asked
/// for, and no file is held open. Several threads may ask at once.
class dataset {
public:
    /// Pairs the files and reads their headers.
    /// \throws file_error  where a folder cannot be read or has no files; where a file has no partner, or two have one
    ///         name; for a file that is none of those above or cannot be read; where labels and pred_probs do not have
    ///         one size, or pred_probs not one number of classes, from 1 to 65536. Where there are several such
    ///         problems, one message lists them, 20 at most, each with its path
    explicit dataset(const dataset_folders& folders);

    std::size_t num_images() const noexcept { return files_.images.size(); } ///< N
    std::size_t num_classes() const noexcept { return files_.num_classes; }  ///< K, of pred_probs

    /// The path below the folders without the extension, with '/' between its parts.
    const std::string& name(std::size_t n) const { return image(n).name; }

    /// (S...): (H, W) where the labels are a PNG file.
    const std::vector<std::size_t>& shape(std::size_t n) const { return image(n).shape; }

    /// The labels of image n, (S...), read from its file.
    /// \throws file_error  when the file cannot be read to its end, or is not the one that was there any more
    /// \throws data_error  for a label above 2^63 - 1
    xt::xarray<std::int64_t> labels(std::size_t n) const;

    /// The probabilities of image n, (K, S...), mapped for as long as the view or a copy of it lives.
    /// \throws file_error  when the file cannot be read, or is not the one that was there any more
    npy_view pred_probs(std::size_t n) const;

    /// Which labels the file of labels of image n can hold, and so those that write_labels() writes.
    /// \throws file_error  when the file cannot be read
    label_form form_of_labels(std::size_t n) const;

    /// Writes labels of image n in the form of its own file of labels, whatever the name of the new one: PNG of the
    /// same bits, grey or with the same palette, and with the same transparency; or .npy of the same type, in this
    /// machine's byte order and row-major order. What else a PNG file says, of colours or in words, is not written.
    ///
    /// The file appears when it is whole, in the place of any there, be it that of image n itself. Labels that occur in
    /// a PNG file without a colour in its palette, such as an ignored 255, may be written as well.
    ///
    /// \param labels  of any integer type or bool, (S...)
    /// \throws std::invalid_argument  where they have another shape than the image
    /// \throws data_error  for a label that a file of this form cannot hold
    /// \throws file_error  when its own file cannot be read, or is not the one that was there any more, or the new one
    ///         cannot be written
    template <detail::label_array Labels>
    void write_labels(const std::filesystem::path& to, std::size_t n, const Labels& labels) const;
    /// \cond
    template <class Labels> // that do not fit
    void write_labels(const std::filesystem::path&, std::size_t, const Labels&) const {
        detail::explain_labels<Labels>();
    }
    /// \endcond

    /// The file of labels of image n.
    /// \throws std::invalid_argument  where there is no such image, as all that take n do
    const std::filesystem::path& labels_path(std::size_t n) const { return image(n).labels; }

    /// The file of probabilities of image n.
    const std::filesystem::path& pred_probs_path(std::size_t n) const { return image(n).pred_probs; }

    /// The picture of image n; empty where no folder of pictures was given.
    const std::filesystem::path& image_path(std::size_t n) const { return image(n).image_path; }

private:
    /// \throws std::invalid_argument where there is no such image
    const detail::dataset_image& image(std::size_t n) const;

    detail::dataset_files files_;
};

// Bodies.

inline dataset::dataset(const dataset_folders& folders)
    : files_(detail::dataset_opener({folders.labels, folders.labels_suffix},
                                    {folders.pred_probs, folders.pred_probs_suffix},
                                    {folders.images, folders.images_suffix})
                 .open()) {}

inline xt::xarray<std::int64_t> dataset::labels(std::size_t n) const {
    const detail::dataset_image& files = image(n);
    return detail::read_labels(files.labels, files.shape, n);
}

inline label_form dataset::form_of_labels(std::size_t n) const {
    const std::filesystem::path& path = image(n).labels;
    return detail::extension_of(path) == ".npy" ? label_form_of(detail::open_npy_labels(path).type())
                                                : detail::label_form_of(detail::png_labels(path).form());
}

template <detail::label_array Labels>
void dataset::write_labels(const std::filesystem::path& to, std::size_t n, const Labels& labels) const {
    const detail::dataset_image& files = image(n);
    detail::require_same_shape("labels", detail::shape_of(labels), "the image", files.shape);
    if (detail::extension_of(files.labels) == ".npy")
        detail::write_npy_labels(to, n, files.labels, files.shape, labels);
    else
        detail::write_png_labels(to, n, files.labels, files.shape, labels);
}

inline npy_view dataset::pred_probs(std::size_t n) const {
    const detail::dataset_image& files = image(n);
    npy_view view = detail::open_pred_probs(files.pred_probs);
    detail::require_unchanged(view.path(), detail::with_classes(files_.num_classes, files.shape), view.shape());
    return view;
}

inline const detail::dataset_image& dataset::image(std::size_t n) const {
    if (n >= num_images())
        throw std::invalid_argument("image " + std::to_string(n) + " does not exist: there are " +
                                    std::to_string(num_images()));
    return files_.images[n];
}

} // namespace maskaudit
