#pragma once

// The text in the header of a .npy file, a Python dictionary such as
//     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
// It is not trusted: it is read once from front to back without recursion, and every number is checked.

#include <maskaudit/error.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace maskaudit::detail {

struct npy_header {
    char kind = 0; // numpy's letter: b, i, u or f
    std::size_t item_size = 0;
    bool big_endian = false;
    bool fortran_order = false;
    std::vector<std::size_t> shape{};
    std::size_t size = 0;       // elements
    std::size_t data_begin = 0; // where the first of them stands in the file
};

// numpy's own limit before version 2.
inline constexpr std::size_t npy_max_rank = 32;

// Text of the file, made fit for a message: a hostile file must not send control characters to a terminal.
inline std::string npy_quote(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string quoted(text.substr(0, most));
    std::replace_if(
        quoted.begin(), quoted.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
    return "'" + quoted + (text.size() > most ? "...'" : "'");
}

// Takes the three keys and no others, in any order. A parser of all Python literals would have to take nesting of any
// depth; what numpy writes has none but the tuple of the shape.
class npy_header_parser {
public:
    npy_header_parser(const std::filesystem::path& path, std::string_view text) : path_(path), text_(text) {}

    npy_header parse() {
        npy_header header;
        std::vector<std::string_view> seen; // at most three, since no other key gets there
        expect('{');
        while (!accept('}')) {
            const std::string_view key = quoted();
            // Python lets the last of two equal keys win; a file that says two things is refused here.
            if (std::find(seen.begin(), seen.end(), key) != seen.end()) malformed("a second " + npy_quote(key));
            expect(':');
            read_value(key, header);
            seen.push_back(key);
            if (accept(',')) continue;
            expect('}');
            break;
        }
        skip_space();
        if (at_ != text_.size()) malformed("more text after the closing brace");
        for (const std::string_view key : {"descr", "fortran_order", "shape"})
            if (std::find(seen.begin(), seen.end(), key) == seen.end()) malformed("no " + npy_quote(key));
        return header;
    }

private:
    // With the place: the text is one line, most of it padding.
    [[noreturn]] void malformed(const std::string& what) const {
        throw file_error(path_, "a .npy header {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                         what + " at byte " + std::to_string(at_) + " of the header");
    }

    [[noreturn]] void unsupported(const std::string& what) const {
        throw file_error(path_,
                         "a dtype of bool (b1), integers of 8 to 64 bits (i1 i2 i4 i8, u1 u2 u4 u8), float16 (f2), "
                         "float32 (f4) or float64 (f8)",
                         what);
    }

    void read_value(std::string_view key, npy_header& header) {
        if (key == "descr")
            read_descr(header);
        else if (key == "fortran_order")
            header.fortran_order = read_bool();
        else if (key == "shape")
            header.shape = read_shape();
        else
            malformed("the unknown key " + npy_quote(key));
    }

    void skip_space() { at_ = (std::min)(text_.find_first_not_of(" \t\n\r\f\v", at_), text_.size()); }

    // The next character that is no space; a NUL, which no token starts with, at the end.
    char peek() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    bool accept(char wanted) {
        if (peek() != wanted) return false;
        ++at_;
        return true;
    }

    bool accept(std::string_view word) {
        skip_space();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    void expect(char wanted) {
        if (!accept(wanted)) malformed("no '" + std::string(1, wanted) + "'");
    }

    // Escapes are not looked for: no key or dtype has any, so what holds one is refused as unknown.
    std::string_view quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') malformed("no text in quotes");
        const std::size_t begin = at_ + 1;
        const std::size_t end = text_.find(quote, begin);
        if (end == std::string_view::npos) malformed("a quote that is not closed");
        at_ = end + 1;
        return text_.substr(begin, end - begin);
    }

    bool read_bool() {
        if (accept("True")) return true;
        if (!accept("False")) malformed("a 'fortran_order' that is neither True nor False");
        return false;
    }

    std::vector<std::size_t> read_shape() {
        std::vector<std::size_t> shape;
        expect('(');
        while (!accept(')')) {
            if (shape.size() == npy_max_rank)
                malformed("a shape of more than " + std::to_string(npy_max_rank) + " axes");
            shape.push_back(read_extent());
            if (accept(',')) continue;
            // In Python (3) is the number 3, and so numpy takes it for no shape.
            if (shape.size() == 1) malformed("no ',' after the only extent of a shape");
            expect(')');
            break;
        }
        return shape;
    }

    std::size_t read_extent() {
        if (peek() == '-') malformed("a negative extent");
        std::size_t extent = 0;
        // from_chars takes neither sign nor prefix nor space, and reports a number that does not fit.
        const char* const begin = text_.data() + at_;
        const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
        if (error == std::errc::result_out_of_range) malformed("an extent that is too large");
        if (error != std::errc{}) malformed("no extent");
        at_ += static_cast<std::size_t>(end - begin);
        // Python 2 marks its long integers so.
        if (at_ < text_.size() && text_[at_] == 'L') ++at_;
        return extent;
    }

    void read_descr(npy_header& header) {
        // A list of fields may nest; it is refused at its first character, and never read.
        const char first = peek();
        if (first == '[' || first == '(') unsupported("a structured dtype");
        const std::string_view descr = quoted();
        constexpr std::string_view orders = "<>=|";
        // numpy writes the order always, so that a text without one is a name like 'float32' or a mistake.
        if (descr.size() < 2 || orders.find(descr[0]) == std::string_view::npos)
            unsupported("the dtype " + npy_quote(descr));
        header.kind = descr[1];
        header.item_size = read_item_size(descr.substr(2));
        if (!is_supported(header.kind, header.item_size)) unsupported(name_of(header.kind) + npy_quote(descr));
        // As in numpy, = and | mean the order of the machine that reads.
        const bool big = descr[0] == '>' || (descr[0] != '<' && std::endian::native == std::endian::big);
        header.big_endian = big && header.item_size > 1;
    }

    // 0, the size of no type, for anything that is not just a number.
    static std::size_t read_item_size(std::string_view digits) {
        std::size_t size = 0;
        const char* const last = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), last, size);
        return error == std::errc{} && end == last ? size : 0;
    }

    static bool is_supported(char kind, std::size_t size) {
        const bool power = size == 2 || size == 4 || size == 8;
        if (kind == 'i' || kind == 'u') return size == 1 || power;
        return (kind == 'b' && size == 1) || (kind == 'f' && power);
    }

    // What the user who saved such an array knows it as.
    static std::string name_of(char kind) {
        switch (kind) {
        case 'O':
            return "Python objects, dtype ";
        case 'c':
            return "complex numbers, dtype ";
        case 'f':
            return "floats of a size not supported, dtype ";
        case 'S':
        case 'a':
        case 'U':
            return "strings, dtype ";
        case 'V':
            return "raw bytes, dtype ";
        case 'M':
        case 'm':
            return "dates or times, dtype ";
        default:
            return "the dtype ";
        }
    }

    const std::filesystem::path& path_;
    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace maskaudit::detail
