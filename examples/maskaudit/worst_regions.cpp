#include "worst_regions.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace maskaudit_program {
namespace {

using maskaudit::issue_region;

/// Calls f with every member of a region.
void for_each_member(auto& region, auto f) {
    f(region.image);
    f(region.begin);
    f(region.end);
    f(region.area);
    f(region.centroid);
    f(region.given_label);
    f(region.predicted_label);
    f(region.mean_quality);
    f(region.mean_predicted);
    f(region.severity);
    f(region.runs);
}

} // namespace

std::vector<issue_region> worst_regions(const maskaudit::label_inspector& inspector, const maskaudit::inspection& own,
                                        std::size_t first_image, const maskaudit::region_options& options,
                                        const ranks& group) {
    std::vector<issue_region> regions;
    std::string packed;
    group.together([&] {
        regions = inspector.issue_regions(own, options);
        for (issue_region& region : regions)
            region.image += first_image;
        if (group.is_first()) return;
        packing bytes;
        for (const issue_region& region : regions)
            for_each_member(region, [&](const auto& member) { bytes.put(member); });
        packed = bytes.take();
    });
    const std::vector<std::string> others = group.gather(std::move(packed));
    group.on_first([&] {
        for (const std::string& text : others)
            for (unpacking bytes(text); !bytes.is_empty();)
                for_each_member(regions.emplace_back(), [&](auto& member) { bytes.get(member); });
        // Equally severe ones are in the order of their images already.
        std::stable_sort(regions.begin(), regions.end(),
                         [](const issue_region& a, const issue_region& b) { return a.severity > b.severity; });
        if (options.top != 0 && regions.size() > options.top) regions.resize(options.top);
    });
    return regions;
}

} // namespace maskaudit_program
