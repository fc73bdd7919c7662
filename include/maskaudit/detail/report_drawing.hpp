#pragma once

// The pictures of a report: parts of images, shrunk where they are large, encoded, and as text that a page can hold.

#include <maskaudit/detail/image_codec.hpp>
#include <maskaudit/detail/outline.hpp>
#include <maskaudit/detail/shrink.hpp>
#include <maskaudit/picture.hpp>
#include <maskaudit/regions.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace maskaudit::detail {

/// Bytes as text: RFC 4648, section 4.
inline std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = (std::min)(bytes.size() - at, std::size_t{3});
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

/// No picture of a report has a longer side.
inline constexpr std::size_t max_report_side = 640;

/// A mask in the colours of its classes; only those that occur are in the palette, which keeps the file small.
inline indexed_picture mask_picture(const layer_plane<std::int32_t>& classes) {
    indexed_picture mask{classes.shape()[0], classes.shape()[1], {}, {}, {}};
    constexpr std::size_t none = num_class_colors, unknown = 256;
    std::array<std::size_t, num_class_colors + 1> place;
    place.fill(unknown);
    mask.indices.reserve(classes.size());
    for (const std::int32_t k : classes) {
        const std::size_t color = k < 0 ? none : static_cast<std::size_t>(k) % num_class_colors;
        if (place[color] == unknown) {
            place[color] = mask.palette.size();
            mask.palette.push_back(color == none ? ignored_color : class_color(color));
        }
        mask.indices.push_back(static_cast<std::uint8_t>(place[color]));
    }
    return mask;
}

/// Issues to lie over a picture. Small pictures get several pixels for one, so that edge and rim are lines when they
/// are enlarged.
/// \param thickness  of edge and rim, in pixels of the result
inline indexed_picture overlay_picture(const layer_plane<emphasis>& all, std::size_t thickness) {
    constexpr std::size_t finest = 4;
    const std::size_t longest = (std::max)(all.shape()[0], all.shape()[1]);
    const auto over = outlined(all, std::clamp(max_report_side / longest, std::size_t{1}, finest), thickness);
    indexed_picture picture{over.shape()[0], over.shape()[1], {}, {}, {}};
    picture.palette = {{0, 0, 0}, issue_color, issue_color, issue_color, {255, 255, 255}}; // as overlay lists them
    picture.alpha = {0, 45, 100, 255, 230};
    picture.indices.reserve(over.size());
    for (const overlay here : over)
        picture.indices.push_back(static_cast<std::uint8_t>(here));
    return picture;
}

/// A picture as the page holds it.
struct stored_picture {
    const char* layer; // photo, given, predicted or overlay
    const char* type;
    std::string text; // base64
};

/// The pictures of an image or a region, and what is to be known of them; of height 0 where nothing was drawn.
struct report_drawing {
    picture_window window{0, 0, 0, 0}; // what is seen of the image
    std::size_t height = 0, width = 0;
    bool has_photo = false;
    std::vector<std::int32_t> classes{}; // that occur, ascending; -1 where some pixel has none
    std::vector<stored_picture> pictures{};
};

/// Draws a part of an image. The layers fit each other and the window, and no class is below -1.
inline report_drawing draw_window(const image_layers& layers, const layer_plane<emphasis>& issues,
                                  const picture_window& window, std::size_t thickness) {
    constexpr int quality = 80;
    const shrunk_window to(window, max_report_side);
    const auto given = shrunk_classes(layers.given, layers.issues, to);
    const auto predicted = shrunk_classes(layers.predicted, layers.issues, to);
    const std::set<std::int32_t> classes = classes_in(layers, window);
    report_drawing drawn{window, to.height(), to.width(), layers.photo.size() > 0, {classes.begin(), classes.end()},
                         {}};
    const auto store_png = [&](const char* layer, const indexed_picture& image) {
        drawn.pictures.push_back({layer, "image/png", base64(png_bytes(image))});
    };
    if (drawn.has_photo)
        drawn.pictures.push_back({"photo", "image/jpeg", base64(jpeg_bytes(shrunk_photo(layers.photo, to), quality))});
    store_png("given", mask_picture(given));
    store_png("predicted", mask_picture(predicted));
    store_png("overlay", overlay_picture(shrunk_to_greatest(issues, to), thickness));
    return drawn;
}

/// `length` pixels of a side around those from `begin` to `end`, or the whole side.
inline std::pair<std::size_t, std::size_t> around(std::size_t begin, std::size_t end, std::size_t length,
                                                  std::size_t extent) {
    length = (std::min)(length, extent);
    const std::size_t before = (length - (end - begin)) / 2;
    const std::size_t first = (std::min)(begin - (std::min)(begin, before), extent - length);
    return {first, first + length};
}

/// What is drawn of a region: with a margin, not too small to see what is around, and three wide to two high, as far as
/// the image (H, W) goes.
inline picture_window window_around(const issue_region& region, std::size_t height, std::size_t width) {
    constexpr std::size_t margin = 16, least_height = 80;
    const std::size_t rows = region.end[0] - region.begin[0], columns = region.end[1] - region.begin[1];
    const std::size_t high = (std::max)({rows + 2 * margin, least_height, (columns + 2 * margin) * 2 / 3});
    const auto [top, bottom] = around(region.begin[0], region.end[0], high, height);
    const auto [left, right] = around(region.begin[1], region.end[1], high * 3 / 2, width);
    return {top, left, bottom, right};
}

} // namespace maskaudit::detail
