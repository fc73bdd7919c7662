#include "../../examples/maskaudit/region_files.hpp"

#include "file_contents.hpp"
#include "message.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/error.hpp>
#include <nlohmann/json.hpp>

#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// The files of regions, read back by a reader of JSON and a decoder of COCO's counts that share nothing with the
// writer.

using namespace maskaudit_program;
using maskaudit::issue_region;
using maskaudit_test::message_of;
using maskaudit_test::text_of;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// The four files in a folder.
struct files {
    temporary_folder folder{};
    region_paths paths{.csv = folder / "regions.csv",
                       .json = folder / "regions.json",
                       .coco = folder / "coco.json",
                       .coco_uncompressed = folder / "coco_uncompressed.json"};

    std::string csv() const { return text_of(paths.csv); }
    json regions() const { return json::parse(text_of(paths.json)); }
    json coco() const { return json::parse(text_of(paths.coco)); }
    json coco_uncompressed() const { return json::parse(text_of(paths.coco_uncompressed)); }
};

const issue_region hook{.image = 1,
                        .begin = {1, 0},
                        .end = {3, 3},
                        .area = 4,
                        .centroid = {1.75, 1},
                        .given_label = 0,
                        .predicted_label = 2,
                        .mean_quality = 0.125,
                        .mean_predicted = 0.75,
                        .severity = 7.5,
                        .runs = {{3, 1}, {6, 3}}}; // of 4 x 3 pixels
const issue_region corner{.image = 0,
                          .begin = {0, 0},
                          .end = {1, 1},
                          .area = 1,
                          .centroid = {0, 0},
                          .given_label = 1,
                          .predicted_label = 0,
                          .mean_quality = 0.1,
                          .mean_predicted = 1.0000005,
                          .severity = 2.25,
                          .runs = {{0, 1}}};
const std::vector<issue_region> both{hook, corner};

const region_facts arrays{.images = {{.shape = {4, 3}}, {.shape = {4, 3}}}, .num_classes = 3};
const region_facts folders{.images = {{"city, \"old\"/a.b", "city, \"old\"/a.b_labels.png", {2, 5}},
                                      {"lane/z\xff", "lane/z\xff.jpg", {4, 3}},
                                      {"zoo", "zoo.npy", {0, 7}}},
                           .num_classes = 3,
                           .class_names = {"road", "sky, blue", "car"}};

std::vector<bool> mask_of(const issue_region& region, std::size_t pixels) {
    std::vector<bool> mask(pixels);
    for (const auto& run : region.runs)
        for (std::size_t i = run.begin; i < run.begin + run.length; ++i)
            mask.at(i) = true;
    return mask;
}

/// Numbers of COCO's compressed form: a character holds 5 bits, 32 says that more follow, the last bit is a sign.
std::vector<std::int64_t> numbers_of(const std::string& text) {
    std::vector<std::int64_t> counts;
    for (auto letter = text.begin(); letter != text.end();) {
        std::int64_t number = 0, unit = 1;
        bool more = true;
        while (more) {
            const int digit = *letter++ - '0';
            more = digit >= 32;
            number += unit * (digit % 32);
            unit *= 32;
            if (!more && digit >= 16) number -= unit;
        }
        counts.push_back(number + (counts.size() > 2 ? counts[counts.size() - 2] : 0));
    }
    return counts;
}

/// The row-major mask of a "segmentation" of either form.
std::vector<bool> decoded(const json& segmentation) {
    const auto height = segmentation["size"][0].get<std::size_t>(), width = segmentation["size"][1].get<std::size_t>();
    const json& counts = segmentation["counts"];
    const auto lengths =
        counts.is_string() ? numbers_of(counts.get<std::string>()) : counts.get<std::vector<std::int64_t>>();
    std::vector<bool> mask(height * width);
    std::size_t position = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i)
        for (std::int64_t left = lengths[i]; left > 0; --left, ++position)
            mask.at(position % height * width + position / height) = i % 2 == 1;
    REQUIRE(position == mask.size());
    return mask;
}

} // namespace

TEST_CASE("regions.csv of arrays", "[regions]") {
    const files out;
    write_region_files(out.paths, both, arrays);
    CHECK(out.csv() == "image,row_begin,column_begin,row_end,column_end,area,given,predicted,mean_quality,severity,"
                       "mean_predicted,centroid_row,centroid_column,region\n"
                       "1,1,0,3,3,4,0,2,0.125,7.5,0.75,1.75,1,1\n"
                       "0,0,0,1,1,1,1,0,0.1,2.25,1.0000005,0,0,2\n");
}

TEST_CASE("regions.csv with names of classes and images", "[regions]") {
    const files out;
    write_region_files(out.paths, both, folders);
    CHECK(out.csv() == "image,row_begin,column_begin,row_end,column_end,area,given,predicted,mean_quality,severity,"
                       "mean_predicted,centroid_row,centroid_column,given_name,predicted_name,name,region\n"
                       "1,1,0,3,3,4,0,2,0.125,7.5,0.75,1.75,1,road,car,lane/z\xff,1\n"
                       "0,0,0,1,1,1,1,0,0.1,2.25,1.0000005,0,0,\"sky, blue\",road,\"city, \"\"old\"\"/a.b\",2\n");
}

TEST_CASE("regions of images of other than two axes", "[regions]") {
    const issue_region span{.image = 0, .begin = {4}, .end = {6}, .area = 2, .centroid = {4.5}, .runs = {{4, 2}}};
    const issue_region block{
        .image = 1, .begin = {0, 1, 0}, .end = {1, 2, 2}, .area = 2, .centroid = {0, 1, 0.5}, .runs = {{2, 2}}};
    const region_facts facts{.images = {{.shape = {9}}, {.shape = {2, 3, 2}}}, .num_classes = 1};
    files out;
    CHECK_FALSE(fit_coco(facts.images));
    CHECK(message_of<std::invalid_argument>([&] { write_region_files(out.paths, {}, facts); }) ==
          "an image in COCO files must have two axes, and fewer than 2^29 pixels");
    CHECK(fs::is_empty(out.folder.path()));

    out.paths.coco = out.paths.coco_uncompressed = fs::path();
    write_region_files(out.paths, {span, block}, facts);
    CHECK(out.csv() == "image,begin_0,begin_1,begin_2,end_0,end_1,end_2,area,given,predicted,mean_quality,severity,"
                       "mean_predicted,centroid_0,centroid_1,centroid_2,region\n"
                       "0,4,,,6,,,2,0,0,0,0,0,4.5,,,1\n"
                       "1,0,1,0,1,2,2,2,0,0,0,0,0,0,1,0.5,2\n");
    const json regions = out.regions()["regions"];
    CHECK(regions[0]["begin"] == json{4});
    CHECK(regions[0]["shape"] == json{9});
    CHECK(regions[1]["end"] == json{1, 2, 2});
    CHECK(regions[1]["runs"] == json::parse("[[2, 2]]"));
    CHECK(std::distance(fs::directory_iterator(out.folder.path()), {}) == 2);
}

TEST_CASE("regions.json has all that is known of a region", "[regions]") {
    const files out;
    write_region_files(out.paths, both, folders);
    const json all = out.regions();
    CHECK(all["version"] == MASKAUDIT_VERSION);
    CHECK(all["images"] == 3);
    CHECK(all["classes"] == 3);
    REQUIRE(all["regions"].size() == 2);
    CHECK(all["regions"][0] ==
          json::parse(R"({"region": 1, "image": 1, "name": "lane/z\ufffd", "shape": [4, 3], "begin": [1, 0],
        "end": [3, 3], "area": 4, "centroid": [1.75, 1.0], "given": 0, "given_name": "road", "predicted": 2,
        "predicted_name": "car", "mean_quality": 0.125, "mean_predicted": 0.75, "severity": 7.5,
        "runs": [[3, 1], [6, 3]]})"));
    CHECK(all["regions"][1]["name"] == "city, \"old\"/a.b");

    write_region_files(out.paths, both, arrays);
    const json first = out.regions()["regions"][0];
    CHECK_FALSE(first.contains("name"));
    CHECK(first["given_name"].is_null());
    CHECK(first["predicted_name"].is_null());
}

TEST_CASE("COCO files have the pixels of regions", "[regions]") {
    const files out;
    write_region_files(out.paths, both, arrays);
    for (const json& coco : {out.coco(), out.coco_uncompressed()}) {
        REQUIRE(coco["annotations"].size() == 2);
        CHECK(decoded(coco["annotations"][0]["segmentation"]) == mask_of(hook, 12));
        CHECK(decoded(coco["annotations"][1]["segmentation"]) == mask_of(corner, 12));
    }
    // Columns of 4: . # # .   . . # .   . . # . ; from the fourth on differences -1, 0, 0, -2
    CHECK(out.coco()["annotations"][0]["segmentation"]["counts"] == "123O00N");
    CHECK(out.coco_uncompressed()["annotations"][0]["segmentation"]["counts"] == json{1, 2, 3, 1, 3, 1, 1});
}

TEST_CASE("COCO files have images, categories and facts of regions", "[regions]") {
    const files out;
    write_region_files(out.paths, both, folders);
    const json coco = out.coco();
    CHECK(coco["images"] == json::parse(R"([
        {"id": 0, "file_name": "city, \"old\"/a.b_labels.png", "width": 5, "height": 2},
        {"id": 1, "file_name": "lane/z\ufffd.jpg", "width": 3, "height": 4},
        {"id": 2, "file_name": "zoo.npy", "width": 7, "height": 0}])"));
    CHECK(coco["categories"] == json::parse(R"([{"id": 0, "name": "road", "supercategory": ""},
        {"id": 1, "name": "sky, blue", "supercategory": ""}, {"id": 2, "name": "car", "supercategory": ""}])"));
    json annotation = coco["annotations"][0];
    annotation.erase("segmentation");
    CHECK(annotation == json::parse(R"({"id": 1, "image_id": 1, "category_id": 2, "area": 4, "bbox": [0, 1, 3, 2],
        "iscrowd": 0, "score": 0.75, "given": 0, "mean_quality": 0.125, "severity": 7.5})"));
    CHECK(coco["annotations"][1]["id"] == 2);
    CHECK(coco["annotations"][1]["score"] == 1);
    CHECK(coco["info"]["version"] == MASKAUDIT_VERSION);
    CHECK(coco["licenses"] == json::array());

    json plain = out.coco_uncompressed();
    for (std::size_t i = 0; i < 2; ++i)
        plain["annotations"][i]["segmentation"] = coco["annotations"][i]["segmentation"];
    CHECK(plain == coco);

    write_region_files(out.paths, {}, arrays);
    CHECK(out.coco()["images"][1]["file_name"] == "image 1");
    CHECK(out.coco()["categories"][2]["name"] == "2");
}

TEST_CASE("files of no regions, and of no images", "[regions]") {
    const files out;
    for (const region_facts& facts : {folders, region_facts{}}) {
        write_region_files(out.paths, {}, facts);
        CHECK(out.csv().find("row_begin") != std::string::npos);
        CHECK(out.csv().find('\n') == out.csv().size() - 1);
        CHECK(out.regions()["regions"] == json::array());
        CHECK(out.coco()["annotations"] == json::array());
        CHECK(out.coco_uncompressed()["images"].size() == facts.images.size());
    }
}

TEST_CASE("which images fit COCO files", "[regions]") {
    const auto fits = [](std::vector<std::size_t> shape) {
        return fit_coco({{.shape = {4, 3}}, {.shape = std::move(shape)}});
    };
    CHECK(fit_coco({}));
    CHECK(fits({0, 0}));
    CHECK(fits({1, (std::size_t{1} << 29) - 1}));
    CHECK_FALSE(fits({1, std::size_t{1} << 29}));
    CHECK_FALSE(fits({std::size_t{1} << 40, std::size_t{1} << 40}));
    CHECK_FALSE(fits({4}));
    CHECK_FALSE(fits({4, 3, 1}));
}

TEST_CASE("files that cannot be written, or regions that are in no image", "[regions]") {
    files out;
    region_facts smaller = arrays;
    smaller.images[1].shape = {2, 3};
    CHECK(message_of<std::invalid_argument>([&] { write_region_files(out.paths, both, smaller); }) ==
          "region of image 1 ends at (3, 3): it must lie in an image of 2 x 3 pixels");
    out.paths.json = out.folder / "missing" / "regions.json";
    CHECK(message_of<maskaudit::file_error>([&] {
              write_region_files(out.paths, both, arrays);
          }).starts_with(out.paths.json.string() + ": expected a file that can be written, found "));
    if (fs::exists("/dev/full")) { // what is buffered fails when the file is closed
        out.paths = {.csv = "/dev/full"};
        CHECK(message_of<maskaudit::file_error>([&] {
                  write_region_files(out.paths, both, arrays);
              }).starts_with("/dev/full: expected a file that can be written, found "));
    }
}
