#pragma once

// Pictures as the bytes of PNG and JPEG files, and back. PNG by libpng's simplified interface, which turns whatever a
// file has into 8 bits of sRGB, and returns where its others would jump.

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/npy_parser.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <png.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <turbojpeg.h>
#include <vector>

namespace maskaudit::detail {

inline void require_picture(const char* name, const picture& pixels) {
    const extents shape = shape_of(pixels);
    if (shape[2] != 3 || pixels.size() == 0)
        refuse(std::string(name) + " has shape " + to_text(shape) + ": it must be (H, W, 3), H and W at least 1");
}

/// A picture of at most 256 colours.
struct indexed_picture {
    std::size_t height = 0, width = 0;
    std::vector<std::uint8_t> indices{}; // row-major; each an index into the palette
    std::vector<rgb_color> palette{};    // 1 to 256 colours
    std::vector<std::uint8_t> alpha{};   // of every colour, 0 (not seen) to 255; empty: 255 for all
};

inline constexpr std::uint64_t max_picture_pixels = std::uint64_t{1} << 30; // libpng counts bytes in 32 bits

/// The bytes of a PNG file. `colormap` is null where pixels are colours by themselves.
inline std::string encode_png(std::size_t height, std::size_t width, png_uint_32 format, const std::uint8_t* pixels,
                              const std::uint8_t* colormap, std::size_t colormap_entries) {
    constexpr std::size_t most = 65535; // of which every viewer opens the file
    if (height > most || width > most || height * width >= max_picture_pixels)
        refuse("a picture of " + std::to_string(height) + " x " + std::to_string(width) + " cannot be a PNG file: " +
               "neither side may be longer than " + std::to_string(most) + ", and it must have less than 2^30 pixels");
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.height = static_cast<png_uint_32>(height);
    image.width = static_cast<png_uint_32>(width);
    image.format = format;
    image.colormap_entries = static_cast<png_uint_32>(colormap_entries);
    // The bound on the size, computed here since PNG_IMAGE_PNG_SIZE_MAX does so in 32 bits: what deflate adds to bytes
    // that it cannot pack, and room for the other chunks.
    const std::size_t raw = height * (1 + width * (colormap == nullptr ? 3 : 1));
    std::string bytes(raw + raw / 1000 * 5 + (std::size_t{1} << 16), '\0');
    png_alloc_size_t size = bytes.size();
    const int done = png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, colormap);
    png_image_free(&image);
    if (done == 0) throw std::runtime_error("libpng cannot write a picture: " + std::string(image.message));
    bytes.resize(size);
    bytes.shrink_to_fit();
    return bytes;
}

/// The bytes of a PNG file of RGB.
/// \throws std::invalid_argument for an empty picture, one with a side above 65535, or one of 2^30 pixels or more
inline std::string png_bytes(const picture& pixels) {
    require_picture("picture", pixels);
    return encode_png(pixels.shape()[0], pixels.shape()[1], PNG_FORMAT_RGB, pixels.data(), nullptr, 0);
}

/// The bytes of a PNG file with a palette, of 1, 2, 4 or 8 bits a pixel as the number of colours asks for.
/// \throws std::invalid_argument for what the other refuses, sizes that do not fit, or an index without a colour
inline std::string png_bytes(const indexed_picture& image) {
    const std::size_t colors = image.palette.size();
    if (image.height == 0 || image.width == 0 || image.indices.size() != image.height * image.width)
        refuse("a picture of " + std::to_string(image.height) + " x " + std::to_string(image.width) + " has " +
               std::to_string(image.indices.size()) + " indices: it must have one a pixel, and at least one");
    if (colors < 1 || colors > 256)
        refuse("a palette has " + std::to_string(colors) + " colours: it must have 1 to 256");
    if (!image.alpha.empty() && image.alpha.size() != colors)
        refuse("a palette has " + std::to_string(colors) + " colours and " + std::to_string(image.alpha.size()) +
               " values of alpha: these must be as many, or none");
    if (const auto largest = *std::max_element(image.indices.begin(), image.indices.end()); largest >= colors)
        refuse("a pixel has colour " + std::to_string(largest) + " of a palette of " + std::to_string(colors));
    const bool has_alpha = !image.alpha.empty();
    std::vector<std::uint8_t> colormap;
    for (std::size_t i = 0; i < colors; ++i) {
        colormap.insert(colormap.end(), {image.palette[i].red, image.palette[i].green, image.palette[i].blue});
        if (has_alpha) colormap.push_back(image.alpha[i]);
    }
    return encode_png(image.height, image.width, has_alpha ? PNG_FORMAT_RGBA_COLORMAP : PNG_FORMAT_RGB_COLORMAP,
                      image.indices.data(), colormap.data(), colors);
}

struct close_turbojpeg {
    void operator()(void* handle) const { tjDestroy(handle); }
};
using turbojpeg = std::unique_ptr<void, close_turbojpeg>;

struct free_turbojpeg {
    void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

/// The bytes of a JPEG file.
/// \param quality  1 to 100
/// \throws std::invalid_argument for an empty picture, one with a side above 65500, or another quality
inline std::string jpeg_bytes(const picture& pixels, int quality) {
    require_picture("picture", pixels);
    constexpr std::size_t most = 65500; // of libjpeg
    const std::size_t height = pixels.shape()[0], width = pixels.shape()[1];
    if (height > most || width > most)
        refuse("a picture of " + std::to_string(height) + " x " + std::to_string(width) +
               " cannot be a JPEG file: " + "neither side may be longer than " + std::to_string(most));
    if (quality < 1 || quality > 100) refuse("quality is " + std::to_string(quality) + ": it must be from 1 to 100");
    const turbojpeg encoder(tjInitCompress());
    if (!encoder) throw std::bad_alloc();
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const int failed = tjCompress2(encoder.get(), pixels.data(), static_cast<int>(width), 0, static_cast<int>(height),
                                   TJPF_RGB, &bytes, &size, TJSAMP_420, quality, 0);
    const std::unique_ptr<unsigned char, free_turbojpeg> owner(bytes);
    if (failed != 0) throw std::bad_alloc(); // there is nothing else left that it could lack
    return {bytes, bytes + size};
}

inline picture empty_picture(const std::filesystem::path& path, std::uint64_t height, std::uint64_t width) {
    if (height * width >= max_picture_pixels) // each fits 32 bits
        throw file_error(path, "a picture of less than 2^30 pixels",
                         "one of " + std::to_string(height) + " x " + std::to_string(width));
    return picture::from_shape({static_cast<std::size_t>(height), static_cast<std::size_t>(width), std::size_t{3}});
}

/// The picture in the bytes of a PNG file; alpha over white.
inline picture decode_png(const std::filesystem::path& path, std::string_view bytes) {
    struct png_reading : png_image {
        png_reading() : png_image{} { version = PNG_IMAGE_VERSION; }
        png_reading(const png_reading&) = delete;
        png_reading& operator=(const png_reading&) = delete;
        ~png_reading() { png_image_free(this); }
    } image;
    const auto fail = [&] {
        throw file_error(path, "a PNG file that can be read", "an error of libpng: " + std::string(image.message));
    };
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) fail();
    picture pixels = empty_picture(path, image.height, image.width);
    image.format = PNG_FORMAT_RGB;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; // 16 bits that say nothing of gamma are as those of 8 bits
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&image, &white, pixels.data(), 0, nullptr) == 0) fail();
    return pixels;
}

/// The picture in the bytes of a JPEG file.
inline picture decode_jpeg(const std::filesystem::path& path, std::string_view bytes) {
    const turbojpeg decoder(tjInitDecompress());
    if (!decoder) throw std::bad_alloc();
    const auto fail = [&] {
        throw file_error(path, "a JPEG file that can be read",
                         "an error of libjpeg-turbo: " + std::string(tjGetErrorStr2(decoder.get())));
    };
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0, height = 0, subsampling = 0, colors = 0;
    if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling, &colors) != 0) fail();
    if (colors == TJCS_CMYK || colors == TJCS_YCCK)
        throw file_error(path, "a JPEG file of grey or RGB", "one of CMYK, the colours of print");
    picture pixels = empty_picture(path, static_cast<std::uint64_t>(height), static_cast<std::uint64_t>(width));
    // Warnings are errors, since a file that was cut short draws no more than a warning, and a grey rest. Stopping at
    // the first, and at scans without end, keeps small files from taking minutes.
    constexpr int flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompress2(decoder.get(), data, bytes.size(), pixels.data(), width, 0, height, TJPF_RGB, flags) != 0) fail();
    return pixels;
}

/// The picture in the bytes of a file, whose path is for messages.
inline picture decode_picture(const std::filesystem::path& path, std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return decode_png(path, bytes);
    if (bytes.starts_with("\xff\xd8\xff"sv)) return decode_jpeg(path, bytes);
    throw file_error(path, "a PNG or JPEG file",
                     bytes.empty() ? "an empty file" : "a file that starts with " + npy_quote(bytes.substr(0, 16)));
}

} // namespace maskaudit::detail
