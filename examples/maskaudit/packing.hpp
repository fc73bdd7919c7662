#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Values as bytes, for another process of the same program on a machine of the same kind.

namespace maskaudit_program {

class packing {
public:
    template <class T>
    void put(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }

    template <class T>
    void put(const std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        put(values.size());
        if (!values.empty()) bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    }

    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_{};
};

/// Gives back, in the order they were put, what a packing has taken.
class unpacking {
public:
    explicit unpacking(std::string_view bytes) : bytes_(bytes) {}

    bool is_empty() const { return bytes_.empty(); }

    template <class T>
    void get(T& value) {
        copy(&value, sizeof value);
    }

    template <class T>
    void get(std::vector<T>& values) {
        std::size_t size = 0;
        get(size);
        values.resize(size);
        copy(values.data(), size * sizeof(T));
    }

private:
    void copy(void* to, std::size_t size) {
        if (size > 0) std::memcpy(to, bytes_.data(), size);
        bytes_.remove_prefix(size);
    }

    std::string_view bytes_;
};

} // namespace maskaudit_program
