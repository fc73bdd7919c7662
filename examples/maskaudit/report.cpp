#include "report.hpp"

#include "table.hpp"
#include "text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace maskaudit_program {
namespace {

using nlohmann::ordered_json;

std::string class_text(const audit_report& report, std::size_t index) {
    return report.class_names.empty() ? std::to_string(index) : report.class_names[index];
}

std::string totals_text(const audit_report& report) {
    const std::vector<std::size_t>& shape = report.labels.shape;
    const std::uint64_t ignored = report.pixels - report.valid_pixels;
    const auto images_with_issues = std::count_if(report.images.begin(), report.images.end(),
                                                  [](const image_row& row) { return row.issue_pixels > 0; });
    const std::string of_valid =
        fmt::format("{} of the valid pixels, in {}", percent(report.issue_pixels, report.valid_pixels),
                    counted(static_cast<std::uint64_t>(images_with_issues), "image"));
    const std::string size =
        shape.empty() ? "" : fmt::format(" of {} pixels", fmt::join(shape.begin() + 1, shape.end(), " x "));
    std::string text =
        fmt::format("{}{}, {} class{}\n\n", counted(report.images.size(), "image"), size,
                    report.confident_thresholds.size(), report.confident_thresholds.size() == 1 ? "" : "es");
    std::vector<std::vector<std::string>> rows{
        {"pixels", grouped(report.pixels), ""},
        {"valid", grouped(report.valid_pixels), percent(report.valid_pixels, report.pixels)}};
    if (ignored > 0 || !report.options.ignore_label.empty()) {
        std::string labelled = fmt::format("{}", fmt::join(report.options.ignore_label, " or "));
        if (report.options.label_map) labelled += (labelled.empty() ? "" : " or ") + std::string("ignore by the map");
        rows.push_back(
            {"ignored", grouped(ignored), fmt::format("{}, labelled {}", percent(ignored, report.pixels), labelled)});
    }
    rows.push_back({"issues", grouped(report.issue_pixels), of_valid});
    return text + table({align::left, align::right, align::left}, rows);
}

std::string images_text(const audit_report& report) {
    const std::size_t shown = std::min(report.options.top, report.images.size());
    if (shown == 0) return "";
    std::vector<std::vector<std::string>> rows{{"image", "softmin", "num_pixel_issues", "issue pixels", ""}};
    if (report.has_names) rows.front().back() = "name";
    for (std::size_t i = 0; i < shown; ++i) {
        const image_row& row = report.images[i];
        rows.push_back({std::to_string(row.image), fmt::format("{:.4f}", row.softmin),
                        fmt::format("{:.4f}", row.num_pixel_issues), grouped(row.issue_pixels), row.name});
    }
    return fmt::format("\nWorst images, lowest softmin score first ({} of {})\n", shown, report.images.size()) +
           table({align::right, align::right, align::right, align::right, align::left}, rows);
}

std::string swaps_text(const audit_report& report) {
    const std::size_t shown = std::min(report.options.top, report.swaps.size());
    if (shown == 0) return "";
    std::vector<std::vector<std::string>> rows{{"given", "predicted", "pixels", "of issues"}};
    for (std::size_t i = 0; i < shown; ++i) {
        const swap_row& row = report.swaps[i];
        rows.push_back({class_text(report, row.given), class_text(report, row.predicted), grouped(row.pixels),
                        percent(row.pixels, report.issue_pixels)});
    }
    return fmt::format("\nCommonest swaps of classes ({} of {})\n", shown, report.swaps.size()) +
           table({align::left, align::left, align::right, align::right}, rows);
}

/// Where a region is, as numpy would slice its image: [12:20, 4:9].
std::string box_text(const maskaudit::issue_region& region) {
    std::string text;
    for (std::size_t axis = 0; axis < region.begin.size(); ++axis)
        text += fmt::format("{}{}:{}", axis == 0 ? "[" : ", ", region.begin[axis], region.end[axis]);
    return text + "]";
}

std::string regions_text(const audit_report& report) {
    const std::size_t shown = std::min(report.options.top, report.regions.size());
    if (shown == 0) return "";
    std::vector<std::vector<std::string>> rows{{"image", "where", "pixels", "given", "predicted", "severity"}};
    for (std::size_t i = 0; i < shown; ++i) {
        const maskaudit::issue_region& region = report.regions[i];
        rows.push_back({std::to_string(region.image), box_text(region), grouped(region.area),
                        class_text(report, region.given_label), class_text(report, region.predicted_label),
                        fmt::format("{:.1f}", region.severity)});
    }
    return fmt::format("\nMost severe regions ({} of {}{})\n", shown, report.has_more_regions ? "the first " : "",
                       grouped(report.regions.size())) +
           table({align::right, align::left, align::right, align::left, align::left, align::right}, rows);
}

ordered_json facts_json(const file_facts& file) {
    ordered_json json{{"path", file.path.string()}};
    if (!file.type.empty()) json.update({{"type", file.type}, {"shape", file.shape}});
    return json;
}

/// The files written, and for many in one folder that folder: "issues/".
std::vector<std::string> files_in_short(const audit_report& report) {
    std::vector<std::string> files;
    for (const std::string& file : report.files) {
        const std::string name = file.substr(0, file.find('/') + 1);
        const std::string& shown = name.empty() ? file : name;
        if (std::find(files.begin(), files.end(), shown) == files.end()) files.push_back(shown);
    }
    return files;
}

ordered_json path_json(const std::optional<std::filesystem::path>& path) {
    return path ? ordered_json(path->string()) : ordered_json();
}

ordered_json options_json(const audit_options& options) {
    return {{"ignore_label", options.ignore_label},
            {"temperature", options.temperature},
            {"downsample", options.downsample},
            {"jobs", options.jobs},
            {"boundary_tolerance", options.boundary_tolerance},
            {"min_area", options.min_area},
            {"regions", options.regions},
            {"top", options.top},
            {"classes", path_json(options.classes)},
            {"label_map", path_json(options.label_map)},
            {"logits", options.logits},
            {"images", path_json(options.images)},
            {"labels_suffix", options.labels_suffix},
            {"pred_probs_suffix", options.pred_probs_suffix},
            {"images_suffix", options.images_suffix},
            {"pixel_scores", options.pixel_scores},
            {"suggest", path_json(options.suggest)},
            {"report", options.report},
            {"report_top", options.report_top},
            {"out", options.out.string()}};
}

} // namespace

std::string to_text(const audit_report& report) {
    std::string text = totals_text(report) + images_text(report) + swaps_text(report) + regions_text(report);
    text +=
        fmt::format("\nFiles in {}\n  {}\n", report.options.out.string(), fmt::join(files_in_short(report), "\n  "));
    if (report.options.suggest)
        text += fmt::format("\nSuggested masks in {}\n  {}\n", report.options.suggest->string(),
                            counted(report.suggested_masks, "file"));
    return text;
}

ordered_json to_json(const audit_report& report) {
    const auto name = [&](std::size_t index) {
        return report.class_names.empty() ? ordered_json() : ordered_json(report.class_names[index]);
    };
    ordered_json thresholds = ordered_json::array();
    for (std::size_t k = 0; k < report.confident_thresholds.size(); ++k)
        thresholds.push_back({{"class", k}, {"name", name(k)}, {"threshold", report.confident_thresholds[k]}});

    ordered_json worst = ordered_json::array();
    for (std::size_t i = 0; i < std::min(report.options.top, report.images.size()); ++i) {
        worst.push_back({{"image", report.images[i].image},
                         {"softmin", report.images[i].softmin},
                         {"num_pixel_issues", report.images[i].num_pixel_issues},
                         {"issue_pixels", report.images[i].issue_pixels}});
        if (report.has_names) worst.back()["name"] = report.images[i].name;
    }

    ordered_json swaps = ordered_json::array();
    for (const swap_row& row : report.swaps)
        swaps.push_back({{"given", row.given},
                         {"given_name", name(row.given)},
                         {"predicted", row.predicted},
                         {"predicted_name", name(row.predicted)},
                         {"pixels", row.pixels}});

    ordered_json regions = ordered_json::array();
    for (std::size_t i = 0; i < std::min(report.options.top, report.regions.size()); ++i) {
        const maskaudit::issue_region& region = report.regions[i];
        regions.push_back({{"image", region.image},
                           {"begin", region.begin},
                           {"end", region.end},
                           {"area", region.area},
                           {"given", region.given_label},
                           {"given_name", name(region.given_label)},
                           {"predicted", region.predicted_label},
                           {"predicted_name", name(region.predicted_label)},
                           {"severity", region.severity}});
    }

    return {{"version", program_version},
            {"labels", facts_json(report.labels)},
            {"pred_probs", facts_json(report.pred_probs)},
            {"options", options_json(report.options)},
            {"images", report.images.size()},
            {"classes", report.confident_thresholds.size()},
            {"pixels", report.pixels},
            {"valid_pixels", report.valid_pixels},
            {"ignored_pixels", report.pixels - report.valid_pixels},
            {"issue_pixels", report.issue_pixels},
            {"assumed_normalized", report.assumed_normalized},
            {"confident_thresholds", thresholds},
            {"worst_images", worst},
            {"swaps", swaps},
            {"regions", report.regions.size()},
            {"has_more_regions", report.has_more_regions},
            {"worst_regions", regions},
            {"files", files_in_short(report)},
            {"suggested_masks", report.options.suggest ? ordered_json(report.suggested_masks) : ordered_json()}};
}

std::string images_csv(const audit_report& report) {
    std::vector<std::string> columns{"image", "softmin", "num_pixel_issues", "issue_pixels"};
    if (report.has_names) columns.push_back("name");
    if (report.has_pictures) columns.push_back("picture");
    std::string text = csv_line(columns);
    for (const image_row& row : report.images) { // {} prints the shortest text that reads back as the same number
        columns = {fmt::format("{}", row.image), fmt::format("{}", row.softmin),
                   fmt::format("{}", row.num_pixel_issues), fmt::format("{}", row.issue_pixels)};
        if (report.has_names) columns.push_back(row.name);
        if (report.has_pictures) columns.push_back(row.picture.string());
        text += csv_line(columns);
    }
    return text;
}

std::string swaps_csv(const audit_report& report) {
    const bool named = !report.class_names.empty();
    std::vector<std::string> fields{"given", "predicted", "pixels"};
    if (named) fields.insert(fields.end(), {"given_name", "predicted_name"});
    std::string text = csv_line(fields);
    for (const swap_row& row : report.swaps) {
        fields = {std::to_string(row.given), std::to_string(row.predicted), std::to_string(row.pixels)};
        if (named) fields.insert(fields.end(), {report.class_names[row.given], report.class_names[row.predicted]});
        text += csv_line(fields);
    }
    return text;
}

std::string dump(const ordered_json& json) {
    constexpr int indent = 2;
    return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

} // namespace maskaudit_program
