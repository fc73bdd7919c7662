#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

// Parts of images made smaller: a pixel stands for a rectangle of pixels, and every pixel is stood for once.

namespace maskaudit::detail {

/// Rows top .. bottom - 1 and columns left .. right - 1 of an image.
struct picture_window {
    std::size_t top, left, bottom, right;

    std::size_t height() const { return bottom - top; }
    std::size_t width() const { return right - left; }
};

/// The classes that occur in either mask, -1 among them where a pixel has none.
inline std::set<std::int32_t> classes_in(const image_layers& layers, const picture_window& window) {
    std::set<std::int32_t> classes;
    for (const auto* const plane : {&layers.given, &layers.predicted})
        for (std::size_t row = window.top; row < window.bottom; ++row)
            for (std::size_t column = window.left; column < window.right; ++column) {
                const std::int32_t k = (*plane)(row, column);
                if (column == window.left || k != (*plane)(row, column - 1)) classes.insert(k); // mostly the same
            }
    return classes;
}

/// A window, and the size that it is shrunk to, of which no side is longer than `longest`.
class shrunk_window {
public:
    shrunk_window(const picture_window& from, std::size_t longest)
        : from_(from), height_(side(from.height(), longest)), width_(side(from.width(), longest)) {}

    std::size_t height() const { return height_; }
    std::size_t width() const { return width_; }

    /// What a pixel stands for.
    picture_window at(std::size_t row, std::size_t column) const {
        return {from_.top + row * from_.height() / height_, from_.left + column * from_.width() / width_,
                from_.top + (row + 1) * from_.height() / height_, from_.left + (column + 1) * from_.width() / width_};
    }

private:
    std::size_t side(std::size_t extent, std::size_t longest) const {
        const std::size_t longer = (std::max)(from_.height(), from_.width());
        return longer <= longest ? extent : (std::max)(std::size_t{1}, extent * longest / longer);
    }

    picture_window from_;
    std::size_t height_, width_;
};

/// (H, W), each pixel the value of what it stands for.
template <class T, class F>
layer_plane<T> shrunk_plane(const shrunk_window& to, F value_of) {
    auto shrunk = layer_plane<T>::from_shape({to.height(), to.width()});
    for (std::size_t row = 0; row < to.height(); ++row)
        for (std::size_t column = 0; column < to.width(); ++column)
            shrunk(row, column) = value_of(to.at(row, column));
    return shrunk;
}

/// The most frequent class of the issue pixels; where there are none, of all that have a class. Of equally frequent
/// ones the lowest; -1 where no pixel has a class.
inline layer_plane<std::int32_t> shrunk_classes(const layer_plane<std::int32_t>& classes,
                                                const layer_plane<bool>& issues, const shrunk_window& to) {
    std::vector<std::int32_t> seen, of_issues;
    return shrunk_plane<std::int32_t>(to, [&](const picture_window& part) {
        seen.clear();
        of_issues.clear();
        for (std::size_t row = part.top; row < part.bottom; ++row)
            for (std::size_t column = part.left; column < part.right; ++column) {
                if (classes(row, column) < 0) continue;
                seen.push_back(classes(row, column));
                if (issues(row, column)) of_issues.push_back(classes(row, column));
            }
        if (seen.empty()) return -1;
        if (!of_issues.empty()) seen.swap(of_issues);
        std::sort(seen.begin(), seen.end());
        auto most = seen.begin(), most_end = seen.begin();
        for (auto run = seen.begin(); run != seen.end();) {
            const auto end = std::upper_bound(run, seen.end(), *run);
            if (end - run > most_end - most) most = run, most_end = end;
            run = end;
        }
        return *most;
    });
}

/// The greatest value: of issues, none is to vanish.
template <class T>
layer_plane<T> shrunk_to_greatest(const layer_plane<T>& values, const shrunk_window& to) {
    return shrunk_plane<T>(to, [&](const picture_window& part) {
        T greatest = values(part.top, part.left);
        for (std::size_t row = part.top; row < part.bottom; ++row)
            for (std::size_t column = part.left; column < part.right; ++column)
                greatest = (std::max)(greatest, values(row, column));
        return greatest;
    });
}

/// The mean, rounded to nearest.
inline picture shrunk_photo(const picture& photo, const shrunk_window& to) {
    picture shrunk = picture::from_shape({to.height(), to.width(), std::size_t{3}});
    for (std::size_t y = 0; y < to.height(); ++y)
        for (std::size_t x = 0; x < to.width(); ++x) {
            const picture_window part = to.at(y, x);
            std::array<std::size_t, 3> sums{};
            for (std::size_t row = part.top; row < part.bottom; ++row)
                for (std::size_t column = part.left; column < part.right; ++column)
                    for (std::size_t channel = 0; channel < 3; ++channel)
                        sums[channel] += photo(row, column, channel);
            const std::size_t count = part.height() * part.width();
            for (std::size_t channel = 0; channel < 3; ++channel)
                shrunk(y, x, channel) = static_cast<std::uint8_t>((sums[channel] + count / 2) / count);
        }
    return shrunk;
}

} // namespace maskaudit::detail
