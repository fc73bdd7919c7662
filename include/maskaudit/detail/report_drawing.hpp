#pragma once

// The pictures of a report: parts of images, shrunk where they are large, encoded, and as text that a page can hold.

#include <maskaudit/detail/image_codec.hpp>
#include <maskaudit/picture.hpp>
#include <maskaudit/regions.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

/// Rows top .. bottom - 1 and columns left .. right - 1 of an image.
struct picture_window {
    std::size_t top, left, bottom, right;

    std::size_t height() const { return bottom - top; }
    std::size_t width() const { return right - left; }
};

/// Where a shrunk side of `count` pixels has its pixel i, on a side of `extent` >= count pixels: all are taken, once.
struct shrunk_side {
    std::size_t extent, count;

    std::size_t begin(std::size_t i) const { return i * extent / count; }
    std::size_t end(std::size_t i) const { return (i + 1) * extent / count; }
    std::size_t middle(std::size_t i) const { return (begin(i) + end(i)) / 2; }
};

/// No picture of a report has a longer side.
inline constexpr std::size_t max_report_side = 640;

/// What becomes of a window: smaller where a side is longer than allowed, otherwise as it is.
struct shrunk_window {
    explicit shrunk_window(const picture_window& from)
        : window(from), rows{from.height(), side(from.height(), from)}, columns{from.width(),
                                                                                side(from.width(), from)} {}

    std::size_t pixels() const { return rows.count * columns.count; }

    picture_window window;
    shrunk_side rows, columns;

private:
    static std::size_t side(std::size_t extent, const picture_window& from) {
        const std::size_t longest = (std::max)(from.height(), from.width());
        if (longest <= max_report_side) return extent;
        return (std::max)(std::size_t{1}, extent * max_report_side / longest);
    }
};

/// Each pixel is the mean of those that it stands for.
inline picture shrink_photo(const picture& photo, const shrunk_window& to) {
    picture shrunk = picture::from_shape({to.rows.count, to.columns.count, std::size_t{3}});
    const picture_window& from = to.window;
    for (std::size_t y = 0; y < to.rows.count; ++y)
        for (std::size_t x = 0; x < to.columns.count; ++x) {
            std::array<std::uint64_t, 3> sums{};
            for (std::size_t row = to.rows.begin(y); row < to.rows.end(y); ++row)
                for (std::size_t column = to.columns.begin(x); column < to.columns.end(x); ++column)
                    for (std::size_t color = 0; color < 3; ++color)
                        sums[color] += photo(from.top + row, from.left + column, color);
            const std::uint64_t count = (to.rows.end(y) - to.rows.begin(y)) * (to.columns.end(x) - to.columns.begin(x));
            for (std::size_t color = 0; color < 3; ++color)
                shrunk(y, x, color) = static_cast<std::uint8_t>((sums[color] + count / 2) / count);
        }
    return shrunk;
}

/// Each pixel has the class of that in the middle; -1: none.
inline std::vector<std::int32_t> shrink_classes(const layer_plane<std::int32_t>& classes, const shrunk_window& to) {
    std::vector<std::int32_t> shrunk;
    shrunk.reserve(to.pixels());
    for (std::size_t y = 0; y < to.rows.count; ++y)
        for (std::size_t x = 0; x < to.columns.count; ++x)
            shrunk.push_back(classes(to.window.top + to.rows.middle(y), to.window.left + to.columns.middle(x)));
    return shrunk;
}

/// What a picture says of a pixel.
enum class emphasis : std::uint8_t { none, other_issue, issue };

/// Each pixel has the most of what those that it stands for have: a single issue is still there.
inline std::vector<emphasis> shrink_emphasis(const layer_plane<emphasis>& all, const shrunk_window& to) {
    std::vector<emphasis> shrunk;
    shrunk.reserve(to.pixels());
    for (std::size_t y = 0; y < to.rows.count; ++y)
        for (std::size_t x = 0; x < to.columns.count; ++x) {
            emphasis most = emphasis::none;
            for (std::size_t row = to.rows.begin(y); row < to.rows.end(y); ++row)
                for (std::size_t column = to.columns.begin(x); column < to.columns.end(x); ++column)
                    most = (std::max)(most, all(to.window.top + row, to.window.left + column));
            shrunk.push_back(most);
        }
    return shrunk;
}

/// A mask in the colours of its classes; only those that occur are in the palette, which keeps the file small.
inline indexed_picture mask_picture(const std::vector<std::int32_t>& classes, const shrunk_window& size) {
    indexed_picture mask{size.rows.count, size.columns.count, {}, {}, {}};
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

/// The pixels of a mask (H, W), and those at most `radius` rows and columns from one.
inline std::vector<bool> grown(const std::vector<bool>& mask, std::size_t height, std::size_t width,
                               std::size_t radius) {
    std::vector<bool> wide(mask.size()), all(mask.size());
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            for (std::size_t i = x - (std::min)(x, radius);
                 i <= (std::min)(x + radius, width - 1) && !wide[y * width + x]; ++i)
                wide[y * width + x] = mask[y * width + i];
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            for (std::size_t i = y - (std::min)(y, radius);
                 i <= (std::min)(y + radius, height - 1) && !all[y * width + x]; ++i)
                all[y * width + x] = wide[i * width + x];
    return all;
}

/// Issues to lie over a picture: tinted within, a red edge, and a white rim around it, to be seen on red and dark
/// pictures alike. Small pictures get several pixels for one, so that edge and rim are lines when they are enlarged.
/// \param thickness  of edge and rim, in pixels of the result
inline indexed_picture overlay_picture(const std::vector<emphasis>& all, const shrunk_window& size,
                                       std::size_t thickness) {
    enum : std::uint8_t { clear, other, tint, edge, rim };
    constexpr std::size_t finest = 4;
    const std::size_t longest = (std::max)({size.rows.count, size.columns.count, std::size_t{1}});
    const std::size_t scale = std::clamp(max_report_side / longest, std::size_t{1}, finest);
    indexed_picture overlay{size.rows.count * scale, size.columns.count * scale, {}, {}, {}};
    overlay.palette = {{0, 0, 0}, issue_color, issue_color, issue_color, {255, 255, 255}};
    overlay.alpha = {0, 45, 100, 255, 230};

    std::vector<bool> inside, outside;
    for (std::size_t y = 0; y < overlay.height; ++y)
        for (std::size_t x = 0; x < overlay.width; ++x) {
            const emphasis pixel = all[y / scale * size.columns.count + x / scale];
            inside.push_back(pixel == emphasis::issue);
            outside.push_back(pixel != emphasis::issue);
            overlay.indices.push_back(pixel == emphasis::issue ? tint : pixel == emphasis::other_issue ? other : clear);
        }
    const std::vector<bool> near_inside = grown(inside, overlay.height, overlay.width, thickness);
    const std::vector<bool> near_outside = grown(outside, overlay.height, overlay.width, thickness);
    for (std::size_t i = 0; i < inside.size(); ++i)
        if (near_inside[i] && near_outside[i]) overlay.indices[i] = inside[i] ? edge : rim;
    return overlay;
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

inline std::vector<std::int32_t> classes_of(const std::vector<std::int32_t>& given,
                                            const std::vector<std::int32_t>& predicted) {
    std::vector<std::int32_t> classes = given;
    classes.insert(classes.end(), predicted.begin(), predicted.end());
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    return classes;
}

/// Draws a part of an image. The layers fit each other and the window, and no class is below -1.
inline report_drawing draw_window(const image_layers& layers, const layer_plane<emphasis>& issues,
                                  const picture_window& window, std::size_t thickness) {
    constexpr int quality = 80;
    const shrunk_window size(window);
    const std::vector<std::int32_t> given = shrink_classes(layers.given, size);
    const std::vector<std::int32_t> predicted = shrink_classes(layers.predicted, size);
    report_drawing drawn{
        window, size.rows.count, size.columns.count, layers.photo.size() > 0, classes_of(given, predicted), {}};
    const auto store_png = [&](const char* layer, const indexed_picture& image) {
        drawn.pictures.push_back({layer, "image/png", base64(png_bytes(image))});
    };
    if (drawn.has_photo)
        drawn.pictures.push_back(
            {"photo", "image/jpeg", base64(jpeg_bytes(shrink_photo(layers.photo, size), quality))});
    store_png("given", mask_picture(given, size));
    store_png("predicted", mask_picture(predicted, size));
    store_png("overlay", overlay_picture(shrink_emphasis(issues, size), size, thickness));
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
