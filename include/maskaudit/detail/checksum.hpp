#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

// Numbers as bytes that are the same on every machine, and a checksum of bytes.

namespace maskaudit::detail {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);

/// A number from its bytes, the lowest first.
template <class Number>
Number from_little_endian(const std::byte* from) {
    std::array<std::byte, sizeof(Number)> bytes;
    std::memcpy(bytes.data(), from, sizeof(Number));
    if constexpr (std::endian::native == std::endian::big) std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<Number>(bytes);
}

template <class Number>
void to_little_endian(Number value, std::byte* to) {
    auto bytes = std::bit_cast<std::array<std::byte, sizeof(Number)>>(value);
    if constexpr (std::endian::native == std::endian::big) std::reverse(bytes.begin(), bytes.end());
    std::memcpy(to, bytes.data(), sizeof(Number));
}

/// XXH64: 64 bits that tell whether bytes are still what they were. It guards against damage, not against an attacker.
///
/// Chosen over a CRC since it is as fast as memory without tables or instructions of its own: eight bytes at a time in
/// four independent chains of multiplications.
///
/// Source: Yann Collet, xxHash fast digest algorithm, version 0.1.1, "XXH64 algorithm description".
class xxh64 {
public:
    static std::uint64_t of(std::span<const std::byte> bytes, std::uint64_t seed) {
        const std::byte* at = bytes.data();
        std::size_t left = bytes.size();
        std::uint64_t hash = seed + prime5;
        if (left >= stripe) {
            std::array<std::uint64_t, 4> lanes{seed + prime1 + prime2, seed + prime2, seed, seed - prime1};
            for (; left >= stripe; left -= stripe)
                for (std::uint64_t& lane : lanes)
                    lane = round(lane, take<std::uint64_t>(at));
            hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
            for (const std::uint64_t lane : lanes)
                hash = (hash ^ round(0, lane)) * prime1 + prime4;
        }
        hash += bytes.size();
        for (; left >= 8; left -= 8)
            hash = std::rotl(hash ^ round(0, take<std::uint64_t>(at)), 27) * prime1 + prime4;
        for (; left >= 4; left -= 4)
            hash = std::rotl(hash ^ take<std::uint32_t>(at) * prime1, 23) * prime2 + prime3;
        for (; left > 0; --left)
            hash = std::rotl(hash ^ take<std::uint8_t>(at) * prime5, 11) * prime1;
        hash = (hash ^ hash >> 33) * prime2;
        hash = (hash ^ hash >> 29) * prime3;
        return hash ^ hash >> 32;
    }

private:
    static constexpr std::size_t stripe = 32;
    static constexpr std::uint64_t prime1 = 0x9E3779B185EBCA87, prime2 = 0xC2B2AE3D27D4EB4F,
                                   prime3 = 0x165667B19E3779F9, prime4 = 0x85EBCA77C2B2AE63,
                                   prime5 = 0x27D4EB2F165667C5;

    static std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
        return std::rotl(lane + input * prime2, 31) * prime1;
    }

    template <class Number>
    static Number take(const std::byte*& at) {
        const auto number = from_little_endian<Number>(at);
        at += sizeof(Number);
        return number;
    }
};

} // namespace maskaudit::detail
