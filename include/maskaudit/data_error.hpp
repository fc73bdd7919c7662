/// \file
/// What maskaudit throws for what is in memory or comes from a stream. error.hpp has these, and what is about files.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit {

/// Where in the data a value stands.
struct data_place {
    std::size_t image = 0;                    ///< index of the image
    std::vector<std::size_t> pixel{};         ///< index along every spatial axis; empty when a whole image is meant
    std::optional<std::size_t> class_index{}; ///< the class that it belongs to; none for a label or a score
};

/// A value in labels, probabilities or scores that cannot be used.
class data_error : public std::runtime_error {
public:
    /// Puts the message together.
    /// \param array  name of the array as the caller knows it: "labels", "pred_probs", "logits", "image_scores"
    /// \param place  where the value stands
    /// \param value  the value, as text
    /// \param rule   what it had to be: "must be ..."
    data_error(const std::string& array, data_place place, const std::string& value, const std::string& rule)
        : std::runtime_error(array + ": " + describe(place) + ": " + value + " " + rule),
          facts_(std::make_shared<const facts>(facts{array, std::move(place)})) {}

    const std::string& array() const noexcept { return facts_->array; } ///< its name
    const data_place& place() const noexcept { return facts_->place; }  ///< where in it

private:
    static std::string describe(const data_place& place) {
        std::string text = "image " + std::to_string(place.image);
        if (place.class_index) text += ", class " + std::to_string(*place.class_index);
        if (place.pixel.empty()) return text;
        text += ", pixel (";
        for (std::size_t axis = 0; axis < place.pixel.size(); ++axis)
            text += (axis == 0 ? "" : ", ") + std::to_string(place.pixel[axis]);
        return text + ")";
    }

    struct facts {
        std::string array;
        data_place place;
    };

    std::shared_ptr<const facts> facts_; // shared, so that copying an exception cannot throw
};

/// A saved inspector that cannot be written to its stream, read from it or understood. The stream may be no file, so
/// there is no path.
class state_error : public std::runtime_error {
public:
    /// Puts the message together.
    /// \param byte      where in the state, counted from its beginning
    /// \param expected  what would have been right
    /// \param found     what was there instead
    state_error(std::uint64_t byte, std::string expected, std::string found)
        : std::runtime_error("inspector state, byte " + std::to_string(byte) + ": expected " + expected + ", found " +
                             found),
          facts_(std::make_shared<const facts>(facts{byte, std::move(expected), std::move(found)})) {}

    std::uint64_t byte() const noexcept { return facts_->byte; }              ///< where in the state
    const std::string& expected() const noexcept { return facts_->expected; } ///< what would have been right
    const std::string& found() const noexcept { return facts_->found; }       ///< what was there instead

private:
    struct facts {
        std::uint64_t byte;
        std::string expected;
        std::string found;
    };

    std::shared_ptr<const facts> facts_;
};

} // namespace maskaudit
