#include "npy_bytes.hpp"

// npy_view: what it refuses, and what it says.

using namespace npy_test;

TEST_CASE("a path that cannot be mapped is refused with the reason", "[npy]") {
    const temporary_folder folder;
    const auto refusal = [&](const std::filesystem::path& path) {
        return message_of<file_error>([&] { npy_view{path}; });
    };
    contains(refusal(folder / "none.npy"), "none.npy: expected a .npy file that can be read, found No such file");
    contains(refusal(folder.path()), "expected a .npy file, found a directory");
    contains(refusal("/dev/null"), "/dev/null: expected a .npy file, found a device, pipe or socket");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    contains(refusal(folder / "pipe"), "found a device, pipe or socket");
    save(folder / "empty.npy", "");
    contains(refusal(folder / "empty.npy"), "found an empty file");
    contains(refusal(folder / "empty.npy" / "a.npy"), "found Not a directory");
    if (::geteuid() == 0) {
        WARN("root reads every file: the unreadable one was left out");
        return;
    }
    save(folder / "secret.npy", npy(dictionary("|u1", "()"), "\1"));
    std::filesystem::permissions(folder / "secret.npy", std::filesystem::perms::none);
    contains(refusal(folder / "secret.npy"), "expected a .npy file that can be read, found Permission denied");
}

TEST_CASE("what is no .npy file is refused", "[npy]") {
    contains(complaint("x"), "a .npy file, which starts with '\\x93NUMPY', found a file that starts with 'x'");
    contains(complaint("\x93NUMPX\1\0 \0"s), "found a file that starts with '?NUMPX'");
    contains(complaint("\x1b[2J evil"), "found a file that starts with '?[2J e'");
    contains(complaint("PK\3\4zipped"), "found a .npz or zip archive");
    contains(complaint(preamble(4, 0)), ".npy format version 1.0, 2.0 or 3.0, found version 4.0");
    contains(complaint(preamble(0, 0)), "found version 0.0");
    contains(complaint("\x93NUMPY\1\1\0\0"s), "found version 1.1");
}

TEST_CASE("a header cut short is refused", "[npy]") {
    contains(complaint("\x93NUMPY"), "a .npy header of 8 bytes, found a file of 6 bytes: it is truncated");
    contains(complaint("\x93NUMPY\1\0v"s), "a .npy header of 10 bytes, found a file of 9 bytes");
    contains(complaint("\x93NUMPY\2\0\1\0"s), "a .npy header of 12 bytes, found a file of 10 bytes");
    contains(complaint(preamble(1, 65535) + "{}"), "a .npy header of 65545 bytes, found a file of 12 bytes");
    contains(complaint(preamble(2, 4294967295) + "{}"), "a .npy header of 4294967307 bytes, found a file of 14 bytes");
    // However short it is cut, a file is refused, and read nowhere past its end.
    const std::string whole = npy(dictionary("<f8", "(2, 1)"), std::string(16, '\0'));
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK(complaint(whole.substr(0, length)) != "nothing was thrown");
    CHECK(complaint(whole) == "nothing was thrown");
}

TEST_CASE("a malformed header is refused, and the message says why", "[npy]") {
    const auto of_header = [](const std::string& text) { return complaint(preamble(1, text.size()) + text + "\1"); };
    const auto of_shape = [&](const std::string& shape) { return of_header(dictionary("|u1", shape)); };
    const std::string rest = "'fortran_order': False, 'shape': ()}";
    REQUIRE(of_header("{'descr': '|u1', " + rest) == "nothing was thrown");

    contains(of_header(""), "found no '{' at byte 0 of the header");
    contains(of_header("{'descr': '<f4', 'fortran_order': False, 'shape': ()"), "found no '}' at byte 52");
    contains(of_header("{"), "found no text in quotes at byte 1");
    contains(of_header("{,}"), "found no text in quotes at byte 1");
    contains(of_header("{'descr"), "found a quote that is not closed at byte 1");
    contains(of_header("{'descr\": '|u1'}"), "found no ':' at byte 11");
    contains(of_header("{'descr' '|u1'}"), "found no ':'");
    contains(of_header("{'descr': '|u1' " + rest), "found no '}' at byte 16");
    contains(of_header("{'descr': 7, " + rest), "found no text in quotes at byte 10");
    contains(of_header("{'descr': '|u1', 'x\x1b': 1, " + rest), "found the unknown key 'x?'");
    contains(of_header("{'descr': '|u1', 'descr': '|u1', " + rest), "found a second 'descr'");
    contains(of_header("{" + rest), "found no 'descr'");
    contains(of_header("{'descr': '|u1', 'shape': ()}"), "found no 'fortran_order'");
    contains(of_header("{'descr': '|u1', 'fortran_order': False}"), "found no 'shape'");
    contains(of_header("{'descr': '|u1', 'fortran_order': 0, 'shape': ()}"), "neither True nor False");
    contains(of_header("{'descr': '|u1', " + rest + " {}"), "found more text after the closing brace");
    contains(of_header("{'descr': '|u1', " + rest + '\0'), "found more text after the closing brace");

    contains(of_shape("3"), "found no '('");
    contains(of_shape("[3]"), "found no '('");
    contains(of_shape("(1)"), "found no ',' after the only extent of a shape");
    contains(of_shape("(,)"), "found no extent");
    contains(of_shape("(1,,)"), "found no extent");
    contains(of_shape("(1 1)"), "found no ','");
    contains(of_shape("(1, 1 1)"), "found no ')'");
    contains(of_shape("(1, 1"), "found no extent"); // after the ',' that follows the shape
    contains(of_shape("(-1,)"), "found a negative extent");
    contains(of_shape("(1.5,)"), "found no ','");
    contains(of_shape("(0x10,)"), "found no ','");
    contains(of_shape("(1, (1,))"), "found no extent");
    contains(of_shape("(18446744073709551616,)"), "found an extent that is too large");
    contains(of_shape("(" + std::string(60000, '9') + ",)"), "found an extent that is too large");
    contains(of_shape("(" + std::string(60000, '(')), "found no extent");
    std::string ones = "(";
    for (int axis = 0; axis < 33; ++axis)
        ones += "1, ";
    contains(of_shape(ones + ")"), "found a shape of more than 32 axes");
}

TEST_CASE("a dtype that is not supported is refused by name", "[npy]") {
    const auto of_descr = [](const std::string& descr) {
        const std::string message =
            complaint(npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,)}", "x"));
        contains(message, "a dtype of bool (b1), integers of 8 to 64 bits (i1 i2 i4 i8, u1 u2 u4 u8), float16 (f2), "
                          "float32 (f4) or float64 (f8), found ");
        return message;
    };
    contains(of_descr("'|O'"), "found Python objects, dtype '|O'");
    contains(of_descr("[('x', '<f4'), ('y', '<i4')]"), "found a structured dtype");
    contains(of_descr("('<f4', (2,))"), "found a structured dtype");
    contains(of_descr("'<c8'"), "found complex numbers, dtype '<c8'");
    contains(of_descr("'|S5'"), "found strings, dtype '|S5'");
    contains(of_descr("'<U5'"), "found strings, dtype '<U5'");
    contains(of_descr("'|V8'"), "found raw bytes, dtype '|V8'");
    contains(of_descr("'<M8[ns]'"), "found dates or times, dtype '<M8[ns]'");
    contains(of_descr("'<f16'"), "found floats of a size not supported, dtype '<f16'");
    contains(of_descr("'|f1'"), "found floats of a size not supported, dtype '|f1'");
    contains(of_descr("'<i3'"), "found the dtype '<i3'");
    contains(of_descr("'<b2'"), "found the dtype '<b2'");
    contains(of_descr("'<i18446744073709551620'"), "found the dtype '<i1844");
    contains(of_descr("'<f4 '"), "dtype '<f4 '");
    contains(of_descr("'f4'"), "found the dtype 'f4'");
    contains(of_descr("'!f4'"), "found the dtype '!f4'");
    contains(of_descr("'<'"), "found the dtype '<'");
    contains(of_descr("''"), "found the dtype ''");
    contains(of_descr("'" + std::string(5000, 'f') + "'"), "found the dtype '" + std::string(40, 'f') + "...'");
}

TEST_CASE("a shape must fit in memory, and the file must have just its bytes", "[npy]") {
    const auto of_shape = [](const std::string& shape, std::size_t bytes) {
        return complaint(npy(dictionary("<f4", shape), std::string(bytes, '\0')));
    };
    contains(of_shape("(2, 3)", 23), "24 bytes of data for the shape (2, 3), found 23 bytes: the file is truncated");
    contains(of_shape("(2, 3)", 0), "24 bytes of data for the shape (2, 3), found 0 bytes: the file is truncated");
    contains(of_shape("(2, 3)", 25), "24 bytes of data for the shape (2, 3), found 25 bytes: the file is too long");
    contains(of_shape("(0,)", 1), "0 bytes of data for the shape (0,), found 1 bytes: the file is too long");
    contains(of_shape("()", 0), "4 bytes of data for the shape (), found 0 bytes");
    CHECK(of_shape("(2, 3)", 24) == "nothing was thrown");

    const std::string rule = "a shape whose elements fit in memory, found the shape ";
    contains(of_shape("(4294967296, 4294967296)", 4), rule + "(4294967296, 4294967296)");
    // 2^62 elements of 4 bytes: the product fits where its bytes do not.
    contains(of_shape("(4611686018427387904,)", 4), rule + "(4611686018427387904,)");
    contains(of_shape("(0, 4294967296, 4294967296)", 0), rule + "(0, 4294967296, 4294967296)");
    contains(of_shape("(4294967296, 4294967296, 0)", 0), rule + "(4294967296, 4294967296, 0)");
    contains(of_shape("(18446744073709551615,)", 4), rule + "(18446744073709551615,)");
}

TEST_CASE("any one byte of a file may change without harm", "[npy]") {
    const temporary_folder folder;
    const std::string whole = npy(dictionary("<u2", "(2, 2)", true), "\1\0\2\0\3\0\4\0"s);
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const char byte : "\0\1\x7f\xff '\"(),:{}<>09-LTF"s) {
            std::string bytes = whole;
            bytes[at] = byte;
            save(folder / "a.npy", bytes);
            try {
                const npy_view view(folder / "a.npy");
                CHECK(view.size() * view.type().size == 8);
                CHECK(view.read<double>().size() == view.size());
            } catch (const file_error& error) {
                CHECK(error.path() == folder / "a.npy");
            }
        }
}
