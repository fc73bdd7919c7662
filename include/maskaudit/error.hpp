/// \file
/// What maskaudit throws.
///
/// | exception               | when                                                                           |
/// |-------------------------|--------------------------------------------------------------------------------|
/// | `std::invalid_argument` | an argument breaks a rule: a shape, temperature, threshold, downsample factor  |
/// |                         | or the environment variable MASKAUDIT_INSTRUCTION_SET does (sse2, avx2, avx512)    |
/// | `data_error`            | a value in the data breaks a rule: names image, pixel, class and value         |
/// | `file_error`            | a file cannot be used: names the path, what was expected and what was found    |
/// | `state_error`           | a saved inspector cannot be written or used: names the byte, and the same two  |
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
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

/// A file that cannot be read, written or understood.
class file_error : public std::runtime_error {
public:
    /// Puts the message together.
    /// \param path      the file
    /// \param expected  what would have been right
    /// \param found     what was there instead
    file_error(std::filesystem::path path, std::string expected, std::string found)
        : std::runtime_error(path.string() + ": expected " + expected + ", found " + found),
          facts_(std::make_shared<const facts>(facts{std::move(path), std::move(expected), std::move(found)})) {}

    const std::filesystem::path& path() const noexcept { return facts_->path; } ///< of the file
    const std::string& expected() const noexcept { return facts_->expected; }   ///< what would have been right
    const std::string& found() const noexcept { return facts_->found; }         ///< what was there instead

private:
    struct facts {
        std::filesystem::path path;
        std::string expected;
        std::string found;
    };

    std::shared_ptr<const facts> facts_;
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
