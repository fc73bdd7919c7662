#pragma once

#include "command_options.hpp"
#include "image_set.hpp"

#include <maskaudit/picture.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>

namespace maskaudit_program {

/// What the images of an audit look like, for people.
class picture_set {
public:
    picture_set() = default;
    picture_set(const picture_set&) = delete;
    picture_set& operator=(const picture_set&) = delete;
    virtual ~picture_set() = default;

    /// The file that has the picture of image n, and whether every image has one of its own.
    virtual std::filesystem::path path(std::size_t n) const = 0;
    virtual bool has_files() const = 0;

    /// Whether an address is in a mapped file of pictures.
    virtual bool has(const void* address) const = 0;

    /// \throws maskaudit::file_error
    virtual maskaudit::picture read(std::size_t n) const = 0;
};

/// The pictures that --images names, one for every image; null without it. Those that are files are looked for by
/// their names, and read when they are to be shown.
/// \throws maskaudit::file_error  for files of another kind, another number of pictures than of images, or an array of
///                                pictures of another size
std::unique_ptr<picture_set> open_pictures(const audit_options& options, const image_set& images);

} // namespace maskaudit_program
