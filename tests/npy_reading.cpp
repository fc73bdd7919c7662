#include "npy_bytes.hpp"

#include <bit>
#include <chrono>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>

// npy_view: what it reads.

using namespace npy_test;

namespace {

template <class T>
struct stored_value {
    T value;
    std::string big_endian; // in hex
};

// A (2, 3) array of these six values is read in every version, order of axes and byte order.
template <class T>
void check_dtype(const std::string& name, npy_kind kind, const std::vector<stored_value<T>>& values) {
    REQUIRE(values.size() == 6);
    const temporary_folder folder;
    for (const char version : {'\1', '\2', '\3'})
        for (const std::string order : {"<", ">", "=", "|"})
            for (const bool fortran : {false, true}) {
                const bool big = order == ">" || (order != "<" && native_big);
                std::string data;
                for (std::size_t at = 0; at < 6; ++at) {
                    // In column order the file has (0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2).
                    std::string bytes = from_hex(values[fortran ? at % 2 * 3 + at / 2 : at].big_endian);
                    REQUIRE(bytes.size() == sizeof(T));
                    if (!big) std::reverse(bytes.begin(), bytes.end());
                    data += bytes;
                }
                const std::filesystem::path path = folder / "array.npy";
                save(path, npy(dictionary(order + name, "(2, 3)", fortran), data, version));

                CAPTURE(name, order, fortran, int{version});
                const npy_view view(path);
                CHECK(view.path() == path);
                CHECK(view.type() == npy_type{kind, sizeof(T), big && sizeof(T) > 1});
                CHECK(view.shape() == std::vector<std::size_t>{2, 3});
                CHECK(view.size() == 6);
                CHECK(view.fortran_order() == fortran);
                CHECK(view.holds<T>() == (sizeof(T) == 1 || big == native_big));

                const auto equals = [&](const auto& array) {
                    REQUIRE(array.dimension() == 2);
                    for (std::size_t at = 0; at < 6; ++at)
                        CHECK(comparable(T(array(at / 3, at % 3))) == comparable(values[at].value));
                };
                equals(view.read<T>());
                CHECK(visit_as<T>(view, [&](const auto& stored) {
                    equals(stored);
                    equals(xt::xarray<T>(stored));
                    // Part of a larger lazy expression; half has no arithmetic with other types that xtensor can name.
                    if constexpr (!std::same_as<T, half>) equals(xt::cast<T>(stored + T{0}));
                }));
                if (view.holds<T>()) {
                    const auto array = view.as<T>();
                    static_assert(std::same_as<decltype(array.data()), const T*>);
                    equals(array);
                    CHECK(array.layout() == (fortran ? xt::layout_type::column_major : xt::layout_type::row_major));
                }
            }
}

} // namespace

TEST_CASE("every dtype is read, in every version and order", "[npy]") {
    check_dtype<bool>("b1", npy_kind::boolean,
                      {{true, "01"}, {false, "00"}, {false, "00"}, {true, "01"}, {true, "01"}, {false, "00"}});
    check_dtype<std::int8_t>("i1", npy_kind::signed_integer,
                             {{0, "00"}, {1, "01"}, {-1, "ff"}, {127, "7f"}, {-128, "80"}, {-2, "fe"}});
    check_dtype<std::uint8_t>("u1", npy_kind::unsigned_integer,
                              {{0, "00"}, {1, "01"}, {255, "ff"}, {127, "7f"}, {128, "80"}, {254, "fe"}});
    check_dtype<std::int16_t>(
        "i2", npy_kind::signed_integer,
        {{1, "0001"}, {-2, "fffe"}, {258, "0102"}, {32767, "7fff"}, {-32768, "8000"}, {0, "0000"}});
    check_dtype<std::uint16_t>(
        "u2", npy_kind::unsigned_integer,
        {{1, "0001"}, {65534, "fffe"}, {258, "0102"}, {32767, "7fff"}, {32768, "8000"}, {0, "0000"}});
    check_dtype<std::int32_t>("i4", npy_kind::signed_integer,
                              {{1, "00000001"},
                               {-2, "fffffffe"},
                               {16909060, "01020304"},
                               {2147483647, "7fffffff"},
                               {-2147483647 - 1, "80000000"},
                               {0, "00000000"}});
    check_dtype<std::uint32_t>("u4", npy_kind::unsigned_integer,
                               {{1, "00000001"},
                                {4294967294, "fffffffe"},
                                {16909060, "01020304"},
                                {2147483647, "7fffffff"},
                                {2147483648, "80000000"},
                                {0, "00000000"}});
    check_dtype<std::int64_t>("i8", npy_kind::signed_integer,
                              {{1, "0000000000000001"},
                               {-2, "fffffffffffffffe"},
                               {72623859790382856, "0102030405060708"},
                               {9223372036854775807, "7fffffffffffffff"},
                               {-9223372036854775807 - 1, "8000000000000000"},
                               {0, "0000000000000000"}});
    check_dtype<std::uint64_t>("u8", npy_kind::unsigned_integer,
                               {{1, "0000000000000001"},
                                {18446744073709551614u, "fffffffffffffffe"},
                                {72623859790382856, "0102030405060708"},
                                {9223372036854775807, "7fffffffffffffff"},
                                {9223372036854775808u, "8000000000000000"},
                                {0, "0000000000000000"}});
    const float infinity = std::numeric_limits<float>::infinity();
    check_dtype<half>("f2", npy_kind::floating,
                      {{half(1.5f), "3e00"},
                       {half(-2.0f), "c000"},
                       {half(65504.0f), "7bff"},
                       {half(0.333251953125f), "3555"},
                       {half(infinity), "7c00"},
                       {half(5.9604644775390625e-8f), "0001"}});
    check_dtype<float>("f4", npy_kind::floating,
                       {{1.5f, "3fc00000"},
                        {-2.0f, "c0000000"},
                        {0.1f, "3dcccccd"},
                        {3.4028235e38f, "7f7fffff"},
                        {infinity, "7f800000"},
                        {1.40129846e-45f, "00000001"}});
    check_dtype<double>("f8", npy_kind::floating,
                        {{1.5, "3ff8000000000000"},
                         {-2.0, "c000000000000000"},
                         {0.1, "3fb999999999999a"},
                         {1.7976931348623157e308, "7fefffffffffffff"},
                         {std::numeric_limits<double>::infinity(), "7ff0000000000000"},
                         {4.9406564584124654e-324, "0000000000000001"}});
}

TEST_CASE("types have numpy's names", "[npy]") {
    CHECK(to_string(npy_type{npy_kind::boolean, 1, false}) == "|b1");
    CHECK(to_string(npy_type{npy_kind::unsigned_integer, 1, false}) == "|u1");
    CHECK(to_string(npy_type{npy_kind::signed_integer, 8, false}) == "<i8");
    CHECK(to_string(npy_type{npy_kind::floating, 2, true}) == ">f2");
}

TEST_CASE("long and long long are both read in place", "[npy]") {
    const temporary_folder folder;
    const std::string data(8, '\xff');
    save(folder / "a.npy", npy(dictionary("=i8", "(1,)"), data));
    const npy_view view(folder / "a.npy");
    CHECK(view.as<long long>()(0) == -1);
    CHECK(view.holds<long>() == (sizeof(long) == 8));
    CHECK_FALSE(view.holds<unsigned long long>());
    CHECK_FALSE(view.holds<double>());
}

TEST_CASE("shapes of any rank and any extents are read", "[npy]") {
    const temporary_folder folder;
    const auto shape_of = [&](const std::string& shape, std::size_t bytes) {
        save(folder / "a.npy", npy(dictionary("|u1", shape), std::string(bytes, '\7')));
        const npy_view view(folder / "a.npy");
        CHECK(view.size() == bytes);
        const xt::xarray<std::uint8_t> copy = view.read<std::uint8_t>();
        CHECK(copy.size() == bytes);
        CHECK(copy.dimension() == view.shape().size());
        CHECK(std::count(copy.begin(), copy.end(), 7) == static_cast<std::ptrdiff_t>(bytes));
        check_equal(xt::xarray<std::uint8_t>(view.as<std::uint8_t>()), copy);
        return view.shape();
    };
    using shape = std::vector<std::size_t>;
    CHECK(shape_of("()", 1) == shape{});
    CHECK(shape_of("(4,)", 4) == shape{4});
    CHECK(shape_of("(0,)", 0) == shape{0});
    CHECK(shape_of("(3, 0, 5)", 0) == shape{3, 0, 5});
    CHECK(shape_of("(1, 3, 1, 2)", 6) == shape{1, 3, 1, 2});
    CHECK(shape_of("(2,3,)", 6) == shape{2, 3});
    CHECK(shape_of("(2L, 3L)", 6) == shape{2, 3});
    std::string ones = "(";
    for (int axis = 0; axis < 32; ++axis)
        ones += "1, ";
    CHECK(shape_of(ones + ")", 1) == shape(32, 1));
}

TEST_CASE("a header may be written in other ways than numpy's", "[npy]") {
    const temporary_folder folder;
    const auto reads = [&](const std::string& text) {
        CAPTURE(text);
        save(folder / "a.npy", preamble(1, text.size()) + text + "\1\2\3\4\5\6");
        const npy_view view(folder / "a.npy");
        CHECK(view.fortran_order());
        check_equal(view.as<std::uint8_t>(), xt::xarray<std::uint8_t>{{1, 3, 5}, {2, 4, 6}});
    };
    reads("{'descr':'|u1','fortran_order':True,'shape':(2,3)}");
    reads("{\"shape\": (2, 3), \"fortran_order\": True, \"descr\": \"|u1\"}");
    reads(" {\n\t'fortran_order' : True ,\r\n 'descr' : '<u1' , 'shape' : ( 2 , 3 , ) , } \n ");
}

TEST_CASE("a header of version 2 may be longer than one of version 1 can be", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", npy(dictionary("|u1", "(2,)") + std::string(70000, ' '), "\1\2", 2));
    check_equal(npy_view(folder / "a.npy").read<int>(), xt::xarray<int>{1, 2});
}

TEST_CASE("an array of one axis is row-major, whatever its file says", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", npy(dictionary("|u1", "(3,)", true), "\1\2\3"));
    const npy_view view(folder / "a.npy");
    CHECK(view.fortran_order());
    CHECK(view.as<std::uint8_t>().layout() == xt::layout_type::row_major);
    check_equal(view.read<int>(), xt::xarray<int>{1, 2, 3});
}

TEST_CASE("misaligned data is visited lazily, and refused in place", "[npy]") {
    const temporary_folder folder;
    const std::string order = native_big ? "0102 0304" : "0201 0403";
    save(folder / "a.npy", npy(dictionary(native_order + "u2", "(2,)"), from_hex(order), 1, 3));
    const npy_view view(folder / "a.npy");
    CHECK_FALSE(view.holds<std::uint16_t>());
    contains(message_of<file_error>([&] { view.as<std::uint16_t>(); }),
             "expected elements of type " + native_order + "u2 to be used in place, found " + native_order +
                 "u2 at byte 131, not aligned; visit() and read() take any");
    check_equal(view.read<std::uint16_t>(), xt::xarray<std::uint16_t>{0x0102, 0x0304});
    CHECK(visit_as<std::uint16_t>(view, [](const auto& stored) {
        check_equal(stored, xt::xarray<std::uint16_t>{0x0102, 0x0304});
        check_equal(xt::xarray<double>(stored * 2.0), xt::xarray<double>{516, 1544});
    }));
}

TEST_CASE("elements of another type or byte order are not given in place", "[npy]") {
    const temporary_folder folder;
    const std::string foreign = native_big ? "<" : ">";
    save(folder / "a.npy", npy(dictionary(foreign + "f4", "(1,)"), std::string(4, '\0')));
    const npy_view view(folder / "a.npy");
    contains(message_of<file_error>([&] { view.as<float>(); }),
             "type " + native_order + "f4 to be used in place, found " + foreign + "f4; visit()");
    contains(message_of<file_error>([&] { view.as<std::uint8_t>(); }),
             "type |u1 to be used in place, found " + foreign);
}

TEST_CASE("a bool of another byte than 0 and 1 is true", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", npy(dictionary("|b1", "(4,)"), "\0\1\2\xff"s));
    const npy_view view(folder / "a.npy");
    const xt::xarray<bool> expected{false, true, true, true};
    CHECK_FALSE(view.holds<bool>());
    contains(message_of<file_error>([&] { view.as<bool>(); }), "found |b1 with bytes other than 0 and 1");
    check_equal(view.read<bool>(), expected);
    check_equal(view.read<int>(), xt::xarray<int>{0, 1, 1, 1});
    CHECK(visit_as<bool>(view, [&](const auto& stored) { check_equal(stored, expected); }));
}

TEST_CASE("read converts from any stored type", "[npy]") {
    const temporary_folder folder;
    const std::filesystem::path path = folder / "a.npy";
    // 300, -1.75 and 2.5, big-endian.
    save(path, npy(dictionary(">f4", "(3,)"), from_hex("43960000 bfe00000 40200000")));
    check_equal(npy_view(path).read<int>(), xt::xarray<int>{300, -1, 2});
    check_equal(npy_view(path).read<double>(), xt::xarray<double>{300, -1.75, 2.5});
    check_equal(npy_view(path).read<bool>(), xt::xarray<bool>{true, true, true});
    check_equal(npy_view(path).read<half>(), xt::xarray<half>{half(300.0f), half(-1.75f), half(2.5f)});
    contains(message_of<file_error>([&] { npy_view(path).read<std::int8_t>(); }),
             "expected values in the range of |i1, found 300.0");
    contains(message_of<file_error>([&] { npy_view(path).read<std::uint32_t>(); }), "u4, found -1.75");

    save(path, npy(dictionary(">i2", "(2,)"), from_hex("012c ffff")));
    check_equal(npy_view(path).read<std::uint8_t>(), xt::xarray<std::uint8_t>{44, 255});

    save(path, npy(dictionary(">f2", "(2,)"), from_hex("3e00 7e00")));
    contains(message_of<file_error>([&] { npy_view(path).read<int>(); }), "found nan");
}

TEST_CASE("floats are turned to integers exactly where they fit", "[npy]") {
    const temporary_folder folder;
    const std::filesystem::path path = folder / "a.npy";
    const auto file_of = [&](const std::string& hex) {
        save(path, npy(dictionary(">f8", "()"), from_hex(hex)));
        return npy_view(path);
    };
    CHECK(file_of("c060100000000000").read<std::int8_t>()() == -128); // -128.5
    CHECK(file_of("bfeccccccccccccd").read<std::uint8_t>()() == 0);   // -0.9
    CHECK(file_of("406fffffffffffff").read<std::uint8_t>()() == 255); // just below 256
    CHECK(file_of("c3e0000000000000").read<std::int64_t>()() == std::numeric_limits<std::int64_t>::lowest());
    CHECK_THROWS_AS(file_of("c060200000000000").read<std::int8_t>(), file_error);  // -129
    CHECK_THROWS_AS(file_of("4070000000000000").read<std::uint8_t>(), file_error); // 256
    CHECK_THROWS_AS(file_of("43e0000000000000").read<std::int64_t>(), file_error); // 2^63
    CHECK_THROWS_AS(file_of("7ff0000000000000").read<std::int64_t>(), file_error); // infinity
}

TEST_CASE("a view's copies share the mapping, and outlive it", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", npy(dictionary("|u1", "(2,)"), "\1\2"));
    auto first = std::make_unique<npy_view>(folder / "a.npy");
    const npy_view moved = std::move(*first);
    CHECK(first->size() == 2);
    const auto* const data = first->as<std::uint8_t>().data();
    first.reset();
    std::filesystem::remove(folder / "a.npy");
    CHECK(moved.as<std::uint8_t>().data() == data);
    check_equal(moved.as<std::uint8_t>(), xt::xarray<std::uint8_t>{1, 2});
}

TEST_CASE("parts of a file are fetched ahead, and dropped from the system's cache", "[npy]") {
    const temporary_folder folder;
    const std::filesystem::path path = folder / "a.npy";
    constexpr std::size_t count = std::size_t{1} << 21;                                      // 8 MiB
    maskaudit::write_npy(path, xt::xarray<std::uint32_t>(xt::arange<std::uint32_t>(count))); // synced
    const npy_view view(path);
    const auto pages_in_cache = [&] { // of the middle half
        const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const auto begin = (std::bit_cast<std::uintptr_t>(view.bytes().data()) + count) / page * page;
        std::vector<unsigned char> is_there(2 * count / page);
        REQUIRE(::mincore(std::bit_cast<void*>(begin), 2 * count, is_there.data()) == 0);
        return std::count_if(is_there.begin(), is_there.end(), [](unsigned char flags) { return (flags & 1U) != 0; });
    };
    struct statfs system {};
    REQUIRE(::statfs(path.c_str(), &system) == 0);
    const auto values = view.as<std::uint32_t>();
    CHECK(values(count / 2) == count / 2);
    REQUIRE(pages_in_cache() > 0);
    for (int round = 0; round < 2; ++round) {
        // Neither is done at once: pages that are being read stay until they have been.
        const auto comes_true = [](const auto& ask) {
            for (int wait = 0; wait < 1000 && !ask(); ++wait)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            return ask();
        };
        const auto none_left = [&] {
            view.release(count / 8, count - count / 8);
            return pages_in_cache() == 0;
        };
        if (system.f_type != TMPFS_MAGIC) CHECK(comes_true(none_left)); // tmpfs has no other place for them
        view.prefetch(0, count);
        CHECK(comes_true([&] { return pages_in_cache() > 0; }));
    }
    CHECK(values(count / 2) == count / 2);
    CHECK(values(count - 1) == count - 1);
    view.release(count, 0);
    contains(message_of<std::invalid_argument>([&] { view.release(count, 1); }), "at most 2097152, the elements of");
    CHECK_THROWS_AS(view.prefetch(count + 1, 0), std::invalid_argument);
}
