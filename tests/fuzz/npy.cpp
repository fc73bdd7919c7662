#include "fuzz.hpp"

#include <maskaudit/detail/dataset_reading.hpp>
#include <maskaudit/npy.hpp>

#include <bit>
#include <cmath>
#include <optional>
#include <vector>

// A file of any bytes, read as .npy. Where it is taken for one, every element is compared with what a plain loop makes
// of its bytes: read as every type, visited, and used in place.

using namespace maskaudit_fuzz;
using maskaudit::file_error;
using maskaudit::npy_kind;
using maskaudit::npy_view;
using half = xtl::half_float;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

/// An element, by its bits where it is an integer, and by its value where it is a float: long double holds all of them.
struct element {
    bool is_float;
    std::uint64_t bits; // sign-extended
    long double value;
};

long double half_value(std::uint64_t bits) {
    const auto exponent = static_cast<int>(bits >> 10 & 31);
    const auto fraction = static_cast<long double>(bits & 1023);
    const long double magnitude = exponent == 31  ? (fraction == 0 ? HUGE_VALL : std::nanl(""))
                                  : exponent == 0 ? std::ldexp(fraction, -24)
                                                  : std::ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 == 1 ? -magnitude : magnitude;
}

element decode(std::string_view bytes, const maskaudit::npy_type& type) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < type.size; ++i) {
        const std::size_t at = type.big_endian ? i : type.size - 1 - i;
        bits = bits << 8 | static_cast<unsigned char>(bytes[at]);
    }
    if (type.kind == npy_kind::floating) {
        if (type.size == 2) return {true, 0, half_value(bits)};
        if (type.size == 4) return {true, 0, std::bit_cast<float>(static_cast<std::uint32_t>(bits))};
        return {true, 0, std::bit_cast<double>(bits)};
    }
    if (type.kind == npy_kind::boolean) bits = bits != 0;
    const std::size_t unused = 64 - 8 * type.size;
    if (type.kind == npy_kind::signed_integer) {
        const std::int64_t number = static_cast<std::int64_t>(bits << unused) >> unused;
        return {false, static_cast<std::uint64_t>(number), static_cast<long double>(number)};
    }
    return {false, bits, static_cast<long double>(bits)};
}

/// All elements in row-major order.
std::vector<element> decode_all(const npy_view& view) {
    std::vector<element> elements;
    const auto& shape = view.shape();
    for (std::size_t position = 0; position < view.size(); ++position) {
        std::size_t at = position;
        if (view.fortran_order()) {
            std::vector<std::size_t> index(shape.size());
            for (std::size_t axis = shape.size(); axis-- > 0; at /= shape[axis])
                index[axis] = at % shape[axis];
            at = 0;
            for (std::size_t axis = shape.size(); axis-- > 0;)
                at = at * shape[axis] + index[axis];
        }
        elements.push_back(decode(view.bytes().substr(at * view.type().size, view.type().size), view.type()));
    }
    return elements;
}

/// What static_cast makes of an element; none where that is undefined.
template <class T>
std::optional<long double> converted(const element& from) {
    if constexpr (std::is_same_v<T, bool>) {
        return from.is_float ? (from.value != 0 ? 1 : 0) : (from.bits != 0 ? 1 : 0);
    } else if constexpr (std::is_integral_v<T>) {
        if (!from.is_float) return static_cast<T>(from.bits);
        const long double whole = std::trunc(from.value);
        if (!(whole >= static_cast<long double>((std::numeric_limits<T>::min)()) &&
              whole <= static_cast<long double>((std::numeric_limits<T>::max)())))
            return std::nullopt;
        return static_cast<T>(whole); // and so no -0
    } else if constexpr (std::is_same_v<T, half>) {
        return static_cast<long double>(static_cast<float>(static_cast<_Float16>(static_cast<double>(from.value))));
    } else {
        return static_cast<T>(from.value);
    }
}

template <class T>
bool is_value(T found, long double expected) {
    long double value = 0;
    if constexpr (std::is_same_v<T, half>)
        value = static_cast<float>(found);
    else
        value = static_cast<long double>(found);
    return std::isnan(expected) ? std::isnan(value)
                                : value == expected && std::signbit(value) == std::signbit(expected);
}

template <class T, class Array>
void compare(const Array& array, const npy_view& view, const std::vector<element>& elements) {
    require(std::equal(array.shape().begin(), array.shape().end(), view.shape().begin(), view.shape().end()),
            "the array has the shape of the file");
    auto found = array.template begin<xt::layout_type::row_major>();
    for (std::size_t at = 0; at < elements.size(); ++at, ++found) {
        const std::optional<long double> expected = converted<T>(elements[at]);
        require(expected && is_value(T(*found), *expected), "an element is what its bytes say");
    }
}

template <class T>
void read_as(const npy_view& view, const std::vector<element>& elements) {
    const bool fits = std::all_of(elements.begin(), elements.end(),
                                  [](const element& each) { return converted<T>(each).has_value(); });
    try {
        const xt::xarray<T> array = view.read<T>();
        require(fits, "a float out of the range of an integer is refused");
        compare<T>(array, view, elements);
    } catch (const file_error&) {
        require(!fits, "read() takes what fits");
    }
    const bool in_place = !throws<file_error>([&] { view.as<T>(); });
    require(in_place == view.holds<T>(), "as() gives what holds() says");
}

template <class... T>
void read_as_each(const npy_view& view, const std::vector<element>& elements) {
    (read_as<T>(view, elements), ...);
}

void ask_for_parts(const npy_view& view) {
    const std::size_t size = view.size(), half_of = size / 2;
    for (const auto& [first, count] : {std::pair(std::size_t{0}, size), {half_of, size - half_of}, {size, 0}}) {
        view.prefetch(first, count);
        view.release(first, count);
    }
    const std::size_t most = (std::numeric_limits<std::size_t>::max)();
    for (const auto& [first, count] : {std::pair(size, std::size_t{1}), {most, 2}, {1, most}, {half_of, size + 1}})
        require(throws<std::invalid_argument>([&, first = first, count = count] { view.prefetch(first, count); }) &&
                    throws<std::invalid_argument>([&, first = first, count = count] { view.release(first, count); }),
                "elements that are not there are refused");
}

/// As the two kinds of files that data sets have.
void use_in_dataset(const std::filesystem::path& path, const std::vector<element>& elements) {
    try {
        const npy_view labels = maskaudit::detail::open_npy_labels(path);
        const xt::xarray<std::int64_t> classes = maskaudit::detail::read_npy_labels(labels, 0);
        compare<std::int64_t>(classes, labels, elements);
        for (const std::int64_t label : classes)
            require(label >= 0 || labels.type().kind == npy_kind::signed_integer, "a large label is no negative one");
    } catch (const file_error&) {
    } catch (const maskaudit::data_error& error) {
        require_printable(error.what());
    }
    try {
        const npy_view pred_probs = maskaudit::detail::open_pred_probs(path);
        require(pred_probs.shape().size() >= 2 && pred_probs.shape()[0] >= 1, "probabilities have classes and pixels");
    } catch (const file_error&) {}
}

void check(const npy_view& view, std::string_view file) {
    __extension__ unsigned __int128 size = 1;
    for (const std::size_t extent : view.shape())
        size = extent == 0 ? 0 : size * extent;
    require(view.shape().size() <= 32 && size == view.size(), "the size is the product of the shape");
    require(view.bytes().size() == view.size() * view.type().size && file.ends_with(view.bytes()),
            "the elements are the end of the file");
    const std::vector<element> elements = decode_all(view);
    read_as_each<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                 std::uint32_t, std::uint64_t, half, float, double>(view, elements);
    view.visit([&](const auto& stored) {
        using T = typename std::decay_t<decltype(stored)>::value_type;
        compare<T>(stored, view, elements);
    });
    ask_for_parts(view);
    use_in_dataset(view.path(), elements);
}

/// Makes the length of the header that of its text, and the data as long as its shape asks for, where it has one: few
/// inputs would get past these two otherwise.
std::string repaired(std::string file, std::size_t most) {
    const std::size_t text_begin = file.size() > 6 && file[6] != 1 ? 12 : 10, brace = file.find('}');
    if (brace == std::string::npos || brace < text_begin) return file;
    std::size_t text_end = file.find('\n', brace);
    text_end = text_end == std::string::npos ? brace + 1 : text_end + 1;
    for (std::size_t i = 8, length = text_end - text_begin; i < text_begin; ++i, length >>= 8)
        file[i] = static_cast<char>(length & 0xFF);
    try {
        const std::string text = file.substr(text_begin, text_end - text_begin);
        const auto header = maskaudit::detail::npy_header_parser("", text).parse();
        const auto size = maskaudit::detail::npy_size(header.shape, header.item_size);
        if (size && *size * header.item_size <= most - std::min(most, text_end))
            file.resize(text_end + *size * header.item_size, file.back());
    } catch (const file_error&) {}
    return file;
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4 == 0) return size;
    const std::string file = repaired(std::string(text_of(data, size)), max_size);
    if (file.size() > max_size) return size;
    std::copy(file.begin(), file.end(), data);
    return file.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const memory_file file(text_of(data, size));
    std::optional<npy_view> view;
    try {
        view.emplace(file.path());
    } catch (const file_error& error) {
        require(error.path() == file.path(), "an error names its file");
        require_printable(error.what());
    }
    if (view) check(*view, text_of(data, size));
    return 0;
}
