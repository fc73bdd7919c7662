#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/canvas.hpp>
#include <maskaudit/detail/outline.hpp>
#include <maskaudit/detail/shrink.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Panels side by side, their titles above them and a legend below.

namespace maskaudit::detail {

inline constexpr rgb_color white{255, 255, 255}, ink{32, 32, 32}, frame_color{128, 128, 128};

/// Refuses layers of different sizes, and classes without a name where there are names.
inline void require_layers(const image_layers& layers, const std::vector<std::string>& class_names) {
    const extents shape = shape_of(layers.given);
    if (layers.given.size() == 0) refuse("given has shape " + to_text(shape) + ": there must be at least one pixel");
    require_same_shape("predicted", shape_of(layers.predicted), "given", shape);
    require_same_shape("issues", shape_of(layers.issues), "given", shape);
    if (layers.photo.size() != 0 && shape_of(layers.photo) != extents{shape[0], shape[1], 3})
        refuse("photo has shape " + to_text(shape_of(layers.photo)) + ", the masks have " + to_text(shape) +
               ": it must be (H, W, 3), or empty");
    for (const auto* const classes : {&layers.given, &layers.predicted}) {
        const auto [least, most] = std::minmax_element(classes->data(), classes->data() + classes->size());
        if (*least < -1)
            refuse("a pixel has class " + std::to_string(*least) + ": it must be at least -1, which is none");
        if (!class_names.empty() && *most >= 0 && static_cast<std::size_t>(*most) >= class_names.size())
            refuse("a pixel has class " + std::to_string(*most) + ", and there are " +
                   std::to_string(class_names.size()) +
                   " class names: there must be one for each class, or none at all");
    }
}

/// How large an image is drawn: shrunk, or each pixel as a square of `enlarge`.
struct drawing_size {
    shrunk_window shrunk;
    std::size_t enlarge;
    std::size_t height, width; // as drawn
    std::size_t text, line;    // of a letter's pixel, and of an outline

    explicit drawing_size(const extents& shape) : shrunk({0, 0, shape[0], shape[1]}, longest_side) {
        constexpr std::size_t enlarged_side = 512, small_text_side = 640;
        enlarge = (std::max)(enlarged_side / (std::max)(shape[0], shape[1]), std::size_t{1});
        height = shrunk.height() * enlarge;
        width = shrunk.width() * enlarge;
        text = (std::max)(height, width) > small_text_side ? 2 : 1;
        line = enlarge >= 4 ? 2 : text;
    }

private:
    static constexpr std::size_t longest_side = 1024;
};

inline rgb_color color_of_class(std::int32_t class_index) {
    return class_index < 0 ? ignored_color : class_color(static_cast<std::size_t>(class_index));
}

inline rgb_color mixed(rgb_color a, rgb_color b) {
    const auto mean = [](int x, int y) { return static_cast<std::uint8_t>((3 * x + 2 * y) / 5); };
    return {mean(a.red, b.red), mean(a.green, b.green), mean(a.blue, b.blue)};
}

/// A line of a legend.
struct legend_entry {
    rgb_color color;
    std::u32string text;
};

/// The classes that occur, ascending, and what is ignored.
inline std::vector<legend_entry> legend_of(const image_layers& layers, const std::vector<std::string>& class_names) {
    constexpr std::size_t most_classes = 256, most_letters = 28;
    std::set<std::int32_t> classes = classes_in(layers, {0, 0, layers.given.shape()[0], layers.given.shape()[1]});
    const bool has_ignored = classes.erase(-1) > 0;

    std::vector<legend_entry> legend;
    for (const std::int32_t k : classes) {
        if (legend.size() == most_classes) {
            legend.push_back({white, letters_of("and " + std::to_string(classes.size() - most_classes) + " more")});
            break;
        }
        const auto index = static_cast<std::size_t>(k);
        const std::string name = class_names.empty() ? "" : " " + class_names[index];
        legend.push_back({class_color(index), shortened(letters_of(std::to_string(k) + name), most_letters)});
    }
    if (has_ignored) legend.push_back({ignored_color, letters_of("ignored")});
    return legend;
}

/// Entries in columns of equal width, each read from top to bottom.
class legend_layout {
public:
    legend_layout(const std::vector<legend_entry>& entries, std::size_t width, std::size_t text)
        : entries_(entries), text_(text) {
        std::size_t letters = 0;
        for (const legend_entry& entry : entries)
            letters = (std::max)(letters, entry.text.size());
        column_width_ = (swatch + gap + letters * glyph_width + 2 * gap) * text;
        const std::size_t columns = (std::max)(std::size_t{1}, width / column_width_);
        rows_ = (entries.size() + columns - 1) / columns;
    }

    std::size_t least_width() const { return column_width_; }
    std::size_t height() const { return rows_ * row_height * text_; }

    void draw(canvas& out, std::size_t top, std::size_t left) const {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            const std::size_t y = top + i % rows_ * row_height * text_, x = left + i / rows_ * column_width_;
            if (entries_[i].color != white) {
                out.fill(y, x, swatch * text_, swatch * text_, frame_color); // a thin frame, for what is nearly white
                out.fill(y + 1, x + 1, swatch * text_ - 2, swatch * text_ - 2, entries_[i].color);
            }
            out.draw_text(y, x + (swatch + gap) * text_, entries_[i].text, text_, ink);
        }
    }

private:
    static constexpr std::size_t swatch = glyph_height, gap = 6, row_height = glyph_height + 4;

    const std::vector<legend_entry>& entries_;
    std::size_t text_, column_width_ = 0, rows_ = 0;
};

struct panel {
    std::u32string title;
    std::function<rgb_color(std::size_t row, std::size_t column)> color_of;
};

/// Panels of one size with titles, and a legend below.
inline picture arrange(const std::vector<panel>& panels, const drawing_size& size,
                       const std::vector<legend_entry>& entries) {
    const std::size_t margin = 8 * size.text, title_height = (glyph_height + 4) * size.text;
    std::size_t column = size.width;
    for (const panel& next : panels)
        column = (std::max)(column, next.title.size() * glyph_width * size.text);
    const std::size_t panels_width = panels.size() * (column + margin) - margin;
    const legend_layout legend(entries, panels_width, size.text);
    canvas out(margin + title_height + size.height + margin + legend.height() + margin,
               margin + (std::max)(panels_width, legend.least_width()) + margin);
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const std::size_t left = margin + i * (column + margin);
        out.draw_text(margin, left, panels[i].title, size.text, ink);
        out.fill(margin + title_height - 1, left - 1, size.height + 2, size.width + 2, frame_color);
        out.paint(margin + title_height, left, size.height, size.width, panels[i].color_of);
    }
    legend.draw(out, margin + title_height + size.height + margin, margin);
    return std::move(out).finish();
}

inline picture draw_layers(const image_layers& layers, const std::vector<std::string>& class_names) {
    require_layers(layers, class_names);
    const drawing_size size(shape_of(layers.given));
    const std::size_t enlarge = size.enlarge;
    const auto given = shrunk_classes(layers.given, layers.issues, size.shrunk);
    const auto predicted = shrunk_classes(layers.predicted, layers.issues, size.shrunk);
    const auto issues = shrunk_to_greatest(layers.issues, size.shrunk);
    const picture photo = layers.photo.size() == 0 ? picture{} : shrunk_photo(layers.photo, size.shrunk);
    const auto over = outlined(emphasised(issues, emphasis::issue), enlarge, size.line);

    std::vector<panel> panels;
    if (photo.size() != 0)
        panels.push_back({U"image", [&](std::size_t row, std::size_t column) -> rgb_color {
                              const std::uint8_t* const pixel = &photo(row / enlarge, column / enlarge, 0);
                              const rgb_color color{pixel[0], pixel[1], pixel[2]};
                              switch (over(row, column)) {
                              case overlay::edge:
                                  return issue_color;
                              case overlay::rim:
                                  return white;
                              case overlay::tint:
                                  return mixed(color, issue_color);
                              default:
                                  return color;
                              }
                          }});
    const auto mask_of = [enlarge](const layer_plane<std::int32_t>& classes) {
        return [&classes, enlarge](std::size_t row, std::size_t column) {
            return color_of_class(classes(row / enlarge, column / enlarge));
        };
    };
    panels.push_back({U"given mask", mask_of(given)});
    panels.push_back({U"predicted mask", mask_of(predicted)});
    const auto count = std::count(layers.issues.data(), layers.issues.data() + layers.issues.size(), true);
    panels.push_back({letters_of("issues: " + std::to_string(count) + (count == 1 ? " pixel" : " pixels")),
                      [&](std::size_t row, std::size_t column) {
                          if (issues(row / enlarge, column / enlarge)) return issue_color;
                          return given(row / enlarge, column / enlarge) < 0 ? ignored_color : white;
                      }});
    return arrange(panels, size, legend_of(layers, class_names));
}

} // namespace maskaudit::detail
