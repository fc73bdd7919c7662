#pragma once

#include <maskaudit/inspector.hpp>
#include <maskaudit/options.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

// The public functions as plain ones, compiled once for all tests of what goes wrong in them.

namespace maskaudit_test {

/// A public function, called on a small scene.
struct public_call {
    const char* name;
    bool has_progress; ///< it tells of images, of which there are num_call_images
    bool is_slow;      ///< it draws pictures

    /// Calls it; returns all that comes out, as bytes. `folder` is one that prepare_inputs() has filled.
    std::string (*run)(const maskaudit::options& opts, const std::filesystem::path& folder);
};

inline constexpr std::size_t num_call_images = 5;

/// All public functions that take memory.
const std::vector<public_call>& public_calls();

/// One that writes a file.
struct writing_call {
    const char* name;
    std::string file; ///< its name

    void (*write)(const std::filesystem::path& file, const std::filesystem::path& inputs);
};

/// All public functions that write files.
const std::vector<writing_call>& writing_calls();

/// Writes the files that calls read.
void prepare_inputs(const std::filesystem::path& folder);

/// An inspector that has seen the images from `begin` to before `end`.
maskaudit::label_inspector inspector_of(std::size_t begin, std::size_t end);

void add_image(maskaudit::label_inspector& inspector, std::size_t n);

/// All that an inspector knows, and what it finds, as bytes.
std::string saved_and_finished(const maskaudit::label_inspector& inspector);

void save_to(std::ostream& file, const maskaudit::label_inspector& inspector);

/// Calls find_label_issues with a backend that does what `f` does.
void find_by(const std::function<void()>& f, const maskaudit::options& opts);

} // namespace maskaudit_test
