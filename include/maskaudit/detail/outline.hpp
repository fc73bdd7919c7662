#pragma once

#include <maskaudit/detail/boundaries.hpp>
#include <maskaudit/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

// What is drawn over a picture: issues are tinted within a red edge, and have a white rim around it, to be seen on red
// and dark pictures alike.

namespace maskaudit::detail {

/// What a picture says of a pixel; the greater, the more.
enum class emphasis : std::uint8_t { none, other_issue, issue };

inline layer_plane<emphasis> emphasised(const layer_plane<bool>& issues, emphasis of_issues) {
    auto all = layer_plane<emphasis>::from_shape(issues.shape());
    std::transform(issues.begin(), issues.end(), all.begin(),
                   [&](bool issue) { return issue ? of_issues : emphasis::none; });
    return all;
}

enum class overlay : std::uint8_t { clear, other_issue, tint, edge, rim };

/// Each pixel becomes `scale` by `scale` of the result, in whose pixels edge and rim have their `thickness`. Around the
/// picture there are no issues.
inline layer_plane<overlay> outlined(const layer_plane<emphasis>& all, std::size_t scale, std::size_t thickness) {
    const std::size_t height = all.shape()[0] * scale, width = all.shape()[1] * scale;
    auto over = layer_plane<overlay>::from_shape({height, width});
    auto issues = layer_plane<bool>::from_shape({height, width});
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const emphasis here = all(row / scale, column / scale);
            issues(row, column) = here == emphasis::issue;
            over(row, column) = here == emphasis::issue         ? overlay::tint
                                : here == emphasis::other_issue ? overlay::other_issue
                                                                : overlay::clear;
        }
    auto uniform = layer_plane<bool>::from_shape({height, width});
    flag_uniform<std::uint32_t>(issues.data(), {height, width}, thickness, uniform.data());
    const auto is_at_side = [&](std::size_t at, std::size_t extent) {
        return at < thickness || extent - at <= thickness;
    };
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const bool is_issue = issues(row, column);
            if (!uniform(row, column) || (is_issue && (is_at_side(row, height) || is_at_side(column, width))))
                over(row, column) = is_issue ? overlay::edge : overlay::rim;
        }
    return over;
}

} // namespace maskaudit::detail
