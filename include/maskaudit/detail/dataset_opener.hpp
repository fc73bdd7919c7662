#pragma once

// The folders of a dataset: their files paired, and checked as far as headers can tell.

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/dataset_listing.hpp>
#include <maskaudit/detail/dataset_reading.hpp>
#include <maskaudit/error.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace maskaudit::detail {

struct dataset_image {
    std::string name{};
    extents shape{}; // of the labels
    std::filesystem::path labels{}, pred_probs{}, image_path{};
};

struct dataset_files {
    std::size_t num_classes;
    std::vector<dataset_image> images;
};

class dataset_opener {
public:
    struct place {
        std::filesystem::path path;
        std::string suffix;
    };

    // No pictures where the path to them is empty.
    dataset_opener(const place& labels, const place& pred_probs, const place& images)
        : labels_{labels.path, {"labels", {".png", ".npy"}, labels.suffix, false}},
          pred_probs_{pred_probs.path, {"probabilities", {".npy"}, pred_probs.suffix, false}},
          images_{images.path, {"pictures", picture_extensions(), images.suffix, true}} {}

    dataset_files open() {
        std::vector<folder*> folders{&labels_, &pred_probs_};
        if (!images_.path.empty()) folders.push_back(&images_);
        bool has_empty = false;
        for (folder* const each : folders) {
            each->files = folder_lister(each->path, each->rules, problems_).list();
            has_empty |= each->files.empty();
        }
        if (has_empty) problems_.fail(labels_.path); // to say that no file has a partner would add nothing
        if (!problems_.any()) require_common_name();
        dataset_files result{0, {}};
        for (const std::string& name : names())
            result.images.push_back(open_image(name));
        if (problems_.any()) problems_.fail(labels_.path);
        result.num_classes = num_classes_;
        return result;
    }

private:
    struct folder {
        std::filesystem::path path;
        folder_rules rules;
        folder_listing files{};
    };

    static std::vector<std::string> picture_extensions() {
        return {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".tif", ".tiff", ".webp"};
    }

    // That every single file lacks a partner has one reason.
    void require_common_name() const {
        for (const auto& [name, paths] : labels_.files)
            if (pred_probs_.files.contains(name)) return;
        const std::string& of_labels = labels_.files.begin()->first;
        throw file_error(pred_probs_.path, "files with the names of those in " + labels_.path.string(),
                         "none: they are called such as " + pred_probs_.files.begin()->first + ", those such as " +
                             of_labels + "; what follows the common part of the names may be given as suffixes");
    }

    std::set<std::string> names() const {
        std::set<std::string> result;
        for (const folder* const each : {&labels_, &pred_probs_})
            for (const auto& [name, paths] : each->files)
                result.insert(name);
        return result;
    }

    // Whatever is wrong is noted; the image is of use only where nothing is.
    dataset_image open_image(const std::string& name) {
        dataset_image image{.name = name};
        image.labels = sole_file(labels_, name, pred_probs_);
        image.pred_probs = sole_file(pred_probs_, name, labels_);
        if (!images_.path.empty())
            image.image_path = sole_file(images_, name, labels_.files.contains(name) ? labels_ : pred_probs_);
        const std::optional<extents> shape = checked(image.labels, label_shape);
        const std::optional<extents> probabilities =
            checked(image.pred_probs, [](const auto& path) { return open_pred_probs(path).shape(); });
        if (shape) image.shape = *shape;
        // The first extent of a file of the wrong size is perhaps no number of classes: its axes may be in disorder.
        if (probabilities && (!shape || check_size(image, *probabilities)))
            check_classes(image.pred_probs, probabilities->front());
        return image;
    }

    // Empty where there is not just one. The other folder has a file of the name.
    std::filesystem::path sole_file(const folder& in, const std::string& name, const folder& other) {
        const auto found = in.files.find(name);
        if (found == in.files.end()) {
            problems_.add(other.files.at(name).front(),
                          "a partner " + (in.path / name).string() + " (" + endings(in.rules) + ")", "none");
            return {};
        }
        const std::vector<std::filesystem::path>& paths = found->second;
        if (paths.size() == 1) return paths.front();
        problems_.add(paths.back(), "to be the only file of its name", paths.front().string() + " as well");
        return {};
    }

    // What read gives for a file; none where there is no file, or a bad one, which is noted.
    template <class Read>
    std::optional<extents> checked(const std::filesystem::path& path, const Read& read) {
        if (path.empty()) return std::nullopt;
        try {
            return read(path);
        } catch (const file_error& problem) {
            problems_.add(problem);
            return std::nullopt;
        }
    }

    void check_classes(const std::filesystem::path& path, std::size_t num_classes) {
        if (num_classes_ == 0) {
            num_classes_ = num_classes;
            first_path_ = path;
        } else if (num_classes != num_classes_) {
            problems_.add(path, "K = " + std::to_string(num_classes_) + " classes, as in " + first_path_.string(),
                          "K = " + std::to_string(num_classes));
        }
    }

    bool check_size(const dataset_image& image, const extents& pred_probs) {
        if (drop_front(pred_probs, 1) == image.shape) return true;
        std::string expected = "shape (K";
        for (const std::size_t extent : image.shape)
            expected += ", " + std::to_string(extent);
        const bool classes_last = extents(pred_probs.begin(), pred_probs.end() - 1) == image.shape;
        const char* const hint = ", with the classes last: numpy.moveaxis(p, -1, 0) puts them in place";
        problems_.add(image.pred_probs, expected + ") to fit " + image.labels.string(),
                      "shape " + to_text(pred_probs) + (classes_last ? hint : ""));
        return false;
    }

    folder labels_, pred_probs_, images_;
    dataset_problems problems_{};
    std::size_t num_classes_ = 0;        // 0: of no file yet
    std::filesystem::path first_path_{}; // the file whose number that is
};

} // namespace maskaudit::detail
