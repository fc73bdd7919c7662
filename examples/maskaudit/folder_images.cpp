#include "fingerprint.hpp"
#include "image_set.hpp"

#include <maskaudit/dataset.hpp>

#include <numeric>
#include <system_error>
#include <utility>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;

class folder_label_writer : public label_writer {
public:
    folder_label_writer(const maskaudit::dataset& data, std::vector<fs::path> paths)
        : data_(data), paths_(std::move(paths)) {}

    void write(std::size_t n, const xt::xarray<std::int64_t>& labels) override {
        data_.write_labels(paths_[n], n, labels);
    }

private:
    const maskaudit::dataset& data_;
    std::vector<fs::path> paths_;
};

class folder_images : public image_set {
public:
    explicit folder_images(const maskaudit::dataset_folders& folders) : folders_(folders), data_(folders) {
        for (std::size_t n = 0; n < num_images(); ++n) {
            if (data_.name(n).empty() || data_.name(n).ends_with('/')) // results could not be called that
                throw maskaudit::file_error(labels_path(n), "a name before the suffix " + folders.labels_suffix,
                                            "none; a suffix may begin with a '/'");
            std::error_code error;
            const std::uintmax_t size = fs::file_size(data_.pred_probs_path(n), error);
            bytes_.push_back(error ? 0 : size);
        }
        is_large_ = is_large(std::accumulate(bytes_.begin(), bytes_.end(), std::uint64_t{0}));
    }

    std::size_t num_images() const override { return data_.num_images(); }
    std::size_t num_classes() const override { return data_.num_classes(); }
    std::vector<std::size_t> shape(std::size_t n) const override { return data_.shape(n); }
    bool has_names() const override { return true; }
    std::string name(std::size_t n) const override { return data_.name(n); }
    file_facts labels_facts() const override { return {.path = folders_.labels}; }
    file_facts pred_probs_facts() const override { return {.path = folders_.pred_probs}; }
    fs::path labels_path(std::size_t n) const override { return data_.labels_path(n); }
    fs::path pred_probs_path(std::size_t n) const override { return data_.pred_probs_path(n); }
    maskaudit::npy_type pred_probs_type(std::size_t n) const override { return data_.pred_probs(n).type(); }
    fs::path picture_path(std::size_t n) const override { return data_.image_path(n); }

    maskaudit::label_form labels_form(std::size_t n) const override { return data_.form_of_labels(n); }
    void make_labels(const std::vector<fs::path>&) const override {}
    std::unique_ptr<label_writer> write_labels(const std::vector<fs::path>& paths, const image_range&) const override {
        return std::make_unique<folder_label_writer>(data_, paths);
    }

    std::string stamp(std::size_t n) const override {
        fingerprint files;
        files.add(data_.name(n));
        files.add_facts(labels_path(n));
        files.add_facts(pred_probs_path(n));
        return files.text();
    }

    label_image labels(std::size_t n) override {
        labels_ = data_.labels(n);
        return adapt_image(std::as_const(labels_).data(), data_.shape(n), dense_strides(data_.shape(n)));
    }

    probability_image pred_probs(std::size_t n) override {
        pred_probs_.emplace(read_probabilities(data_.pred_probs(n), file_content::one_image));
        return std::visit([](auto& file) { return probability_image(file.image(0)); }, *pred_probs_);
    }

    void release(std::size_t) override {
        if (is_large_ && pred_probs_) file_of(*pred_probs_).release(0, file_of(*pred_probs_).size());
    }

    fs::path file_at(const void* address, std::size_t n) const override {
        return pred_probs_ && is_within(address, file_of(*pred_probs_)) ? pred_probs_path(n) : labels_path(n);
    }

protected:
    std::size_t pred_probs_bytes(std::size_t n) const override { return bytes_[n]; }
    void prefetch(std::size_t n) override {
        try {
            const maskaudit::npy_view file = data_.pred_probs(n);
            file.prefetch(0, file.size());
        } catch (const maskaudit::file_error&) {
            // It is told when the image is looked at.
        }
    }

private:
    maskaudit::dataset_folders folders_;
    maskaudit::dataset data_;
    xt::xarray<std::int64_t, xt::layout_type::row_major> labels_{};
    std::optional<probability_reader> pred_probs_{};
    std::vector<std::size_t> bytes_{}; // of probabilities, an image
    bool is_large_ = false;
};

} // namespace

std::unique_ptr<image_set> open_folders(const audit_options& options) {
    std::error_code ignored;
    const bool is_file = options.images && fs::is_regular_file(*options.images, ignored); // of all pictures
    return std::make_unique<folder_images>(
        maskaudit::dataset_folders{.labels = options.labels,
                                   .pred_probs = options.pred_probs,
                                   .images = is_file ? fs::path() : options.images.value_or(fs::path()),
                                   .labels_suffix = options.labels_suffix,
                                   .pred_probs_suffix = options.pred_probs_suffix,
                                   .images_suffix = options.images_suffix});
}

} // namespace maskaudit_program
