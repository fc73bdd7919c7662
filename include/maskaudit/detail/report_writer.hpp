#pragma once

// From the contents of a report to its page: what the templates of report_page.hpp are filled with.

#include <maskaudit/detail/checksum.hpp>
#include <maskaudit/detail/output_file.hpp>
#include <maskaudit/detail/report_drawing.hpp>
#include <maskaudit/detail/report_gallery_script.hpp>
#include <maskaudit/detail/report_page.hpp>
#include <maskaudit/detail/report_script.hpp>
#include <maskaudit/detail/report_style.hpp>
#include <maskaudit/detail/report_viewer_script.hpp>
#include <maskaudit/report.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <kainjow/mustache.hpp>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit::detail {

/// Text for between the quotes of a string of JSON within a script element: `<` is written as a number as well, since
/// "</script" and "<!--" mean something to HTML. Bytes that are no UTF-8 are left to the browser, which shows a sign
/// for each.
inline std::string json_escape(const std::string& text) {
    constexpr unsigned char first_printable = 0x20;
    std::string escaped;
    escaped.reserve(text.size());
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < first_printable || character == '<' || character == '>' || character == '&') {
            std::array<char, 8> number{};
            std::snprintf(number.data(), number.size(), "\\u%04x", static_cast<unsigned>(byte));
            escaped += number.data();
        } else {
            if (character == '"' || character == '\\') escaped += '\\';
            escaped += character;
        }
    }
    return escaped;
}

/// The shortest text that is read as the same number.
inline std::string number_text(double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

/// 1234567 as "1,234,567".
inline std::string grouped_text(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;)
        text.insert(at -= 3, 1, ',');
    return text;
}

/// "2.94 %", of a whole that may be nothing.
inline std::string share_text(std::uint64_t part, std::uint64_t whole) {
    std::array<char, 32> text{};
    const double percent = whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
    std::snprintf(text.data(), text.size(), "%.*f %%", percent < 10 ? 2 : 1, percent);
    return text.data();
}

inline std::string color_text(const rgb_color& color) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "#%02x%02x%02x", color.red, color.green, color.blue);
    return text.data();
}

template <class Numbers>
std::string list_text(const Numbers& numbers) {
    std::string text;
    for (const auto number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

/// Images by softmin score, over as much of 0 to 1 as there are scores in; a little outside of it is rounding.
struct score_histogram {
    std::size_t bins_of_one = 0; // that 0 to 1 is divided into
    std::size_t first = 0;       // of these, that counts begin with
    std::vector<std::uint64_t> counts{};

    explicit score_histogram(const std::vector<report_image>& images) {
        if (images.empty()) return;
        const auto by_score = [](const report_image& a, const report_image& b) {
            return a.softmin_score < b.softmin_score;
        };
        const auto [least, greatest] = std::minmax_element(images.begin(), images.end(), by_score);
        constexpr std::size_t most_bins = 40, finer_and_finer[] = {40, 100, 200, 400, 1000, 2000};
        for (const std::size_t finer : finer_and_finer) {
            const std::size_t from = bin(least->softmin_score, finer);
            const std::size_t count = bin(greatest->softmin_score, finer) + 1 - from;
            if (count > most_bins) break;
            bins_of_one = finer;
            first = from;
            counts.resize(count);
        }
        for (const report_image& image : images)
            ++counts[bin(image.softmin_score, bins_of_one) - first];
    }

private:
    static std::size_t bin(double score, std::size_t bins) {
        return static_cast<std::size_t>(
            std::clamp(score * static_cast<double>(bins), 0.0, static_cast<double>(bins - 1)));
    }
};

/// Fills the templates of a page.
class report_writer {
public:
    report_writer(const report_contents& contents, const std::vector<std::size_t>& shown,
                  const std::vector<report_drawing>& images, const std::vector<report_drawing>& regions)
        : contents_(contents), shown_(shown), images_(images), regions_(regions), key_(key_of(contents)) {}

    void write(const std::filesystem::path& path) const {
        output_file file(path);
        const auto put = [&](const std::string& text) { file.write(text.data(), text.size()); };
        put(render(report_page_begin, page()));
        mustache picture(report_picture); // one at a time: together they may be large
        const auto put_pictures = [&](const char* kind, std::size_t number, const report_drawing& drawing) {
            for (const stored_picture& stored : drawing.pictures)
                put(render(picture, object{{"id", std::string(kind) + std::to_string(number) + "-" + stored.layer},
                                           {"type", stored.type},
                                           {"bytes", stored.text}}));
        };
        for (std::size_t i = 0; i < shown_.size(); ++i)
            put_pictures("image-", shown_[i], images_[i]);
        for (std::size_t i = 0; i < regions_.size(); ++i)
            put_pictures("region-", i, regions_[i]);
        put(render(report_page_end, scripts()));
        file.commit();
    }

private:
    using data = kainjow::mustache::data;
    using object = kainjow::mustache::object;
    using list = kainjow::mustache::list;
    using mustache = kainjow::mustache::mustache;

    static std::string render(const char* text, const data& values) {
        mustache page(text);
        return render(page, values);
    }

    static std::string render(mustache& page, const data& values) {
        if (!page.is_valid()) throw std::logic_error("a template of the report: " + page.error_message());
        std::string text; // by its own stream, memory that cannot be had would only cut the text short
        page.render(values, [&](const std::string& part) { text += part; });
        return text;
    }

    /// Stands for what marks are about: another report of the same regions finds them again.
    static std::string key_of(const report_contents& contents) {
        std::string text = std::to_string(contents.images.size());
        for (const report_image& image : contents.images)
            text += '\n' + image.name;
        for (const issue_region& region : contents.regions)
            text += '\n' + std::to_string(region.image) + ' ' + list_text(region.begin) + ' ' + list_text(region.end) +
                    ' ' + list_text(std::array{region.area, region.given_label, region.predicted_label});
        std::array<char, 17> key{};
        std::snprintf(key.data(), key.size(), "%016llx",
                      static_cast<unsigned long long>(xxh64::of(std::as_bytes(std::span(text)), 0)));
        return key.data();
    }

    data page() const {
        std::uint64_t pixels = 0, issues = 0, with_issues = 0;
        for (const report_image& image : contents_.images) {
            pixels += image.valid_pixels;
            issues += image.issue_pixels;
            with_issues += image.issue_pixels > 0 ? 1 : 0;
        }
        list facts;
        for (const auto& [name, value] : contents_.facts)
            facts.push_back(object{{"name", name}, {"value", value}});
        return object{{"key", key_},
                      {"title", contents_.title},
                      {"style", report_style},
                      {"theme_script", report_theme_script},
                      {"images", grouped_text(contents_.images.size())},
                      {"pixels", grouped_text(pixels)},
                      {"issues", grouped_text(issues)},
                      {"issue_share", share_text(issues, pixels)},
                      {"images_with_issues", grouped_text(with_issues)},
                      {"images_with_issues_share", share_text(with_issues, contents_.images.size())},
                      {"images_shown", grouped_text(shown_.size())},
                      {"regions_shown", grouped_text(contents_.regions.size())},
                      {"has_more_regions", has_more_regions()},
                      {"num_regions", grouped_text(contents_.num_regions)},
                      {"has_facts", !facts.empty()},
                      {"facts", facts},
                      {"data", render_data()}};
    }

    bool has_more_regions() const { return contents_.num_regions > contents_.regions.size(); }

    std::string render_data() const {
        mustache json(report_data);
        json.set_custom_escape(json_escape);
        const score_histogram scores(contents_.images);
        const std::size_t axes = contents_.regions.empty() ? 2 : contents_.regions.front().begin.size();
        return render(json, object{{"key", key_},
                                   {"axes", std::to_string(axes)},
                                   {"ignored", color_text(ignored_color)},
                                   {"num_regions", std::to_string(has_more_regions() ? contents_.num_regions : 0)},
                                   {"bins_of_one", std::to_string(scores.bins_of_one)},
                                   {"first_bin", std::to_string(scores.first)},
                                   {"histogram", bars(scores)},
                                   {"classes", classes()},
                                   {"swaps", swaps()},
                                   {"images", images()},
                                   {"regions", regions()}});
    }

    /// JSON has commas between elements, Mustache knows none that is the last.
    static data separated(std::vector<object> elements) {
        list all;
        for (object& element : elements) {
            element["comma"] = all.empty() ? "" : ", ";
            all.emplace_back(element);
        }
        return all;
    }

    static data bars(const score_histogram& scores) {
        std::vector<object> bins;
        bins.reserve(scores.counts.size());
        for (const std::uint64_t count : scores.counts)
            bins.push_back(object{{"count", std::to_string(count)}});
        return separated(std::move(bins));
    }

    /// Those that the page speaks of; there may be tens of thousands of others.
    data classes() const {
        std::set<std::size_t> spoken_of;
        for (const label_swap& swap : contents_.swaps)
            spoken_of.insert({swap.given_label, swap.predicted_label});
        for (const issue_region& region : contents_.regions)
            spoken_of.insert({region.given_label, region.predicted_label});
        for (const auto* const drawings : {&images_, &regions_})
            for (const report_drawing& drawing : *drawings)
                for (const std::int32_t k : drawing.classes)
                    if (k >= 0) spoken_of.insert(static_cast<std::size_t>(k));
        std::vector<object> classes;
        for (const std::size_t k : spoken_of)
            classes.push_back(
                object{{"index", std::to_string(k)},
                       {"name", k < contents_.class_names.size() ? contents_.class_names[k] : std::string()},
                       {"color", color_text(class_color(k))}});
        return separated(std::move(classes));
    }

    data swaps() const {
        std::vector<object> swaps;
        swaps.reserve(contents_.swaps.size());
        for (const label_swap& swap : contents_.swaps)
            swaps.push_back(object{{"given", std::to_string(swap.given_label)},
                                   {"predicted", std::to_string(swap.predicted_label)},
                                   {"pixels", std::to_string(swap.num_pixel_issues)}});
        return separated(std::move(swaps));
    }

    static void add_drawing(object& to, const report_drawing& drawing) {
        to["width"] = std::to_string(drawing.width);
        to["height"] = std::to_string(drawing.height);
        to["photo"] = drawing.has_photo ? "true" : "false";
        to["present"] = list_text(drawing.classes);
    }

    data images() const {
        std::vector<object> images;
        images.reserve(shown_.size());
        for (std::size_t i = 0; i < shown_.size(); ++i) {
            const report_image& image = contents_.images[shown_[i]];
            images.push_back(object{{"index", std::to_string(shown_[i])},
                                    {"name", image.name},
                                    {"softmin", number_text(image.softmin_score)},
                                    {"score", number_text(image.num_pixel_issues_score)},
                                    {"issues", std::to_string(image.issue_pixels)},
                                    {"valid", std::to_string(image.valid_pixels)}});
            add_drawing(images.back(), images_[i]);
        }
        return separated(std::move(images));
    }

    data regions() const {
        std::vector<object> regions;
        regions.reserve(regions_.size());
        for (std::size_t i = 0; i < regions_.size(); ++i) {
            const issue_region& region = contents_.regions[i];
            regions.push_back(object{{"image", std::to_string(region.image)},
                                     {"begin", list_text(region.begin)},
                                     {"end", list_text(region.end)},
                                     {"given", std::to_string(region.given_label)},
                                     {"predicted", std::to_string(region.predicted_label)},
                                     {"area", std::to_string(region.area)},
                                     {"severity", number_text(region.severity)},
                                     {"quality", number_text(region.mean_quality)},
                                     {"certainty", number_text(region.mean_predicted)}});
            const picture_window& window = regions_[i].window;
            regions.back()["window"] = list_text(std::array{window.top, window.left, window.bottom, window.right});
            add_drawing(regions.back(), regions_[i]);
        }
        return separated(std::move(regions));
    }

    data scripts() const {
        list scripts;
        for (const char* const script : {report_basics_script, report_marks_script, report_overview_script,
                                         report_gallery_script, report_viewer_script, report_keyboard_script})
            scripts.push_back(object{{"script", script}});
        return object{{"key", key_}, {"scripts", scripts}};
    }

    const report_contents& contents_;
    const std::vector<std::size_t>& shown_;
    const std::vector<report_drawing>& images_;
    const std::vector<report_drawing>& regions_;
    std::string key_;
};

inline void write_page(const std::filesystem::path& path, const report_contents& contents,
                       const std::vector<std::size_t>& shown, const std::vector<report_drawing>& images,
                       const std::vector<report_drawing>& regions) {
    report_writer(contents, shown, images, regions).write(path);
}

} // namespace maskaudit::detail
