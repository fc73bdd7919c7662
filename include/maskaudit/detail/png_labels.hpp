#pragma once

// PNG files of labels, by libpng's low-level interface: its simplified one gives the colours of a palette, where the
// label is the index into it.

#include <maskaudit/detail/input_file.hpp>
#include <maskaudit/detail/npy_parser.hpp>
#include <maskaudit/detail/png_session.hpp>
#include <maskaudit/detail/system_reason.hpp>
#include <maskaudit/detail/xtensor.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <png.h>
#include <string>
#include <string_view>
#include <vector>

namespace maskaudit::detail {

// What a PNG file has beside its labels that files like it should have, too.
struct png_label_form {
    int color_type, bit_depth;
    std::vector<png_color> palette{};          // none for grey
    std::vector<png_byte> alpha{};             // of the first colours of the palette
    std::optional<png_color_16> transparent{}; // the grey value that is not seen
};

// A PNG file whose labels are grey values of 8 or 16 bits, or indices into a palette; interlaced or not. The header is
// read first, so that nothing of a size that a hostile file asks for is allocated before its shape has been checked.
class png_labels {
public:
    explicit png_labels(const std::filesystem::path& path) : path_(path), file_(open_input(path, expected_file)) {
        require_signature();
        if (!decoder_.is_ready()) fail();
        require([this] {
            png_set_read_fn(decoder_.png(), file_.get(), &read_bytes);
            png_set_sig_bytes(decoder_.png(), signature_size);
            // The index is the label, whatever colours there are; and of what is said of colours, and of texts, which
            // may unpack to any size, nothing is kept.
            png_set_check_for_invalid_index(decoder_.png(), -1);
            png_set_keep_unknown_chunks(decoder_.png(), PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
            png_read_info(decoder_.png(), decoder_.info());
        });
        require_labels();
    }

    // (H, W)
    std::vector<std::size_t> shape() const {
        return {png_get_image_height(decoder_.png(), decoder_.info()),
                png_get_image_width(decoder_.png(), decoder_.info())};
    }

    png_label_form form() const {
        png_label_form form{.color_type = png_get_color_type(decoder_.png(), decoder_.info()),
                            .bit_depth = bit_depth()};
        png_colorp colors = nullptr;
        png_bytep alpha = nullptr;
        png_color_16p grey = nullptr;
        int count = 0;
        if (png_get_PLTE(decoder_.png(), decoder_.info(), &colors, &count) != 0)
            form.palette.assign(colors, colors + count);
        if (png_get_tRNS(decoder_.png(), decoder_.info(), &alpha, &count, &grey) == 0) return form;
        if (form.color_type != PNG_COLOR_TYPE_PALETTE) {
            // One that no pixel can have makes none transparent, and libpng would not write it. Files have such.
            if (grey->gray < 1 << form.bit_depth) form.transparent = *grey;
        } else {
            form.alpha.assign(alpha, alpha + count);
        }
        return form;
    }

    // To be called once, since the file is read from front to back.
    xt::xarray<std::int64_t> read() {
        int passes = 1;
        require([this, &passes] {
            png_set_packing(decoder_.png()); // no more than one index a byte
            passes = png_set_interlace_handling(decoder_.png());
            png_read_update_info(decoder_.png(), decoder_.info());
        });
        const std::size_t height = shape()[0], row_bytes = png_get_rowbytes(decoder_.png(), decoder_.info());
        std::vector<png_byte> bytes(height * row_bytes);
        require([this, &bytes, passes, height, row_bytes] {
            for (int pass = 0; pass < passes; ++pass)
                for (std::size_t row = 0; row < height; ++row)
                    png_read_row(decoder_.png(), bytes.data() + row * row_bytes, nullptr);
            png_read_end(decoder_.png(), nullptr); // a file cut short after its pixels is no whole one
        });
        return to_labels(bytes);
    }

private:
    static constexpr const char* expected_file = "a PNG file that can be read";
    static constexpr std::size_t signature_size = 8;

    template <class Call>
    void require(const Call& call) {
        if (!decoder_.guarded(call)) fail();
    }

    [[noreturn]] void fail() const {
        throw file_error(path_, expected_file, "an error of libpng: " + decoder_.message());
    }

    static void read_bytes(png_structp png, png_bytep bytes, std::size_t count) {
        auto* const file = static_cast<std::FILE*>(png_get_io_ptr(png));
        if (std::fread(bytes, 1, count, file) == count) return;
        png_error(png, std::ferror(file) != 0 ? "the file cannot be read to its end" : "the file is truncated");
    }

    void require_signature() {
        std::array<png_byte, signature_size> bytes{};
        const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file_.get());
        if (std::ferror(file_.get()) != 0) throw file_error(path_, expected_file, system_reason(errno));
        if (count == 0) throw file_error(path_, expected_file, "an empty file");
        if (count == bytes.size() && png_sig_cmp(bytes.data(), 0, bytes.size()) == 0) return;
        std::string start(count, '\0');
        std::copy_n(bytes.begin(), count, start.begin());
        throw file_error(path_, "a PNG file, which starts with '\\x89PNG\\r\\n\\x1a\\n'",
                         "a file that starts with " + npy_quote(start));
    }

    // A colour is no label; grey of fewer bits is scaled to 8 by most programs that write or show it, so that nobody
    // can tell whether white is 1 or 255.
    void require_labels() const {
        const int depth = bit_depth(), colours = png_get_color_type(decoder_.png(), decoder_.info());
        if (colours == PNG_COLOR_TYPE_PALETTE || (colours == PNG_COLOR_TYPE_GRAY && depth >= 8)) return;
        const char* const kind = colours == PNG_COLOR_TYPE_GRAY         ? "grey"
                                 : colours == PNG_COLOR_TYPE_GRAY_ALPHA ? "grey with alpha"
                                 : colours == PNG_COLOR_TYPE_RGB        ? "RGB colours"
                                                                        : "RGBA colours";
        throw file_error(path_, "labels as grey of 8 or 16 bits, or as indices into a palette",
                         std::string(kind) + " of " + std::to_string(depth) + (depth == 1 ? " bit" : " bits"));
    }

    int bit_depth() const { return png_get_bit_depth(decoder_.png(), decoder_.info()); }

    xt::xarray<std::int64_t> to_labels(const std::vector<png_byte>& bytes) const {
        xt::xarray<std::int64_t> labels = xt::xarray<std::int64_t>::from_shape(shape());
        auto label = labels.begin<xt::layout_type::row_major>();
        if (bit_depth() == 16)
            for (std::size_t at = 0; at < bytes.size(); at += 2, ++label)
                *label = bytes[at] * 256 + bytes[at + 1]; // the higher byte comes first, on every machine
        else
            std::copy(bytes.begin(), bytes.end(), label);
        return labels;
    }

    std::filesystem::path path_;
    input_file file_;
    png_decoder decoder_;
};

} // namespace maskaudit::detail
