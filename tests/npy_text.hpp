#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

// Files in the format .npy, put together byte by byte from what the format's page says.

namespace npy_test {

using namespace std::string_literals;

inline void save(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string little_endian(std::size_t value, std::size_t bytes) {
    std::string text;
    for (; bytes > 0; --bytes, value /= 256)
        text += static_cast<char>(value % 256);
    return text;
}

inline std::string preamble(char version, std::size_t length) {
    return "\x93NUMPY"s + version + '\0' + little_endian(length, version == 1 ? 2 : 4);
}

// `misaligned` bytes more than a multiple of 64 stand before the data.
inline std::string npy(std::string dictionary, const std::string& data, char version = 1, std::size_t misaligned = 0) {
    const std::size_t begin = version == 1 ? 10 : 12;
    while ((begin + dictionary.size() + 1) % 64 != misaligned)
        dictionary += ' ';
    dictionary += '\n';
    return preamble(version, dictionary.size()) + dictionary + data;
}

inline std::string dictionary(const std::string& descr, const std::string& shape, bool fortran_order = false) {
    return "{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") + ", 'shape': " + shape +
           ", }";
}

} // namespace npy_test
