#pragma once

// PNG files for tests. Their pixels are given as the bytes that the format's page has in a row, one index a byte where
// libpng packs them, so that what is read back is not merely what our own code makes of it.

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <png.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace maskaudit_test {

struct png_picture {
    std::size_t height, width;
    int colour_type = PNG_COLOR_TYPE_GRAY;
    int bit_depth = 8;
    bool interlaced = false;
    int palette_size = 0;      // 0: of all indices
    std::size_t text_size = 0; // of a comment, packed
    bool has_gamma = true;
};

/// Bytes of a pixel as they are given here.
inline std::size_t pixel_bytes(const png_picture& picture) {
    const std::size_t channels = picture.colour_type == PNG_COLOR_TYPE_RGB          ? 3
                                 : picture.colour_type == PNG_COLOR_TYPE_RGBA       ? 4
                                 : picture.colour_type == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                                                    : 1;
    return channels * (picture.bit_depth == 16 ? 2 : 1);
}

/// Without an error handler of ours libpng prints what is wrong and ends the tests, which is all they need.
inline void save_png(const std::filesystem::path& path, const png_picture& picture, std::vector<png_byte> bytes) {
    const std::size_t row_bytes = picture.width * pixel_bytes(picture);
    if (bytes.size() != picture.height * row_bytes) throw std::logic_error("a picture of another size");
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) throw std::runtime_error("cannot write " + path.string());
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_check_for_invalid_index(png, -1); // files with such indices exist
    png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height),
                 picture.bit_depth, picture.colour_type, picture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    // The colours fall as the indices rise, and some are transparent: none of that may be taken for a label.
    std::vector<png_color> palette(
        static_cast<std::size_t>(picture.palette_size == 0 ? 1 << picture.bit_depth : picture.palette_size));
    if (picture.colour_type == PNG_COLOR_TYPE_PALETTE) {
        for (std::size_t i = 0; i < palette.size(); ++i)
            palette[i] = {static_cast<png_byte>(255 - i), 7, static_cast<png_byte>(i / 2)};
        png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
        const png_byte alpha[] = {0, 128};
        png_set_tRNS(png, info, alpha, 2, nullptr);
    }
    if (picture.has_gamma) png_set_gAMA(png, info, 0.45);
    if (picture.text_size > 0) {
        std::string key = "Comment", spaces(picture.text_size, ' ');
        png_text text{};
        text.compression = PNG_TEXT_COMPRESSION_zTXt;
        text.key = key.data();
        text.text = spaces.data();
        text.text_length = spaces.size();
        png_set_text(png, info, &text, 1);
    }
    png_write_info(png, info);
    png_set_packing(png);
    std::vector<png_bytep> rows(picture.height);
    for (std::size_t row = 0; row < picture.height; ++row)
        rows[row] = bytes.data() + row * row_bytes;
    png_write_image(png, rows.data());
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    std::fclose(file);
}

} // namespace maskaudit_test
