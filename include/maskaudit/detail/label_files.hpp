#pragma once

// Files of labels in the form of others.

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/dataset_reading.hpp>
#include <maskaudit/detail/output_file.hpp>
#include <maskaudit/detail/png_labels.hpp>
#include <maskaudit/detail/png_session.hpp>
#include <maskaudit/error.hpp>
#include <maskaudit/label_form.hpp>
#include <maskaudit/npy.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <png.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace maskaudit::detail {

inline label_form label_form_of(const png_label_form& form) {
    if (form.color_type != PNG_COLOR_TYPE_PALETTE)
        return {0, (std::uint64_t{1} << form.bit_depth) - 1, "grey of " + std::to_string(form.bit_depth) + " bits"};
    const std::size_t colors = form.palette.size();
    return {0, colors - 1, "a palette of " + std::to_string(colors) + (colors == 1 ? " colour" : " colours")};
}

// Whether the labels of a file are indices without a colour, as programs write them that give ignored pixels 255 and
// a palette of the classes.
class colorless_labels {
public:
    explicit colorless_labels(const std::filesystem::path& path) {
        const xt::xarray<std::int64_t> labels = png_labels(path).read();
        for (auto label = labels.begin(); label != labels.end(); ++label)
            occurs_[static_cast<std::size_t>(*label)] = true;
    }

    template <std::integral Label>
    bool have(Label label) const {
        return std::cmp_greater_equal(+label, 0) && std::cmp_less(+label, occurs_.size()) &&
               occurs_[static_cast<std::size_t>(label)];
    }

private:
    std::array<bool, 256> occurs_{};
};

template <std::integral Label>
[[noreturn]] void refuse_label(Label label, std::size_t position, const extents& shape, std::size_t n,
                               const std::filesystem::path& path, const label_form& form) {
    throw data_error("labels", {n, unravel(position, shape)}, std::to_string(+label),
                     "must be from " + std::to_string(form.least) + " to " + std::to_string(form.most) + " for " +
                         path.string() + ", which has " + form.kind);
}

// What the encoder has written so far.
struct encoded_png {
    std::string bytes{};
    bool lacks_memory = false;

    // Nothing may be thrown through libpng.
    void append(png_bytep more, std::size_t count) noexcept {
        try {
            bytes.append(reinterpret_cast<const char*>(more), count);
        } catch (const std::exception&) {
            lacks_memory = true;
        }
    }
};

inline void append_encoded(png_structp png, png_bytep bytes, std::size_t count) {
    auto& encoded = *static_cast<encoded_png*>(png_get_io_ptr(png));
    encoded.append(bytes, count);
    if (encoded.lacks_memory) png_error(png, "out of memory");
}

// The bytes of a PNG file, of rows of one or, with 16 bits, two bytes a label.
inline std::string encode_png_labels(const png_label_form& form, const extents& shape,
                                     const std::vector<png_byte>& rows) {
    const png_encoder encoder;
    if (!encoder.is_ready()) throw std::bad_alloc();
    encoded_png encoded;
    const png_structp png = encoder.png();
    const png_infop info = encoder.info();
    const bool is_written = encoder.guarded([&] {
        png_set_write_fn(png, &encoded, &append_encoded, nullptr);
        png_set_check_for_invalid_index(png, -1); // which labels there may be has been checked
        png_set_IHDR(png, info, static_cast<png_uint_32>(shape[1]), static_cast<png_uint_32>(shape[0]), form.bit_depth,
                     form.color_type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        if (!form.palette.empty()) png_set_PLTE(png, info, form.palette.data(), static_cast<int>(form.palette.size()));
        if (!form.alpha.empty())
            png_set_tRNS(png, info, form.alpha.data(), static_cast<int>(form.alpha.size()), nullptr);
        if (form.transparent) png_set_tRNS(png, info, nullptr, 1, &*form.transparent);
        png_write_info(png, info);
        png_set_packing(png); // of indices of fewer bits, which come one a byte
        const std::size_t row_bytes = rows.size() / shape[0];
        for (std::size_t row = 0; row < shape[0]; ++row)
            png_write_row(png, rows.data() + row * row_bytes);
        png_write_end(png, info);
    });
    if (encoded.lacks_memory) throw std::bad_alloc();
    if (!is_written) throw std::runtime_error("libpng cannot write labels: " + encoder.message());
    return std::move(encoded.bytes);
}

template <label_array Labels>
void write_png_labels(const std::filesystem::path& to, std::size_t n, const std::filesystem::path& like,
                      const extents& shape, const Labels& labels) {
    const png_labels original(like);
    require_unchanged(like, shape, original.shape());
    const png_label_form form = original.form();
    const label_form range = label_form_of(form);
    const bool is_wide = form.bit_depth == 16;
    std::optional<colorless_labels> colorless;
    std::vector<png_byte> rows;
    rows.reserve(count_of(shape) * (is_wide ? 2 : 1));
    auto next = labels.template begin<xt::layout_type::row_major>();
    for (std::size_t position = 0; position < count_of(shape); ++position, ++next) {
        const value_of<Labels> label = *next;
        if (!range.holds(label)) {
            if (form.color_type == PNG_COLOR_TYPE_PALETTE && !colorless) colorless.emplace(like);
            if (!colorless || !colorless->have(label)) refuse_label(label, position, shape, n, like, range);
        }
        if (is_wide) rows.push_back(static_cast<png_byte>(label / 256)); // the higher byte comes first
        rows.push_back(static_cast<png_byte>(label % 256));
    }
    write_whole(to, encode_png_labels(form, shape, rows));
}

template <label_array Labels>
void write_npy_labels(const std::filesystem::path& to, std::size_t n, const std::filesystem::path& like,
                      const extents& shape, const Labels& labels) {
    const npy_view original = open_npy_labels(like);
    require_unchanged(like, shape, original.shape());
    const label_form range = maskaudit::label_form_of(original.type());
    auto next = labels.template begin<xt::layout_type::row_major>();
    for (std::size_t position = 0; position < count_of(shape); ++position, ++next)
        if (const value_of<Labels> label = *next; !range.holds(label))
            refuse_label(label, position, shape, n, like, range);
    npy_dispatch(static_cast<char>(original.type().kind), original.type().size, [&](auto tag) {
        using stored = typename decltype(tag)::type;
        if constexpr (std::integral<stored>) {
            npy_writer<stored> file(to, shape);
            file.append(labels);
            file.finish();
        }
    });
}

} // namespace maskaudit::detail
