#pragma once

#include "fuzz.hpp"
#include "oracle.hpp"

#include <maskaudit/data_error.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>

// What is wrong with a data set, by a plain look at every value, and which exceptions are due for it.

namespace maskaudit_fuzz {

using maskaudit_test::scene;

enum class outcome { done, bad_argument, bad_data };

inline bool is_probability(double value) { return value >= -1e-6 && value <= 1 + 1e-6; }

inline bool is_class(const scene& data, std::size_t n, std::size_t s) {
    return data.label(n, s) >= 0 && data.label(n, s) < static_cast<std::int64_t>(data.classes);
}

/// Which pixels have something that cannot be used, by what is looked at of them.
struct bad_values {
    bool in_labels = false, in_quality = false, in_any_class = false;

    void look_at(const scene& data, std::size_t n, std::size_t s) {
        if (data.is_ignored(n, s)) return;
        if (!is_class(data, n, s))
            in_labels = true;
        else if (!is_probability(maskaudit_test::quality(data, n, s)))
            in_quality = true;
        for (std::size_t k = 0; k < data.classes; ++k)
            in_any_class = in_any_class || !is_probability(data.p(n, k, s));
    }
};

/// An error names a value that breaks its rule; of blocks the pixel that one starts with.
inline void require_place(const scene& data, const maskaudit::data_error& error) {
    const auto& place = error.place();
    require_printable(error.what());
    require(place.image < data.images && place.pixel.size() == data.image_shape.size(), "an error names a pixel");
    std::size_t s = 0;
    for (std::size_t axis = 0; axis < place.pixel.size(); ++axis)
        s = s * data.image_shape[axis] + place.pixel[axis];
    if (error.array() == "labels")
        require(!data.is_ignored(place.image, s) && !is_class(data, place.image, s), "an error names a bad label");
    else if (place.class_index)
        require(!data.is_ignored(place.image, s) && !is_probability(data.p(place.image, *place.class_index, s)),
                "an error names a bad probability");
}

template <class F>
outcome outcome_of(const scene& data, F f) {
    try {
        f();
        return outcome::done;
    } catch (const maskaudit::data_error& error) {
        require_place(data, error);
        return outcome::bad_data;
    } catch (const std::invalid_argument& error) {
        require_printable(error.what());
        return outcome::bad_argument;
    }
}

/// Whether the call was right to end so. Where both are bad, either may be told.
inline bool is_due(outcome found, bool bad_argument, bool bad_data) {
    if (found == outcome::done) return !bad_argument && !bad_data;
    return found == outcome::bad_argument ? bad_argument : bad_data;
}

} // namespace maskaudit_fuzz
