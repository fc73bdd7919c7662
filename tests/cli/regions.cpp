#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <maskaudit/report.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <png_bytes.hpp>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// What `maskaudit audit` tells of regions, with and without borders, and its report.

using namespace maskaudit_test;
using maskaudit::npy_view;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

// How files of these kinds begin in base64.
const std::string jpeg_begin = ">/9j/", png_begin = ">iVBORw0KGgo";

const fs::path scene = fs::path(MASKAUDIT_REFERENCE_DIR) / "scene_f32_u8";

struct scene_arrays {
    xt::xarray<std::uint8_t> labels = npy_view(scene / "labels.npy").read<std::uint8_t>();
    xt::xarray<float> pred_probs = npy_view(scene / "pred_probs.npy").read<float>();
    xt::xarray<bool> issues = maskaudit::find_label_issues(labels, pred_probs);

    std::size_t images() const { return labels.shape()[0]; }
    std::size_t height() const { return labels.shape()[1]; }
    std::size_t width() const { return labels.shape()[2]; }
};

outcome audit(const fs::path& out, std::vector<std::string> more) {
    more.insert(more.begin(), {"audit", scene / "labels.npy", scene / "pred_probs.npy", "--out", out});
    return run(more);
}

outcome audited(const fs::path& out, const std::vector<std::string>& more = {}) {
    outcome done = audit(out, more);
    INFO(done.err);
    REQUIRE(done.status == 0);
    return done;
}

void check_regions(const fs::path& out, const std::vector<maskaudit::issue_region>& expected) {
    const auto rows = csv_rows(out / "regions.csv");
    const json regions = json::parse(text_of(out / "regions.json"))["regions"];
    const json coco = json::parse(text_of(out / "coco.json"))["annotations"];
    REQUIRE(rows.size() == expected.size() + 1);
    REQUIRE(regions.size() == expected.size());
    REQUIRE(coco.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const maskaudit::issue_region& region = expected[i];
        const std::vector<std::size_t> whole{region.image,       region.begin[0],       region.begin[1],
                                             region.end[0],      region.end[1],         region.area,
                                             region.given_label, region.predicted_label};
        for (std::size_t column = 0; column < whole.size(); ++column)
            CHECK(rows[i + 1][column] == std::to_string(whole[column]));
        CHECK(std::stod(rows[i + 1][8]) == region.mean_quality);
        CHECK(std::stod(rows[i + 1][9]) == region.severity);
        CHECK(regions[i]["runs"].size() == region.runs.size());
        CHECK(coco[i]["area"] == region.area);
    }
}

/// Pictures of the scene, (N, H, W, 3), no two alike.
xt::xarray<std::uint8_t> some_pictures(const scene_arrays& data) {
    xt::xarray<std::uint8_t> pictures =
        xt::xarray<std::uint8_t>::from_shape({data.images(), data.height(), data.width(), 3});
    for (std::size_t i = 0; i < pictures.size(); ++i)
        pictures.data()[i] = static_cast<std::uint8_t>(i * i / 97);
    return pictures;
}

void save_picture(const fs::path& path, const xt::xarray<std::uint8_t>& pixels) {
    fs::create_directories(path.parent_path());
    save_png(path, {.height = pixels.shape()[0], .width = pixels.shape()[1], .colour_type = PNG_COLOR_TYPE_RGB},
             {pixels.begin(), pixels.end()});
}

/// The report without the line that says where the pictures are.
std::string report_of(const fs::path& out, const fs::path& pictures) {
    std::string text = text_of(out / "report.html");
    for (auto at = text.find(pictures.filename()); at != std::string::npos; at = text.find(pictures.filename()))
        text.erase(at, pictures.filename().string().size());
    return text;
}

} // namespace

TEST_CASE("regions in files are those of the library", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const outcome done = audited(folder / "out");
    const auto all = maskaudit::issue_regions(data.issues, data.labels, data.pred_probs);
    check_regions(folder / "out", all);
    CHECK(done.out.find("Most severe regions (10 of " + std::to_string(all.size()) + ")") != std::string::npos);
    const json summary = json::parse(text_of(folder / "out" / "summary.json"));
    CHECK(summary["regions"] == all.size());
    CHECK(summary["worst_regions"].size() == 10);
    CHECK(summary["worst_regions"][0]["severity"] == all[0].severity);
    CHECK(summary["has_more_regions"] == false);

    const outcome few = audited(folder / "few", {"--min-area", "4", "--regions", "3"});
    check_regions(folder / "few",
                  maskaudit::issue_regions(data.issues, data.labels, data.pred_probs, {.min_area = 4, .top = 3}));
    CHECK(few.out.find("(3 of the first 3)") != std::string::npos);
    const std::string exactly = std::to_string(all.size());
    CHECK(audited(folder / "all", {"--regions", exactly}).out.find("of " + exactly + ")") != std::string::npos);
    audited(folder / "every", {"--regions", "0"});
    CHECK(text_of(folder / "every" / "regions.csv") == text_of(folder / "out" / "regions.csv"));
}

TEST_CASE("with a boundary tolerance everything is about the issues that are left", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    audited(folder / "out", {"--boundary-tolerance", "1"});
    const auto inner = maskaudit::away_from_boundaries(data.issues, data.labels, 1);
    const auto left = std::count(inner.begin(), inner.end(), true);
    REQUIRE(left > 0);
    REQUIRE(left < std::count(data.issues.begin(), data.issues.end(), true));
    CHECK((npy_view(folder / "out" / "issues.npy").read<bool>() == inner));
    check_regions(folder / "out", maskaudit::issue_regions(inner, data.labels, data.pred_probs));
    const json summary = json::parse(text_of(folder / "out" / "summary.json"));
    CHECK(summary["issue_pixels"] == left);
    CHECK(summary["options"]["boundary_tolerance"] == 1);
    const auto swaps = maskaudit::common_label_issues(inner, data.labels, data.pred_probs, {.top = 1000000});
    CHECK(summary["swaps"].size() == swaps.size());
    const auto scores = npy_view(folder / "out" / "num_pixel_issues_scores.npy").read<double>();
    const auto softmin = npy_view(folder / "out" / "softmin_scores.npy").read<double>();
    for (std::size_t n = 0; n < data.images(); ++n) {
        const auto mask = xt::view(inner, n);
        CHECK(scores(n) == 1 - static_cast<double>(std::count(mask.begin(), mask.end(), true)) /
                                   static_cast<double>(data.height() * data.width()));
    }
    audited(folder / "plain");
    CHECK((npy_view(folder / "plain" / "softmin_scores.npy").read<double>() == softmin));
}

TEST_CASE("a report has images, regions and names, and is there only if asked for", "[cli]") {
    const temporary_folder folder;
    std::ofstream names(folder / "names.txt");
    for (int k = 0; k < 19; ++k)
        names << "<b>class & " << k << "</b>\n";
    names.close();
    audited(folder / "out", {"--report", "--classes", folder / "names.txt", "--report-top", "3"});
    const std::string report = text_of(folder / "out" / "report.html");
    CHECK(report.starts_with("<!DOCTYPE html>"));
    CHECK(report.find("<b>class") == std::string::npos);
    CHECK(count(report, "\\u003cb\\u003eclass \\u0026 3") > 0);
    CHECK(count(report, "id=\"region-2-given\"") == 1);
    CHECK(count(report, "id=\"region-3-given\"") == 0);
    CHECK(count(report, png_begin) > 0);
    CHECK(count(report, jpeg_begin) == 0); // no pictures
    CHECK(json::parse(text_of(folder / "out" / "summary.json"))["files"].dump().find("report.html") !=
          std::string::npos);

    const outcome again = audited(folder / "out");
    CHECK(again.err.find("report.html is of an earlier run: --report would have written it anew") != std::string::npos);
    audited(folder / "without");
    CHECK(!fs::exists(folder / "without" / "report.html"));
    const outcome alone = audit(folder / "none", {"--report-top", "3"});
    CHECK(alone.status == 2);
    CHECK(alone.err.find("--report-top needs --report") != std::string::npos);
}

TEST_CASE("pictures in one file or one each make the same report", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const auto pictures = some_pictures(data);
    maskaudit::write_npy(folder / "as_array.npy", pictures);
    for (std::size_t n = 0; n < data.images(); ++n)
        save_picture(folder / "as_files" / (std::to_string(n) + ".png"), xt::view(pictures, n));
    std::ofstream(folder / "as_files" / "about.txt") << "no picture";
    audited(folder / "a", {"--report", "--images", folder / "as_array.npy"});
    audited(folder / "b", {"--report", "--images", folder / "as_files"});
    CHECK(count(text_of(folder / "a" / "report.html"), jpeg_begin) >= data.images());
    CHECK(report_of(folder / "a", "as_array.npy") == report_of(folder / "b", "as_files"));
    CHECK(text_of(folder / "a" / "images.csv").starts_with("image,softmin,num_pixel_issues,issue_pixels\n"));
    CHECK(text_of(folder / "b" / "images.csv").starts_with("image,softmin,num_pixel_issues,issue_pixels,picture\n"));
    CHECK(text_of(folder / "b" / "coco.json").find("\"0.png\"") != std::string::npos);

    const xt::xarray<std::uint8_t> grey = xt::view(pictures, xt::all(), xt::all(), xt::all(), 0);
    maskaudit::write_npy(folder / "grey.npy", grey);
    audited(folder / "grey", {"--report", "--images", folder / "grey.npy"});
    CHECK(count(text_of(folder / "grey" / "report.html"), jpeg_begin) >= data.images());
}

TEST_CASE("pictures that do not fit are refused before any work", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const auto pictures = some_pictures(data);
    const auto refused = [&](const fs::path& images, const std::string& message) {
        const outcome done = audit(folder / "out", {"--report", "--images", images});
        INFO(done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find(images.string() + ": expected " + message) != std::string::npos);
        CHECK(!fs::exists(folder / "out"));
    };
    maskaudit::write_npy(folder / "float.npy", xt::xarray<float>(pictures));
    refused(folder / "float.npy", "pictures of uint8, found elements of type <f4");
    maskaudit::write_npy(folder / "shape.npy", xt::xarray<std::uint8_t>(xt::view(pictures, 0, 0)));
    refused(folder / "shape.npy", "pictures of shape (N, H, W, 3) or (N, H, W), found shape (");
    maskaudit::write_npy(folder / "few.npy", xt::xarray<std::uint8_t>(xt::view(pictures, xt::range(1, 3))));
    refused(folder / "few.npy", std::to_string(data.images()) + " pictures, one an image, found shape (2, ");
    maskaudit::write_npy(folder / "size.npy", xt::xarray<std::uint8_t>(xt::view(pictures, xt::all(), xt::range(1, 3))));
    refused(folder / "size.npy", "pictures of the size of their labels, (");
    save_picture(folder / "one" / "0.png", xt::view(pictures, 0));
    refused(folder / "one", std::to_string(data.images()) + " pictures, .png or .jpg, one an image, found 1 of them");
    refused(folder / "none.npy", "");
}

TEST_CASE("a picture that cannot be read is told, and left out of the report", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const auto pictures = some_pictures(data);
    for (std::size_t n = 0; n < data.images(); ++n)
        save_picture(folder / "pictures" / (std::to_string(n) + ".png"), xt::view(pictures, n));
    fs::resize_file(folder / "pictures" / "1.png", 60);
    save_picture(folder / "pictures" / "0.png", xt::view(pictures, 0, xt::range(1, 5)));
    const outcome done = audited(folder / "out", {"--report", "--images", folder / "pictures"});
    CHECK(done.err.find("0.png: the picture is (4, " + std::to_string(data.width()) + "), its labels are (" +
                        std::to_string(data.height())) != std::string::npos);
    CHECK(done.err.find("1.png: ") != std::string::npos);
    CHECK(count(done.err, "it is left out of the report") == 2);
    CHECK(count(text_of(folder / "out" / "report.html"), jpeg_begin) > 0);
}

TEST_CASE("images of other numbers of axes have regions and a report, and no COCO files", "[cli]") {
    const temporary_folder folder;
    const xt::xarray<std::uint8_t> labels{{0, 0, 1, 1, 0, 1}};
    const xt::xarray<float> pred_probs{{{0.9F, 0.9F, 0.1F, 0.9F, 0.9F, 0.2F}, {0.1F, 0.1F, 0.9F, 0.1F, 0.1F, 0.8F}}};
    maskaudit::write_npy(folder / "labels.npy", labels);
    maskaudit::write_npy(folder / "pred_probs.npy", pred_probs);
    const outcome done =
        run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out", "--report"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    const auto rows = csv_rows(folder / "out" / "regions.csv");
    REQUIRE(rows.size() == 2);
    CHECK(std::vector(rows[0].begin(), rows[0].begin() + 5) ==
          std::vector<std::string>{"image", "begin_0", "end_0", "area", "given"});
    CHECK(std::vector(rows[1].begin(), rows[1].begin() + 6) == std::vector<std::string>{"0", "3", "4", "1", "1", "0"});
    CHECK(done.out.find("[3:4]") != std::string::npos);
    CHECK(fs::exists(folder / "out" / "report.html"));
    CHECK(!fs::exists(folder / "out" / "coco.json"));
}

TEST_CASE("images of several numbers of axes in one report", "[cli]") {
    const temporary_folder folder;
    fs::create_directories(folder / "labels");
    fs::create_directories(folder / "pred_probs");
    const xt::xarray<float> row{{0.9F, 0.9F, 0.1F, 0.9F}, {0.1F, 0.1F, 0.9F, 0.1F}};
    maskaudit::write_npy(folder / "labels" / "a.npy", xt::xarray<int>{0, 0, 1, 1});
    maskaudit::write_npy(folder / "pred_probs" / "a.npy", row);
    maskaudit::write_npy(folder / "labels" / "b.npy", xt::xarray<int>{{0, 0, 1, 1}});
    maskaudit::write_npy(folder / "pred_probs" / "b.npy", xt::xarray<float>(xt::view(row, xt::all(), xt::newaxis())));
    const outcome done = run({"audit", folder / "labels", folder / "pred_probs", "--out", folder / "out", "--report"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    CHECK(json::parse(text_of(folder / "out" / "summary.json"))["regions"] == 2);
    const std::string report = text_of(folder / "out" / "report.html");
    CHECK(count(report, "id=\"region-0-given\"") == 1); // of b
    CHECK(count(report, "id=\"region-1-given\"") == 0);
    CHECK(!fs::exists(folder / "out" / "coco.json"));
}

TEST_CASE("the pictures of a report are those that the library draws", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const auto pictures = some_pictures(data);
    maskaudit::write_npy(folder / "photos.npy", pictures);
    audited(folder / "out", {"--report", "--ignore-label", "3", "--images", folder / "photos.npy"});
    const maskaudit::options opts{.ignore_label = 3};
    const auto photo = [&](std::size_t n) { return maskaudit::picture(xt::view(pictures, n)); };
    maskaudit::write_report(folder / "report.html", maskaudit::find_label_issues(data.labels, data.pred_probs, opts),
                            data.labels, data.pred_probs, {.pictures = photo}, opts);
    const auto pictures_in = [](const std::string& report) {
        return report.substr(report.find("id=\"image-0-"), report.rfind("id=\"region-") - report.find("id=\"image-0-"));
    };
    const std::string drawn = pictures_in(text_of(folder / "out" / "report.html"));
    CHECK(count(drawn, "-predicted\"") >= data.images());
    CHECK((drawn == pictures_in(text_of(folder / "report.html"))));
}

TEST_CASE("pictures of an array are in the order of their names, with numbers as numbers", "[cli]") {
    const temporary_folder folder;
    const auto labels = xt::xarray<std::uint8_t>(std::vector<std::size_t>{12, 2, 3}, std::uint8_t{0});
    const auto pred_probs = xt::xarray<float>(std::vector<std::size_t>{12, 2, 2, 3}, 0.5F);
    maskaudit::write_npy(folder / "labels.npy", labels);
    maskaudit::write_npy(folder / "pred_probs.npy", pred_probs);
    const auto black = xt::xarray<std::uint8_t>(std::vector<std::size_t>{2, 3, 3}, std::uint8_t{0});
    for (int n = 0; n < 12; ++n)
        save_picture(folder / "pictures" / ("frame " + std::to_string(n) + ".png"), black);
    REQUIRE(run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out", "--images",
                 folder / "pictures"})
                .status == 0);
    const json images = json::parse(text_of(folder / "out" / "coco.json"))["images"];
    for (std::size_t n = 0; n < 12; ++n)
        CHECK(images[n]["file_name"] == "frame " + std::to_string(n) + ".png");

    const outcome one = run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out"});
    REQUIRE(one.status == 0);
    maskaudit::write_npy(folder / "signal.npy", xt::xarray<int>{{0, 1}});
    maskaudit::write_npy(folder / "signal_probs.npy", xt::xarray<float>{{{0.9F, 0.2F}, {0.1F, 0.8F}}});
    const outcome other = run({"audit", folder / "signal.npy", folder / "signal_probs.npy", "--out", folder / "out"});
    CHECK(other.err.find("coco.json is of an earlier run, which had other images") != std::string::npos);
}

TEST_CASE("COCO's file names are those below the folder of pictures, whatever the suffix", "[cli]") {
    const temporary_folder folder;
    for (const char* const name : {"a", "b"}) {
        fs::create_directories(folder / "labels" / name);
        fs::create_directories(folder / "pred_probs");
        maskaudit::write_npy(folder / "labels" / name / "mask.npy", xt::xarray<int>{{0, 1}});
        maskaudit::write_npy(folder / "pred_probs" / (name + std::string(".npy")),
                             xt::xarray<float>{{{0.9F, 0.2F}}, {{0.1F, 0.8F}}});
        save_picture(folder / "pictures" / name / "photo.png",
                     xt::xarray<std::uint8_t>(std::vector<std::size_t>{1, 2, 3}, std::uint8_t{0}));
    }
    const outcome done =
        run({"audit", folder / "labels", folder / "pred_probs", "--out", folder / "out", "--labels-suffix", "/mask",
             "--images", folder / "pictures", "--images-suffix", "/photo"});
    INFO(done.err);
    REQUIRE(done.status == 0);
    const json images = json::parse(text_of(folder / "out" / "coco.json"))["images"];
    CHECK(images[0]["file_name"] == "a/photo.png");
    CHECK(images[1]["file_name"] == "b/photo.png");
}
