#include "fingerprint.hpp"
#include "image_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <type_traits>

namespace maskaudit_program {
namespace {

using maskaudit::file_error;
using maskaudit::npy_view;

/// The shape of labels that fit probabilities of this one.
std::vector<std::size_t> without_classes(std::vector<std::size_t> shape) {
    if (shape.size() > 1) shape.erase(shape.begin() + 1);
    return shape;
}

void require_fitting(const npy_view& labels, const npy_view& pred_probs) {
    const std::vector<std::size_t>& given = labels.shape();
    const std::vector<std::size_t>& found = pred_probs.shape();
    const std::string expected = fmt::format("shape ({}, K, {}) to fit {}", given[0],
                                             fmt::join(given.begin() + 1, given.end(), ", "), labels.path().string());
    if (without_classes(found) != given) {
        const bool classes_last = std::vector(found.begin(), found.end() - 1) == given;
        const char* const hint = ", with the classes last: numpy.moveaxis(p, -1, 1) puts them in place";
        throw file_error(pred_probs.path(), expected, "shape " + shape_text(found) + (classes_last ? hint : ""));
    }
    if (found[1] == 0)
        throw file_error(pred_probs.path(), expected + " with K of at least 1", "shape " + shape_text(found));
}

file_facts facts_of(const npy_view& file) { return {file.path(), to_string(file.type()), file.shape()}; }

std::string stamp_of(const std::filesystem::path& labels, const std::filesystem::path& pred_probs) {
    fingerprint files;
    files.add_facts(labels);
    files.add_facts(pred_probs);
    return files.text();
}

npy_view open_pred_probs(const std::filesystem::path& path) {
    npy_view file(path);
    if (file.shape().size() < 3)
        throw file_error(path, "class probabilities of shape (N, K, H, W), or another with images and classes first",
                         "shape " + shape_text(file.shape()));
    return file;
}

/// Somebody may have named the two the wrong way round.
void require_order(const audit_options& options) {
    const npy_view labels(options.labels), pred_probs(options.pred_probs);
    if (labels.shape().size() > 2 && without_classes(labels.shape()) == pred_probs.shape())
        throw file_error(options.labels, "labels, which come before the probabilities",
                         "shape " + shape_text(labels.shape()) + ", which would do for probabilities of " +
                             options.pred_probs.string() + ": the two seem to be swapped");
}

/// Labels in one file of elements of type T.
template <class T>
class array_label_writer : public label_writer {
public:
    array_label_writer(const std::filesystem::path& path, const std::vector<std::size_t>& shape, const image_range& own)
        : file_(path, shape, part_of(shape, own)) {}

    void write(std::size_t, const xt::xarray<std::int64_t>& labels) override { file_.append(labels); }
    void finish() override { file_.finish(); }

private:
    maskaudit::npy_writer<T> file_;
};

class array_images : public image_set {
public:
    array_images(const std::filesystem::path& labels, const std::filesystem::path& pred_probs)
        : stamp_(stamp_of(labels, pred_probs)), labels_(open_labels(labels)),
          pred_probs_(read_probabilities(open_pred_probs(pred_probs))) {
        require_fitting(file_of(labels_), file_of(pred_probs_));
        const std::vector<std::size_t>& all = file_of(pred_probs_).shape();
        image_size_ = count_of({all.begin() + 1, all.end()});
        is_large_ = is_large(file_of(pred_probs_).bytes().size());
    }

    std::size_t num_images() const override { return file_of(labels_).shape()[0]; }
    std::size_t num_classes() const override { return file_of(pred_probs_).shape()[1]; }
    std::vector<std::size_t> shape(std::size_t) const override {
        const std::vector<std::size_t>& all = file_of(labels_).shape();
        return {all.begin() + 1, all.end()};
    }

    bool has_names() const override { return false; }
    std::string name(std::size_t) const override { return {}; }
    file_facts labels_facts() const override { return facts_of(file_of(labels_)); }
    file_facts pred_probs_facts() const override { return facts_of(file_of(pred_probs_)); }
    std::filesystem::path labels_path(std::size_t) const override { return file_of(labels_).path(); }
    std::filesystem::path pred_probs_path(std::size_t) const override { return file_of(pred_probs_).path(); }
    maskaudit::npy_type pred_probs_type(std::size_t) const override { return file_of(pred_probs_).type(); }
    std::filesystem::path picture_path(std::size_t) const override { return {}; }

    maskaudit::label_form labels_form(std::size_t) const override {
        return maskaudit::label_form_of(file_of(labels_).type());
    }
    void make_labels(const std::vector<std::filesystem::path>& paths) const override {
        file_of(labels_).visit([&](const auto& all) {
            using stored = typename std::decay_t<decltype(all)>::value_type;
            if constexpr (std::is_integral_v<stored>)
                maskaudit::create_npy<stored>(paths.front(), file_of(labels_).shape());
        });
    }
    std::unique_ptr<label_writer> write_labels(const std::vector<std::filesystem::path>& paths,
                                               const image_range& own) const override {
        return file_of(labels_).visit([&](const auto& all) -> std::unique_ptr<label_writer> {
            using stored = typename std::decay_t<decltype(all)>::value_type;
            if constexpr (std::is_integral_v<stored>)
                return std::make_unique<array_label_writer<stored>>(paths.front(), file_of(labels_).shape(), own);
            return nullptr; // open_labels() refuses other types
        });
    }

    std::string stamp(std::size_t) const override { return stamp_; }
    label_image labels(std::size_t n) override {
        return std::visit([&](auto& images) { return label_image(images.image(n)); }, labels_);
    }
    probability_image pred_probs(std::size_t n) override {
        return std::visit([&](auto& images) { return probability_image(images.image(n)); }, pred_probs_);
    }

    void release(std::size_t n) override {
        const npy_view& file = file_of(pred_probs_);
        if (is_large_ && !file.fortran_order()) file.release(n * image_size_, image_size_);
    }

    std::filesystem::path file_at(const void* address, std::size_t) const override {
        return is_within(address, file_of(labels_)) ? file_of(labels_).path() : file_of(pred_probs_).path();
    }

protected:
    std::size_t pred_probs_bytes(std::size_t) const override { return image_size_ * file_of(pred_probs_).type().size; }
    void prefetch(std::size_t n) override {
        const npy_view& file = file_of(pred_probs_);
        if (!file.fortran_order()) file.prefetch(n * image_size_, image_size_); // otherwise it is all over the file
    }

private:
    std::string stamp_; // from before they were mapped
    label_reader labels_;
    probability_reader pred_probs_;
    std::size_t image_size_ = 0; // probabilities
    bool is_large_ = false;
};

} // namespace

std::unique_ptr<image_set> open_arrays(const audit_options& options) {
    require_order(options);
    return std::make_unique<array_images>(options.labels, options.pred_probs);
}

} // namespace maskaudit_program
