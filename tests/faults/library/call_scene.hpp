#pragma once

#include "calls.hpp"

#include <maskaudit/maskaudit.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <streambuf>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What the calls are made on, and what becomes of their results.

namespace maskaudit_test {

using maskaudit::options;

inline constexpr std::size_t images = num_call_images, classes = 3;
inline constexpr int void_label = 255;

using label_array = xt::xtensor<std::uint8_t, 3>;
using probability_array = xt::xtensor<float, 4>;

/// Every third label or so is wrong, and some are void; all together, and image by image.
struct call_scene {
    label_array labels;
    probability_array pred_probs;
    xt::xtensor<bool, 3> issues;
    std::vector<xt::xtensor<std::uint8_t, 2>> image_labels{};
    std::vector<xt::xtensor<float, 3>> image_pred_probs{};

    call_scene(std::size_t count, std::size_t height, std::size_t width, bool normalized)
        : labels(label_array::from_shape({count, height, width})),
          pred_probs(probability_array::from_shape({count, classes, height, width})) {
        std::minstd_rand random(7);
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t row = 0; row < height; ++row)
                for (std::size_t column = 0; column < width; ++column) {
                    const std::size_t seen = column * classes / width;
                    const float sure = 0.4F + 0.5F * static_cast<float>(random() % 1000) / 1000;
                    for (std::size_t k = 0; k < classes; ++k)
                        pred_probs(n, k, row, column) = k == seen ? sure : normalized ? (1 - sure) / 2 : sure * 0.9F;
                    const std::size_t given = random() % 3 == 0 ? random() % classes : seen;
                    labels(n, row, column) = static_cast<std::uint8_t>(random() % 20 == 0 ? void_label : given);
                }
        for (std::size_t n = 0; n < count; ++n) {
            image_labels.emplace_back(xt::view(labels, n));
            image_pred_probs.emplace_back(xt::view(pred_probs, n));
        }
        issues = xt::equal(labels, std::uint8_t{0});
    }
};

inline const call_scene& small() {
    static const call_scene scene(images, 16, 24, true);
    return scene;
}

/// An image of several tiles.
inline const call_scene& large() {
    static const call_scene scene(1, 260, 130, true);
    return scene;
}

inline const call_scene& unnormalized() {
    static const call_scene scene(images, 16, 24, false);
    return scene;
}

inline options with_void(options opts) {
    opts.ignore_label = void_label;
    return opts;
}

inline maskaudit::inspector_options inspecting(const options& opts) {
    return {.ignore_label = void_label, .n_jobs = opts.n_jobs};
}

/// Results as bytes.
class bytes_of_results {
public:
    template <class T>
    requires std::is_arithmetic_v<T> bytes_of_results& operator<<(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    bytes_of_results& operator<<(const std::string& text) {
        bytes_ += text;
        return *this;
    }
    template <class Range>
        requires requires(const Range& range) { *range.begin() + 0; }
    bytes_of_results& operator<<(const Range& range) {
        for (const auto value : range)
            *this << value;
        return *this;
    }
    bytes_of_results& operator<<(const std::vector<maskaudit::issue_region>& regions) {
        for (const maskaudit::issue_region& region : regions)
            *this << region.image << region.area << region.given_label << region.predicted_label << region.severity
                  << region.begin << region.end << region.centroid << region.runs.size();
        return *this;
    }
    bytes_of_results& operator<<(const std::vector<maskaudit::label_swap>& swaps) {
        for (const maskaudit::label_swap& swap : swaps)
            *this << swap.given_label << swap.predicted_label << swap.num_pixel_issues;
        return *this;
    }
    bytes_of_results& operator<<(const maskaudit::inspection& found) {
        *this << found.confident_thresholds << found.num_issues << found.softmin_scores << found.num_pixel_issues_scores
              << found.valid_pixels;
        for (const auto& image : found.images)
            *this << image.positions << image.given << image.predicted;
        return *this;
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_{};
};

template <class... Results>
std::string bytes_of(const Results&... results) {
    bytes_of_results bytes;
    (bytes << ... << results);
    return bytes.take();
}

/// A stream in memory that is there already: what a string stream would do without memory is not our matter.
class fixed_stream : public std::streambuf {
public:
    fixed_stream() { setp(room().data(), room().data() + room().size()); }
    void read_again() { setg(pbase(), pbase(), pptr()); }
    std::string text() const { return {pbase(), pptr()}; }

private:
    static std::vector<char>& room() {
        static std::vector<char> bytes(std::size_t{1} << 21);
        return bytes;
    }
};

} // namespace maskaudit_test
