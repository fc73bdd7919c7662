#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

// What the fuzz targets have in common. A target lets no exception through but the documented ones: any other ends the
// program, and so is found.

namespace maskaudit_fuzz {

/// Ends the program where something does not hold, which makes libFuzzer keep the input.
inline void require(bool holds, std::string_view rule) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(rule.size()), rule.data());
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Whether an exception of this type, and of no other, comes out of f.
template <class Exception, class F>
bool throws(F f) {
    try {
        f();
    } catch (const Exception&) {
        return true;
    }
    return false;
}

/// A file of these bytes that lies in memory, and under no folder.
class memory_file {
public:
    explicit memory_file(std::string_view bytes) : descriptor_(::memfd_create("input", MFD_CLOEXEC)) {
        require(descriptor_ >= 0, "the system gives a file in memory");
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        require(written == static_cast<ssize_t>(bytes.size()), "the file takes all bytes");
        path_ = "/proc/self/fd/" + std::to_string(descriptor_);
    }

    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    ~memory_file() { ::close(descriptor_); }

    const std::filesystem::path& path() const { return path_; }

private:
    int descriptor_;
    std::filesystem::path path_;
};

/// A message is for a terminal, and may quote a file that nobody trusts.
inline void require_printable(std::string_view message) {
    require(!message.empty() &&
                std::all_of(message.begin(), message.end(), [](char letter) { return letter >= ' ' && letter <= '~'; }),
            "a message has words, and no control characters");
}

} // namespace maskaudit_fuzz
