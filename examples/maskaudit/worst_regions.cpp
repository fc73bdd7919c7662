#include "worst_regions.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace maskaudit_program {
namespace {

using maskaudit::issue_region;

void put(packing& bytes, const issue_region& region) {
    bytes.put(region.image);
    bytes.put(region.begin);
    bytes.put(region.end);
    bytes.put(region.area);
    bytes.put(region.centroid);
    bytes.put(region.given_label);
    bytes.put(region.predicted_label);
    bytes.put(region.mean_quality);
    bytes.put(region.mean_predicted);
    bytes.put(region.severity);
    bytes.put(region.runs);
}

issue_region get(unpacking& bytes) {
    issue_region region;
    region.image = bytes.get<std::size_t>();
    region.begin = bytes.get_all<std::size_t>();
    region.end = bytes.get_all<std::size_t>();
    region.area = bytes.get<std::size_t>();
    region.centroid = bytes.get_all<double>();
    region.given_label = bytes.get<std::size_t>();
    region.predicted_label = bytes.get<std::size_t>();
    region.mean_quality = bytes.get<double>();
    region.mean_predicted = bytes.get<double>();
    region.severity = bytes.get<double>();
    region.runs = bytes.get_all<maskaudit::pixel_run>();
    return region;
}

} // namespace

std::vector<issue_region> worst_regions(const maskaudit::label_inspector& inspector, const maskaudit::inspection& own,
                                        std::size_t first_image, const maskaudit::region_options& options,
                                        const ranks& all) {
    std::vector<issue_region> regions;
    std::string packed;
    all.together([&] {
        regions = inspector.issue_regions(own, options);
        for (issue_region& region : regions)
            region.image += first_image;
        if (all.is_first()) return;
        packing bytes;
        for (const issue_region& region : regions)
            put(bytes, region);
        packed = bytes.take();
    });
    const std::vector<std::string> others = all.gather(std::move(packed));
    all.on_first([&] {
        for (const std::string& text : others)
            for (unpacking bytes(text); !bytes.is_empty();)
                regions.push_back(get(bytes));
        // Equally severe ones are in the order of their images already.
        std::stable_sort(regions.begin(), regions.end(),
                         [](const issue_region& a, const issue_region& b) { return a.severity > b.severity; });
        if (options.top != 0 && regions.size() > options.top) regions.resize(options.top);
    });
    return regions;
}

} // namespace maskaudit_program
