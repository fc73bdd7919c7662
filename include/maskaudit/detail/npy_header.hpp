#pragma once

// The header of a .npy file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): six bytes of
// magic, two of version, the length of a text, and the text. Nothing in it is trusted.

#include <maskaudit/detail/npy_parser.hpp>
#include <maskaudit/error.hpp>

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maskaudit::detail {

inline constexpr std::string_view npy_magic{"\x93NUMPY"};

// The number of elements; none where their bytes would not fit in an address space. Extents of zero do not excuse the
// others, since strides are products of those: (0, 2^62, 2^62) is refused, as numpy refuses it.
inline std::optional<std::size_t> npy_size(const std::vector<std::size_t>& shape, std::size_t item_size) {
    constexpr auto most = static_cast<std::size_t>((std::numeric_limits<std::ptrdiff_t>::max)());
    std::size_t bytes = item_size;
    bool empty = false;
    for (const std::size_t extent : shape) {
        if (extent == 0)
            empty = true;
        else if (bytes > most / extent)
            return std::nullopt;
        else
            bytes *= extent;
    }
    return empty ? 0 : bytes / item_size;
}

// As Python writes a tuple: "()", "(3,)", "(2, 3)".
inline std::string npy_shape_text(const std::vector<std::size_t>& shape) {
    std::string text = "(";
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        text += (axis == 0 ? "" : ", ") + std::to_string(shape[axis]);
    return text + (shape.size() == 1 ? ",)" : ")");
}

// The text between the fixed bytes and the data.
inline std::string_view npy_header_text(const std::filesystem::path& path, std::string_view file) {
    // What numpy.savez writes, which is easily taken for what numpy.save does.
    if (file.starts_with("PK\x03\x04")) throw file_error(path, "a .npy file", "a .npz or zip archive: unpack it first");
    if (!file.starts_with(npy_magic))
        throw file_error(path, "a .npy file, which starts with '\\x93NUMPY'",
                         "a file that starts with " + npy_quote(file.substr(0, npy_magic.size())));
    const auto byte = [&](std::size_t at) { return std::size_t{static_cast<unsigned char>(file[at])}; };
    const std::size_t version_end = npy_magic.size() + 2;
    const auto truncated = [&](std::size_t bytes) {
        return file_error(path, "a .npy header of " + std::to_string(bytes) + " bytes",
                          "a file of " + std::to_string(file.size()) + " bytes: it is truncated");
    };
    if (file.size() < version_end) throw truncated(version_end);
    const std::size_t major = byte(npy_magic.size()), minor = byte(npy_magic.size() + 1);
    if (major < 1 || major > 3 || minor != 0)
        throw file_error(path, ".npy format version 1.0, 2.0 or 3.0",
                         "version " + std::to_string(major) + "." + std::to_string(minor));
    // Version 2.0 widened the length, version 3.0 allows the text to be UTF-8.
    const std::size_t begin = version_end + (major == 1 ? 2 : 4);
    if (file.size() < begin) throw truncated(begin);
    std::size_t length = 0; // stored with its lowest byte first
    for (std::size_t at = begin; at-- > version_end;)
        length = length * 256 + byte(at);
    if (length > file.size() - begin) throw truncated(begin + length);
    return file.substr(begin, length);
}

// Reads the header of `file`, the bytes of the whole file, and checks that it holds the elements promised and no more.
inline npy_header read_npy_header(const std::filesystem::path& path, std::string_view file) {
    const std::string_view text = npy_header_text(path, file);
    npy_header header = npy_header_parser(path, text).parse();
    header.data_begin = static_cast<std::size_t>(text.data() - file.data()) + text.size();
    const std::optional<std::size_t> size = npy_size(header.shape, header.item_size);
    if (!size)
        throw file_error(path, "a shape whose elements fit in memory", "the shape " + npy_shape_text(header.shape));
    header.size = *size;
    const std::size_t expected = header.size * header.item_size, found = file.size() - header.data_begin;
    // Bytes left over are no better than bytes missing: either way shape and data do not belong together.
    if (found != expected)
        throw file_error(
            path, std::to_string(expected) + " bytes of data for the shape " + npy_shape_text(header.shape),
            std::to_string(found) + " bytes: the file is " + (found < expected ? "truncated" : "too long"));
    return header;
}

// Everything that stands before the data of a row-major array. Always version 1.0: the text of 32 extents of 20 digits
// is far below the 65535 bytes that it can hold. Padded so that the data is aligned for any type, as numpy does.
inline std::string npy_header_bytes(const std::string& descr, const std::vector<std::size_t>& shape) {
    constexpr std::size_t alignment = 64;
    std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + npy_shape_text(shape) + ", }";
    const std::size_t begin = npy_magic.size() + 4;
    text.append(alignment - 1 - (begin + text.size()) % alignment, ' ') += '\n';
    std::string bytes(npy_magic);
    bytes += {'\x01', '\x00', static_cast<char>(text.size() % 256), static_cast<char>(text.size() / 256)};
    return bytes + text;
}

} // namespace maskaudit::detail
