#include "inputs.hpp"

#include "command_line.hpp"
#include "text_file.hpp"
#include "unreadable_memory.hpp"

#include <fmt/format.h>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <utility>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;
using maskaudit::file_error;

std::unique_ptr<image_set> open_images(const audit_options& options) {
    std::error_code ignored;
    const bool labels_folder = fs::is_directory(options.labels, ignored);
    const bool pred_probs_folder = fs::is_directory(options.pred_probs, ignored);
    if (!options.images && !options.images_suffix.empty()) throw usage_error("--images-suffix needs --images");
    if (labels_folder && pred_probs_folder) return open_folders(options);
    if (labels_folder || pred_probs_folder)
        throw file_error(labels_folder ? options.pred_probs : options.labels,
                         fmt::format("a folder, as {} is, or .npy files in place of both",
                                     (labels_folder ? options.labels : options.pred_probs).string()),
                         fs::exists(labels_folder ? options.pred_probs : options.labels, ignored) ? "a file"
                                                                                                  : "nothing");
    for (const auto& [suffix, name] : {std::pair(options.labels_suffix, "--labels-suffix"),
                                       std::pair(options.pred_probs_suffix, "--pred-probs-suffix"),
                                       std::pair(options.images_suffix, "--images-suffix")})
        if (!suffix.empty()) throw usage_error(fmt::format("{} needs labels and pred_probs that are folders", name));
    return open_arrays(options);
}

bool ignores(const maskaudit::label_map& map, std::int64_t id) {
    try {
        return map.apply(xt::xarray<std::int64_t>{id})(0) == maskaudit::label_map::ignored;
    } catch (const maskaudit::data_error&) {
        return false; // it is not in the map
    }
}

/// A label that no line of the map gives is most likely an id, which the map has to ignore.
void require_classes(const maskaudit::label_map& map, const std::vector<std::int64_t>& ignored) {
    for (const std::int64_t label : ignored)
        if ((label < 0 || !map.raw_of(static_cast<std::size_t>(label))) && !ignores(map, label))
            throw usage_error(fmt::format("--ignore-label is {0}, a class that --label-map does not give: if {0} is an "
                                          "id in the files, its line in the map is {0},ignore",
                                          label));
}

/// Before any work starts, since a large data set takes long.
void require_divisible(const image_set& images, std::size_t downsample) {
    const std::size_t shapes = images.has_names() ? images.num_images() : 1; // images of one array are alike
    for (std::size_t n = 0; n < shapes; ++n) {
        const std::vector<std::size_t> shape = images.shape(n);
        if (std::any_of(shape.begin(), shape.end(), [&](std::size_t extent) { return extent % downsample != 0; }))
            throw file_error(images.labels_path(n), fmt::format("images that --downsample {} divides", downsample),
                             "images of shape " + shape_text(shape));
    }
}

void require_logits(const image_set& images) {
    for (std::size_t n = 0; n < images.num_images(); ++n)
        if (const maskaudit::npy_type type = images.pred_probs_type(n); type.kind != maskaudit::npy_kind::floating)
            throw file_error(images.pred_probs_path(n), "logits of a floating type",
                             "elements of type " + to_string(type));
}

/// The names of the classes, one a line.
std::vector<std::string> read_class_names(const fs::path& path, std::size_t num_classes) {
    std::vector<std::string> names = read_lines(path);
    const std::string expected = fmt::format("{} names of classes, one a line", num_classes);
    for (std::string& name : names) {
        name.erase(name.find_last_not_of(" \t") + 1);
        if (name.empty()) throw file_error(path, expected, fmt::format("line {} empty", &name - names.data() + 1));
    }
    if (names.size() != num_classes) throw file_error(path, expected, fmt::format("{} lines", names.size()));
    return names;
}

} // namespace

label_image audit_inputs::labels(std::size_t n) {
    label_image raw = images->labels(n);
    if (!map) return raw;
    mapped_ = std::visit([&](const auto& ids) { return map->apply(ids, n); }, raw);
    return adapt_image(std::as_const(mapped_).data(), images->shape(n), dense_strides(images->shape(n)));
}

xt::xarray<std::int64_t> audit_inputs::class_labels(std::size_t n) {
    return std::visit([](const auto& given) { return xt::xarray<std::int64_t>(xt::cast<std::int64_t>(given)); },
                      labels(n));
}

fs::path audit_inputs::picture_file(std::size_t n) const {
    return pictures && pictures->has_files() ? pictures->path(n) : fs::path();
}

void audit_inputs::require_readable(std::size_t n) const {
    const void* const address = unreadable_memory();
    if (address == nullptr) return;
    refuse_unreadable(pictures && pictures->has(address) ? pictures->path(n) : images->file_at(address, n));
}

audit_inputs open_inputs(const audit_options& options) {
    audit_inputs inputs;
    inputs.images = open_images(options);
    inputs.own.end = inputs.images->num_images();
    inputs.pictures = open_pictures(options, *inputs.images);
    if (inputs.pictures && !inputs.pictures->has_files() && !options.report)
        throw usage_error("--images with a .npy file needs --report, which alone shows its pictures");
    inputs.are_logits = options.logits;
    if (options.logits) require_logits(*inputs.images);
    require_divisible(*inputs.images, options.downsample);
    if (options.classes) inputs.class_names = read_class_names(*options.classes, inputs.images->num_classes());
    if (options.label_map) inputs.map.emplace(*options.label_map);
    if (const std::size_t classes = inputs.images->num_classes(); inputs.map && inputs.map->num_classes() > classes)
        throw file_error(*options.label_map,
                         fmt::format("classes from 0 to {}, those of {}", classes - 1, options.pred_probs.string()),
                         fmt::format("class {} in the column 'to'", inputs.map->num_classes() - 1));
    if (inputs.map) require_classes(*inputs.map, options.ignore_label);
    return inputs;
}

} // namespace maskaudit_program
