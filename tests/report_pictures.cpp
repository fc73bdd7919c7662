#include "message.hpp"
#include "report_page.hpp"
#include "scene.hpp"

#include <maskaudit/report.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// The pictures in a report.

using namespace maskaudit;
using namespace maskaudit_test;

TEST_CASE("Bytes as text: the vectors of RFC 4648, section 10", "[report]") {
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"},
                                                                   {"\xfb\xff\xbf", "+/+/"}};
    for (const auto& [bytes, text] : vectors)
        CHECK(detail::base64(bytes) == text);
}

TEST_CASE("Pictures are as large as they are, or 640 at most, and no issue vanishes", "[report]") {
    const auto [height, width] =
        GENERATE(std::pair<std::size_t, std::size_t>{10, 20}, std::pair<std::size_t, std::size_t>{640, 3},
                 std::pair<std::size_t, std::size_t>{641, 1000}, std::pair<std::size_t, std::size_t>{1, 5000});
    CAPTURE(height, width);
    auto random = random_engine(seed());
    CAPTURE(seed());
    const std::size_t y = pick(random, 0, height - 1), x = pick(random, 0, width - 1);
    report_contents contents{.images = {report_image{}}};
    image_layers layers = plain_layers(height, width);
    layers.issues(y, x) = true;
    layers.photo = picture(std::array<std::size_t, 3>{height, width, 3}, 100);
    issue_report report(contents);
    report.draw(0, layers);
    const std::string page = page_of(report);

    const picture given = picture_of(page, "image-0-given"), photo = picture_of(page, "image-0-photo");
    const std::size_t longest = std::max(height, width);
    const auto side = [&](std::size_t extent) {
        return longest <= 640 ? extent : std::max<std::size_t>(1, extent * 640 / longest);
    };
    CHECK(detail::shape_of(given) == detail::extents{side(height), side(width), 3});
    CHECK(photo.shape() == given.shape());
    CHECK(std::all_of(photo.begin(), photo.end(), [](int value) { return std::abs(value - 100) <= 2; })); // a JPEG
    const picture overlay = picture_of(page, "image-0-overlay");
    CHECK(overlay.shape()[0] % given.shape()[0] == 0);
    CHECK(std::max(overlay.shape()[0], overlay.shape()[1]) <= 640);
    std::size_t red = 0;
    for (std::size_t row = 0; row < overlay.shape()[0]; ++row)
        for (std::size_t column = 0; column < overlay.shape()[1]; ++column)
            red += color_at(overlay, row, column) == issue_color ? 1 : 0;
    CHECK(red > 0);
}

TEST_CASE("Masks have the colours of their classes", "[report]") {
    report_contents contents{.images = {report_image{}}};
    image_layers layers = plain_layers(4, 300);
    for (std::size_t x = 0; x < 300; ++x) {
        layers.given(1, x) = static_cast<std::int32_t>(x);
        layers.predicted(2, x) = -1;
    }
    issue_report report(contents);
    report.draw(0, layers);
    const std::string page = page_of(report);
    const picture given = picture_of(page, "image-0-given"), predicted = picture_of(page, "image-0-predicted");
    for (std::size_t x = 0; x < 300; ++x) {
        REQUIRE(color_at(given, 1, x) == class_color(x));
        REQUIRE(color_at(given, 0, x) == class_color(0));
        REQUIRE(color_at(predicted, 2, x) == ignored_color);
    }
}

TEST_CASE("A region is drawn with what is around it, at full resolution", "[report]") {
    auto random = random_engine(seed());
    CAPTURE(seed());
    for (int round = 0; round < 20; ++round) {
        const std::size_t height = pick(random, 1, 300), width = pick(random, 1, 300);
        const std::size_t top = pick(random, 0, height - 1), bottom = pick(random, top + 1, height);
        const std::size_t left = pick(random, 0, width - 1), right = pick(random, left + 1, width);
        CAPTURE(height, width, top, bottom, left, right);
        const detail::picture_window window =
            detail::window_around(box(0, top, left, bottom, right, width), height, width);
        CHECK(window.bottom <= height);
        CHECK(window.right <= width);
        CHECK(window.top + std::min<std::size_t>(16, top) <= top); // the margin, where there is room
        CHECK(window.left + std::min<std::size_t>(16, left) <= left);
        CHECK(window.bottom >= std::min(height, bottom + 16));
        CHECK(window.right >= std::min(width, right + 16));
        CHECK(window.height() >= std::min<std::size_t>(height, 80));
        CHECK(window.width() >= std::min<std::size_t>(width, 120));
    }
}

TEST_CASE("A region stands out among other issues", "[report]") {
    report_contents contents{.images = {report_image{}}, .regions = {box(0, 50, 60, 60, 80, 300)}};
    image_layers layers = plain_layers(200, 300);
    for (std::size_t y = 50; y < 60; ++y)
        for (std::size_t x = 60; x < 80; ++x)
            layers.issues(y, x) = layers.issues(y + 30, x) = true;
    issue_report report(contents);
    report.draw(0, layers);
    const std::string page = page_of(report);
    const picture given = picture_of(page, "region-0-given");
    CHECK(detail::shape_of(given) == detail::extents{80, 120, 3}); // least, around row 55 and column 70
    const picture overlay = picture_of(page, "region-0-overlay");  // over white: red that is clear is pink
    const std::size_t scale = overlay.shape()[0] / 80;
    const auto at = [&](std::size_t y, std::size_t x) { return color_at(overlay, (y - 15) * scale, (x - 10) * scale); };
    CHECK(at(20, 20) == rgb_color{255, 255, 255});
    CHECK(at(50, 60) == issue_color); // its edge
    CHECK(at(55, 70).red == 255);
    CHECK(at(55, 70).green < at(85, 70).green); // the other is paler, ...
    CHECK(at(85, 70).green < 255);              // ... but there
    CHECK(at(80, 60) == at(85, 70));            // and has no edge
}

TEST_CASE("A region of one image is drawn of that image alone, and the last drawing counts", "[report]") {
    report_contents contents = some_contents();
    issue_report report(contents);
    report.draw(0, plain_layers(10, 20));
    CHECK_FALSE(has_picture(page_of(report), "region-0-given"));
    report.draw(4, plain_layers(10, 20));
    image_layers other = plain_layers(10, 20);
    std::fill(other.given.begin(), other.given.end(), 1);
    report.draw(4, other);
    const std::string page = page_of(report);
    CHECK(count(page, "id=\"region-0-given\"") == 1);
    CHECK(color_at(picture_of(page, "region-0-given"), 0, 0) == class_color(1));
}

TEST_CASE("Layers that do not fit are refused, and change nothing", "[report]") {
    issue_report report(some_contents());
    report.draw(4, plain_layers(10, 20));
    const std::string before = page_of(report);
    const auto complaint = [&](std::size_t n, auto change) {
        image_layers layers = plain_layers(10, 20);
        change(layers);
        return message_of<std::invalid_argument>([&] { report.draw(n, layers); });
    };
    CHECK(complaint(5, [](image_layers&) {}) == "n is 5: it must be one of images_to_draw()");
    CHECK(complaint(4, [](image_layers& l) { l = {}; }).starts_with("image 4: given has shape (0, 0): "));
    CHECK(complaint(4, [](image_layers& l) {
              l.predicted = layer_plane<std::int32_t>({10, 21}, 0);
          }).starts_with("image 4: predicted has shape (10, 21), given has (10, 20)"));
    CHECK(complaint(4, [](image_layers& l) {
              l.issues = layer_plane<bool>({1, 1}, false);
          }).starts_with("image 4: issues has shape (1, 1), given has (10, 20)"));
    CHECK(complaint(4, [](image_layers& l) {
              l.photo = picture(std::array<std::size_t, 3>{10, 20, 4}, 0);
          }).starts_with("image 4: photo has shape (10, 20, 4)"));
    CHECK(complaint(4, [](image_layers& l) { l.given(1, 1) = 2; }).starts_with("image 4: a pixel has class 2"));
    CHECK(complaint(4, [](image_layers& l) { l.given(1, 1) = -2; }).starts_with("image 4: a pixel has class -2"));
    CHECK(complaint(4, [](image_layers& l) { l = plain_layers(2, 20); }) ==
          "regions[0] ends at (3, 5): its image has shape (2, 20)");
    CHECK(complaint(4, [](image_layers& l) { l = plain_layers(3, 5); }) ==
          "regions[0] has pixels 22 to 25: its image has 15");
    CHECK(page_of(report) == before);
}
