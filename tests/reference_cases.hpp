#pragma once

#include "compare.hpp"

#include <maskaudit/inspector.hpp>
#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

// What cleanlab 2.9.0 returned. reference/README.md says where the files come from.

namespace maskaudit_test {

using nlohmann::json;

struct reference_case {
    json expected; // its entry in the manifest
    std::filesystem::path folder;

    maskaudit::npy_view file(const json& name) const { return maskaudit::npy_view(folder / name.get<std::string>()); }
};

inline std::vector<reference_case> reference_cases() {
    const std::filesystem::path root = MASKAUDIT_REFERENCE_DIR;
    const json manifest = json::parse(std::ifstream(root / "manifest.json"));
    REQUIRE(manifest["cases"].size() == 14);
    std::vector<reference_case> cases;
    for (const json& expected : manifest["cases"])
        cases.push_back({expected, root / expected["name"].get<std::string>()});
    return cases;
}

/// Shapes and elements.
template <class A, class B>
bool same(const A& a, const B& b) {
    return std::equal(a.shape().begin(), a.shape().end(), b.shape().begin(), b.shape().end()) &&
           std::equal(a.begin(), a.end(), b.begin());
}

template <class Scores>
void check_image_scores(const Scores& scores, const maskaudit::npy_view& file) {
    const auto expected = file.as<double>();
    REQUIRE(scores.size() == expected.size());
    for (std::size_t n = 0; n < scores.size(); ++n)
        CHECK(close(scores(n), expected(n)));
}

inline std::vector<maskaudit::label_swap> rows_of(const json& rows) {
    std::vector<maskaudit::label_swap> swaps;
    for (const json& row : rows)
        swaps.push_back({row[0], row[1], row[2]});
    return swaps;
}

/// What the inspector found by the confident learning of these `find_label_issues`, at temperature 0.1.
inline void check_inspection(const reference_case& c, const json& issues, const maskaudit::inspection& found) {
    CHECK(found.num_issues == issues["num_issues"].get<std::uint64_t>());
    const auto expected = c.file(issues["mask"]).template read<bool>();
    REQUIRE(found.images.size() == expected.shape()[0]);
    for (std::size_t n = 0; n < found.images.size(); ++n)
        CHECK(same(found.issues(n), xt::eval(xt::view(expected, n))));
    for (const json& softmin : c.expected["softmin"])
        if (softmin["temperature"] == 0.1) check_image_scores(found.softmin_scores, c.file(softmin["image_scores"]));
    for (const json& scores : c.expected["num_pixel_issues"])
        if (scores["downsample"] == issues["downsample"])
            check_image_scores(found.num_pixel_issues_scores, c.file(scores["image_scores"]));
    if (issues["downsample"] == 1)
        CHECK(found.common_label_issues({.exclude = {}, .top = 1000000}) ==
              rows_of(c.expected["common_label_issues"][0]["rows"]));
}

} // namespace maskaudit_test
