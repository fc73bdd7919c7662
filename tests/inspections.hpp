#pragma once

#include "compare.hpp"

#include <maskaudit/inspector.hpp>

#include <cstddef>
#include <cstdint>
#include <ios>
#include <optional>
#include <sstream>
#include <string>

// What tests of the inspector have in common.

namespace maskaudit_test {

/// A scene as arrays whose images are added one by one.
struct arrays {
    xt::xarray<std::int64_t> labels;
    xt::xarray<double> pred_probs;

    explicit arrays(const scene& data)
        : labels(make<xt::xarray<std::int64_t>>(data.labels_shape(), data.labels)),
          pred_probs(make<xt::xarray<double>>(data.pred_probs_shape(), data.pred_probs)) {}

    void add_to(maskaudit::label_inspector& inspector, std::size_t n, std::optional<std::size_t> index = {}) const {
        inspector.add(xt::view(labels, n), xt::view(pred_probs, n), index);
    }

    /// The same with probabilities in float.
    void add_as_float_to(maskaudit::label_inspector& inspector, std::size_t n,
                         std::optional<std::size_t> index = {}) const {
        inspector.add(xt::view(labels, n), xt::cast<float>(xt::view(pred_probs, n)), index);
    }
};

/// Bit for bit.
inline bool same(const maskaudit::inspection& a, const maskaudit::inspection& b) {
    bool equal = a.confident_thresholds == b.confident_thresholds && a.num_issues == b.num_issues &&
                 a.softmin_scores == b.softmin_scores && a.num_pixel_issues_scores == b.num_pixel_issues_scores &&
                 a.valid_pixels == b.valid_pixels && a.issue_pixels == b.issue_pixels &&
                 a.images.size() == b.images.size();
    for (std::size_t n = 0; equal && n < a.images.size(); ++n)
        equal = a.images[n].shape == b.images[n].shape && a.images[n].positions == b.images[n].positions &&
                a.images[n].given == b.images[n].given && a.images[n].predicted == b.images[n].predicted;
    return equal;
}

/// The state of an inspector as bytes, and back.
inline std::string saved(const maskaudit::label_inspector& inspector) {
    std::ostringstream out(std::ios::binary);
    inspector.save(out);
    return out.str();
}

inline maskaudit::label_inspector loaded(const std::string& state) {
    std::istringstream in(state, std::ios::binary);
    return maskaudit::label_inspector::load(in);
}

} // namespace maskaudit_test
