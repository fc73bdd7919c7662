#include "region_files.hpp"

#include "coco_files.hpp"
#include "command_options.hpp"
#include "interrupt.hpp"
#include "json_file.hpp"
#include "text_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace maskaudit_program {
namespace {

using maskaudit::issue_region;
using nlohmann::ordered_json;

bool has_names(const region_facts& facts) { return !facts.images.empty() && !facts.images.front().name.empty(); }

/// The fields of a line of regions.csv.
class csv_table {
public:
    explicit csv_table(const region_facts& facts) : facts_(facts) {
        for (const region_image& image : facts.images) {
            in_rows_ = in_rows_ && image.shape.size() == 2;
            axes_ = std::max(axes_, image.shape.size());
        }
        if (in_rows_) axes_ = 2; // even without an image
    }

    std::vector<std::string> header() const {
        std::vector<std::string> fields{"image"};
        for (const char* const what : {"begin", "end"})
            for (std::size_t axis = 0; axis < axes_; ++axis)
                fields.push_back(box_column(what, axis));
        fields.insert(fields.end(), {"area", "given", "predicted", "mean_quality", "severity", "mean_predicted"});
        for (std::size_t axis = 0; axis < axes_; ++axis)
            fields.push_back("centroid_" + axis_name(axis));
        if (!facts_.class_names.empty()) fields.insert(fields.end(), {"given_name", "predicted_name"});
        if (has_names(facts_)) fields.push_back("name");
        fields.push_back("region");
        return fields;
    }

    /// \param id  from 1 on, as in all files and in the report
    std::vector<std::string> line(const issue_region& region, std::size_t id) const {
        std::vector<std::string> fields{std::to_string(region.image)};
        add_axes(fields, region.begin);
        add_axes(fields, region.end);
        fields.insert(fields.end(), {text(region.area), text(region.given_label), text(region.predicted_label),
                                     text(region.mean_quality), text(region.severity), text(region.mean_predicted)});
        add_axes(fields, region.centroid);
        if (!facts_.class_names.empty())
            fields.insert(fields.end(),
                          {facts_.class_names[region.given_label], facts_.class_names[region.predicted_label]});
        if (has_names(facts_)) fields.push_back(facts_.images[region.image].name);
        fields.push_back(text(id));
        return fields;
    }

private:
    /// Of a number, the shortest text that reads back as the same.
    template <class T>
    static std::string text(T number) {
        return fmt::format("{}", number);
    }

    std::string axis_name(std::size_t axis) const {
        if (!in_rows_) return std::to_string(axis);
        return axis == 0 ? "row" : "column";
    }

    std::string box_column(const std::string& what, std::size_t axis) const {
        return in_rows_ ? axis_name(axis) + "_" + what : what + "_" + axis_name(axis);
    }

    template <class T>
    void add_axes(std::vector<std::string>& fields, const std::vector<T>& values) const {
        for (std::size_t axis = 0; axis < axes_; ++axis)
            fields.push_back(axis < values.size() ? text(values[axis]) : "");
    }

    const region_facts& facts_;
    std::size_t axes_ = 0;
    bool in_rows_ = true; // all images have rows and columns, and no other axis
};

void write_csv(const std::filesystem::path& path, const std::vector<issue_region>& regions, const region_facts& facts) {
    const csv_table table(facts);
    text_writer file(path);
    file.write(csv_line(table.header()));
    for (std::size_t i = 0; i < regions.size(); ++i) {
        throw_if_interrupted();
        file.write(csv_line(table.line(regions[i], i + 1)));
    }
    file.finish();
}

ordered_json region_json(const issue_region& region, std::size_t id, const region_facts& facts) {
    const auto class_name = [&](std::size_t index) {
        return facts.class_names.empty() ? ordered_json() : ordered_json(facts.class_names[index]);
    };
    ordered_json runs = ordered_json::array();
    for (const maskaudit::pixel_run& run : region.runs)
        runs.push_back({run.begin, run.length});
    ordered_json json{{"region", id}, {"image", region.image}};
    if (has_names(facts)) json["name"] = facts.images[region.image].name;
    json.update({{"shape", facts.images[region.image].shape},
                 {"begin", region.begin},
                 {"end", region.end},
                 {"area", region.area},
                 {"centroid", region.centroid},
                 {"given", region.given_label},
                 {"given_name", class_name(region.given_label)},
                 {"predicted", region.predicted_label},
                 {"predicted_name", class_name(region.predicted_label)},
                 {"mean_quality", region.mean_quality},
                 {"mean_predicted", region.mean_predicted},
                 {"severity", region.severity},
                 {"runs", std::move(runs)}});
    return json;
}

void write_json(const std::filesystem::path& path, const std::vector<issue_region>& regions,
                const region_facts& facts) {
    json_file file(path);
    file.add("version", program_version);
    file.add("images", facts.images.size());
    file.add("classes", facts.num_classes);
    file.begin_list("regions");
    for (std::size_t i = 0; i < regions.size(); ++i) {
        throw_if_interrupted();
        file.add_item(region_json(regions[i], i + 1, facts));
    }
    file.finish();
}

} // namespace

void write_region_files(const region_paths& paths, const std::vector<issue_region>& regions,
                        const region_facts& facts) {
    if (!paths.coco.empty() && !fit_coco(facts.images))
        throw std::invalid_argument("an image in COCO files must have two axes, and fewer than 2^29 pixels");
    if (!paths.csv.empty()) write_csv(paths.csv, regions, facts);
    if (!paths.json.empty()) write_json(paths.json, regions, facts);
    if (!paths.coco.empty()) write_coco_files(paths, regions, facts);
}

} // namespace maskaudit_program
