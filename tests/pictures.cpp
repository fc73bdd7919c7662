#include "file_contents.hpp"
#include "message.hpp"
#include "png_bytes.hpp"
#include "scene.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/display.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>
#include <vector>
#include <zlib.h>

// Pictures read from files and written to them.

using namespace maskaudit_test;
using maskaudit::file_error;
using maskaudit::picture;
using maskaudit::read_picture;
using maskaudit::rgb_color;
using maskaudit::write_png;
namespace fs = std::filesystem;

namespace {

picture random_picture(std::size_t height, std::size_t width, std::uint64_t offset) {
    random_engine random(seed() + offset);
    picture pixels = picture::from_shape({height, width, std::size_t{3}});
    for (auto& value : pixels)
        value = static_cast<std::uint8_t>(pick(random, 0, 255));
    return pixels;
}

/// Colours that change slowly: what JPEG is for.
picture smooth_picture(std::size_t height, std::size_t width) {
    picture pixels = picture::from_shape({height, width, std::size_t{3}});
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            pixels(row, column, 0) = static_cast<std::uint8_t>(40 + 2 * row);
            pixels(row, column, 1) = static_cast<std::uint8_t>(200 - column);
            pixels(row, column, 2) = static_cast<std::uint8_t>(row + column);
        }
    return pixels;
}

int largest_difference(const picture& a, const picture& b) {
    REQUIRE(a.shape() == b.shape());
    int largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(int{a.data()[i]} - int{b.data()[i]}));
    return largest;
}

void save(const fs::path& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary);
    file << bytes;
    REQUIRE(file.flush().good());
}

std::string load(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string complaint(const fs::path& path) {
    const std::string message = message_of<file_error>([&] { read_picture(path); });
    const std::string start = path.string() + ": expected ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
}

bool says(const std::string& message, const std::string& phrase) { return message.find(phrase) != std::string::npos; }

/// An interpreter that has the imaging library of Python; empty where there is none.
std::string python_with_pil() {
    for (const std::string python : {"python3", "/usr/bin/python3"})
        if (std::system((python + " -c 'import PIL.Image' 2>/dev/null").c_str()) == 0) return python;
    return "";
}

void run_python(const std::string& python, const fs::path& folder, const std::string& script) {
    save(folder / "script.py", script);
    REQUIRE(std::system(("cd '" + folder.string() + "' && " + python + " script.py").c_str()) == 0);
}

picture from_bytes(const std::string& bytes, std::size_t height, std::size_t width) {
    picture pixels = picture::from_shape({height, width, std::size_t{3}});
    REQUIRE(bytes.size() == pixels.size());
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(pixels.data()));
    return pixels;
}

/// What a channel is over white.
int over_white(int value, int alpha) { return (value * alpha + 255 * (255 - alpha) + 127) / 255; }

} // namespace

TEST_CASE("PNG of every kind is read as 8 bits of RGB", "[display]") {
    const temporary_folder folder;
    const fs::path path = folder / "a.png";
    random_engine random(seed() + 401);
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    constexpr std::size_t height = 13, width = 11;
    for (const bool interlaced : {false, true})
        for (const int type : {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA,
                               PNG_COLOR_TYPE_PALETTE}) {
            INFO("colour type " << type << ", interlaced " << interlaced);
            const png_picture kind{height, width, type, 8, interlaced};
            const std::size_t channels = pixel_bytes(kind);
            std::vector<png_byte> bytes(height * width * channels);
            for (png_byte& byte : bytes)
                byte = static_cast<png_byte>(pick(random, 0, 255));
            // Alpha of nothing and all alone, which there is no rounding or gamma about.
            if (channels % 2 == 0)
                for (std::size_t i = channels - 1; i < bytes.size(); i += channels)
                    bytes[i] = bytes[i] < 100 ? 0 : 255;
            save_png(path, kind, bytes);
            picture expected = picture::from_shape({height, width, std::size_t{3}});
            for (std::size_t i = 0; i < height * width; ++i)
                for (std::size_t channel = 0; channel < 3; ++channel) {
                    int value = bytes[i * channels + (channels > 2 ? channel : 0)];
                    if (channels % 2 == 0) value = over_white(value, bytes[i * channels + channels - 1]);
                    if (type == PNG_COLOR_TYPE_PALETTE) {
                        const int index = value, colors[] = {255 - index, 7, index / 2};
                        if (index == 1) continue; // half transparent
                        value = index == 0 ? 255 : colors[channel];
                    }
                    expected.data()[i * 3 + channel] = static_cast<std::uint8_t>(value);
                }
            picture found = read_picture(path);
            if (type == PNG_COLOR_TYPE_PALETTE)
                for (std::size_t i = 0; i < height * width; ++i)
                    if (bytes[i] == 1) std::copy_n(found.data() + i * 3, 3, expected.data() + i * 3);
            CHECK(largest_difference(found, expected) == 0);
        }
}

TEST_CASE("what is half transparent in a PNG lies between its colour and white", "[display]") {
    const temporary_folder folder;
    save_png(folder / "a.png", {1, 2, PNG_COLOR_TYPE_RGBA, 8}, {100, 0, 200, 128, 255, 255, 255, 1});
    const picture found = read_picture(folder / "a.png");
    CHECK(found(0, 0, 0) > 120);
    CHECK(found(0, 0, 1) > 100);
    CHECK(found(0, 0, 1) < 240);
    CHECK(found(0, 0, 2) > 215);
    CHECK(found(0, 1, 0) == 255);
}

TEST_CASE("16 bits of a PNG are rounded to 8", "[display]") {
    const temporary_folder folder;
    png_picture kind{1, 4, PNG_COLOR_TYPE_GRAY, 16};
    kind.has_gamma = false;
    save_png(folder / "a.png", kind, {0, 0, 100, 100, 100, 255, 255, 255}); // 100 of 255; nearer to 101; all
    const picture found = read_picture(folder / "a.png");
    CHECK(int{found(0, 0, 0)} == 0);
    CHECK(int{found(0, 1, 1)} == 100);
    CHECK(int{found(0, 2, 2)} == 101);
    CHECK(int{found(0, 3, 0)} == 255);
}

TEST_CASE("a JPEG file is read, whatever its name", "[display]") {
    const temporary_folder folder;
    const picture pixels = smooth_picture(50, 70);
    for (const int quality : {60, 95}) {
        save(folder / "a.png", maskaudit::detail::jpeg_bytes(pixels, quality));
        const int difference = largest_difference(read_picture(folder / "a.png"), pixels);
        CHECK(difference <= (quality == 95 ? 8 : 30));
        CHECK(difference > 0); // it is a JPEG file
    }
    CHECK(maskaudit::detail::jpeg_bytes(pixels, 30).size() < maskaudit::detail::jpeg_bytes(pixels, 95).size());
}

TEST_CASE("a grey JPEG file is read", "[display]") {
    const temporary_folder folder;
    const std::vector<unsigned char> grey(16 * 24, 93);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const tjhandle encoder = tjInitCompress();
    REQUIRE(tjCompress2(encoder, grey.data(), 24, 0, 16, TJPF_GRAY, &bytes, &size, TJSAMP_GRAY, 95, 0) == 0);
    save(folder / "a.jpg", {bytes, bytes + size});
    tjFree(bytes);
    tjDestroy(encoder);
    const picture found = read_picture(folder / "a.jpg");
    CHECK(found.shape() == picture::shape_type{16, 24, 3});
    CHECK(std::all_of(found.begin(), found.end(), [](int value) { return std::abs(value - 93) <= 1; }));
}

TEST_CASE("pictures that cannot be used are refused with the reason", "[display]") {
    const temporary_folder folder;
    const fs::path path = folder / "a.png";
    CHECK(says(complaint(folder / "none.png"), "No such file"));
    CHECK(complaint(folder.path()) == "a PNG or JPEG file, found a directory");
    save(path, "");
    CHECK(complaint(path) == "a PNG or JPEG file, found an empty file");
    save(path, "GIF89a\x01\x02");
    CHECK(complaint(path) == "a PNG or JPEG file, found a file that starts with 'GIF89a\?\?'");

    // A picture of print.
    const std::vector<unsigned char> ink(8 * 8 * 4, 50);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const tjhandle encoder = tjInitCompress();
    REQUIRE(tjCompress2(encoder, ink.data(), 8, 0, 8, TJPF_CMYK, &bytes, &size, TJSAMP_444, 95, 0) == 0);
    save(path, {bytes, bytes + size});
    tjFree(bytes);
    tjDestroy(encoder);
    CHECK(complaint(path) == "a JPEG file of grey or RGB, found one of CMYK, the colours of print");
}

TEST_CASE("a file cut short or damaged is no picture", "[display]") {
    const temporary_folder folder;
    const picture pixels = random_picture(20, 30, 402);
    const std::string png = maskaudit::detail::png_bytes(pixels), jpeg = maskaudit::detail::jpeg_bytes(pixels, 90);
    const std::size_t png_pixels_end = png.rfind("IEND") - 8; // before the checksum of what is packed
    for (std::size_t size = 1; size < png_pixels_end; size += 1 + size / 40) {
        INFO("PNG of " << size << " bytes");
        save(folder / "a", png.substr(0, size));
        CHECK(says(complaint(folder / "a"), "a PNG "));
    }
    for (std::size_t size = 1; size + 1 < jpeg.size(); size += 1 + size / 40) {
        INFO("JPEG of " << size << " bytes");
        save(folder / "a", jpeg.substr(0, size));
        CHECK(
            says(complaint(folder / "a"), size < 3 ? "a PNG or JPEG file" : "a JPEG file that can be read, found an"));
    }
    for (std::size_t at = png.find("IDAT") + 20; at < png_pixels_end; at += 97) {
        std::string damaged = png;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        save(folder / "a", damaged);
        CHECK(says(complaint(folder / "a"), "a PNG file that can be read, found an error of libpng"));
    }
}

TEST_CASE("a picture of a size that nobody draws is refused before there is room for it", "[display]") {
    const temporary_folder folder;
    std::string png = maskaudit::detail::png_bytes(random_picture(2, 2, 403));
    const auto put = [&](std::size_t at, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i)
            png[at + i] = static_cast<char>(value >> (24 - 8 * i) & 255);
    };
    put(16, 40000); // the width, in the header
    put(20, 30000);
    put(29, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(png.data()) + 12, 17)));
    save(folder / "a.png", png);
    CHECK(complaint(folder / "a.png") == "a picture of less than 2^30 pixels, found one of 30000 x 40000");
}

TEST_CASE("a small JPEG file that claims to be large is refused at its end", "[display]") {
    const temporary_folder folder;
    std::string jpeg = maskaudit::detail::jpeg_bytes(random_picture(16, 16, 404), 90);
    const std::size_t header = jpeg.find("\xff\xc0"); // then two bytes of length, one of depth, height and width
    REQUIRE(header != std::string::npos);
    for (const std::size_t side : {header + 5, header + 7})
        jpeg.replace(side, 2, "\x3e\x80"); // 16000
    save(folder / "a.jpg", jpeg);
    CHECK(says(complaint(folder / "a.jpg"), "a JPEG file that can be read, found an error of libjpeg-turbo: "));
}

TEST_CASE("PNG files are read back by libpng as they were", "[display]") {
    const temporary_folder folder;
    for (const auto& [height, width] : {std::pair{1, 1}, {37, 53}, {1, 2000}, {900, 3}}) {
        const picture pixels = random_picture(static_cast<std::size_t>(height), static_cast<std::size_t>(width), 404);
        write_png(folder / "a.png", pixels);
        CHECK((read_picture(folder / "a.png") == pixels));
    }
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.png"});
}

TEST_CASE("PNG and JPEG files go to another program and come from it", "[display]") {
    const std::string python = python_with_pil();
    if (python.empty()) {
        WARN("skipped: no Python with PIL");
        return;
    }
    const temporary_folder folder;
    const picture pixels = random_picture(31, 47, 405), smooth = smooth_picture(40, 60);
    write_png(folder / "ours.png", pixels);
    save(folder / "ours.jpg", maskaudit::detail::jpeg_bytes(smooth, 95));
    maskaudit::detail::indexed_picture indexed{2, 3, {0, 1, 2, 2, 1, 0}, {{9, 8, 7}, {200, 100, 0}, {1, 2, 3}}, {}};
    save(folder / "indexed.png", maskaudit::detail::png_bytes(indexed));
    run_python(python, folder.path(), R"(
from PIL import Image
for name in ("ours.png", "ours.jpg", "indexed.png"):
    image = Image.open(name)
    assert image.mode == ("P" if name == "indexed.png" else "RGB"), image.mode
    open(name + ".raw", "wb").write(image.convert("RGB").tobytes())
ours = Image.open("ours.png")
for mode in ("RGB", "L", "P", "1"):
    ours.convert(mode).save("theirs-%s.png" % mode)
    open("theirs-%s.raw" % mode, "wb").write(Image.open("theirs-%s.png" % mode).convert("RGB").tobytes())
Image.open("ours.jpg").save("progressive.jpg", quality=95, progressive=True)
)");
    CHECK((from_bytes(load(folder / "ours.png.raw"), 31, 47) == pixels));
    CHECK(largest_difference(from_bytes(load(folder / "ours.jpg.raw"), 40, 60), smooth) <= 8);
    const picture of_indexed = from_bytes(load(folder / "indexed.png.raw"), 2, 3);
    for (std::size_t i = 0; i < 6; ++i) {
        const rgb_color color = indexed.palette[indexed.indices[i]];
        CHECK(rgb_color{of_indexed.data()[3 * i], of_indexed.data()[3 * i + 1], of_indexed.data()[3 * i + 2]} == color);
    }
    for (const std::string mode : {"RGB", "L", "P", "1"})
        CHECK((read_picture(folder / ("theirs-" + mode + ".png")) ==
               from_bytes(load(folder / ("theirs-" + mode + ".raw")), 31, 47)));
    CHECK(largest_difference(read_picture(folder / "progressive.jpg"), smooth) <= 12);
}

TEST_CASE("indexed PNG files have the colours of their palettes", "[display]") {
    const temporary_folder folder;
    random_engine random(seed() + 406);
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    for (const std::size_t colors : {1U, 2U, 3U, 5U, 16U, 17U, 255U, 256U})
        for (const bool has_alpha : {false, true}) {
            maskaudit::detail::indexed_picture image{7, 19, {}, {}, {}};
            for (std::size_t i = 0; i < 7 * 19; ++i)
                image.indices.push_back(static_cast<std::uint8_t>(pick(random, 0, colors - 1)));
            for (std::size_t i = 0; i < colors; ++i)
                image.palette.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i), 77});
            if (has_alpha)
                for (std::size_t i = 0; i < colors; ++i)
                    image.alpha.push_back(i % 2 == 0 ? 255 : 0);
            const std::string bytes = maskaudit::detail::png_bytes(image);
            CHECK(int{bytes[25]} == PNG_COLOR_TYPE_PALETTE);
            CHECK(int{bytes[24]} == (colors > 16 ? 8 : colors > 4 ? 4 : colors > 2 ? 2 : 1));
            save(folder / "a.png", bytes);
            const picture found = read_picture(folder / "a.png");
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < 7 * 19; ++i) {
                const std::size_t index = image.indices[i];
                const rgb_color seen = has_alpha && index % 2 == 1 ? rgb_color{255, 255, 255} : image.palette[index];
                const std::uint8_t* const at = found.data() + 3 * i;
                wrong += rgb_color{at[0], at[1], at[2]} == seen ? 0 : 1;
            }
            CHECK(wrong == 0);
        }
}

TEST_CASE("pictures that no file can hold are refused", "[display]") {
    using maskaudit::detail::indexed_picture;
    using maskaudit::detail::jpeg_bytes;
    using maskaudit::detail::png_bytes;
    const auto refusal = [](auto f) { return message_of<std::invalid_argument>(f); };
    const picture good = random_picture(2, 3, 407);
    CHECK(refusal([] {
              png_bytes(picture::from_shape({0, 3, 3}));
          }) == "picture has shape (0, 3, 3): it must be (H, W, 3), H and W at least 1");
    CHECK(says(refusal([] { png_bytes(picture::from_shape({2, 3, 4})); }), "(2, 3, 4)"));
    CHECK(says(refusal([] { png_bytes(picture::from_shape({1, 65536, 3})); }), "longer than 65535"));
    CHECK(says(refusal([] { jpeg_bytes(picture::from_shape({65501, 1, 3}), 80); }), "longer than 65500"));
    for (const int quality : {0, 101, -1})
        CHECK(refusal([&] { jpeg_bytes(good, quality); }) ==
              "quality is " + std::to_string(quality) + ": it must be from 1 to 100");
    CHECK(says(refusal([] { png_bytes(indexed_picture{2, 2, {0, 0, 0}, {{1, 2, 3}}, {}}); }), "one a pixel"));
    CHECK(says(refusal([] { png_bytes(indexed_picture{0, 2, {}, {{1, 2, 3}}, {}}); }), "one a pixel"));
    CHECK(says(refusal([] { png_bytes(indexed_picture{1, 1, {0}, {}, {}}); }), "1 to 256"));
    CHECK(says(refusal([] { png_bytes(indexed_picture{1, 1, {0}, std::vector<rgb_color>(257), {}}); }), "1 to 256"));
    CHECK(says(refusal([] { png_bytes(indexed_picture{1, 1, {1}, {{1, 2, 3}}, {}}); }), "colour 1 of a palette of 1"));
    CHECK(says(refusal([] { png_bytes(indexed_picture{1, 1, {0}, {{1, 2, 3}}, {1, 2}}); }), "values of alpha"));
}

TEST_CASE("a PNG file that cannot be written leaves what was there", "[display]") {
    const temporary_folder folder;
    const picture pixels = random_picture(3, 4, 408);
    CHECK_THROWS_AS(write_png(folder / "none" / "a.png", pixels), file_error);
    fs::create_directory(folder / "a.png");
    CHECK_THROWS_AS(write_png(folder / "a.png", pixels), file_error);
    save(folder / "b.png", "old");
    CHECK_THROWS_AS(write_png(folder / "b.png", picture::from_shape({0, 0, 3})), std::invalid_argument);
    CHECK(load(folder / "b.png") == "old");
    auto names = names_in(folder.path());
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{"a.png", "b.png"});
    write_png(folder / "b.png", pixels);
    CHECK((read_picture(folder / "b.png") == pixels));
}
