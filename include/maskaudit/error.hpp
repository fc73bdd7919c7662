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
///
/// data_error.hpp has all but file_error, which takes the standard library's paths and so long to compile.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/data_error.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace maskaudit {

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

} // namespace maskaudit
