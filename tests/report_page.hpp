#pragma once

#include "file_contents.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/report.hpp>

#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

// Reports to be tested, and what is in the page of one.

namespace maskaudit_test {

inline std::string page_of(const maskaudit::issue_report& report) {
    const temporary_folder folder;
    report.write(folder / "report.html");
    return text_of(folder / "report.html");
}

/// What is between two texts, the first of them the first of its kind.
inline std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before);
    REQUIRE(begin != std::string::npos);
    const std::size_t from = begin + before.size();
    return text.substr(from, text.find(after, from) - from);
}

inline std::string data_of(const std::string& page) { return between(page, "id=\"report-data\">", "</script>"); }

/// Base64 the slow way, bit by bit.
inline std::string decoded(const std::string& text) {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bits, bytes;
    for (const char digit : text.substr(0, text.find('=')))
        for (std::size_t bit = 6; bit-- > 0;)
            bits += (digits.find(digit) >> bit & 1) != 0 ? '1' : '0';
    for (std::size_t at = 0; at + 8 <= bits.size(); at += 8)
        bytes += static_cast<char>(std::stoi(bits.substr(at, 8), nullptr, 2));
    return bytes;
}

inline maskaudit::picture picture_of(const std::string& page, const std::string& id) {
    const std::string element = between(page, "id=\"" + id + "\" data-type=\"", "</script>");
    return maskaudit::detail::decode_picture("report.html", decoded(element.substr(element.find('>') + 1)));
}

inline bool has_picture(const std::string& page, const std::string& id) {
    return page.find("id=\"" + id + "\"") != std::string::npos;
}

inline maskaudit::rgb_color color_at(const maskaudit::picture& pixels, std::size_t y, std::size_t x) {
    return {pixels(y, x, 0), pixels(y, x, 1), pixels(y, x, 2)};
}

/// A region that fills its box.
inline maskaudit::issue_region box(std::size_t image, std::size_t top, std::size_t left, std::size_t bottom,
                                   std::size_t right, std::size_t width) {
    maskaudit::issue_region region{.image = image, .begin = {top, left}, .end = {bottom, right}};
    region.area = (bottom - top) * (right - left);
    region.given_label = 0;
    region.predicted_label = 1;
    region.severity = 1;
    for (std::size_t y = top; y < bottom; ++y)
        region.runs.push_back({y * width + left, right - left});
    return region;
}

inline maskaudit::image_layers plain_layers(std::size_t height, std::size_t width) {
    return {.given = maskaudit::layer_plane<std::int32_t>({height, width}, 0),
            .predicted = maskaudit::layer_plane<std::int32_t>({height, width}, 0),
            .issues = maskaudit::layer_plane<bool>({height, width}, false)};
}

inline maskaudit::report_contents some_contents() {
    maskaudit::report_contents contents{.class_names = {"ground", "car"}};
    for (std::size_t n = 0; n < 5; ++n)
        contents.images.push_back({"image " + std::to_string(n), 0.2 * static_cast<double>(n % 3), 0.9, n, 100});
    contents.regions = {box(4, 1, 2, 3, 5, 20)};
    contents.swaps = {{0, 1, 10}};
    return contents;
}

} // namespace maskaudit_test
