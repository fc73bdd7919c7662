#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>

#include <algorithm>
#include <catch.hpp>
#include <file_contents.hpp>
#include <filesystem>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

using namespace maskaudit_test;
using maskaudit::npy_view;

namespace {

const std::filesystem::path scene = std::filesystem::path(MASKAUDIT_REFERENCE_DIR) / "scene_f64";
const std::string image_scores = scene / "softmin_image_scores_0.1.npy";
const std::string pixel_scores = scene / "softmin_pixel_scores.npy";

} // namespace

TEST_CASE("threshold without pixel scores lists images, worst first", "[cli]") {
    const temporary_folder folder;
    for (const std::string threshold : {"0", "0.05", "0.5", "1"}) {
        const outcome done = run({"threshold", image_scores, "--threshold", threshold, "--out", folder / "images.npy"});
        REQUIRE(done.status == 0);
        const auto expected =
            maskaudit::issues_from_scores(npy_view(image_scores).read<double>(), std::stod(threshold));
        const auto written = npy_view(folder / "images.npy").read<std::uint64_t>();
        CHECK(std::equal(written.begin(), written.end(), expected.begin(), expected.end()));
        CHECK(done.out.find(std::to_string(expected.size()) + " of 6 images") != std::string::npos);
    }
}

TEST_CASE("threshold with pixel scores marks pixels", "[cli]") {
    const temporary_folder folder;
    for (const std::string threshold : {"0.05", "0.5", "0.9"}) {
        const outcome done = run({"threshold", image_scores, "--pixel-scores", pixel_scores, "--threshold", threshold,
                                  "--out", folder / "mask.npy"});
        REQUIRE(done.status == 0);
        const auto expected = npy_view(scene / ("issues_mask_" + threshold + ".npy")).read<bool>();
        const auto written = npy_view(folder / "mask.npy").read<bool>();
        CHECK(written.shape() == expected.shape());
        CHECK(std::equal(written.begin(), written.end(), expected.begin()));
    }
}

TEST_CASE("the threshold is 0.1 unless given, and --quiet says nothing", "[cli]") {
    const temporary_folder folder;
    const outcome done =
        run({"threshold", image_scores, "--pixel-scores", pixel_scores, "--out", folder / "mask.npy", "--quiet"});
    CHECK(done.status == 0);
    CHECK(done.out.empty());
    const auto expected = npy_view(scene / "issues_mask_0.1.npy").read<bool>();
    const auto written = npy_view(folder / "mask.npy").read<bool>();
    CHECK(std::equal(written.begin(), written.end(), expected.begin()));
}

TEST_CASE("demo finds most of the errors it makes, and says how many", "[cli]") {
    const temporary_folder folder;
    const outcome done = run({"demo", "--out", folder / "demo"});
    REQUIRE(done.status == 0);
    const auto issues = npy_view(folder / "demo" / "issues.npy").read<bool>();
    const auto errors = npy_view(folder / "demo" / "errors.npy").read<bool>();
    const auto labels = npy_view(folder / "demo" / "labels.npy").read<int>();
    const auto true_labels = npy_view(folder / "demo" / "true_labels.npy").read<int>();
    REQUIRE(issues.size() == errors.size());
    std::size_t flagged = 0, wrong = 0, both = 0;
    for (std::size_t i = 0; i < issues.size(); ++i) {
        CHECK(errors.data()[i] == (labels.data()[i] != true_labels.data()[i]));
        flagged += issues.data()[i] ? 1 : 0;
        wrong += errors.data()[i] ? 1 : 0;
        both += issues.data()[i] && errors.data()[i] ? 1 : 0;
    }
    const auto percent = [](std::size_t part, std::size_t whole) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
        return std::string(text);
    };
    INFO(done.out);
    CHECK(done.out.find("Precision " + percent(both, flagged)) != std::string::npos);
    CHECK(done.out.find("Recall " + percent(both, wrong)) != std::string::npos);
    CHECK(2 * both > wrong);
    CHECK(2 * both > flagged);

    REQUIRE(run({"demo", "--out", folder / "again", "--quiet"}).out.empty());
    const auto again = npy_view(folder / "again" / "issues.npy").read<bool>();
    CHECK(std::equal(issues.begin(), issues.end(), again.begin(), again.end()));
    REQUIRE(run({"demo", "--out", folder / "other"}).status == 0);
    REQUIRE(run({"demo", "--out", folder / "other", "--seed", "2"}).status == 0); // takes the place of the first
    const auto other = npy_view(folder / "other" / "labels.npy").read<int>();
    CHECK_FALSE(std::equal(labels.begin(), labels.end(), other.begin(), other.end()));
}

TEST_CASE("demo does not replace data that it has not made", "[cli]") {
    const temporary_folder folder;
    std::filesystem::copy_file(scene / "labels.npy", folder / "labels.npy");
    const auto before = contents(folder.path());
    const outcome done = run({"demo", "--out", folder.path()});
    CHECK(done.status == 1);
    CHECK(done.err == "maskaudit: " + folder.path().string() +
                          ": expected a folder for a scene, empty or of an earlier demo, found a file labels.npy that "
                          "the scene's would replace\n");
    CHECK(contents(folder.path()) == before);
}
