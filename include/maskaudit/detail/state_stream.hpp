#pragma once

#include <maskaudit/data_error.hpp>
#include <maskaudit/detail/checksum.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ios>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// A saved state as a stream of bytes: the same on every machine, and checked before any of it is used.
//
//     16 bytes   "maskaudit state\n"
//     u32        version of the format
//     blocks     u32 length, at most 65536; u64 checksum; as many bytes, which are whole records
//     last       a block of length 0
//
// Numbers are little-endian. The checksum of a block is XXH64 of its bytes, seeded with the checksum of the block
// before it, and in the first block with the version: a block that is missing or in another's place is noticed as well.
// A reader knows how many bytes come next, so that it takes none behind the state, and never holds more than a block.

namespace maskaudit::detail {

template <class T>
concept state_field = std::same_as<T, std::uint8_t> || std::same_as<T, std::uint16_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, std::uint64_t> || std::same_as<T, std::int64_t> ||
    std::same_as<T, float> || std::same_as<T, double>;

struct state_format {
    static constexpr std::string_view magic = "maskaudit state\n";
    static constexpr std::uint32_t version = 1;
    static constexpr std::size_t header = sizeof(std::uint32_t) + sizeof(std::uint64_t); // of a block
    static constexpr std::size_t most = std::size_t{1} << 16;                            // bytes of a block after that

    /// Room for a block and its header.
    static std::unique_ptr<std::byte[]> make_block() { return std::make_unique<std::byte[]>(header + most); }
};

template <class Stream>
class state_writer {
public:
    explicit state_writer(Stream& out) : out_(out) {
        std::array<std::byte, sizeof state_format::version> version{};
        to_little_endian(state_format::version, version.data());
        write(std::as_bytes(std::span(state_format::magic)));
        write(version);
    }

    /// Puts a record: a few numbers, which come in one block.
    template <state_field... Fields>
    void put(Fields... fields) {
        constexpr std::size_t size = (sizeof(Fields) + ...);
        static_assert(size <= state_format::most);
        if (used_ + size > state_format::most) end_block();
        std::byte* to = bytes() + used_;
        ((to_little_endian(fields, to), to += sizeof(Fields)), ...);
        used_ += size;
    }

    /// Ends the state. Without it, no reader takes what was written for whole.
    void finish() {
        if (used_ > 0) end_block();
        end_block(); // the empty one
    }

private:
    std::byte* bytes() const { return block_.get() + state_format::header; }

    void end_block() {
        checksum_ = xxh64::of({bytes(), used_}, checksum_);
        to_little_endian(static_cast<std::uint32_t>(used_), block_.get());
        to_little_endian(checksum_, block_.get() + sizeof(std::uint32_t));
        write({block_.get(), state_format::header + used_});
        used_ = 0;
    }

    void write(std::span<const std::byte> some) {
        out_.write(reinterpret_cast<const char*>(some.data()), static_cast<std::streamsize>(some.size()));
        if (!out_) throw state_error(written_, "a stream that can be written", "one that has failed");
        written_ += some.size();
    }

    Stream& out_;
    std::unique_ptr<std::byte[]> block_ = state_format::make_block();
    std::size_t used_ = 0; // bytes of the block, without its header
    std::uint64_t checksum_ = state_format::version;
    std::uint64_t written_ = 0;
};

template <class Stream>
class state_reader {
public:
    explicit state_reader(Stream& in) : in_(in) {
        read(state_format::magic.size());
        if (std::string_view(reinterpret_cast<const char*>(block_.get()), state_format::magic.size()) !=
            state_format::magic)
            fail("\"maskaudit state\"", "something else: this is no saved inspector");
        read(sizeof state_format::version);
        const auto version = from_little_endian<std::uint32_t>(block_.get());
        if (version != state_format::version)
            fail("version " + std::to_string(state_format::version) + " of the format",
                 std::to_string(version) +
                     (version > state_format::version ? ": it was saved by a newer maskaudit" : ""));
        checksum_ = version;
    }

    /// Takes the numbers of a record.
    template <state_field... Fields>
    void take(Fields&... fields) {
        constexpr std::size_t size = (sizeof(Fields) + ...);
        if (used_ == length_) {
            next_block();
            if (length_ == 0) fail("more of the state", "its end");
        }
        record_ = block_start_ + used_;
        if (length_ - used_ < size)
            fail("a record of " + std::to_string(size) + " bytes", std::to_string(length_ - used_) + " in its block");
        const std::byte* from = block_.get() + used_;
        ((fields = from_little_endian<Fields>(from), from += sizeof(Fields)), ...);
        used_ += size;
    }

    /// Takes a whole number from `least` to `most`, of what is named.
    template <std::unsigned_integral Number>
    Number take_number(const char* what, std::uint64_t least, std::uint64_t most) {
        Number value{};
        take(value);
        require_number(what, least, most, value);
        return value;
    }

    void require_number(const char* what, std::uint64_t least, std::uint64_t most, std::uint64_t value) const {
        if (value < least || value > most)
            fail(std::string(what) + " from " + std::to_string(least) + " to " + std::to_string(most),
                 std::to_string(value));
    }

    bool take_flag(const char* what) { return this->template take_number<std::uint8_t>(what, 0, 1) == 1; }

    /// Ends the state. What is in the stream after it stays there.
    void finish() {
        if (used_ == length_) next_block();
        record_ = block_start_ + used_;
        if (length_ != 0) fail("the end of the state", "more of it");
    }

    /// Throws for the record taken last.
    [[noreturn]] void fail(std::string expected, std::string found) const {
        throw state_error(record_, std::move(expected), std::move(found));
    }

private:
    void next_block() {
        record_ = read_;
        read(state_format::header);
        const auto length = from_little_endian<std::uint32_t>(block_.get());
        const auto checksum = from_little_endian<std::uint64_t>(block_.get() + sizeof length);
        if (length > state_format::most)
            fail("a block of at most " + std::to_string(state_format::most) + " bytes", std::to_string(length));
        block_start_ = read_;
        read(length);
        checksum_ = xxh64::of({block_.get(), length}, checksum_);
        if (checksum_ != checksum) fail("a block with its checksum", "another checksum: the state is damaged");
        length_ = length;
        used_ = 0;
    }

    /// Reads so many bytes to the start of the block.
    void read(std::size_t size) {
        in_.read(reinterpret_cast<char*>(block_.get()), static_cast<std::streamsize>(size));
        const auto count = static_cast<std::size_t>(in_.gcount());
        read_ += count;
        if (count == size) return;
        throw state_error(read_, std::to_string(size - count) + " more bytes",
                          in_.eof() ? "the end of the stream: the state is cut short" : "a stream that has failed");
    }

    Stream& in_;
    std::unique_ptr<std::byte[]> block_ = state_format::make_block();
    std::size_t length_ = 0, used_ = 0; // of the block, without its header
    std::uint64_t checksum_ = 0;
    std::uint64_t read_ = 0, block_start_ = 0, record_ = 0; // bytes from the start of the state
};

} // namespace maskaudit::detail
