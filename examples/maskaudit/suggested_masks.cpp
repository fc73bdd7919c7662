#include "suggested_masks.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"

#include <fmt/format.h>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;
using maskaudit::file_error;

/// What stands for every class in the files of labels.
std::vector<std::int64_t> raw_ids_of(const audit_options& options, const audit_inputs& inputs) {
    std::vector<std::int64_t> ids(inputs.images->num_classes());
    std::iota(ids.begin(), ids.end(), 0);
    if (!inputs.map) return ids;
    for (std::size_t k = 0; k < ids.size(); ++k) {
        const std::optional<std::int64_t> id = inputs.map->raw_of(k);
        if (!id)
            throw file_error(*options.label_map,
                             fmt::format("an id for each of the {} classes, as --suggest writes them", ids.size()),
                             fmt::format("none for class {}", k));
        ids[k] = *id;
    }
    return ids;
}

/// That the file of every image can hold what stands for every class.
void require_room(const image_set& images, const std::vector<std::int64_t>& ids) {
    const auto [least, most] = std::minmax_element(ids.begin(), ids.end());
    const std::size_t files = images.has_names() ? images.num_images() : 1;
    for (std::size_t n = 0; n < files; ++n) {
        const maskaudit::label_form form = images.labels_form(n);
        for (const auto& id : {least, most})
            if (!form.holds(*id))
                throw file_error(images.labels_path(n),
                                 fmt::format("labels that can be {}, which is class {}, as --suggest may write it", *id,
                                             id - ids.begin()),
                                 form.kind);
    }
}

/// The names that the files of labels have below their folder.
std::vector<std::string> names_of(const audit_options& options, const image_set& images) {
    if (!images.has_names()) return {options.labels.filename()};
    std::vector<std::string> names;
    for (std::size_t n = 0; n < images.num_images(); ++n)
        names.push_back(images.name(n) + options.labels_suffix + images.labels_path(n).extension().string());
    return names;
}

/// Where the planned files of a folder will be, whichever way there is taken.
std::set<fs::path> places_of(const staged_folder& folder) {
    std::set<fs::path> places;
    const fs::path canonical = fs::weakly_canonical(fs::absolute(folder.path()));
    for (const std::string& name : folder.names())
        places.insert(fs::weakly_canonical(canonical / name));
    return places;
}

} // namespace

suggested_masks::suggested_masks(const audit_options& options, const std::vector<fs::path>& never_replaced,
                                 const audit_inputs& inputs, const ranks& group)
    : folder_(*options.suggest, never_replaced, group) {
    group.together([&] {
        raw_ids_ = raw_ids_of(options, inputs);
        require_room(*inputs.images, raw_ids_);
        for (const std::string& name : names_of(options, *inputs.images))
            paths_.push_back(folder_.add(name));
    });
}

void suggested_masks::require_apart_from(const staged_folder& results) const {
    const std::set<fs::path> others = places_of(results);
    for (const fs::path& place : places_of(folder_))
        if (others.contains(place))
            throw file_error(place, "the name of one file to write", "that of a suggested mask and of another result");
}

void suggested_masks::write(const maskaudit::inspection& found, audit_inputs& inputs, bool quiet,
                            const ranks& group) const {
    group.on_first([&] { inputs.images->make_labels(paths_); });
    group.together([&] { write_own(found, inputs, quiet); });
}

void suggested_masks::write_own(const maskaudit::inspection& found, audit_inputs& inputs, bool quiet) const {
    image_set& images = *inputs.images;
    const std::unique_ptr<label_writer> files = images.write_labels(paths_, inputs.own);
    progress_bar progress("writing suggestions", inputs.own.size(), quiet);
    for (std::size_t n = inputs.own.first; n < inputs.own.end; ++n) {
        throw_if_interrupted();
        // No label that is looked at is above 2^63 - 1: it could be neither a class nor ignored.
        xt::xarray<std::int64_t, xt::layout_type::row_major> mask = std::visit(
            [](const auto& raw) {
                return xt::xarray<std::int64_t, xt::layout_type::row_major>(xt::cast<std::int64_t>(raw));
            },
            images.labels(n));
        const maskaudit::inspection::image_issues& issues = found.images[n - inputs.own.first];
        for (std::size_t i = 0; i < issues.positions.size(); ++i)
            mask.data()[issues.positions[i]] = raw_ids_[issues.predicted[i]];
        files->write(n, mask);
        progress.advance(mask.size());
    }
    files->finish();
}

} // namespace maskaudit_program
