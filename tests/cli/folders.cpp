#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <png.h>
#include <png_bytes.hpp>
#include <sstream>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// `maskaudit audit` of folders with a file an image.

using namespace maskaudit_test;
using maskaudit::npy_view;

namespace {

const std::filesystem::path scene = std::filesystem::path(MASKAUDIT_REFERENCE_DIR) / "scene_f32_u8";

struct scene_arrays {
    xt::xarray<std::uint8_t> labels = npy_view(scene / "labels.npy").read<std::uint8_t>();
    xt::xarray<float> pred_probs = npy_view(scene / "pred_probs.npy").read<float>();
};

void write_array(const std::filesystem::path& path, const auto& array) {
    std::filesystem::create_directories(path.parent_path());
    maskaudit::write_npy(path, array);
}

void write_labels(const std::filesystem::path& path, const xt::xarray<std::uint8_t>& labels) {
    std::filesystem::create_directories(path.parent_path());
    save_png(path, {labels.shape()[0], labels.shape()[1]}, {labels.begin(), labels.end()});
}

/// The reference scene, image by image: PNG and .npy labels, half of them in a subfolder. Returns the names in order.
std::vector<std::string> write_scene(const std::filesystem::path& folder, const scene_arrays& data) {
    std::vector<std::string> names;
    for (std::size_t n = 0; n < data.labels.shape()[0]; ++n) {
        names.push_back((n < 3 ? "a/" : "b ") + std::to_string(n));
        const auto labels = xt::view(data.labels, n);
        if (n % 2 == 0)
            write_labels(folder / "labels" / (names[n] + ".png"), labels);
        else
            write_array(folder / "labels" / (names[n] + ".npy"), xt::xarray<int>(labels));
        write_array(folder / "pred_probs" / (names[n] + ".npy"), xt::xarray<float>(xt::view(data.pred_probs, n)));
    }
    return names;
}

/// Grey values, by libpng's simplified interface, which ours does not read with.
xt::xarray<std::uint8_t> read_png(const std::filesystem::path& path) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    REQUIRE(png_image_begin_read_from_file(&image, path.c_str()) != 0);
    REQUIRE(image.format == PNG_FORMAT_GRAY);
    xt::xarray<std::uint8_t> pixels = xt::xarray<std::uint8_t>::from_shape({image.height, image.width});
    REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) != 0);
    return pixels;
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

outcome audit(const std::filesystem::path& folder, const std::filesystem::path& out,
              std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"audit", folder / "labels", folder / "pred_probs", "--out", out});
    return run(more);
}

void check_refused(const std::filesystem::path& folder, const std::vector<std::string>& more, int status,
                   const std::vector<std::string>& messages) {
    const auto before = contents(folder);
    const outcome done = audit(folder, folder / "out", more);
    CAPTURE(more, done.err);
    CHECK(done.status == status);
    for (const std::string& message : messages)
        CHECK(done.err.find(message) != std::string::npos);
    CHECK(contents(folder) == before);
    CHECK(!std::filesystem::exists(folder / "out"));
}

} // namespace

TEST_CASE("folders give what one array of all images gives", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    const std::vector<std::string> names = write_scene(folder.path(), data);
    const std::filesystem::path out = folder / "out", arrays = folder / "arrays";
    const std::vector<std::string> more{"--pixel-scores", "--ignore-label", "3", "--temperature", "0.2"};
    const outcome done = audit(folder.path(), out, more);
    INFO(done.err);
    REQUIRE(done.status == 0);
    CHECK(done.out.find("a/0") != std::string::npos);
    std::vector<std::string> all{"audit", scene / "labels.npy", scene / "pred_probs.npy", "--out", arrays};
    all.insert(all.end(), more.begin(), more.end());
    REQUIRE(run(all).status == 0);

    auto found = contents(out), expected = contents(arrays);
    for (const char* const file : {"softmin_scores.npy", "num_pixel_issues_scores.npy", "swaps.csv"})
        CHECK(found[file] == expected[file]);
    CHECK(found.size() == 9 + 2 * names.size());
    const auto mask = npy_view(arrays / "issues.npy").read<bool>();
    const auto scores = npy_view(arrays / "pixel_scores.npy").read<float>();
    for (std::size_t n = 0; n < names.size(); ++n) {
        const auto png = read_png(out / "issues" / (names[n] + ".png"));
        CHECK((png == xt::xarray<std::uint8_t>(xt::cast<std::uint8_t>(xt::view(mask, n)) * 255)));
        CHECK((npy_view(out / "pixel_scores" / (names[n] + ".npy")).read<float>() == xt::view(scores, n)));
    }
    const auto rows = lines_of(out / "images.csv"), plain = lines_of(arrays / "images.csv");
    REQUIRE(rows.size() == plain.size());
    CHECK(rows[0] == plain[0] + ",name");
    for (std::size_t i = 1; i < rows.size(); ++i)
        CHECK(rows[i] == plain[i] + "," + names[std::stoul(plain[i])]);
    const auto summary = nlohmann::json::parse(found["summary.json"]);
    CHECK(summary["worst_images"][0]["name"] == names[summary["worst_images"][0]["image"].get<std::size_t>()]);
    CHECK(summary["pixels"] == data.labels.size());
    CHECK(summary["files"].size() == 11); // folders count as one
}

TEST_CASE("images of any size, and of other numbers of axes", "[cli]") {
    const temporary_folder folder;
    const std::filesystem::path labels = folder / "labels", pred_probs = folder / "pred_probs";
    maskaudit::label_inspector inspector(2);
    std::size_t n = 0;
    for (const std::vector<std::size_t>& shape :
         std::vector<std::vector<std::size_t>>{{4, 6}, {30}, {0, 5}, {2, 3, 5}, {7, 1}}) {
        const std::string name = std::to_string(n++) + ".npy";
        auto given = xt::xarray<int>::from_shape(shape);
        auto found = xt::xarray<double>::from_shape([&] {
            std::vector<std::size_t> with_classes = shape;
            with_classes.insert(with_classes.begin(), 2);
            return with_classes;
        }());
        for (std::size_t i = 0; i < given.size(); ++i) {
            given.data()[i] = i % 7 == 3 ? 1 : 0;
            found.data()[given.size() + i] = i % 5 == 3 ? 0.9 : 0.2;
            found.data()[i] = 1 - found.data()[given.size() + i];
        }
        write_array(labels / name, given);
        write_array(pred_probs / name, found);
        inspector.add(given, found);
    }
    REQUIRE(audit(folder.path(), folder / "out", {"--pixel-scores"}).status == 0);
    const maskaudit::inspection found = inspector.finish();
    const auto scores = npy_view(folder / "out" / "softmin_scores.npy").read<double>();
    REQUIRE(scores.size() == found.softmin_scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
        CHECK(scores(i) == Approx(found.softmin_scores(i)).epsilon(1e-12));
    CHECK(read_png(folder / "out" / "issues" / "0.png").size() == 24);
    for (std::size_t i = 1; i < 4; ++i) // no pictures
        CHECK((npy_view(folder / "out" / "issues" / (std::to_string(i) + ".npy")).read<bool>() == found.issues(i)));
    CHECK(npy_view(folder / "out" / "pixel_scores" / "1.npy").holds<double>());
}

TEST_CASE("a label map, for folders and arrays", "[cli]") {
    const temporary_folder folder;
    scene_arrays data;
    std::ofstream map(folder / "map.csv");
    map << "from,to\n";
    for (int k = 0; k < 19; ++k)
        map << 3 * k + 1 << ',' << (k == 3 ? "ignore" : std::to_string(k)) << '\n';
    map.close();
    for (std::uint8_t& label : data.labels)
        label = static_cast<std::uint8_t>(3 * label + 1);
    write_scene(folder.path(), data);
    const std::vector<std::string> more{"--label-map", folder / "map.csv", "--ignore-label", "5"};
    REQUIRE(audit(folder.path(), folder / "out", more).status == 0);
    write_array(folder / "labels.npy", data.labels);
    std::vector<std::string> arrays{"audit", folder / "labels.npy", scene / "pred_probs.npy", "--out", folder / "two"};
    arrays.insert(arrays.end(), more.begin(), more.end());
    REQUIRE(run(arrays).status == 0);
    REQUIRE(run({"audit", scene / "labels.npy", scene / "pred_probs.npy", "--out", folder / "plain", "--ignore-label",
                 "3", "5"})
                .status == 0);
    auto plain = contents(folder / "plain");
    for (const char* const out : {"out", "two"})
        for (const char* const file : {"softmin_scores.npy", "num_pixel_issues_scores.npy", "swaps.csv"})
            CHECK(contents(folder / out)[file] == plain[file]);

    std::ofstream(folder / "short.csv") << "1,0\n4,ignore\n";
    std::filesystem::remove_all(folder / "out");
    check_refused(folder.path(), {"--label-map", folder / "short.csv"}, 1,
                  {"image 0, pixel", "must be an id in the column 'from' of", "short.csv", "labels/a/0.png: "});
    check_refused(folder.path(), {"--label-map", folder / "map.csv", "--ignore-label", "3"}, 2,
                  {"--ignore-label is 3, a class that --label-map does not give", "its line in the map is 3,ignore"});
    const std::string id_of_3 = std::to_string(3 * 3 + 1); // ignored by the map as well
    CHECK(
        audit(folder.path(), folder / "again", {"--label-map", folder / "map.csv", "--ignore-label", id_of_3}).status ==
        0);
    check_refused(folder.path(), {"--label-map", folder / "none.csv"}, 1, {"none.csv"});
    std::ofstream(folder / "beyond.csv") << "1,0\n4,19\n";
    check_refused(folder.path(), {"--label-map", folder / "beyond.csv"}, 1,
                  {"beyond.csv: expected classes from 0 to 18, those of", "found class 19 in the column 'to'"});
    check_refused(folder.path(), {}, 1,
                  {"must be a class from 0 to 18", "if labels are raw ids rather than classes, --label-map"});
}

TEST_CASE("pictures, and names with suffixes", "[cli]") {
    const temporary_folder folder;
    const xt::xarray<std::uint8_t> labels(xt::xarray<std::uint8_t>::shape_type{2, 3}, std::uint8_t{0});
    const xt::xarray<float> pred_probs(xt::xarray<float>::shape_type{2, 2, 3}, 0.5F);
    for (const char* const name : {"x", "y"}) {
        write_labels(folder / "labels" / (name + std::string("_gtFine_labelIds.png")), labels);
        write_labels(folder / "labels" / (name + std::string("_gtFine_color.png")), labels);
        write_array(folder / "pred_probs" / (name + std::string("_softmax.npy")), pred_probs);
        write_labels(folder / "images" / (name + std::string("_left.png")), labels);
    }
    const std::vector<std::string> more{"--labels-suffix", "_gtFine_labelIds", "--pred-probs-suffix", "_softmax",
                                        "--images",        folder / "images",  "--images-suffix",     "_left"};
    REQUIRE(audit(folder.path(), folder / "out", more).status == 0);
    const auto rows = lines_of(folder / "out" / "images.csv");
    CHECK(rows[0] == "image,softmin,num_pixel_issues,issue_pixels,name,picture");
    CHECK(rows[1].ends_with(",x," + (folder / "images" / "x_left.png").string()));
    CHECK(std::filesystem::exists(folder / "out" / "issues" / "y.png"));
}

TEST_CASE("folders that do not fit are refused before any work", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_scene(folder.path(), data);
    check_refused(folder.path(), {"--downsample", "3"}, 1, {"labels/a/0.png", "--downsample 3"});
    check_refused(folder.path(), {"--images", folder / "none"}, 1, {"none"});
    std::filesystem::remove(folder / "labels" / "b 3.npy");
    std::filesystem::remove(folder / "pred_probs" / "a" / "1.npy");
    check_refused(folder.path(), {}, 1, {"2 problems", "b 3.npy", "a/1.npy"});

    const std::filesystem::path file = scene / "labels.npy";
    const outcome mixed = run({"audit", file, folder / "pred_probs", "--out", folder / "out"});
    CHECK(mixed.status == 1);
    CHECK(mixed.err.find("labels.npy: expected a folder") != std::string::npos);
    CHECK(!std::filesystem::exists(folder / "out"));
}

TEST_CASE("results are never written into a folder of inputs", "[cli]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_scene(folder.path(), data);
    std::filesystem::rename(folder / "labels", folder / "issues");
    const auto before = contents(folder.path());
    const outcome done = run({"audit", folder / "issues", folder / "pred_probs", "--out", folder.path()});
    CHECK(done.status == 1);
    CHECK(done.err.find("would be overwritten") != std::string::npos);
    CHECK(contents(folder.path()) == before);
}

TEST_CASE("results do not go into a folder of inputs, or below one", "[cli]") {
    const temporary_folder folder;
    write_scene(folder.path(), {});
    const auto before = contents(folder.path());
    for (const char* const out : {"labels", "labels/new/results", "pred_probs/a"}) {
        const outcome done = audit(folder.path(), folder / out);
        CHECK(done.status == 1);
        CHECK(done.err.find("expected a folder outside the inputs, found one within") != std::string::npos);
        CHECK(contents(folder.path()) == before);
        CHECK(!std::filesystem::exists(folder / "labels" / "new"));
    }
}

TEST_CASE("names that results cannot have are refused before any work", "[cli]") {
    const temporary_folder folder;
    const xt::xarray<int> labels(xt::xarray<int>::shape_type{2, 3}, 0);
    const xt::xarray<float> pred_probs(xt::xarray<float>::shape_type{2, 2, 3}, 0.5F);
    const auto add = [&](const std::string& name) {
        write_array(folder / "labels" / (name + ".npy"), labels);
        write_array(folder / "pred_probs" / (name + ".npy"), pred_probs);
    };
    add("1/label");
    check_refused(folder.path(), {"--labels-suffix", "label", "--pred-probs-suffix", "label"}, 1,
                  {"1/label.npy: expected a name before the suffix label", "may begin with a '/'"});
    CHECK(audit(folder.path(), folder / "out", {"--labels-suffix", "/label", "--pred-probs-suffix", "/label"}).status ==
          0);
    CHECK(std::filesystem::exists(folder / "out" / "issues" / "1.png"));
    std::filesystem::remove_all(folder / "out");
    add("a");
    add("a.png/b");
    check_refused(folder.path(), {}, 1, {"issues/a.png", "with the names of other results"});
}

TEST_CASE("a file in the place of a folder of results", "[cli]") {
    const temporary_folder folder;
    write_scene(folder.path(), {});
    std::filesystem::create_directory(folder / "out");
    std::ofstream(folder / "out" / "issues") << "mine";
    const outcome done = audit(folder.path(), folder / "out");
    CHECK(done.status == 1);
    CHECK(done.err.find("issues: a file") != std::string::npos);
    CHECK(contents(folder / "out") == std::map<std::string, std::string>{{"issues", "mine"}});
}

TEST_CASE("other files among earlier results stay, and earlier results of another kind are told", "[cli]") {
    const temporary_folder folder;
    write_scene(folder.path(), {});
    std::filesystem::create_directories(folder / "out" / "issues" / "a");
    std::ofstream(folder / "out" / "issues" / "a" / "mine.png") << "mine";
    std::ofstream(folder / "out" / "issues.npy") << "old";
    std::ofstream(folder / "out" / "pixel_scores.npy") << "old";
    const outcome done = audit(folder.path(), folder / "out");
    CHECK(done.status == 0);
    CHECK(done.err.find("issues.npy is of an earlier run, of another kind of inputs") != std::string::npos);
    CHECK(done.err.find("pixel_scores.npy is of an earlier run, of another kind of inputs") != std::string::npos);
    CHECK(done.err.find("issues has 1 file of images that are not in this run") != std::string::npos);
    CHECK(contents(folder / "out")["issues/a/mine.png"] == "mine");
    CHECK(read_png(folder / "out" / "issues" / "a" / "0.png").size() == 40 * 56);
}
