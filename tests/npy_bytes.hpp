#pragma once

// Files read in these tests are put together byte by byte from what the format's page says, and files written are
// compared with such bytes: our reader and our writer are never each other's only witness.

#include "catch.hpp"
#include "file_contents.hpp"
#include "message.hpp"
#include "npy_text.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/npy.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <vector>

namespace npy_test {

using maskaudit::create_npy;
using maskaudit::file_error;
using maskaudit::npy_kind;
using maskaudit::npy_part;
using maskaudit::npy_type;
using maskaudit::npy_view;
using maskaudit::npy_writer;
using maskaudit::write_npy;
using maskaudit_test::message_of;
using half = xtl::half_float;

inline constexpr bool native_big = std::endian::native == std::endian::big;
inline const std::string native_order = native_big ? ">" : "<";

inline std::string load(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// "0102 ff" -> the bytes 1, 2 and 255.
inline std::string from_hex(const std::string& hex) {
    std::string digits, bytes;
    std::copy_if(hex.begin(), hex.end(), std::back_inserter(digits), [](char digit) { return digit != ' '; });
    for (std::size_t at = 0; at < digits.size(); at += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
    return bytes;
}

// What is said of a file of these bytes.
inline std::string complaint(const std::string& bytes) {
    const temporary_folder folder;
    const std::filesystem::path path = folder / "bad.npy";
    save(path, bytes);
    const std::string message = message_of<file_error>([&] { npy_view{path}; });
    const std::string start = path.string() + ": expected ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
}

inline bool contains(const std::string& text, std::string_view part) {
    INFO("\"" << text << "\" has \"" << part << "\"");
    const bool found = text.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

// half compares with everything, and so with nothing without an ambiguity.
inline float comparable(half value) { return value; }
template <class T>
T comparable(T value) {
    return value;
}

// Shapes and elements; not by ==, which xtensor would take for an expression with Catch2's own types.
template <class A, class B>
void check_equal(const A& array, const B& expected) {
    REQUIRE(std::equal(array.shape().begin(), array.shape().end(), expected.shape().begin(), expected.shape().end()));
    auto found = array.template begin<xt::layout_type::row_major>();
    auto wanted = expected.template begin<xt::layout_type::row_major>();
    for (std::size_t at = 0; at < expected.size(); ++at, ++found, ++wanted) {
        CAPTURE(at);
        CHECK(comparable(typename A::value_type(*found)) == comparable(typename B::value_type(*wanted)));
    }
}

// Calls f with the view's expression, and gives true, if its values are T. Only for T is f compiled: once for each
// type and layout that visit() knows, the tests would take minutes to build.
template <class T, class F>
bool visit_as(const npy_view& view, F f) {
    return view.visit([&](const auto& stored) {
        constexpr bool same = std::same_as<typename std::decay_t<decltype(stored)>::value_type, T>;
        if constexpr (same) f(stored);
        return same;
    });
}

using maskaudit_test::names_in;

} // namespace npy_test
