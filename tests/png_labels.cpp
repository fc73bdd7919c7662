#include "npy_bytes.hpp"
#include "png_bytes.hpp"
#include "scene.hpp"

#include <maskaudit/dataset.hpp>

#include <string>
#include <vector>
#include <zlib.h>

// Labels in PNG files: what is read, what is refused, and files that are damaged.

using namespace maskaudit_test;
using namespace npy_test;
using maskaudit::dataset;

namespace {

using labels_array = xt::xarray<std::int64_t>;

/// A dataset of one image whose labels are in a file that is written here.
class one_image {
public:
    one_image(std::size_t height, std::size_t width) {
        std::filesystem::create_directory(folder_ / "labels");
        std::filesystem::create_directory(folder_ / "pred_probs");
        write_npy(folder_ / "pred_probs" / "a.npy", xt::xarray<float>::from_shape({2, height, width}));
    }
    std::filesystem::path labels() const { return folder_ / "labels" / "a.png"; }
    dataset open() const { return dataset({.labels = folder_ / "labels", .pred_probs = folder_ / "pred_probs"}); }

    /// Opens and reads it: what is said then, without the path.
    std::string complaint() const {
        const std::string message = message_of<file_error>([&] { open().labels(0); });
        const std::string start = labels().string() + ": expected ";
        return message.starts_with(start) ? message.substr(start.size()) : message;
    }

private:
    temporary_folder folder_{};
};

/// Values of as many pixels from 0 to below `end`, among them 0 and end - 1.
std::vector<std::size_t> random_values(const png_picture& picture, std::size_t end) {
    random_engine random(seed() + 61);
    std::vector<std::size_t> values(picture.height * picture.width);
    for (std::size_t& value : values)
        value = pick(random, 0, end - 1);
    values.front() = 0;
    values.back() = end - 1;
    return values;
}

void check_read(const png_picture& picture) {
    INFO("colour type " << picture.colour_type << ", " << picture.bit_depth << " bits, interlaced "
                        << picture.interlaced << ", seed " << seed());
    const std::vector<std::size_t> values = random_values(picture, std::size_t{1} << picture.bit_depth);
    std::vector<png_byte> bytes;
    for (const std::size_t value : values) {
        if (picture.bit_depth == 16) bytes.push_back(static_cast<png_byte>(value / 256)); // the higher byte first
        bytes.push_back(static_cast<png_byte>(value % 256));
    }
    const one_image files(picture.height, picture.width);
    save_png(files.labels(), picture, bytes);
    const dataset data = files.open();
    CHECK(data.shape(0) == std::vector{picture.height, picture.width});
    labels_array expected = labels_array::from_shape({picture.height, picture.width});
    for (std::size_t i = 0; i < values.size(); ++i)
        expected.flat(i) = static_cast<std::int64_t>(values[i]);
    CHECK((data.labels(0) == expected));
}

} // namespace

TEST_CASE("a PNG file's grey values of 8 and 16 bits, and indices of a palette, are the labels", "[dataset]") {
    for (const bool interlaced : {false, true}) {
        for (const int bit_depth : {8, 16})
            check_read({13, 11, PNG_COLOR_TYPE_GRAY, bit_depth, interlaced});
        for (const int bit_depth : {1, 2, 4, 8})
            check_read({13, 11, PNG_COLOR_TYPE_PALETTE, bit_depth, interlaced});
        check_read({1, 1, PNG_COLOR_TYPE_PALETTE, 1, interlaced});
        check_read({1, 100, PNG_COLOR_TYPE_GRAY, 8, interlaced});
        // Whatever the palette lacks.
        check_read({13, 11, PNG_COLOR_TYPE_PALETTE, 8, interlaced, 3});
    }
}

TEST_CASE("a PNG file of colours or of grey of few bits is refused when the dataset is opened", "[dataset]") {
    const auto refusal = [](int colour_type, int bit_depth) {
        const png_picture picture{3, 4, colour_type, bit_depth};
        const one_image files(3, 4);
        save_png(files.labels(), picture, std::vector<png_byte>(12 * pixel_bytes(picture)));
        return message_of<file_error>([&] { files.open(); }).substr(files.labels().string().size());
    };
    const std::string rule = ": expected labels as grey of 8 or 16 bits, or as indices into a palette, found ";
    CHECK(refusal(PNG_COLOR_TYPE_RGB, 8) == rule + "RGB colours of 8 bits");
    CHECK(refusal(PNG_COLOR_TYPE_RGB, 16) == rule + "RGB colours of 16 bits");
    CHECK(refusal(PNG_COLOR_TYPE_RGBA, 8) == rule + "RGBA colours of 8 bits");
    CHECK(refusal(PNG_COLOR_TYPE_GRAY_ALPHA, 8) == rule + "grey with alpha of 8 bits");
    CHECK(refusal(PNG_COLOR_TYPE_GRAY, 1) == rule + "grey of 1 bit");
    CHECK(refusal(PNG_COLOR_TYPE_GRAY, 2) == rule + "grey of 2 bits");
    CHECK(refusal(PNG_COLOR_TYPE_GRAY, 4) == rule + "grey of 4 bits");
}

TEST_CASE("what is no PNG file is refused", "[dataset]") {
    const one_image files(3, 4);
    const auto refusal = [&](const std::string& bytes) {
        save(files.labels(), bytes);
        return files.complaint();
    };
    const std::string rule = "a PNG file, which starts with '\\x89PNG\\r\\n\\x1a\\n', found a file that starts with ";
    CHECK(refusal("") == "a PNG file that can be read, found an empty file");
    CHECK(refusal("GIF89a or so") == rule + "'GIF89a o'");
    CHECK(refusal("\x89PN") == rule + "'?PN'");
    CHECK(refusal("\x89PNG\r\n\x1a") == rule + "'?PNG" + std::string(3, '?') + "'");
    CHECK(refusal("\x89PNG\r\n\x1a\n") ==
          "a PNG file that can be read, found an error of libpng: the file is truncated");
    contains(refusal("\x89PNG\r\n\x1a\n" + std::string(100, 'x')),
             "a PNG file that can be read, found an error of libpng");
}

TEST_CASE("a PNG file cut short anywhere is refused, and read nowhere past its end", "[dataset]") {
    for (const png_picture& picture :
         {png_picture{9, 10, PNG_COLOR_TYPE_GRAY, 16}, png_picture{9, 10, PNG_COLOR_TYPE_PALETTE, 4, true}}) {
        const one_image files(9, 10);
        std::vector<png_byte> bytes;
        for (const std::size_t value : random_values({9, 10 * pixel_bytes(picture)}, 16))
            bytes.push_back(static_cast<png_byte>(value));
        save_png(files.labels(), picture, bytes);
        const std::string whole = load(files.labels());
        REQUIRE(files.complaint() == "nothing was thrown");
        constexpr std::size_t signature = 8;
        for (std::size_t length = signature; length < whole.size(); ++length) {
            CAPTURE(length);
            save(files.labels(), whole.substr(0, length));
            CHECK(files.complaint() == "a PNG file that can be read, found an error of libpng: the file is truncated");
        }
    }
}

TEST_CASE("a damaged byte of a PNG file is noticed, or does not matter", "[dataset]") {
    const png_picture picture{6, 7, PNG_COLOR_TYPE_PALETTE, 8, true, 16};
    const one_image files(6, 7);
    std::vector<png_byte> bytes;
    for (const std::size_t value : random_values(picture, 16))
        bytes.push_back(static_cast<png_byte>(value));
    save_png(files.labels(), picture, bytes);
    const labels_array expected = files.open().labels(0);
    const std::string whole = load(files.labels());
    INFO("seed " << seed());
    random_engine random(seed() + 62);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        CAPTURE(at);
        std::string damaged = whole;
        damaged[at] = static_cast<char>(static_cast<std::size_t>(damaged[at]) ^ pick(random, 1, 255));
        save(files.labels(), damaged);
        bool same = false;
        const std::string message = message_of<file_error>([&] { same = files.open().labels(0) == expected; });
        if (same) continue; // the damage is in what only colours need
        contains(message, files.labels().string() + ": expected a PNG file");
        ++refused;
    }
    CHECK(refused > whole.size() / 2);
}

TEST_CASE("a PNG file that says it is huge is refused before anything of its size is allocated", "[dataset]") {
    const one_image files(3, 4);
    save_png(files.labels(), {3, 4}, std::vector<png_byte>(12));
    const dataset data = files.open();
    // A header with a sum of its own, for 900000 x 900000 pixels: 810 GB.
    save_png(files.labels(), {3, 4}, std::vector<png_byte>(12));
    std::string bytes = load(files.labels());
    const std::string extent = from_hex("000dbba0");
    bytes.replace(16, 8, extent + extent);
    const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + 12), 17);
    for (std::size_t i = 0; i < 4; ++i)
        bytes[29 + i] = static_cast<char>(sum >> (24 - 8 * i));
    save(files.labels(), bytes);
    contains(message_of<file_error>([&] { files.open(); }), "expected shape (K, 900000, 900000) to fit");
    CHECK(message_of<file_error>([&] { data.labels(0); }) ==
          files.labels().string() +
              ": expected shape (3, 4), as when the dataset was opened, found shape (900000, 900000)");
    bytes.replace(16, 4, from_hex("7fffffff"));
    save(files.labels(), bytes);
    contains(files.complaint(), "found an error of libpng");
}

TEST_CASE("texts in a PNG file that unpack to much more than the file are passed over", "[dataset]") {
    const one_image files(3, 4);
    png_picture picture{3, 4};
    picture.text_size = 7000000;
    save_png(files.labels(), picture, std::vector<png_byte>(12, 5));
    std::string bytes = load(files.labels());
    constexpr std::size_t around = 12; // a chunk's length, name and sum
    const std::size_t begin = bytes.find("zTXt") - 4, end = bytes.find("IDAT") - 4;
    REQUIRE(begin + around < end);
    const std::string text = bytes.substr(begin, end - begin);
    for (int copy = 0; copy < 40; ++copy)
        bytes.insert(begin, text);
    save(files.labels(), bytes);
    const auto peak = [] {
        ::rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss; // in kB
    };
    const long before = peak();
    CHECK(files.open().labels(0)(2, 3) == 5);
    CHECK(peak() - before < 100000); // of 280000
}
