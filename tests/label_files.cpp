#include "file_contents.hpp"
#include "npy_bytes.hpp"
#include "png_bytes.hpp"
#include "scene.hpp"

#include <maskaudit/dataset.hpp>
#include <maskaudit/label_form.hpp>

#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <vector>

// Labels written in the form of a data set's own files.

using namespace maskaudit_test;
using namespace npy_test;
using maskaudit::data_error;
using maskaudit::dataset;
using maskaudit::label_form;
using maskaudit::label_form_of;

namespace {

namespace fs = std::filesystem;

/// A dataset of one image, whose labels are in a file that the test writes.
class one_image {
public:
    one_image(const std::string& name, const std::vector<std::size_t>& shape) : labels_(folder_ / "labels" / name) {
        std::vector<std::size_t> with_classes = shape;
        with_classes.insert(with_classes.begin(), 2);
        for (const char* const part : {"labels", "pred_probs"})
            fs::create_directory(folder_ / part);
        write_npy(folder_ / "pred_probs" / "a.npy", xt::xarray<float>::from_shape(with_classes));
    }
    const fs::path& labels() const { return labels_; }
    fs::path written() const { return folder_ / "written"; }
    dataset open() const { return dataset({.labels = folder_ / "labels", .pred_probs = folder_ / "pred_probs"}); }

    /// What is said of labels, where nothing may be left behind.
    std::string complaint(const auto& labels) const {
        const dataset data = open();
        const std::string message = message_of<data_error>([&] { data.write_labels(written(), 0, labels); });
        CHECK(contents(folder_.path()).size() == 2);
        const std::string start = "labels: image 0, pixel ", end = labels_.string();
        const std::size_t at = message.find(end);
        if (!message.starts_with(start) || at == std::string::npos) return message;
        return message.substr(start.size(), at - start.size()) + message.substr(at + end.size());
    }

private:
    temporary_folder folder_{};
    fs::path labels_;
};

using labels_array = xt::xarray<std::int64_t>;

/// A PNG file as libpng's high-level interface has it, which the library does not use.
struct png_content {
    explicit png_content(const fs::path& path) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
        REQUIRE(file != nullptr);
        png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
        png_infop info = png_create_info_struct(png);
        png_init_io(png, file.get());
        png_set_check_for_invalid_index(png, -1);
        png_read_png(png, info, PNG_TRANSFORM_PACKING, nullptr);
        height = png_get_image_height(png, info);
        width = png_get_image_width(png, info);
        colour_type = png_get_color_type(png, info);
        bit_depth = text_of(path)[24]; // of the file: libpng's is that of the unpacked rows by now
        png_bytepp rows = png_get_rows(png, info);
        for (std::size_t row = 0; row < height; ++row)
            bytes.insert(bytes.end(), rows[row], rows[row] + width * (bit_depth == 16 ? 2 : 1));
        png_colorp colours = nullptr;
        png_bytep alphas = nullptr;
        png_color_16p value = nullptr;
        int count = 0;
        if (png_get_PLTE(png, info, &colours, &count) != 0)
            for (int i = 0; i < count; ++i)
                palette.push_back({colours[i].red, colours[i].green, colours[i].blue});
        if (png_get_tRNS(png, info, &alphas, &count, &value) != 0) {
            if (colour_type == PNG_COLOR_TYPE_PALETTE)
                alpha.assign(alphas, alphas + count);
            else
                transparent = value->gray;
        }
        png_destroy_read_struct(&png, &info, nullptr);
    }

    std::size_t height, width;
    int colour_type, bit_depth, transparent = -1;
    std::vector<png_byte> bytes{}, alpha{};
    std::vector<std::vector<int>> palette{};
};

/// Values of as many pixels, from 0 to below `end`, 0 and end - 1 among them.
std::vector<std::size_t> random_values(std::size_t count, std::size_t end, std::size_t offset) {
    random_engine random(seed() + offset);
    std::vector<std::size_t> values(count);
    for (std::size_t& value : values)
        value = pick(random, 0, end - 1);
    values.front() = 0;
    values.back() = end - 1;
    return values;
}

std::vector<png_byte> to_bytes(const std::vector<std::size_t>& values, int bit_depth) {
    std::vector<png_byte> bytes;
    for (const std::size_t value : values) {
        if (bit_depth == 16) bytes.push_back(static_cast<png_byte>(value / 256)); // the higher byte first
        bytes.push_back(static_cast<png_byte>(value % 256));
    }
    return bytes;
}

void check_written(const png_picture& picture) {
    INFO("colour type " << picture.colour_type << ", " << picture.bit_depth << " bits, " << picture.palette_size
                        << " colours, interlaced " << picture.interlaced << ", seed " << seed());
    const bool has_palette = picture.colour_type == PNG_COLOR_TYPE_PALETTE;
    const std::size_t end = picture.palette_size != 0 ? static_cast<std::size_t>(picture.palette_size)
                                                      : std::size_t{1} << picture.bit_depth;
    const std::size_t count = picture.height * picture.width;
    const one_image files("a.png", {picture.height, picture.width});
    save_png(files.labels(), picture, to_bytes(random_values(count, end, 71), picture.bit_depth));
    const std::vector<std::size_t> values = random_values(count, end, 72);
    labels_array labels = labels_array::from_shape({picture.height, picture.width});
    std::copy(values.begin(), values.end(), labels.begin());
    const dataset data = files.open();
    data.write_labels(files.written(), 0, labels);

    const png_content before(files.labels()), after(files.written());
    CHECK(after.height == picture.height);
    CHECK(after.width == picture.width);
    CHECK(after.colour_type == picture.colour_type);
    CHECK(after.bit_depth == picture.bit_depth);
    CHECK(after.bytes == to_bytes(values, picture.bit_depth));
    CHECK(after.palette == before.palette);
    CHECK(after.palette.size() == (has_palette ? end : 0));
    CHECK(after.alpha == before.alpha);
    CHECK(after.alpha.size() == (has_palette ? 2 : 0));
    CHECK(data.form_of_labels(0).most == end - 1);
}

/// A file of the type and of other labels, and what is written for `labels` by numpy's rules.
template <class T>
void check_npy(const std::string& descr, const std::string& little_endian_hex, const xt::xarray<T>& labels,
               bool fortran_order = false) {
    CAPTURE(descr, fortran_order);
    const one_image files("a.npy", {2, 2});
    save(files.labels(), npy(dictionary(descr, "(2, 2)", fortran_order), std::string(4 * sizeof(T), '\0')));
    files.open().write_labels(files.written(), 0, labels);
    const std::string native = descr[0] == '>' ? '<' + descr.substr(1) : descr;
    CHECK(text_of(files.written()) == npy(dictionary(native, "(2, 2)"), from_hex(little_endian_hex)));
}

} // namespace

TEST_CASE("PNG labels are written with the bits, the palette and the transparency that they came with",
          "[label_files]") {
    for (const bool interlaced : {false, true}) {
        for (const int bit_depth : {8, 16})
            check_written({13, 11, PNG_COLOR_TYPE_GRAY, bit_depth, interlaced});
        for (const int bit_depth : {1, 2, 4, 8})
            check_written({13, 11, PNG_COLOR_TYPE_PALETTE, bit_depth, interlaced});
    }
    check_written({13, 11, PNG_COLOR_TYPE_PALETTE, 4, false, 12});
    check_written({13, 11, PNG_COLOR_TYPE_PALETTE, 8, false, 21});
    check_written({1, 2, PNG_COLOR_TYPE_GRAY, 16});
}

TEST_CASE("a grey value that is not seen stays one", "[label_files]") {
    const one_image files("a.png", {1, 2});
    // Grey of 8 bits, 2 x 1: 3, 255; and tRNS says that 255 is not seen. By Python's zlib.
    save(files.labels(), from_hex("89504e470d0a1a0a0000000d4948445200000002000000010800000000d1492056"
                                  "0000000274524e5300ff5b9122b5"
                                  "0000000b49444154789c6360fe0f0001080103b5f05d3e"
                                  "0000000049454e44ae426082"));
    REQUIRE(png_content(files.labels()).transparent == 255);
    files.open().write_labels(files.written(), 0, xt::xarray<std::uint8_t>{{255, 0}});
    CHECK(png_content(files.written()).transparent == 255);
    CHECK(png_content(files.written()).bytes == std::vector<png_byte>{255, 0});
}

TEST_CASE("a grey value that no pixel can have is not taken for one that is not seen", "[label_files]") {
    const one_image files("a.png", {1, 1});
    save(files.labels(), from_hex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
                                  "0000000274524e530107f1ec69da"
                                  "0000000a49444154789c63600700000900082023c38c"
                                  "0000000049454e44ae426082"));
    REQUIRE(png_content(files.labels()).transparent == 263); // of 8 bits
    CHECK_FALSE(maskaudit::detail::png_labels(files.labels()).form().transparent);
    files.open().write_labels(files.written(), 0, xt::xtensor<std::uint8_t, 2>{{7}});
    CHECK(png_content(files.written()).transparent == -1);
    CHECK(png_content(files.written()).bytes == std::vector<png_byte>{7});
}

TEST_CASE("labels in .npy are written in the type that they came in", "[label_files]") {
    check_npy<bool>("|b1", "01 00 00 01", {{true, false}, {false, true}});
    check_npy<std::uint8_t>("|u1", "00 ff 02 03", {{0, 255}, {2, 3}});
    check_npy<std::int8_t>("|i1", "80 7f 02 03", {{-128, 127}, {2, 3}});
    check_npy<std::int16_t>("<i2", "0080 ff7f 0200 0300", {{-32768, 32767}, {2, 3}});
    for (const bool fortran_order : {false, true}) // what is written is in row-major order either way
        check_npy<std::uint16_t>(">u2", "0000 ffff 0200 0300", {{0, 65535}, {2, 3}}, fortran_order);
    check_npy<std::int32_t>(">i4", "ffffffff 01000000 02000000 03000000", {{-1, 1}, {2, 3}});
    check_npy<std::uint64_t>("<u8", "ffffffffffffffff 0100000000000000 0200000000000000 0300000000000000",
                             {{std::numeric_limits<std::uint64_t>::max(), 1}, {2, 3}});
}

TEST_CASE("labels to write may be of any type and layout, or lazy", "[label_files]") {
    const one_image files("a.npy", {2, 3});
    write_npy(files.labels(), xt::xarray<std::int16_t>{{0, 0, 0}, {0, 0, 0}});
    const dataset data = files.open();
    const xt::xtensor<std::uint64_t, 2, xt::layout_type::column_major> columns{{1, 2, 3}, {4, 5, 6}};
    const auto written_as = [&](const auto& labels) {
        data.write_labels(files.written(), 0, labels);
        const npy_view view(files.written());
        CHECK(to_string(view.type()) == "<i2");
        return labels_array(view.read<std::int64_t>());
    };
    check_equal(written_as(columns), labels_array{{1, 2, 3}, {4, 5, 6}});
    check_equal(written_as(columns + 1U), labels_array{{2, 3, 4}, {5, 6, 7}});
    check_equal(written_as(xt::xarray<bool>{{true, false, true}, {false, true, false}}),
                labels_array{{1, 0, 1}, {0, 1, 0}});

    data.write_labels(files.labels(), 0, columns); // in the place of the file itself
    check_equal(data.labels(0), labels_array{{1, 2, 3}, {4, 5, 6}});
}

TEST_CASE("labels of other numbers of axes, and none, are written", "[label_files]") {
    for (const std::vector<std::size_t>& shape : std::vector<std::vector<std::size_t>>{{3}, {2, 3, 2}, {0, 3}}) {
        const one_image files("a.npy", shape);
        write_npy(files.labels(), xt::xarray<std::uint8_t>(xt::zeros<std::uint8_t>(shape)));
        const labels_array labels = xt::ones<std::int64_t>(shape);
        files.open().write_labels(files.written(), 0, labels);
        check_equal(npy_view(files.written()).read<std::uint8_t>(), labels);
    }
}

TEST_CASE("a label that the form cannot hold is refused with place, value and rule", "[label_files]") {
    const one_image palette("a.png", {2, 2});
    save_png(palette.labels(), {2, 2, PNG_COLOR_TYPE_PALETTE, 4, false, 12}, {0, 1, 2, 3});
    const std::string twelve = " must be from 0 to 11 for , which has a palette of 12 colours";
    CHECK(palette.complaint(labels_array{{0, 1}, {12, 13}}) == "(1, 0): 12" + twelve);
    CHECK(palette.complaint(labels_array{{0, -1}, {1, 1}}) == "(0, 1): -1" + twelve);
    CHECK(palette.complaint(xt::xarray<std::uint64_t>{{0, 18446744073709551615U}, {1, 1}}) ==
          "(0, 1): 18446744073709551615" + twelve);
    const auto refused_by_grey = [](int bits, std::int64_t label) {
        const one_image files("a.png", {1, 2});
        save_png(files.labels(), {1, 2, PNG_COLOR_TYPE_GRAY, bits}, std::vector<png_byte>(bits == 8 ? 2 : 4));
        return files.complaint(labels_array{{3, label}});
    };
    CHECK(refused_by_grey(8, 256) == "(0, 1): 256 must be from 0 to 255 for , which has grey of 8 bits");
    CHECK(refused_by_grey(16, 65536) == "(0, 1): 65536 must be from 0 to 65535 for , which has grey of 16 bits");
    CHECK(refused_by_grey(16, -1) == "(0, 1): -1 must be from 0 to 65535 for , which has grey of 16 bits");
    const auto refused_by_npy = [](auto stored, std::int64_t label) {
        const one_image files("a.npy", {2});
        write_npy(files.labels(), xt::xarray<decltype(stored)>{stored, stored});
        return files.complaint(labels_array{1, label});
    };
    CHECK(refused_by_npy(false, 2) == "(1): 2 must be from 0 to 1 for , which has elements of type |b1");
    CHECK(refused_by_npy(std::uint8_t{}, 256) == "(1): 256 must be from 0 to 255 for , which has elements of type |u1");
    CHECK(refused_by_npy(std::int8_t{}, -129) ==
          "(1): -129 must be from -128 to 127 for , which has elements of type |i1");
    CHECK(refused_by_npy(std::uint64_t{}, -1) ==
          "(1): -1 must be from 0 to 18446744073709551615 for , which has elements of type <u8");
}

TEST_CASE("a label without a colour is written where the file has it already", "[label_files]") {
    const one_image files("a.png", {2, 2});
    save_png(files.labels(), {2, 2, PNG_COLOR_TYPE_PALETTE, 8, false, 21}, {0, 255, 20, 255});
    const dataset data = files.open();
    data.write_labels(files.written(), 0, labels_array{{7, 255}, {255, 255}});
    CHECK(png_content(files.written()).bytes == std::vector<png_byte>{7, 255, 255, 255});
    CHECK(png_content(files.written()).palette.size() == 21);
    fs::remove(files.written());
    const std::string rule = " must be from 0 to 20 for , which has a palette of 21 colours";
    CHECK(files.complaint(labels_array{{7, 255}, {100, 255}}) == "(1, 0): 100" + rule);
    CHECK(files.complaint(labels_array{{7, 255}, {255 + 256, 255}}) == "(1, 0): 511" + rule);
}

TEST_CASE("labels of another image, or files that have changed, are refused, and a file that is there stays",
          "[label_files]") {
    const one_image files("a.png", {2, 3});
    save_png(files.labels(), {2, 3}, std::vector<png_byte>(6));
    const dataset data = files.open();
    const labels_array labels = xt::zeros<std::int64_t>({2, 3});
    CHECK(message_of<std::invalid_argument>([&] { data.write_labels(files.written(), 1, labels); }) ==
          "image 1 does not exist: there are 1");
    CHECK(message_of<std::invalid_argument>([&] { data.form_of_labels(1); }) == "image 1 does not exist: there are 1");
    CHECK(message_of<std::invalid_argument>([&] { data.write_labels(files.written(), 0, xt::view(labels, 0)); }) ==
          "labels has shape (3,), the image has (2, 3): they must be the same");
    CHECK(!fs::exists(files.written()));

    save(files.written(), "mine");
    CHECK(message_of<data_error>([&] { data.write_labels(files.written(), 0, labels - 1); }) != "nothing was thrown");
    save_png(files.labels(), {3, 2}, std::vector<png_byte>(6));
    CHECK(message_of<file_error>([&] { data.write_labels(files.written(), 0, labels); }) ==
          files.labels().string() + ": expected shape (2, 3), as when the dataset was opened, found shape (3, 2)");
    CHECK(text_of(files.written()) == "mine");
    CHECK(names_in(files.written().parent_path()) == std::vector<std::string>{"labels", "pred_probs", "written"});

    save_png(files.labels(), {2, 3}, std::vector<png_byte>(6));
    const fs::path nowhere = files.written() / "a.png";
    CHECK(message_of<file_error>([&] {
              data.write_labels(nowhere, 0, labels);
          }).starts_with(nowhere.string() + ": expected a file that can be written"));
    data.write_labels(files.written(), 0, labels);
    CHECK(png_content(files.written()).bytes == std::vector<png_byte>(6));
}

TEST_CASE("what a type can hold", "[label_files]") {
    const auto ends = [](npy_kind kind, std::size_t size) {
        const label_form form = label_form_of({kind, size, false});
        return std::to_string(form.least) + " " + std::to_string(form.most);
    };
    CHECK(ends(npy_kind::boolean, 1) == "0 1");
    CHECK(ends(npy_kind::signed_integer, 1) == "-128 127");
    CHECK(ends(npy_kind::signed_integer, 8) == "-9223372036854775808 9223372036854775807");
    CHECK(ends(npy_kind::unsigned_integer, 2) == "0 65535");
    CHECK(ends(npy_kind::unsigned_integer, 8) == "0 18446744073709551615");
    CHECK(message_of<std::invalid_argument>([&] { ends(npy_kind::floating, 4); }) ==
          "type is <f4: labels must be of an integer type or bool");
    const label_form byte = label_form_of({npy_kind::unsigned_integer, 1, false});
    CHECK((byte.holds(255) && byte.holds(true) && byte.holds(std::uint64_t{0}) && byte.holds('a')));
    CHECK((!byte.holds(256) && !byte.holds(-1) && !byte.holds(std::numeric_limits<std::uint64_t>::max())));
}
