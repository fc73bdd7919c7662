#include "message.hpp"
#include "scene.hpp"

#include <maskaudit/display.hpp>

#include <algorithm>
#include <array>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What is drawn of an image. Panels are looked for in the picture, wherever they are.

using namespace maskaudit_test;
using maskaudit::class_color;
using maskaudit::draw_panels;
using maskaudit::image_layers;
using maskaudit::layer_plane;
using maskaudit::picture;
using maskaudit::rgb_color;

namespace {

constexpr rgb_color white{255, 255, 255};

rgb_color color_at(const picture& pixels, std::size_t row, std::size_t column) {
    return {pixels(row, column, 0), pixels(row, column, 1), pixels(row, column, 2)};
}

std::size_t count_of(const picture& pixels, rgb_color color) {
    std::size_t count = 0;
    for (std::size_t row = 0; row < pixels.shape()[0]; ++row)
        for (std::size_t column = 0; column < pixels.shape()[1]; ++column)
            count += color_at(pixels, row, column) == color ? 1 : 0;
    return count;
}

struct place {
    std::size_t row, column;
};

/// Where a rectangle with these colours lies in a picture: at most two places, from left to right.
template <class ColorOf>
std::vector<place> find(const picture& pixels, std::size_t height, std::size_t width, ColorOf color_of) {
    std::vector<rgb_color> wanted;
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column)
            wanted.push_back(color_of(row, column));
    // Compared first, since most of a picture is white.
    const auto other = std::find_if(wanted.begin(), wanted.end(), [](rgb_color color) { return color != white; });
    const auto probe = static_cast<std::size_t>(other == wanted.end() ? 0 : other - wanted.begin());
    const auto is_here = [&](std::size_t top, std::size_t left) {
        if (color_at(pixels, top + probe / width, left + probe % width) != wanted[probe]) return false;
        for (std::size_t i = 0; i < wanted.size(); ++i)
            if (color_at(pixels, top + i / width, left + i % width) != wanted[i]) return false;
        return true;
    };
    std::vector<place> places;
    for (std::size_t left = 0; left + width <= pixels.shape()[1]; ++left)
        for (std::size_t top = 0; top + height <= pixels.shape()[0]; ++top)
            if (is_here(top, left)) {
                places.push_back({top, left});
                if (places.size() == 2) return places;
            }
    return places;
}

/// The only place.
template <class ColorOf>
place find_one(const picture& pixels, std::size_t height, std::size_t width, ColorOf color_of) {
    const auto places = find(pixels, height, width, color_of);
    REQUIRE(places.size() == 1);
    return places[0];
}

/// Whether a text is somewhere in a picture, its pixels enlarged.
bool has_text(const picture& pixels, const std::string& text, std::size_t scale = 1) {
    const std::u32string letters = maskaudit::detail::letters_of(text);
    return !find(pixels, 13 * scale, 7 * scale * letters.size(), [&](std::size_t row, std::size_t column) {
                const std::size_t x = column / scale;
                const auto rows = maskaudit::detail::glyph_of(letters[x / 7]);
                const bool is_ink = (rows[row / scale] >> (6 - x % 7) & 1) != 0;
                return is_ink ? maskaudit::detail::ink : rgb_color{255, 255, 255};
            }).empty();
}

rgb_color mask_color(std::int32_t k) {
    return k < 0 ? maskaudit::ignored_color : class_color(static_cast<std::size_t>(k));
}

template <class T>
layer_plane<T> plane(std::size_t height, std::size_t width, T value) {
    auto made = layer_plane<T>::from_shape({height, width});
    std::fill(made.begin(), made.end(), value);
    return made;
}

/// Blobs of classes, some ignored; predictions that differ at issues and elsewhere.
image_layers random_layers(random_engine& random, std::size_t height, std::size_t width, std::int32_t classes) {
    image_layers layers{{}, plane(height, width, 0), plane(height, width, 0), plane(height, width, false)};
    for (std::size_t i = 0; i < layers.given.size(); ++i) {
        const bool goes_on = i > 0 && uniform(random) < 0.8;
        const auto any = [&] {
            return static_cast<std::int32_t>(pick(random, 0, static_cast<std::size_t>(classes))) - 1;
        };
        layers.given.data()[i] = goes_on ? layers.given.data()[i - 1] : any();
        const bool is_ignored = layers.given.data()[i] < 0;
        layers.predicted.data()[i] = is_ignored ? -1 : std::max(any(), 0);
        layers.issues.data()[i] = !is_ignored && uniform(random) < 0.2;
    }
    return layers;
}

std::string refusal(const image_layers& layers, const std::vector<std::string>& names = {}) {
    return message_of<std::invalid_argument>([&] { draw_panels(layers, names); });
}

} // namespace

TEST_CASE("panels show the masks and the issues, enlarged where they are small", "[display]") {
    random_engine random(seed() + 421);
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    // Height, width, and how many times as large each is drawn.
    for (const auto& [height, width, times] :
         {std::array<std::size_t, 3>{1, 1, 512}, {20, 30, 17}, {40, 11, 12}, {300, 200, 1}, {255, 257, 1}}) {
        INFO(height << " x " << width);
        image_layers layers = random_layers(random, height, width, 6);
        if (height == 1) layers.given(0, 0) = 1, layers.predicted(0, 0) = 3, layers.issues(0, 0) = true;
        const picture drawn = draw_panels(layers);
        const auto panel = [&, times = times](auto color_of) {
            return find_one(drawn, layers.given.shape()[0] * times, layers.given.shape()[1] * times,
                            [&](std::size_t row, std::size_t column) { return color_of(row / times, column / times); });
        };
        const place given = panel([&](auto row, auto column) { return mask_color(layers.given(row, column)); });
        const place predicted = panel([&](auto row, auto column) { return mask_color(layers.predicted(row, column)); });
        const place issues = panel([&](auto row, auto column) {
            return layers.issues(row, column)      ? rgb_color{255, 0, 0}
                   : layers.given(row, column) < 0 ? maskaudit::ignored_color
                                                   : rgb_color{255, 255, 255};
        });
        CHECK(given.row == predicted.row);
        CHECK(given.row == issues.row);
        CHECK(given.column + width * times < predicted.column);
        CHECK(predicted.column + width * times < issues.column);
    }
}

TEST_CASE("issues on a photo are outlined, rimmed and tinted, and the rest is as it was", "[display]") {
    constexpr std::size_t height = 300, width = 400; // drawn as they are
    image_layers layers{picture::from_shape({height, width, 3}), plane(height, width, 0), plane(height, width, 1),
                        plane(height, width, false)};
    for (std::size_t i = 0; i < layers.photo.size(); ++i)
        layers.photo.data()[i] = static_cast<std::uint8_t>(i * 7 % 250);
    for (std::size_t row = 100; row < 150; ++row)
        for (std::size_t column = 0; column < 60; ++column) // at the left side
            layers.issues(row, column) = true;
    for (std::size_t row = 290; row < height; ++row)
        for (std::size_t column = 380; column < width; ++column) // in a corner
            layers.issues(row, column) = true;
    layers.issues(200, 300) = true;

    const auto expected = [&](std::size_t row, std::size_t column) -> rgb_color {
        const rgb_color photo = color_at(layers.photo, row, column), red{255, 0, 0};
        if (layers.issues(row, column)) {
            const bool is_edge = row == 100 || row == 149 || row == 200 || row == 290 || row == height - 1 ||
                                 column == 0 || column == 59 || column == 380 || column == width - 1;
            if (is_edge) return red;
            const auto tinted = [](int value, int red_value) {
                return static_cast<std::uint8_t>((3 * value + 2 * red_value) / 5);
            };
            return {tinted(photo.red, 255), tinted(photo.green, 0), tinted(photo.blue, 0)};
        }
        if (row >= 99 && row <= 150 && column <= 60) return white;
        if (row >= 289 && column >= 379) return white;
        if (row >= 199 && row <= 201 && column >= 299 && column <= 301) return white;
        return photo;
    };
    const picture drawn = draw_panels(layers, {"road", "car"});
    const place photo = find_one(drawn, height, width, expected);
    CHECK(photo.column < find_one(
                             drawn, height, width, [](auto, auto) { return class_color(0); })
                             .column);
}

TEST_CASE("large images are drawn smaller and keep every issue", "[display]") {
    constexpr std::size_t height = 2046, width = 3072; // drawn at a third
    image_layers layers{picture::from_shape({height, width, 3}), plane(height, width, 0), plane(height, width, 1),
                        plane(height, width, false)};
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            for (std::size_t channel = 0; channel < 3; ++channel)
                layers.photo(row, column, channel) = row % 3 == 1 ? 40 : 41; // 40 2/3 on average
            layers.given(row, column) = column % 3 == 1 ? 4 : 2;             // two of three
        }
    std::size_t squares = 0;
    for (std::size_t i = 0; i < 100; ++i, ++squares)
        layers.issues(i * 17 % height, i * 30) = true;
    layers.issues(height - 1, width - 1) = true;
    const picture drawn = draw_panels(layers);
    const std::size_t small_height = 682, small_width = 1024;
    const place issues = find_one(drawn, small_height, small_width, [&](std::size_t row, std::size_t column) {
        bool any = row == small_height - 1 && column == small_width - 1;
        for (std::size_t i = 0; i < 100; ++i)
            any = any || (row == i * 17 / 3 && column == i * 10);
        return any ? rgb_color{255, 0, 0} : rgb_color{255, 255, 255};
    });
    CHECK(has_text(drawn, "issues: 101 pixels", 2));
    // Of a given mask of two classes the more frequent one, and the mean of a photo, here far from all issues.
    CHECK(find(drawn, small_height, small_width - 1, [](auto, auto) { return class_color(2); }).size() >= 1);
    CHECK(find(drawn, 100, 300, [](auto, auto) { return rgb_color{41, 41, 41}; }).size() >= 1);
    CHECK(issues.column + small_width < drawn.shape()[1]);
}

TEST_CASE("a legend has the classes that occur, with their names", "[display]") {
    image_layers layers{{}, plane(20, 30, 2), plane(20, 30, 7), plane(20, 30, false)};
    std::vector<std::string> names{"road",
                                   "car",
                                   "Stra\xc3\x9f"
                                   "e",
                                   "sky",
                                   "tree",
                                   "sign",
                                   "fence",
                                   "a name that goes on and on and on"};
    picture drawn = draw_panels(layers, names);
    CHECK(has_text(drawn, "2 Stra\xc3\x9f"
                          "e"));
    CHECK(has_text(drawn, "7 a name that goes on and o\xe2\x80\xa6"));
    CHECK_FALSE(has_text(drawn, "road"));
    CHECK_FALSE(has_text(drawn, "ignored"));
    CHECK(has_text(drawn, "issues: 0 pixels"));
    CHECK_FALSE(has_text(drawn, "image"));
    layers.given(0, 0) = -1;
    layers.issues(0, 0) = true;
    layers.photo = picture::from_shape({20, 30, 3});
    drawn = draw_panels(layers);
    for (const std::string text : {"ignored", "image", "given mask", "predicted mask", "issues: 1 pixel"})
        CHECK(has_text(drawn, text));
    CHECK_FALSE(has_text(drawn, "2 S"));
}

TEST_CASE("legends of hundreds of classes have room", "[display]") {
    const auto many = [](std::int32_t classes) {
        image_layers layers{{}, plane(20, 30, 0), plane(20, 30, 0), plane(20, 30, false)};
        for (std::size_t i = 0; i < layers.given.size(); ++i)
            layers.given.data()[i] = static_cast<std::int32_t>(i) % classes;
        return layers;
    };
    std::vector<std::string> names;
    for (int k = 0; k < 600; ++k)
        names.push_back("the class of number " + std::to_string(k));
    const picture of_255 = draw_panels(many(255), names);
    for (const int k : {0, 1, 100, 253, 254})
        CHECK(has_text(of_255, std::to_string(k) + " the class of number " + std::to_string(k)));
    const picture of_600 = draw_panels(many(600), names);
    CHECK(has_text(of_600, "255 the class of number 255"));
    CHECK_FALSE(has_text(of_600, "256 the class of number 256"));
    CHECK(has_text(of_600, "and 344 more"));
}

TEST_CASE("narrow images have room for their titles", "[display]") {
    image_layers layers{{}, plane(300, 1, 0), plane(300, 1, 0), plane(300, 1, true)};
    const picture tall = draw_panels(layers);
    for (const std::string text : {"given mask", "predicted mask", "issues: 300 pixels", "0"})
        CHECK(has_text(tall, text));
    layers = {{}, plane(1, 5000, 0), plane(1, 5000, 1), plane(1, 5000, false)};
    const picture wide = draw_panels(layers);
    CHECK(has_text(wide, "predicted mask", 2));
    CHECK(count_of(wide, class_color(1)) >= 1000);
}

TEST_CASE("text is UTF-8 without control characters", "[display]") {
    using maskaudit::detail::letters_of;
    using maskaudit::detail::shortened;
    CHECK((letters_of("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z") == U"a\u00e9\u20ac\U0001F600z"));
    CHECK((letters_of("a\tb\x1b[1m\n\x7f\xc2\x85"
                      "c") == U"ab[1mc"));
    CHECK((letters_of("\xff|\xc3|\xe2\x82|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80") ==
           U"\ufffd|\ufffd|\ufffd\ufffd|\ufffd\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd\ufffd\ufffd"));
    CHECK((letters_of("\xe2\x82") == U"\ufffd\ufffd"));
    CHECK((shortened(U"abcde", 5) == U"abcde"));
    CHECK((shortened(U"abcde", 4) == U"abc\u2026"));
    CHECK(shortened(U"abcde", 0).empty());
}

TEST_CASE("letters look like what they are", "[display]") {
    using maskaudit::detail::glyph;
    using maskaudit::detail::glyph_of;
    // As drawn by the X server.
    CHECK((glyph_of(U'A') == glyph{0, 0, 0x18, 0x24, 0x42, 0x42, 0x42, 0x7E, 0x42, 0x42, 0x42, 0, 0}));
    CHECK((glyph_of(U' ') == glyph{}));
    CHECK(glyph_of(U'\u6f22') == glyph_of(U'\ufffd')); // a box
    CHECK(glyph_of(U'\x7f') == glyph_of(U'\ufffd'));
    std::vector<glyph> all;
    for (char32_t letter = 0x20; letter < 0x100; ++letter)
        if (letter < 0x7F || letter > 0xA0) all.push_back(glyph_of(letter));
    all.push_back(glyph_of(maskaudit::detail::ellipsis));
    all.push_back(glyph_of(U'\ufffd'));
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("layers that do not fit are refused", "[display]") {
    const image_layers good{picture::from_shape({4, 5, 3}), plane(4, 5, 1), plane(4, 5, 0), plane(4, 5, false)};
    CHECK(refusal(good, {"a", "b"}) == "nothing was thrown");
    image_layers bad = good;
    bad.given = plane(0, 5, 0);
    CHECK(refusal(bad) == "given has shape (0, 5): there must be at least one pixel");
    bad = good;
    bad.predicted = plane(5, 4, 0);
    CHECK(refusal(bad) == "predicted has shape (5, 4), given has (4, 5): they must be the same");
    bad = good;
    bad.issues = plane(4, 6, false);
    CHECK(refusal(bad) == "issues has shape (4, 6), given has (4, 5): they must be the same");
    bad = good;
    bad.photo = picture::from_shape({4, 5, 4});
    CHECK(refusal(bad) == "photo has shape (4, 5, 4), the masks have (4, 5): it must be (H, W, 3), or empty");
    bad = good;
    bad.predicted(1, 1) = -2;
    CHECK(refusal(bad) == "a pixel has class -2: it must be at least -1, which is none");
    CHECK(refusal(good, {"a"}) == "a pixel has class 1, and there are 1 class names: there must be one for each class, "
                                  "or none at all");
}
