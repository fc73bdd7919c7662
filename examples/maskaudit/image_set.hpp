#pragma once

#include "command_options.hpp"
#include "image_reader.hpp"

#include <maskaudit/label_form.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The images of an audit, wherever they are kept.

namespace maskaudit_program {

using label_image =
    std::variant<image_in_memory<std::uint8_t>, image_in_memory<std::int64_t>, image_in_memory<std::uint64_t>>;
using probability_image =
    std::variant<image_in_memory<float>, image_in_memory<double>, image_in_memory<xtl::half_float>,
                 image_in_memory<std::uint8_t>, image_in_memory<std::uint16_t>>;

/// Images side by side: first, first + 1, ..., end - 1.
struct image_range {
    std::size_t first = 0, end = 0;

    std::size_t size() const { return end - first; }
};

/// A file or folder that an audit reads, in words.
struct file_facts {
    std::filesystem::path path{};
    std::string type{};               ///< of the elements, as numpy spells it; empty for a folder
    std::vector<std::size_t> shape{}; ///< of the array; empty for a folder
};

/// Writes labels in the form that they came in, image after image.
class label_writer {
public:
    label_writer() = default;
    label_writer(const label_writer&) = delete;
    label_writer& operator=(const label_writer&) = delete;
    virtual ~label_writer() = default;

    /// \param labels  of image n, (S...), as they are in its file or as that could have them: see labels_form()
    /// \throws maskaudit::data_error, maskaudit::file_error
    virtual void write(std::size_t n, const xt::xarray<std::int64_t>& labels) = 0;

    /// To be called once, after the last image.
    /// \throws maskaudit::file_error
    virtual void finish() {}
};

/// Images with labels and probabilities that fit each other. They are looked at one after the other.
class image_set {
public:
    image_set() = default;
    image_set(const image_set&) = delete;
    image_set& operator=(const image_set&) = delete;
    virtual ~image_set() = default;

    virtual std::size_t num_images() const = 0;
    virtual std::size_t num_classes() const = 0;
    virtual std::vector<std::size_t> shape(std::size_t n) const = 0; ///< (S...)

    /// Whether every image has files of its own, and with them a name. Otherwise all have one shape.
    virtual bool has_names() const = 0;
    virtual std::string name(std::size_t n) const = 0; ///< "city/street"; empty where there are none

    virtual file_facts labels_facts() const = 0;
    virtual file_facts pred_probs_facts() const = 0;
    virtual std::filesystem::path labels_path(std::size_t n) const = 0;
    virtual std::filesystem::path pred_probs_path(std::size_t n) const = 0;
    virtual maskaudit::npy_type pred_probs_type(std::size_t n) const = 0; ///< of the elements of that file
    virtual std::filesystem::path picture_path(std::size_t n) const = 0;  ///< empty where there is none

    /// What the file of the labels of image n can hold.
    virtual maskaudit::label_form labels_form(std::size_t n) const = 0;

    /// Makes what write_labels() then fills, maybe in several processes.
    /// \param paths  files to write: one an image or, where these have no names, one for all
    virtual void make_labels(const std::vector<std::filesystem::path>& paths) const = 0;
    /// \param own  images that are written
    virtual std::unique_ptr<label_writer> write_labels(const std::vector<std::filesystem::path>& paths,
                                                       const image_range& own) const = 0;

    /// What tells whether the files of image n, and its name, are the same as in another run.
    virtual std::string stamp(std::size_t n) const = 0;

    /// Image n, of shapes (S...) and (K, S...); valid until another is asked for.
    virtual label_image labels(std::size_t n) = 0;
    virtual probability_image pred_probs(std::size_t n) = 0;

    /// Starts with the first image, maybe once more.
    void rewind() { fetched_ = 0; }

    /// Has the system fetch image n, and what comes after it while that is looked at.
    void look_ahead(std::size_t n);
    /// Tells that image n has been looked at: it need not stay in memory.
    virtual void release(std::size_t n) = 0;

    /// The file of image n that this address is in.
    virtual std::filesystem::path file_at(const void* address, std::size_t n) const = 0;

protected:
    virtual std::size_t pred_probs_bytes(std::size_t n) const = 0;
    virtual void prefetch(std::size_t n) = 0;

private:
    std::size_t fetched_ = 0; // the first image that has not been
};

/// \throws maskaudit::file_error  for files of other types, or shapes that do not fit
std::unique_ptr<image_set> open_arrays(const audit_options& options);

/// \throws maskaudit::file_error  see maskaudit::dataset
std::unique_ptr<image_set> open_folders(const audit_options& options);

/// Deals images out to processes in their order, about as many pixels to each: the first image of every share.
std::vector<std::size_t> deal_out(const image_set& images, std::size_t num_ranks);
/// The share of a rank, where shares begin there.
image_range share_of(std::size_t rank, const std::vector<std::size_t>& begins, const image_set& images);

/// Whether so many bytes of files would fill much of the memory that others use, too.
bool is_large(std::uint64_t bytes);

/// Where images are in an array of this shape, (N, S...).
maskaudit::npy_part part_of(const std::vector<std::size_t>& shape, const image_range& images);

/// Whether an address is in the mapped file.
bool is_within(const void* address, const maskaudit::npy_view& file);

} // namespace maskaudit_program
