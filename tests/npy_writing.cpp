#include "npy_bytes.hpp"

// npy_writer.

using namespace npy_test;

namespace {

// Lets no file grow beyond `most` bytes, which stands for a full disk, and holds for root too.
class file_size_limit {
public:
    explicit file_size_limit(::rlim_t most) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const ::rlimit limit{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    ::rlimit before_{};
    void (*handler_)(int);
};

} // namespace

TEMPLATE_TEST_CASE("a file written has the bytes of the format", "[npy]", bool, char, signed char, unsigned char, short,
                   unsigned short, int, unsigned, long, unsigned long, long long, unsigned long long, half, float,
                   double) {
    const temporary_folder folder;
    const xt::xarray<TestType> array{{TestType(1), TestType(0), TestType(1)}, {TestType(0), TestType(1), TestType(1)}};
    write_npy(folder / "a.npy", array);

    using numbers = std::numeric_limits<TestType>;
    const bool boolean = std::same_as<TestType, bool>;
    const std::string letter = boolean ? "b" : !numbers::is_integer ? "f" : numbers::is_signed ? "i" : "u";
    const std::string descr = (sizeof(TestType) == 1 ? "|" : native_order) + letter + std::to_string(sizeof(TestType));
    // The dictionary has 59 characters, and 118 stand between the first ten bytes and the data at 128.
    const std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (2, 3), }";
    REQUIRE(text.size() == 59);
    std::string expected = "\x93NUMPY\1\0\x76\0"s + text + std::string(58, ' ') + "\n";
    std::string one(sizeof(TestType), '\0');
    if (numbers::is_integer) one[0] = '\1';
    if (sizeof(TestType) == 2 && !numbers::is_integer) one = "\x00\x3c"s;
    if (sizeof(TestType) == 4 && !numbers::is_integer) one = "\x00\x00\x80\x3f"s;
    if (sizeof(TestType) == 8 && !numbers::is_integer) one = "\x00\x00\x00\x00\x00\x00\xf0\x3f"s;
    if (native_big) std::reverse(one.begin(), one.end());
    const std::string zero(sizeof(TestType), '\0');
    CHECK(load(folder / "a.npy") == expected + one + zero + one + zero + one + one);
    check_equal(npy_view(folder / "a.npy").read<TestType>(), array);
}

TEST_CASE("shapes are written as Python writes tuples, and padded to 64 bytes", "[npy]") {
    const temporary_folder folder;
    const auto header_of = [&](std::vector<std::size_t> shape) {
        const xt::xarray<std::uint8_t> array(xt::dynamic_shape<std::size_t>(shape.begin(), shape.end()),
                                             std::uint8_t{9});
        write_npy(folder / "a.npy", array);
        const std::string bytes = load(folder / "a.npy");
        const std::size_t begin = bytes.size() - array.size();
        CHECK(begin % 64 == 0);
        CHECK(bytes.substr(8, 2) == little_endian(begin - 10, 2));
        CHECK(bytes[begin - 1] == '\n');
        const std::string text = bytes.substr(10, begin - 11);
        return text.substr(0, text.find_last_not_of(' ') + 1);
    };
    const std::string start = "{'descr': '|u1', 'fortran_order': False, 'shape': ";
    CHECK(header_of({}) == start + "(), }");
    CHECK(header_of({3}) == start + "(3,), }");
    CHECK(header_of({0, 5}) == start + "(0, 5), }");
    CHECK(header_of({1, 2, 3}) == start + "(1, 2, 3), }");
    std::string ones = "1";
    for (int axis = 1; axis < 32; ++axis)
        ones += ", 1";
    CHECK(header_of(std::vector<std::size_t>(32, 1)) == start + "(" + ones + "), }");
    // Every length of text, through all of the 64 paddings.
    for (std::size_t rank = 1; rank <= 32; ++rank)
        for (const std::size_t last : {1u, 10u})
            header_of([&] {
                std::vector<std::size_t> shape(rank, 1);
                shape.back() = last;
                return shape;
            }());
}

TEST_CASE("image by image gives the same file as whole", "[npy]") {
    const temporary_folder folder;
    xt::xarray<float> images = xt::arange<float>(3 * 4 * 5).reshape({3, 4, 5});
    write_npy(folder / "whole.npy", images);
    npy_writer<float> writer(folder / "parts.npy", {3, 4, 5});
    writer.append(xt::view(images, 0)); // contiguous
    writer.append(xt::xarray<float, xt::layout_type::column_major>(xt::view(images, 1)));
    writer.append(xt::view(images, 2) + 0.0f); // lazy
    writer.append(xt::xarray<float>::from_shape({0, 5}));
    writer.finish();
    CHECK(load(folder / "parts.npy") == load(folder / "whole.npy"));
    CHECK(names_in(folder.path()) == std::vector<std::string>{"parts.npy", "whole.npy"});
}

TEST_CASE("elements are written in row-major order from any layout", "[npy]") {
    const temporary_folder folder;
    const auto data_of = [&](const auto& array) {
        write_npy(folder / "a.npy", array);
        return load(folder / "a.npy").substr(128);
    };
    const xt::xarray<std::uint8_t> rows{{1, 2, 3}, {4, 5, 6}};
    const xt::xarray<std::uint8_t, xt::layout_type::column_major> columns = rows;
    const std::uint8_t memory[] = {1, 4, 2, 5, 3, 6};
    const std::vector<std::size_t> shape{2, 3};
    const std::vector<std::ptrdiff_t> strides{1, 2};
    CHECK(data_of(rows) == "\1\2\3\4\5\6");
    CHECK(data_of(columns) == "\1\2\3\4\5\6");
    CHECK(data_of(xt::adapt(&memory[0], 6, xt::no_ownership(), shape, strides)) == "\1\2\3\4\5\6");
    CHECK(data_of(xt::xtensor<std::uint8_t, 2>(rows)) == "\1\2\3\4\5\6");
    CHECK(data_of(xt::transpose(rows)) == "\1\4\2\5\3\6");
    CHECK(data_of(xt::view(rows, 1)) == "\4\5\6");
    CHECK(data_of(xt::view(rows, xt::all(), xt::range(1, 3))) == "\2\3\5\6");
    CHECK(data_of(xt::view(rows, xt::all(), 2)) == "\3\6");
    CHECK(data_of(xt::view(rows, xt::range(1, 2), xt::range(1, 3))) == "\5\6");
    CHECK(data_of(xt::view(columns, xt::all(), 1)) == "\2\5");
    CHECK(data_of(xt::view(xt::view(rows, 1), xt::range(1, 3))) == "\5\6");
    CHECK(data_of(xt::strided_view(rows, {xt::all(), xt::range(xt::placeholders::_, xt::placeholders::_, -1)})) ==
          "\3\2\1\6\5\4");
    CHECK(data_of(xt::broadcast(xt::view(rows, 0), {2, 3})) == "\1\2\3\1\2\3");
    CHECK(data_of(xt::cast<std::uint8_t>(rows + 1)) == "\2\3\4\5\6\7");
    CHECK(data_of(xt::greater(rows, 3)) == "\0\0\0\1\1\1"s);
    CHECK(data_of(xt::xarray<std::uint8_t>(std::uint8_t{7})) == "\7");
    // A stored array of foreign order goes through visit into a new file.
    save(folder / "b.npy", npy(dictionary(native_big ? "<u2" : ">u2", "(2,)"), native_big ? "\1\0\2\0"s : "\0\1\0\2"s));
    CHECK(visit_as<std::uint16_t>(npy_view(folder / "b.npy"), [&](const auto& stored) {
        CHECK(data_of(xt::cast<std::uint8_t>(stored)) == "\1\2");
        CHECK(data_of(stored) == (native_big ? "\0\1\0\2"s : "\1\0\2\0"s));
    }));
}

TEST_CASE("elements that lie in row-major order are written from where they are", "[npy]") {
    using maskaudit::detail::npy_contiguous;
    const xt::xarray<float> images = xt::arange<float>(3 * 4 * 5).reshape({3, 4, 5});
    const xt::xarray<float, xt::layout_type::column_major> columns = images;
    const xt::xtensor<float, 2> thin = xt::ones<float>({1, 7});
    CHECK(npy_contiguous<float>(images) == images.data());
    CHECK(npy_contiguous<float>(xt::view(images, 1)) == images.data() + 20);
    CHECK(npy_contiguous<float>(xt::view(images, xt::range(1, 3))) == images.data() + 20);
    CHECK(npy_contiguous<float>(xt::view(images, 2, 3)) == images.data() + 55);
    CHECK(npy_contiguous<float>(xt::transpose(thin)) == thin.data());
    CHECK(npy_contiguous<float>(xt::view(images, xt::all(), 1)) == nullptr);
    CHECK(npy_contiguous<float>(xt::transpose(images)) == nullptr);
    CHECK(npy_contiguous<float>(columns) == nullptr);
    CHECK(npy_contiguous<float>(images + 1.0f) == nullptr);
    CHECK(npy_contiguous<double>(images) == nullptr);
}

TEST_CASE("more elements than any buffer are written", "[npy]") {
    const temporary_folder folder;
    const std::size_t count = 100003;
    const xt::xarray<std::uint32_t> array = xt::arange<std::uint32_t>(count);
    std::string expected;
    for (std::size_t value = 0; value < count; ++value) {
        std::string bytes = little_endian(value, 4);
        if (native_big) std::reverse(bytes.begin(), bytes.end());
        expected += bytes;
    }
    write_npy(folder / "direct.npy", array);
    CHECK((load(folder / "direct.npy").substr(128) == expected));
    write_npy(folder / "lazy.npy", array + 0u);
    CHECK((load(folder / "lazy.npy").substr(128) == expected));
    npy_writer<std::uint32_t> writer(folder / "pieces.npy", {count});
    for (std::size_t begin = 0; begin < count; begin += 1000)
        writer.append(xt::view(array, xt::range(begin, (std::min)(begin + 1000, count))));
    writer.finish();
    CHECK((load(folder / "pieces.npy").substr(128) == expected));
}

TEST_CASE("values are converted to the type of the file", "[npy]") {
    const temporary_folder folder;
    npy_writer<std::uint8_t> bytes(folder / "a.npy", {5});
    bytes.append(xt::xarray<int>{300, 7});
    bytes.append(xt::xarray<double>{2.9, -0.9});
    bytes.append(xt::xarray<half>{half(5.5f)});
    bytes.finish();
    CHECK(load(folder / "a.npy").substr(128) == "\x2c\7\2\0\5"s);

    // Halfway between two halves but for its last bit: to go through float would lose that bit, and round down.
    npy_writer<half> halves(folder / "b.npy", {2});
    halves.append(xt::xarray<double>{1.0 + 0x1p-11 + 0x1p-40, 0.0});
    halves.finish();
    CHECK(load(folder / "b.npy").substr(128) == (native_big ? "\x3c\x01\0\0"s : "\x01\x3c\0\0"s));
}

TEST_CASE("a writer refuses what does not fit its shape, and goes on", "[npy]") {
    const temporary_folder folder;
    npy_writer<std::uint8_t> writer(folder / "a.npy", {2, 3});
    writer.append(xt::xarray<std::uint8_t>{1, 2, 3, 4});
    contains(message_of<std::invalid_argument>([&] {
                 writer.append(xt::xarray<std::uint8_t>{5, 6, 7});
             }),
             "block must have at most the 2 elements still missing from the shape (2, 3), has 3");
    contains(message_of<std::invalid_argument>([&] { writer.finish(); }),
             "all elements of the shape (2, 3) must be appended before finish(), 2 are missing");
    writer.append(xt::xarray<std::uint8_t>{5, 6});
    writer.finish();
    CHECK(load(folder / "a.npy").substr(128) == "\1\2\3\4\5\6");
    const std::string late = "npy_writer must not be used after finish() or an error, was for ";
    contains(message_of<std::invalid_argument>([&] { writer.finish(); }), late + (folder / "a.npy").string());
    contains(message_of<std::invalid_argument>([&] { writer.append(xt::xarray<std::uint8_t>{1}); }), late);

    contains(message_of<std::invalid_argument>(
                 [&] { npy_writer<float>(folder / "b.npy", std::vector<std::size_t>(33, 1)); }),
             "shape must have at most 32 axes, has 33");
    contains(message_of<std::invalid_argument>([&] {
                 npy_writer<float>(folder / "b.npy", {4294967296, 4294967296, 0});
             }),
             "shape must have elements that fit in memory, is (4294967296, 4294967296, 0)");
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.npy"});
}

TEST_CASE("a block that fails in the middle drops the file", "[npy]") {
    const temporary_folder folder;
    npy_writer<std::int16_t> writer(folder / "a.npy", {3});
    contains(message_of<std::invalid_argument>([&] {
                 writer.append(xt::xarray<double>{1, 1e5, 2});
             }),
             "block must have values in the range of " + native_order + "i2, has 100000.0");
    CHECK(names_in(folder.path()).empty());
    contains(message_of<std::invalid_argument>([&] { writer.finish(); }), "npy_writer must not be used after");
}

TEST_CASE("a writer's file appears only by finish", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", "old");
    {
        npy_writer<std::uint8_t> writer(folder / "a.npy", {1});
        CHECK(names_in(folder.path()).size() == 2);
        writer.append(xt::xarray<std::uint8_t>{1});
        CHECK(load(folder / "a.npy") == "old");
    }
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.npy"});
    CHECK(load(folder / "a.npy") == "old");

    npy_writer<std::uint8_t> first(folder / "a.npy", {1}), second(folder / "a.npy", {1});
    first.append(xt::xarray<std::uint8_t>{1});
    second.append(xt::xarray<std::uint8_t>{2});
    CHECK(load(folder / "a.npy") == "old");
    first.finish();
    CHECK(load(folder / "a.npy").substr(128) == "\1");
    second.finish();
    CHECK(load(folder / "a.npy").substr(128) == "\2");
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.npy"});
}

TEST_CASE("a file may be replaced while it is mapped", "[npy]") {
    const temporary_folder folder;
    save(folder / "a.npy", npy(dictionary("|u1", "(2,)"), "\1\2"));
    const npy_view view(folder / "a.npy");
    write_npy(folder / "a.npy", xt::cast<std::uint8_t>(view.as<std::uint8_t>() * 2));
    check_equal(view.as<std::uint8_t>(), xt::xarray<std::uint8_t>{1, 2});
    check_equal(npy_view(folder / "a.npy").read<int>(), xt::xarray<int>{2, 4});
}

TEST_CASE("a written file has the permissions of the umask", "[npy]") {
    const temporary_folder folder;
    const ::mode_t before = ::umask(0027);
    write_npy(folder / "a.npy", xt::xarray<std::uint8_t>{1});
    ::umask(before);
    CHECK((std::filesystem::status(folder / "a.npy").permissions() == std::filesystem::perms{0640}));
}

TEST_CASE("a name of the greatest length can be written", "[npy]") {
    const temporary_folder folder;
    std::string name(251, 'n');
    name += ".npy";
    write_npy(folder / name, xt::xarray<std::uint8_t>{1});
    CHECK(names_in(folder.path()) == std::vector<std::string>{name});
}

TEST_CASE("a path that cannot be written is refused with the reason", "[npy]") {
    const temporary_folder folder;
    const auto refusal = [](const std::filesystem::path& path) {
        return message_of<file_error>([&] { write_npy(path, xt::xarray<std::uint8_t>{1}); });
    };
    contains(refusal(folder / "none" / "a.npy"), "a.npy: expected a file that can be written, found No such file");
    save(folder / "file", "x");
    contains(refusal(folder / "file" / "a.npy"), "expected a file that can be written, found Not a directory");
    contains(refusal(folder.path()), "expected the name of a file to write, found a directory");
    contains(refusal(folder.path().string() + "/"),
             "expected the name of a file to write, found none after the last '/'");
    contains(refusal("/dev/null"), "expected the name of a file to write, found a device, pipe or socket");
    CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
    if (::geteuid() == 0) {
        WARN("root writes in every folder: the one without permission was left out");
        return;
    }
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0500});
    contains(refusal(folder / "a.npy"), "expected a file that can be written, found Permission denied");
    std::filesystem::permissions(folder.path(), std::filesystem::perms{0700});
}

TEST_CASE("a disk that is full leaves nothing behind", "[npy]") {
    const temporary_folder folder;
    const xt::xarray<std::uint8_t> bytes = xt::zeros<std::uint8_t>({60000});
    npy_writer<std::uint8_t> writer(folder / "c.npy", {120000});
    std::string direct, lazy, last;
    {
        const file_size_limit limit(100000);
        const auto zeros = xt::zeros<double>({100000});
        direct = message_of<file_error>([&] { write_npy(folder / "a.npy", xt::xarray<double>(zeros)); });
        lazy = message_of<file_error>([&] { write_npy(folder / "b.npy", zeros); });
        // What is left in the buffer is written, and fails, only by finish().
        writer.append(bytes);
        writer.append(bytes);
        last = message_of<file_error>([&] { writer.finish(); });
    }
    for (const std::string& message : {direct, lazy, last})
        contains(message, ".npy: expected a file that can be written, found File too large");
    CHECK(names_in(folder.path()).empty());
    CHECK_THROWS_AS(writer.finish(), std::invalid_argument);
}

TEST_CASE("a name taken by a folder meanwhile leaves nothing behind", "[npy]") {
    const temporary_folder folder;
    npy_writer<std::uint8_t> writer(folder / "a.npy", {1});
    writer.append(xt::xarray<std::uint8_t>{1});
    std::filesystem::create_directory(folder / "a.npy");
    contains(message_of<file_error>([&] { writer.finish(); }),
             "a.npy: expected a file that can be written, found Is a dir");
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.npy"});
}

TEMPLATE_TEST_CASE("writers of parts fill one file, in any order", "[npy]", bool, float, double) {
    const temporary_folder folder;
    xt::xarray<TestType> whole = xt::xarray<TestType>::from_shape({5, 70, 300});
    for (std::size_t i = 0; i < whole.size(); ++i)
        whole.flat(i) = static_cast<TestType>(i % 11 == 0);
    write_npy(folder / "whole.npy", whole);
    save(folder / "parts.npy", "what was there before");
    create_npy<TestType>(folder / "parts.npy", {5, 70, 300});
    check_equal(npy_view(folder / "parts.npy").read<TestType>(), xt::xarray<TestType>(xt::zeros_like(whole)));

    const std::size_t image = 70 * 300;
    npy_writer<TestType> last(folder / "parts.npy", {5, 70, 300}, {.first = 3 * image, .count = 2 * image});
    npy_writer<TestType> first(folder / "parts.npy", {5, 70, 300}, {.first = 0, .count = 3 * image});
    npy_writer<TestType> none(folder / "parts.npy", {5, 70, 300}, {.first = 5 * image, .count = 0});
    std::thread other([&] {
        for (std::size_t n = 3; n < 5; ++n)
            last.append(xt::view(whole, n));
    });
    for (std::size_t n = 0; n < 3; ++n)
        first.append(xt::view(whole, n));
    other.join();
    none.finish();
    last.finish();
    first.finish();
    CHECK(load(folder / "parts.npy") == load(folder / "whole.npy"));
    CHECK(names_in(folder.path()) == std::vector<std::string>{"parts.npy", "whole.npy"});
}

TEST_CASE("a writer of a part asks for just that, in a file made for it", "[npy]") {
    const temporary_folder folder;
    const auto path = folder / "a.npy";
    create_npy<float>(path, {2, 3});
    const auto refusal = [&](auto type, const std::vector<std::size_t>& shape, npy_part part) {
        using element = decltype(type);
        return message_of<std::exception>([&] { npy_writer<element>(path, shape, part); });
    };
    const std::string other = "expected what create_npy has made, of the same type and shape, found another file";
    contains(refusal(0.0, {2, 3}, {0, 1}), other);
    contains(refusal(0.0F, {3, 2}, {0, 1}), other);
    contains(refusal(0.0F, {2, 3}, {5, 2}), "part begins at 5 and has 2 elements: the shape (2, 3) has 6");
    contains(refusal(0.0F, {2, 3}, {7, 0}), "part begins at 7 and has 0 elements");

    npy_writer<float> writer(path, {2, 3}, {.first = 2, .count = 2});
    contains(message_of<std::invalid_argument>([&] { writer.finish(); }),
             "all elements of the part of the shape (2, 3) must be appended before finish(), 2 are missing");
    contains(message_of<std::invalid_argument>([&] {
                 writer.append(xt::xarray<float>{1, 2, 3});
             }),
             "at most the 2 elements still missing");
    writer.append(xt::xarray<float>{1, 2});
    writer.finish();
    check_equal(npy_view(path).read<float>(), xt::xarray<float>{{0, 0, 1}, {2, 0, 0}});

    const std::string bytes = load(path);
    save(path, bytes.substr(0, bytes.size() - 1));
    contains(refusal(0.0F, {2, 3}, {0, 1}), other);
    save(path, bytes.substr(0, 9));
    contains(refusal(0.0F, {2, 3}, {0, 1}), other);
    std::filesystem::remove(path);
    contains(refusal(0.0F, {2, 3}, {0, 1}), "a.npy: expected a .npy file that can be read, found No such file");
    contains(message_of<file_error>([&] { create_npy<float>(folder / "none" / "a.npy", {1}); }), "No such file");
    const file_size_limit limit(10'000);
    contains(message_of<file_error>([&] { create_npy<float>(path, {2'500}); }), "File too large");
    CHECK(names_in(folder.path()).empty());
}
