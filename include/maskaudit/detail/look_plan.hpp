#pragma once

#include <maskaudit/data_error.hpp>
#include <maskaudit/detail/strip.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

// What to look for in images.

namespace maskaudit::detail {

struct look_plan {
    label_rules rules;
    std::size_t downsample = 1;
    bool majority = false;               // of the label of a block; otherwise the mean
    bool normalized = true;              // drop agreeing units that cannot matter if probabilities sum to one
    std::optional<double> temperature{}; // softmin sums are made where there is one, at least 1e-6

    /// Agreeing units with a larger q are dropped where probabilities sum to one; the margin is for their rounding.
    double largest_relevant_quality() const {
        return normalized ? 0.5 + 1.0 / 64 : std::numeric_limits<double>::infinity();
    }
};

/// A disagreeing unit whose q shows that the probabilities do not sum to one, so that dropping units is not allowed.
class not_normalized : public data_error {
    using data_error::data_error;
};

/// Throws for a unit that disagrees with its label and has so large a q that probabilities cannot sum to one.
template <class T>
[[noreturn]] void throw_not_normalized(std::size_t image_index, extents pixel, T quality, T best) {
    throw not_normalized("pred_probs", {image_index, std::move(pixel)},
                         to_text(quality) + " for the given class and " + to_text(best) + " for the predicted one",
                         "must not sum to more than 1 (inspector_options.normalized = false accepts them)");
}

} // namespace maskaudit::detail
