#pragma once

#include <maskaudit/detail/font.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// A picture that rectangles and text are drawn on.

namespace maskaudit::detail {

/// The letters of a text in UTF-8, without control characters. What is no UTF-8 becomes U+FFFD, byte by byte.
inline std::u32string letters_of(std::string_view text) {
    constexpr char32_t none = 0xFFFD;
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; // that takes so many bytes
    std::u32string letters;
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const std::size_t length = first < 0x80         ? 1
                                   : first >> 5 == 0x6  ? 2
                                   : first >> 4 == 0xE  ? 3
                                   : first >> 3 == 0x1E ? 4
                                                        : 0;
        char32_t letter = length == 1 ? first : first & (0x7FU >> length);
        bool valid = length > 0 && length <= text.size();
        for (std::size_t i = 1; valid && i < length; ++i) {
            const auto next = static_cast<unsigned char>(text[i]);
            valid = next >> 6 == 2;
            letter = letter << 6 | (next & 0x3FU);
        }
        valid = valid && letter >= least[length] && letter <= 0x10FFFF && (letter < 0xD800 || letter > 0xDFFF);
        const bool is_control = valid && (letter < 0x20 || (letter >= 0x7F && letter < 0xA0));
        if (!is_control) letters.push_back(valid ? letter : none);
        text.remove_prefix(valid ? length : 1);
    }
    return letters;
}

/// Cut to at most `most` letters, the last of which is an ellipsis then.
inline std::u32string shortened(std::u32string letters, std::size_t most) {
    if (letters.size() <= most) return letters;
    letters.resize(most);
    if (most > 0) letters.back() = ellipsis;
    return letters;
}

class canvas {
public:
    /// White.
    canvas(std::size_t height, std::size_t width) : pixels_(picture::from_shape({height, width, std::size_t{3}})) {
        std::fill(pixels_.storage().begin(), pixels_.storage().end(), std::uint8_t{255});
    }

    void set(std::size_t row, std::size_t column, rgb_color color) {
        std::uint8_t* const pixel = pixels_.data() + (row * pixels_.shape()[1] + column) * 3;
        pixel[0] = color.red;
        pixel[1] = color.green;
        pixel[2] = color.blue;
    }

    /// Draws what color_of(row, column) gives for every pixel of a rectangle, counted from its corner.
    template <class ColorOf>
    void paint(std::size_t top, std::size_t left, std::size_t height, std::size_t width, const ColorOf& color_of) {
        for (std::size_t row = 0; row < height; ++row)
            for (std::size_t column = 0; column < width; ++column)
                set(top + row, left + column, color_of(row, column));
    }

    void fill(std::size_t top, std::size_t left, std::size_t height, std::size_t width, rgb_color color) {
        paint(top, left, height, width, [=](std::size_t, std::size_t) { return color; });
    }

    /// Each pixel of a letter as `scale` x `scale` of the canvas. There must be room for all of it.
    void draw_text(std::size_t top, std::size_t left, std::u32string_view letters, std::size_t scale, rgb_color color) {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const glyph rows = glyph_of(letters[i]);
            for (std::size_t row = 0; row < glyph_height; ++row)
                for (std::size_t column = 0; column < glyph_width; ++column)
                    if ((rows[row] >> (glyph_width - 1 - column) & 1) != 0)
                        fill(top + row * scale, left + (i * glyph_width + column) * scale, scale, scale, color);
        }
    }

    picture finish() && { return std::move(pixels_); }

private:
    picture pixels_;
};

} // namespace maskaudit::detail
