#include "coco_files.hpp"

#include "command_options.hpp"
#include "interrupt.hpp"
#include "json_file.hpp"

#include <maskaudit/coco.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

namespace maskaudit_program {
namespace {

using nlohmann::ordered_json;

/// "image 12" for a part of an array.
std::string file_name(const region_image& image, std::size_t n) {
    return image.file.empty() ? "image " + std::to_string(n) : image.file.generic_string();
}

ordered_json image_json(const region_image& image, std::size_t n) {
    return {{"id", n}, {"file_name", file_name(image, n)}, {"width", image.shape[1]}, {"height", image.shape[0]}};
}

/// With the counts still to be filled in.
ordered_json annotation_json(const maskaudit::issue_region& region, std::size_t id, const region_image& image) {
    return {
        {"id", id},
        {"image_id", region.image},
        {"category_id", region.predicted_label},
        {"segmentation", {{"size", image.shape}, {"counts", nullptr}}},
        {"area", region.area},
        {"bbox", {region.begin[1], region.begin[0], region.end[1] - region.begin[1], region.end[0] - region.begin[0]}},
        {"iscrowd", 0},
        {"score", std::clamp(region.mean_predicted, 0.0, 1.0)}, // probabilities may be off by 1e-6
        {"given", region.given_label},
        {"mean_quality", region.mean_quality},
        {"severity", region.severity}};
}

ordered_json category_json(const region_facts& facts, std::size_t index) {
    return {{"id", index},
            {"name", facts.class_names.empty() ? std::to_string(index) : facts.class_names[index]},
            {"supercategory", ""}};
}

/// Calls f with both files.
class both_files {
public:
    explicit both_files(const region_paths& paths) : compressed(paths.coco), uncompressed(paths.coco_uncompressed) {}

    template <class F>
    void each(F f) {
        f(compressed);
        f(uncompressed);
    }

    json_file compressed, uncompressed;
};

} // namespace

bool fit_coco(const std::vector<region_image>& images) {
    constexpr std::size_t pixels = std::size_t{1} << 29; // too many: see coco_compressed
    return std::all_of(images.begin(), images.end(), [](const region_image& image) {
        return image.shape.size() == 2 && (image.shape[1] == 0 || image.shape[0] <= (pixels - 1) / image.shape[1]);
    });
}

void write_coco_files(const region_paths& paths, const std::vector<maskaudit::issue_region>& regions,
                      const region_facts& facts) {
    both_files files(paths);
    files.each([](json_file& file) {
        file.add("info", {{"description", "Regions that are probably mislabelled, found by maskaudit"},
                          {"version", program_version}});
        file.add("licenses", ordered_json::array()); // some tools take it for granted
        file.begin_list("images");
    });
    for (std::size_t n = 0; n < facts.images.size(); ++n) {
        throw_if_interrupted();
        files.each([item = image_json(facts.images[n], n)](json_file& file) { file.add_item(item); });
    }
    files.each([](json_file& file) { file.begin_list("annotations"); });
    for (std::size_t i = 0; i < regions.size(); ++i) {
        throw_if_interrupted();
        const region_image& image = facts.images[regions[i].image];
        const std::vector<std::uint32_t> counts = maskaudit::coco_counts(regions[i], image.shape[0], image.shape[1]);
        ordered_json item = annotation_json(regions[i], i + 1, image); // an id of 0 is none to some tools
        item["segmentation"]["counts"] = maskaudit::coco_compressed(counts);
        files.compressed.add_item(item);
        item["segmentation"]["counts"] = counts;
        files.uncompressed.add_item(item);
    }
    files.each([&](json_file& file) {
        file.begin_list("categories");
        for (std::size_t k = 0; k < facts.num_classes; ++k)
            file.add_item(category_json(facts, k));
        file.finish();
    });
}

} // namespace maskaudit_program
