/// \file
/// Arrays in numpy's .npy files: read in place through a memory map, written whole or image by image.
///
/// | name                      | what it is                                                         |
/// |---------------------------|--------------------------------------------------------------------|
/// | `npy_view`                | a file mapped into memory, read-only                               |
/// | `npy_writer`, `write_npy` | a file written block by block, or at once; it appears when whole   |
/// | `create_npy`, `npy_part`  | a file that several writers fill, each a part of it                |
/// | `npy_type`, `npy_kind`    | the type of a file's elements; `to_string` gives numpy's spelling  |
/// | `npy_element`             | the C++ types whose values a file can hold                         |
///
/// \code
/// const maskaudit::npy_view labels("labels.npy"), pred_probs("pred_probs.npy");
/// auto issues = maskaudit::find_label_issues(labels.as<std::uint8_t>(), pred_probs.as<float>()); // read in place
/// maskaudit::write_npy("issues.npy", issues);
/// \endcode
///
/// For POSIX systems; needs Boost.Interprocess beside xtensor.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/npy_elements.hpp>
#include <maskaudit/detail/npy_file.hpp>
#include <maskaudit/detail/npy_header.hpp>
#include <maskaudit/detail/output_file.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace maskaudit {

/// Satisfied by bool, integers of up to 64 bits, `xtl::half_float`, float and double.
template <class T>
concept npy_element = detail::npy_value<T>;

/// The kinds of elements, by numpy's letters for them.
enum class npy_kind : char {
    boolean = 'b',          ///< bool, a byte that is 0 or 1
    signed_integer = 'i',   ///< of 8 to 64 bits
    unsigned_integer = 'u', ///< the same
    floating = 'f',         ///< of 16, 32 or 64 bits
};

/// The type of a file's elements.
struct npy_type {
    npy_kind kind;    ///< boolean, integer or floating
    std::size_t size; ///< bytes of an element: 1, 2, 4 or 8
    bool big_endian;  ///< byte order in the file; false where an element is one byte

    /// Compares all three.
    bool operator==(const npy_type&) const = default;
};

/// Spells a type as numpy does: "<f4", ">i2", "|b1".
std::string to_string(const npy_type& type);

/// A .npy file mapped into memory, read-only: format versions 1.0 to 3.0, either order of axes, either byte order.
///
/// A cheap handle: copies share the mapping, which lasts as long as the last of them. To replace the file by a rename
/// meanwhile, as npy_writer does, is safe; to shorten it is not (the system stops the process with SIGBUS).
///
/// A file larger than memory is best gone through in the order of its bytes, part by part: prefetch() the next while
/// looking at one, and release() it afterwards.
class npy_view {
public:
    /// Maps a file and checks its header against its length. Only a file of bool is read through: its bytes are of use
    /// in place when all are 0 or 1.
    /// \throws file_error  when it cannot be read, is no .npy file, has an unsupported dtype, is cut short or too long
    explicit npy_view(std::filesystem::path path);

    /// Shares the mapping. There are no moves, which would leave a view without a file: a move copies.
    npy_view(const npy_view&) = default;
    /// The same.
    npy_view& operator=(const npy_view&) = default;

    const std::filesystem::path& path() const { return file_->path; }             ///< as given
    const npy_type& type() const { return file_->type; }                          ///< of the elements
    const std::vector<std::size_t>& shape() const { return file_->header.shape; } ///< of at most 32 axes
    std::size_t size() const { return file_->header.size; }            ///< number of elements; 1 when the shape is ()
    bool fortran_order() const { return file_->header.fortran_order; } ///< the first axis runs fastest in the file

    /// Tells whether as<T>() can be had: the elements are of type T in this machine's byte order, and aligned for it.
    template <npy_element T>
    bool holds() const;

    /// The mapped memory itself: an adaptor over `const T*` of dynamic rank and layout that copies nothing.
    /// It is valid while this view or a copy of it lives, which is why a temporary view has no as().
    /// \throws file_error  unless holds<T>()
    template <npy_element T>
    auto as() const&;
    template <npy_element T>
    void as() const&& = delete;

    /// Calls f with an expression of the stored type, and returns what f does, which must be one type for all of them:
    /// bool, std::int8_t to std::uint64_t, `xtl::half_float`, float and double. The expression is as<T>() where
    /// holds<T>(), and otherwise a lazy one of the same values; it is valid as long as as<T>() is.
    template <class F>
    decltype(auto) visit(F&& f) const;

    /// A copy in row-major order, every element converted to T by static_cast (to half_float: rounded to nearest).
    /// \throws file_error  when T is an integer type and an element is NaN or a float out of its range
    template <npy_element T>
    xt::xarray<T> read() const;

    /// The elements as they lie in the file and in memory, which is valid as long as as<T>() is.
    std::string_view bytes() const& { return file_->data; }
    void bytes() const&& = delete;

    /// Asks the system to fetch `count` elements from element `first` on, counted in the order of the file, and returns
    /// while it does. A hint, that may not be heeded.
    /// \throws std::invalid_argument  when there are fewer elements
    void prefetch(std::size_t first, std::size_t count) const;

    /// Gives back the memory that these elements have taken, and their place in the system's cache of files, which
    /// others may need more. They can be read again all the same, from the file. A hint, that may not be heeded.
    /// \throws std::invalid_argument  when there are fewer elements
    void release(std::size_t first, std::size_t count) const;

private:
    std::string_view part(std::size_t first, std::size_t count) const;

    struct content {
        explicit content(std::filesystem::path name);

        std::filesystem::path path;
        detail::npy_mapping mapping;
        detail::npy_header header;
        std::string_view data;
        npy_type type{};
        bool plain = true; // false for bools with bytes other than 0 and 1
    };

    template <class T>
    auto adapt() const;
    template <npy_element T>
    detail::npy_load<T> loader() const;

    std::shared_ptr<const content> file_;
};

/// Elements of an array, in row-major order.
struct npy_part {
    std::size_t first; ///< flat position of the first
    std::size_t count; ///< how many
};

/// A .npy file of elements of type T in this machine's byte order and row-major order, written block by block.
///
/// It is written under another name in the same folder, and appears under its own, in the place of any file (or
/// symbolic link) there, by finish(). Whatever goes wrong before leaves nothing behind. A part of a file is written in
/// its place instead: whatever goes wrong may leave some of it there.
template <npy_element T>
class npy_writer {
public:
    /// \param path   the file to be; its folder must exist
    /// \param shape  the shape of the whole array, of at most 32 axes
    /// \throws file_error             when no file can be made there
    /// \throws std::invalid_argument  when the shape has too many axes or elements
    npy_writer(std::filesystem::path path, std::vector<std::size_t> shape);

    /// Writes a part of a file that create_npy<T> has made. Several may do so at once for parts that do not overlap:
    /// threads, and processes, on several machines where their file system shows all of them one and the same file, as
    /// those of clusters do (NFS does not promise it).
    /// \param shape  of the whole array
    /// \param part   the elements that append() is to be given, and finish() asks for
    /// \throws file_error             when the file cannot be written, or is of another type or shape
    /// \throws std::invalid_argument  when the shape has no such part, or too many axes or elements
    npy_writer(std::filesystem::path path, std::vector<std::size_t> shape, npy_part part);

    npy_writer(const npy_writer&) = delete;
    npy_writer& operator=(const npy_writer&) = delete;

    /// Drops the file unless finish() returned.
    ~npy_writer() = default;

    /// Writes the next elements: those of the block in row-major order, each converted to T as npy_view::read does.
    /// \param block  of any shape and layout, lazy or not; empty ones add nothing
    /// \throws std::invalid_argument  when it has more elements than are missing, before any is written
    /// \throws std::invalid_argument  when T is an integer type and a float is out of its range; the file is dropped
    /// \throws file_error             when writing fails; the file is dropped
    template <class E>
    void append(const xt::xexpression<E>& block);

    /// Writes what is buffered through to the disk and gives the file its name.
    /// \throws std::invalid_argument  when elements are missing, which may still be appended
    /// \throws file_error             when writing fails; the file is dropped
    void finish();

private:
    void check_open() const;
    template <class E>
    void append_each(const E& values);

    std::vector<std::size_t> shape_;
    std::size_t missing_; // elements
    std::string what_ = "the shape ";
    detail::output_file sink_;
};

/// Makes a file of zeros, of which several npy_writers may each fill a part: see the second constructor there. It takes
/// the place of any file of this name.
/// \throws file_error             when no file can be made there
/// \throws std::invalid_argument  when the shape has too many axes or elements
template <npy_element T>
void create_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape);

/// Writes an array whole, in its own value type. See npy_writer.
template <class E>
    requires npy_element<typename E::value_type>
void write_npy(const std::filesystem::path& path, const xt::xexpression<E>& array);

// Bodies.

namespace detail {

template <npy_value T>
npy_type native_npy_type() {
    return {npy_kind{npy_letter<T>()}, sizeof(T), sizeof(T) > 1 && std::endian::native == std::endian::big};
}

inline std::size_t checked_npy_size(const std::vector<std::size_t>& shape, std::size_t item_size) {
    if (shape.size() > npy_max_rank)
        throw std::invalid_argument("shape must have at most " + std::to_string(npy_max_rank) + " axes, has " +
                                    std::to_string(shape.size()));
    const std::optional<std::size_t> size = npy_size(shape, item_size);
    if (!size) throw std::invalid_argument("shape must have elements that fit in memory, is " + npy_shape_text(shape));
    return *size;
}

template <npy_value T>
std::string npy_header_of(const std::vector<std::size_t>& shape) {
    return npy_header_bytes(to_string(native_npy_type<T>()), shape);
}

// A writer's sink for a part of a file.
template <npy_value T>
output_file open_npy_part(std::filesystem::path path, const std::vector<std::size_t>& shape, npy_part part) {
    const std::size_t size = checked_npy_size(shape, sizeof(T));
    if (part.first > size || part.count > size - part.first)
        throw std::invalid_argument("part begins at " + std::to_string(part.first) + " and has " +
                                    std::to_string(part.count) + " elements: the shape " + npy_shape_text(shape) +
                                    " has " + std::to_string(size));
    const std::string header = npy_header_of<T>(shape);
    const npy_mapping there(path);
    if (there.bytes().size() != header.size() + size * sizeof(T) || !there.bytes().starts_with(header))
        throw file_error(path, "what create_npy has made, of the same type and shape", "another file");
    return output_file(std::move(path), header.size() + part.first * sizeof(T));
}

} // namespace detail

inline std::string to_string(const npy_type& type) {
    const char order = type.size == 1 ? '|' : type.big_endian ? '>' : '<';
    return std::string{order, static_cast<char>(type.kind)} + std::to_string(type.size);
}

inline npy_view::content::content(std::filesystem::path name)
    : path(std::move(name)), mapping(path), header(detail::read_npy_header(path, mapping.bytes())),
      data(mapping.bytes().substr(header.data_begin)) {
    type = {npy_kind{header.kind}, header.item_size, header.big_endian};
    plain = type.kind != npy_kind::boolean ||
            std::all_of(data.begin(), data.end(), [](char byte) { return byte == 0 || byte == 1; });
}

inline npy_view::npy_view(std::filesystem::path path) : file_(std::make_shared<const content>(std::move(path))) {}

template <npy_element T>
bool npy_view::holds() const {
    return type() == detail::native_npy_type<T>() && file_->plain &&
           std::bit_cast<std::uintptr_t>(file_->data.data()) % alignof(T) == 0;
}

template <npy_element T>
auto npy_view::as() const& {
    if (!holds<T>()) {
        const npy_type wanted = detail::native_npy_type<T>();
        std::string found = to_string(type());
        if (!file_->plain)
            found += " with bytes other than 0 and 1";
        else if (type() == wanted)
            found += " at byte " + std::to_string(file_->header.data_begin) + ", not aligned";
        throw file_error(path(), "elements of type " + to_string(wanted) + " to be used in place",
                         found + "; visit() and read() take any");
    }
    return adapt<T>();
}

template <class F>
decltype(auto) npy_view::visit(F&& f) const {
    return detail::npy_dispatch(file_->header.kind, type().size, [&](auto tag) -> decltype(auto) {
        using T = typename decltype(tag)::type;
        if (holds<T>()) return std::forward<F>(f)(adapt<T>());
        return std::forward<F>(f)(xt::make_lambda_xfunction(loader<T>(), adapt<detail::npy_stored<T>>()));
    });
}

template <npy_element T>
xt::xarray<T> npy_view::read() const {
    xt::xarray<T> result = xt::xarray<T>::from_shape(shape());
    detail::npy_dispatch(file_->header.kind, type().size, [&](auto tag) {
        using Stored = typename decltype(tag)::type;
        const auto* const stored = reinterpret_cast<const detail::npy_stored<Stored>*>(file_->data.data());
        const auto fill = [&](auto out) {
            for (std::size_t at = 0; at < size(); ++at, ++out) {
                const Stored value = loader<Stored>()(stored[at]);
                const std::optional<T> converted = detail::npy_convert<T>(value);
                if (!converted)
                    throw file_error(path(), "values in the range of " + to_string(detail::native_npy_type<T>()),
                                     std::to_string(static_cast<double>(value)));
                *out = *converted;
            }
        };
        // The file is read from front to back; which elements of the result that fills is up to its order.
        if (fortran_order())
            fill(result.template begin<xt::layout_type::column_major>());
        else
            fill(result.template begin<xt::layout_type::row_major>());
    });
    return result;
}

inline std::string_view npy_view::part(std::size_t first, std::size_t count) const {
    if (first > size() || count > size() - first)
        throw std::invalid_argument("first is " + std::to_string(first) + " and count " + std::to_string(count) +
                                    ": together they must be at most " + std::to_string(size()) + ", the elements of " +
                                    path().string());
    return file_->data.substr(first * type().size, count * type().size);
}

inline void npy_view::prefetch(std::size_t first, std::size_t count) const {
    file_->mapping.prefetch(part(first, count));
}

inline void npy_view::release(std::size_t first, std::size_t count) const {
    file_->mapping.release(part(first, count));
}

template <class T>
auto npy_view::adapt() const {
    return detail::npy_adapt<T>(file_->data.data(), shape(), size(), fortran_order());
}

template <npy_element T>
detail::npy_load<T> npy_view::loader() const {
    return {.swap = type().big_endian != detail::native_npy_type<T>().big_endian};
}

template <npy_element T>
npy_writer<T>::npy_writer(std::filesystem::path path, std::vector<std::size_t> shape)
    : shape_(std::move(shape)), missing_(detail::checked_npy_size(shape_, sizeof(T))), sink_(std::move(path)) {
    const std::string header = detail::npy_header_of<T>(shape_);
    sink_.write(header.data(), header.size());
}

template <npy_element T>
npy_writer<T>::npy_writer(std::filesystem::path path, std::vector<std::size_t> shape, npy_part part)
    : shape_(std::move(shape)), missing_(part.count), what_("the part of the shape "),
      sink_(detail::open_npy_part<T>(std::move(path), shape_, part)) {}

template <npy_element T>
template <class E>
void npy_writer<T>::append(const xt::xexpression<E>& block) {
    const E& values = block.derived_cast();
    const std::size_t count = values.size();
    check_open();
    if (count > missing_)
        throw std::invalid_argument("block must have at most the " + std::to_string(missing_) +
                                    " elements still missing from " + what_ + detail::npy_shape_text(shape_) +
                                    ", has " + std::to_string(count));
    if (count == 0) return;
    if (const T* const data = detail::npy_contiguous<T>(values))
        sink_.write(data, count * sizeof(T));
    else
        append_each(values);
    missing_ -= count;
}

template <npy_element T>
template <class E>
void npy_writer<T>::append_each(const E& values) {
    // After an error in the middle, such as a lazy expression can throw, a part of the block is in the file: the
    // writer cannot go on.
    try {
        std::array<T, 4096> chunk;
        std::size_t filled = 0;
        auto next = values.template begin<xt::layout_type::row_major>();
        for (std::size_t at = 0; at < values.size(); ++at, ++next) {
            const typename E::value_type value = *next;
            const std::optional<T> converted = detail::npy_convert<T>(value);
            if (!converted)
                throw std::invalid_argument("block must have values in the range of " +
                                            to_string(detail::native_npy_type<T>()) + ", has " +
                                            std::to_string(static_cast<double>(value)));
            chunk[filled++] = *converted;
            if (filled < chunk.size()) continue;
            sink_.write(chunk.data(), sizeof(chunk));
            filled = 0;
        }
        sink_.write(chunk.data(), filled * sizeof(T));
    } catch (...) {
        sink_.discard();
        throw;
    }
}

template <npy_element T>
void npy_writer<T>::finish() {
    check_open();
    if (missing_ > 0)
        throw std::invalid_argument("all elements of " + what_ + detail::npy_shape_text(shape_) +
                                    " must be appended before finish(), " + std::to_string(missing_) + " are missing");
    sink_.commit();
}

template <npy_element T>
void npy_writer<T>::check_open() const {
    if (!sink_.is_open())
        throw std::invalid_argument("npy_writer must not be used after finish() or an error, was for " +
                                    sink_.path().string());
}

template <npy_element T>
void create_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape) {
    const std::size_t bytes = detail::checked_npy_size(shape, sizeof(T)) * sizeof(T);
    detail::output_file file(path);
    const std::string header = detail::npy_header_of<T>(shape);
    file.write(header.data(), header.size());
    file.extend(header.size() + bytes);
    file.commit();
}

template <class E>
    requires npy_element<typename E::value_type>
void write_npy(const std::filesystem::path& path, const xt::xexpression<E>& array) {
    const E& values = array.derived_cast();
    npy_writer<typename E::value_type> writer(path, {values.shape().begin(), values.shape().end()});
    writer.append(values);
    writer.finish();
}

} // namespace maskaudit
