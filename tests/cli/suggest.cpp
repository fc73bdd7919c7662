#include "program.hpp"

#include <maskaudit/label_map.hpp>
#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <png.h>
#include <png_bytes.hpp>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// `maskaudit audit --suggest`: masks with the predicted class at issues, in the form that they came in.

using namespace maskaudit_test;
using maskaudit::npy_view;

namespace {

namespace fs = std::filesystem;

const fs::path scene = fs::path(MASKAUDIT_REFERENCE_DIR) / "scene_f32_u8";

using label_array = xt::xarray<std::int64_t>;

struct scene_arrays {
    label_array labels = npy_view(scene / "labels.npy").read<std::int64_t>();
    xt::xarray<float> pred_probs = npy_view(scene / "pred_probs.npy").read<float>();

    std::size_t images() const { return labels.shape()[0]; }

    /// The same scene of the classes below `classes` alone, as far as the sums of probabilities go.
    scene_arrays of_classes(std::size_t classes) const {
        scene_arrays few;
        few.labels = labels % static_cast<std::int64_t>(classes);
        auto shape = pred_probs.shape();
        shape[1] = classes;
        few.pred_probs = xt::zeros<float>(shape);
        for (std::size_t k = 0; k < pred_probs.shape()[1]; ++k)
            xt::view(few.pred_probs, xt::all(), k % classes) += xt::view(pred_probs, xt::all(), k);
        return few;
    }

    label_array suggested(const maskaudit::options& opts = {}) const {
        const auto issues = maskaudit::find_label_issues(labels, pred_probs, opts);
        REQUIRE(std::count(issues.begin(), issues.end(), true) > 0);
        return maskaudit::suggested_labels(issues, labels, pred_probs, opts);
    }
};

template <class T>
void write_array(const fs::path& path, const xt::xarray<T>& array) {
    fs::create_directories(path.parent_path());
    maskaudit::write_npy(path, array);
}

/// Arrays of labels of type T and of probabilities in a folder.
template <class T>
void write_arrays(const fs::path& folder, const scene_arrays& data) {
    write_array<T>(folder / "labels.npy", xt::cast<T>(data.labels));
    write_array<float>(folder / "pred_probs.npy", data.pred_probs);
}

outcome audit(const fs::path& folder, const std::string& what, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"audit", folder / ("labels" + what), folder / ("pred_probs" + what), "--out",
                               folder / "out", "--suggest", folder / "suggested", "--quiet"});
    return run(more);
}

void audited(const fs::path& folder, const std::string& what, const std::vector<std::string>& more = {}) {
    const outcome done = audit(folder, what, more);
    INFO(done.err);
    REQUIRE(done.status == 0);
}

template <class T>
void check_type(const scene_arrays& data) {
    const temporary_folder folder;
    write_arrays<T>(folder.path(), data);
    audited(folder.path(), ".npy");
    const npy_view written(folder / "suggested" / "labels.npy");
    CHECK(written.type() == npy_view(folder / "labels.npy").type());
    CHECK((written.read<std::int64_t>() == data.suggested()));
    CHECK(contents(folder / "suggested").size() == 1);
}

std::int64_t issue_pixels(const fs::path& out) {
    return nlohmann::json::parse(text_of(out / "summary.json"))["issue_pixels"].get<std::int64_t>();
}

/// A mask as PNG of one byte a pixel or, of 16 bits, two.
void write_png(const fs::path& path, png_picture form, const label_array& labels) {
    fs::create_directories(path.parent_path());
    form.height = labels.shape()[0];
    form.width = labels.shape()[1];
    std::vector<png_byte> bytes;
    for (const std::int64_t label : labels) {
        if (form.bit_depth == 16) bytes.push_back(static_cast<png_byte>(label / 256));
        bytes.push_back(static_cast<png_byte>(label % 256));
    }
    save_png(path, form, bytes);
}

/// The bytes of a PNG file up to its pixels: what it is, its palette and its transparency.
std::string png_start(const fs::path& path) {
    std::string text = text_of(path), kept = text.substr(0, 33);
    for (const char* const chunk : {"PLTE", "tRNS"}) // these are there once, and followed by another chunk's length
        if (const auto at = text.find(chunk); at != std::string::npos)
            kept += text.substr(at, static_cast<unsigned char>(text[at - 2]) * 256U +
                                        static_cast<unsigned char>(text[at - 1]) + 4);
    return kept;
}

void check_png(const fs::path& written, const fs::path& original, const label_array& expected, const png_picture& form,
               const fs::path& scratch) {
    INFO(written);
    REQUIRE(fs::exists(written));
    write_png(scratch, form, expected); // by another writer; decoded here, as the bytes may differ
    const auto pixels = [](const fs::path& path) {
        std::FILE* const file = std::fopen(path.c_str(), "rb");
        png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
        png_infop info = png_create_info_struct(png);
        png_init_io(png, file);
        png_set_check_for_invalid_index(png, -1);
        png_read_png(png, info, PNG_TRANSFORM_PACKING, nullptr);
        std::string bytes;
        for (std::size_t row = 0; row < png_get_image_height(png, info); ++row)
            bytes.append(reinterpret_cast<char*>(png_get_rows(png, info)[row]), png_get_rowbytes(png, info));
        png_destroy_read_struct(&png, &info, nullptr);
        std::fclose(file);
        return bytes;
    };
    CHECK(pixels(written) == pixels(scratch));
    CHECK(png_start(written) == png_start(original));
}

/// The scene as folders, in files of several forms that take turns, of raw ids: class k is 2 k + 1, 2 k + 100 as well.
class scene_folders {
public:
    explicit scene_folders(const scene_arrays& data) {
        raw_ = data.labels * 2 + 1;
        for (std::size_t i = 0; i < raw_.size(); i += 2)
            raw_.flat(i) += 99;
        for (std::size_t i = 0; i < raw_.size(); i += 7)
            raw_.flat(i) = 255; // ignored
        for (std::size_t n = 0; n < data.images(); ++n) {
            const label_array mask = xt::view(raw_, n);
            if (n % 3 == 2)
                write_array<std::int16_t>(labels(folder_ / "labels", n), xt::cast<std::int16_t>(mask));
            else
                write_png(labels(folder_ / "labels", n), form(n), mask);
            write_array<float>(folder_ / "pred_probs" / (name(n) + ".npy"),
                               xt::xarray<float>(xt::view(data.pred_probs, n)));
        }
        std::ofstream map(folder_ / "map.csv");
        map << "from,to\n255,ignore\n";
        const std::size_t classes = data.pred_probs.shape()[1];
        for (std::size_t k = 0; k < classes; ++k)
            map << 2 * k + 100 << ',' << k << '\n' << 2 * k + 1 << ',' << k << '\n';
    }

    const fs::path& path() const { return folder_.path(); }
    const label_array& raw() const { return raw_; }
    static std::string name(std::size_t n) { return (n < 3 ? "city/" : "") + std::to_string(n); }
    static png_picture form(std::size_t n) {
        return n % 3 == 0 ? png_picture{0, 0, PNG_COLOR_TYPE_PALETTE} : png_picture{0, 0, PNG_COLOR_TYPE_GRAY, 16};
    }
    fs::path labels(const fs::path& folder, std::size_t n) const {
        return folder / (name(n) + "_ids" + (n % 3 == 2 ? ".npy" : ".png"));
    }

private:
    temporary_folder folder_{};
    label_array raw_{};
};

} // namespace

TEST_CASE("suggested masks of arrays are those of the library, in the type of the labels", "[cli][suggest]") {
    const scene_arrays data;
    check_type<std::uint8_t>(data);
    check_type<std::int16_t>(data);
    check_type<std::uint64_t>(data);
    check_type<bool>(data.of_classes(2));
}

TEST_CASE("suggested masks of Fortran order, and of other bytes", "[cli][suggest]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_arrays<std::int32_t>(folder.path(), data);
    const auto expected = contents(folder.path()).at("labels.npy");
    std::string text = expected.substr(0, expected.size() - 4 * data.labels.size());
    text.replace(text.find("'<i4'"), 5, "'>i4'").replace(text.find("False"), 5, "True ");
    const auto& shape = data.labels.shape();
    for (std::size_t column = 0; column < shape[2]; ++column)
        for (std::size_t row = 0; row < shape[1]; ++row)
            for (std::size_t n = 0; n < shape[0]; ++n)
                text += std::string(3, '\0') + static_cast<char>(data.labels(n, row, column));
    std::ofstream(folder / "labels.npy", std::ios::binary) << text;
    audited(folder.path(), ".npy");
    const npy_view written(folder / "suggested" / "labels.npy");
    CHECK(to_string(written.type()) == "<i4");
    CHECK((written.read<std::int64_t>() == data.suggested()));
}

TEST_CASE("a second audit finds fewer issues in suggested masks", "[cli][suggest]") {
    const temporary_folder folder;
    write_arrays<std::uint8_t>(folder.path(), {});
    audited(folder.path(), ".npy");
    REQUIRE(run({"audit", folder / "suggested" / "labels.npy", folder / "pred_probs.npy", "--out", folder / "again"})
                .status == 0);
    CHECK(issue_pixels(folder / "again") < issue_pixels(folder / "out"));
}

TEST_CASE("ignored labels, and pixels without issues, stay as they are", "[cli][suggest]") {
    const temporary_folder folder;
    scene_arrays data;
    for (std::size_t i = 0; i < data.labels.size(); i += 5)
        data.labels.flat(i) = i % 10 == 0 ? 255 : -1;
    write_arrays<std::int16_t>(folder.path(), data);
    audited(folder.path(), ".npy", {"--ignore-label", "255", "-1", "--boundary-tolerance", "1"});
    const auto written = npy_view(folder / "suggested" / "labels.npy").read<std::int64_t>();
    const auto issues = npy_view(folder / "out" / "issues.npy").read<bool>(); // those that the tolerance left
    const label_array all = data.suggested({.ignore_label = {255, -1}});
    CHECK(std::count(issues.begin(), issues.end(), true) > 0);
    for (std::size_t i = 0; i < written.size(); ++i)
        if (written.flat(i) != (issues.flat(i) ? all.flat(i) : data.labels.flat(i))) FAIL("pixel " << i);
}

TEST_CASE("suggested masks of folders are in the form, and the raw ids, of each file", "[cli][suggest]") {
    const scene_arrays data;
    const scene_folders files(data);
    audited(files.path(), "", {"--label-map", files.path() / "map.csv", "--labels-suffix", "_ids", "--min-area", "3"});
    const maskaudit::label_map map(files.path() / "map.csv");
    scene_arrays classes = data;
    classes.labels = map.apply(files.raw());
    const maskaudit::options opts{.ignore_label = maskaudit::label_map::ignored};
    const auto issues = maskaudit::find_label_issues(classes.labels, classes.pred_probs, opts);
    const label_array predicted = classes.suggested(opts);
    label_array expected = files.raw();
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (issues.flat(i)) expected.flat(i) = 2 * predicted.flat(i) + 100; // the id in the first line
    CHECK(contents(files.path() / "suggested").size() == data.images());
    for (std::size_t n = 0; n < data.images(); ++n) {
        const fs::path written = files.labels(files.path() / "suggested", n);
        const label_array mask = xt::view(expected, n);
        if (n % 3 == 2) {
            CHECK(to_string(npy_view(written).type()) == "<i2");
            CHECK((npy_view(written).read<std::int64_t>() == mask));
        } else {
            check_png(written, files.labels(files.path() / "labels", n), mask, scene_folders::form(n),
                      files.path() / "expected.png");
        }
    }
}

TEST_CASE("suggested masks of 4 bits keep their palette of few colours", "[cli][suggest]") {
    const temporary_folder folder;
    const scene_arrays data = scene_arrays().of_classes(12);
    const png_picture form{0, 0, PNG_COLOR_TYPE_PALETTE, 4, false, 12};
    const label_array expected = data.suggested();
    for (std::size_t n = 0; n < data.images(); ++n) {
        const std::string name = std::to_string(n);
        write_png(folder / "labels" / (name + ".PNG"), form, xt::view(data.labels, n));
        write_array<float>(folder / "pred_probs" / (name + ".npy"), xt::xarray<float>(xt::view(data.pred_probs, n)));
    }
    audited(folder.path(), "");
    for (std::size_t n = 0; n < data.images(); ++n) {
        const std::string name = std::to_string(n) + ".PNG";
        check_png(folder / "suggested" / name, folder / "labels" / name, xt::view(expected, n), form,
                  folder / "expected.png");
    }
}

TEST_CASE("the summary tells of suggested masks", "[cli][suggest]") {
    const temporary_folder folder;
    write_arrays<std::uint8_t>(folder.path(), {});
    const outcome done = run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out",
                              "--suggest", folder / "suggested"});
    CHECK(done.status == 0);
    CHECK(done.out.ends_with("\nSuggested masks in " + (folder / "suggested").string() + "\n  1 file\n"));
    CHECK(nlohmann::json::parse(text_of(folder / "out" / "summary.json"))["suggested_masks"] == 1);
}

TEST_CASE("suggestions that cannot be written are refused before any work", "[cli][suggest]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_arrays<std::uint8_t>(folder.path(), data);
    const auto refused = [&](const std::string& what, const std::vector<std::string>& more,
                             const std::string& message) {
        const auto before = contents(folder.path());
        const outcome done = audit(folder.path(), what, more);
        CAPTURE(more, done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find(message) != std::string::npos);
        CHECK(contents(folder.path()) == before);
        for (const char* const made : {"out", "suggested"})
            CHECK(!fs::exists(folder / made));
    };
    std::ofstream(folder / "map.csv") << "0,0\n1,1\n255,ignore\n";
    refused(".npy", {"--label-map", folder / "map.csv"},
            "map.csv: expected an id for each of the 19 classes, as --suggest writes them, found none for class 2");
    std::ofstream map(folder / "wide.csv");
    for (std::size_t k = 0; k < 19; ++k)
        map << k << ",ignore\n" << (k == 7 ? 300 : k + 20) << ',' << k << '\n';
    map.close();
    refused(".npy", {"--label-map", folder / "wide.csv"},
            "labels.npy: expected labels that can be 300, which is class 7, as --suggest may write it, found elements "
            "of type |u1");
    write_array<bool>(folder / "labels.npy", xt::cast<bool>(data.labels));
    refused(".npy", {},
            "labels that can be 18, which is class 18, as --suggest may write it, found elements of type |b1");
    write_png(folder / "labels" / "a.png", {0, 0, PNG_COLOR_TYPE_PALETTE, 4, false, 12},
              label_array(xt::view(data.labels, 0)) % 12);
    write_array<float>(folder / "pred_probs" / "a.npy", xt::xarray<float>(xt::view(data.pred_probs, 0)));
    refused("", {},
            "labels/a.png: expected labels that can be 18, which is class 18, as --suggest may write it, found a "
            "palette of 12 colours");
}

TEST_CASE("suggested masks take the place of no input and no other result", "[cli][suggest]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_arrays<std::uint8_t>(folder.path(), data);
    const auto refused = [&](const fs::path& labels, const fs::path& pred_probs, const fs::path& suggest,
                             const std::string& message) {
        const auto before = contents(folder.path());
        const outcome done = run({"audit", labels, pred_probs, "--out", folder / "out", "--suggest", suggest});
        CAPTURE(suggest, done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find(message) != std::string::npos);
        CHECK(contents(folder.path()) == before);
        CHECK(!fs::exists(folder / "out"));
    };
    const fs::path labels = folder / "labels.npy", pred_probs = folder / "pred_probs.npy";
    refused(labels, pred_probs, folder.path(), "would be overwritten");
    write_array<std::uint8_t>(folder / "in" / "issues.npy", xt::cast<std::uint8_t>(data.labels));
    refused(folder / "in" / "issues.npy", pred_probs, folder / "in" / ".." / "out",
            "out/issues.npy: expected the name of one file to write");
    write_png(folder / "labels" / "a.png", {}, xt::view(data.labels, 0));
    write_array<float>(folder / "pred_probs" / "a.npy", xt::xarray<float>(xt::view(data.pred_probs, 0)));
    for (const char* const within : {"labels", "labels/new", "pred_probs"})
        refused(folder / "labels", folder / "pred_probs", folder / within,
                "expected a folder outside the inputs, found one within");
    CHECK(run({"audit", labels, pred_probs, "--out", folder / "out", "--suggest", ""}).status == 2);
}

TEST_CASE("suggested masks may be in a folder within that of the results", "[cli][suggest]") {
    const temporary_folder folder;
    const scene_arrays data;
    write_arrays<std::uint8_t>(folder.path(), data);
    REQUIRE(run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out", "--suggest",
                 folder / "out" / "suggested"})
                .status == 0);
    CHECK((npy_view(folder / "out" / "suggested" / "labels.npy").read<std::int64_t>() == data.suggested()));
}

TEST_CASE("an audit that fails leaves no suggested masks", "[cli][suggest]") {
    const temporary_folder folder;
    scene_arrays data;
    data.labels.flat(data.labels.size() - 1) = 77;
    write_arrays<std::uint8_t>(folder.path(), data);
    const auto before = contents(folder.path());
    CHECK(audit(folder.path(), ".npy").status == 1);
    CHECK(contents(folder.path()) == before);
    CHECK(!fs::exists(folder / "suggested"));
}
