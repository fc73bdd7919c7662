#include "fuzz.hpp"

#include <maskaudit/detail/label_files.hpp>
#include <maskaudit/detail/png_labels.hpp>

#include <array>
#include <bit>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>
#include <zlib.h>

// A file of any bytes, read as a PNG file of labels. Where it is taken for one, the labels are compared with what a
// plain decoder makes of it, and written in the form of the file and read again.

using namespace maskaudit_fuzz;
using maskaudit::file_error;
using maskaudit::detail::png_label_form;
using maskaudit::detail::png_labels;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using bytes = std::vector<std::uint8_t>;

/// A data set reads no labels before there are probabilities of their shape, so nothing holds the reader back here.
constexpr std::size_t most_pixels = 1 << 16;
constexpr std::size_t signature_size = 8;

std::size_t number(const bytes& file, std::size_t at) {
    return std::size_t{file[at]} << 24 | std::size_t{file[at + 1]} << 16 | std::size_t{file[at + 2]} << 8 |
           file[at + 3];
}

void put_number(bytes& file, std::size_t at, std::size_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        file[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

struct chunk {
    std::string type;
    bytes data;
};

/// Up to where the bytes are chunks no more. The last may be cut.
std::vector<chunk> chunks_of(const bytes& file) {
    std::vector<chunk> chunks;
    for (std::size_t at = signature_size; at + 12 <= file.size();) {
        const std::size_t length = std::min(number(file, at), file.size() - at - 12);
        const auto data = file.begin() + static_cast<std::ptrdiff_t>(at) + 8;
        chunks.push_back({{data - 4, data}, {data, data + static_cast<std::ptrdiff_t>(length)}});
        at += length + 12;
    }
    return chunks;
}

/// A file of these chunks, lengths and checksums right.
bytes joined(const bytes& start, const std::vector<chunk>& chunks) {
    bytes file(start.begin(), start.begin() + signature_size);
    for (const chunk& each : chunks) {
        const std::size_t at = file.size();
        file.resize(at + 8);
        put_number(file, at, each.data.size());
        std::copy(each.type.begin(), each.type.end(), file.begin() + static_cast<std::ptrdiff_t>(at) + 4);
        file.insert(file.end(), each.data.begin(), each.data.end());
        const auto checksum = ::crc32(0, file.data() + at + 4, static_cast<uInt>(each.data.size() + 4));
        file.resize(file.size() + 4);
        put_number(file, file.size() - 4, checksum);
    }
    return file;
}

/// The bytes of the pixels, in one part, unpacked; none where they cannot be.
std::optional<bytes> unpacked(const std::vector<chunk>& chunks, std::size_t most) {
    bytes packed, data(most);
    for (const chunk& each : chunks)
        if (each.type == "IDAT") packed.insert(packed.end(), each.data.begin(), each.data.end());
    uLongf size = data.size();
    if (::uncompress(data.data(), &size, packed.data(), packed.size()) != Z_OK) return std::nullopt;
    data.resize(size);
    return data;
}

/// The same chunks with other bytes of the pixels, unpacked ones.
std::vector<chunk> with_pixels(const std::vector<chunk>& chunks, const bytes& data) {
    bytes packed(::compressBound(data.size()));
    uLongf size = packed.size();
    require(::compress2(packed.data(), &size, data.data(), data.size(), 9) == Z_OK, "zlib packs anything");
    packed.resize(size);
    std::vector<chunk> result;
    for (const chunk& each : chunks) {
        if (each.type != "IDAT") result.push_back(each);
        if (each.type == "IDAT" && !packed.empty()) result.push_back({"IDAT", std::exchange(packed, {})});
    }
    return result;
}

/// A plain decoder, of what libpng takes for labels.
class plain_picture {
public:
    /// \param most  bytes that the pixels may have, unpacked
    plain_picture(const bytes& file, std::size_t most) : chunks_(chunks_of(file)) {
        if (chunks_.empty() || chunks_[0].type != "IHDR" || chunks_[0].data.size() != 13) return;
        const bytes& header = chunks_[0].data;
        width_ = number(header, 0);
        height_ = number(header, 4);
        bits_ = header[8];
        interlaced_ = header[12] == 1;
        if (auto data = unpacked(chunks_, most)) data_ = std::move(*data);
    }

    /// Labels in row-major order; none where the bytes are not just as many as they should be.
    std::optional<std::vector<std::int64_t>> labels() {
        labels_.assign(width_ * height_, -1);
        if (!interlaced_) {
            read_pass(0, 1, 0, 1);
        } else {
            constexpr std::size_t passes[7][4] = {{0, 8, 0, 8}, {0, 8, 4, 8}, {4, 8, 0, 4}, {0, 4, 2, 4},
                                                  {2, 4, 0, 2}, {0, 2, 1, 2}, {1, 2, 0, 1}};
            for (const auto& pass : passes)
                read_pass(pass[0], pass[1], pass[2], pass[3]);
        }
        if (failed_ || at_ != data_.size()) return std::nullopt;
        return labels_;
    }

private:
    void read_pass(std::size_t first_row, std::size_t row_step, std::size_t first_column, std::size_t column_step) {
        if (first_column >= width_ || first_row >= height_) return;
        const std::size_t columns = (width_ - first_column - 1) / column_step + 1;
        const std::size_t row_bytes = (columns * bits_ + 7) / 8;
        bytes above(row_bytes), row(row_bytes);
        for (std::size_t i = first_row; i < height_ && !failed_; i += row_step, above = row) {
            read_row(row, above);
            for (std::size_t j = 0; j < columns; ++j)
                labels_[i * width_ + first_column + j * column_step] = label(row, j);
        }
    }

    std::int64_t label(const bytes& row, std::size_t column) const {
        if (bits_ == 16) return row[2 * column] * 256 + row[2 * column + 1];
        const std::size_t bit = column * bits_;
        return row[bit / 8] >> (8 - bits_ - bit % 8) & ((1 << bits_) - 1);
    }

    void read_row(bytes& row, const bytes& above) {
        failed_ = failed_ || data_.size() - at_ < row.size() + 1 || data_[at_] > 4;
        if (failed_) return;
        const int filter = data_[at_++];
        const std::size_t back = std::max<std::size_t>(1, bits_ / 8);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const int a = i < back ? 0 : row[i - back], b = above[i], c = i < back ? 0 : above[i - back];
            const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
            const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
            const int expected[] = {0, a, b, (a + b) / 2, paeth};
            row[i] = static_cast<std::uint8_t>(data_[at_++] + expected[filter]);
        }
    }

    std::vector<chunk> chunks_;
    std::size_t width_ = 0, height_ = 0;
    unsigned bits_ = 0;
    bool interlaced_ = false;
    bytes data_{};
    std::size_t at_ = 0;
    bool failed_ = false;
    std::vector<std::int64_t> labels_{};
};

bool same(const png_label_form& a, const png_label_form& b) {
    const auto same_color = [](const png_color& x, const png_color& y) {
        return x.red == y.red && x.green == y.green && x.blue == y.blue;
    };
    return a.color_type == b.color_type && a.bit_depth == b.bit_depth && a.alpha == b.alpha &&
           std::equal(a.palette.begin(), a.palette.end(), b.palette.begin(), b.palette.end(), same_color) &&
           a.transparent.has_value() == b.transparent.has_value() &&
           (!a.transparent || a.transparent->gray == b.transparent->gray);
}

void check_form(const png_label_form& form) {
    const bool has_palette = form.color_type == PNG_COLOR_TYPE_PALETTE;
    require(std::has_single_bit(static_cast<unsigned>(form.bit_depth)) && form.bit_depth <= (has_palette ? 8 : 16) &&
                (has_palette || form.bit_depth >= 8),
            "labels are grey of 8 or 16 bits, or indices of at most 8");
    require(has_palette ? form.palette.size() >= 1 && form.palette.size() <= 256 : form.alpha.empty(),
            "a palette has 1 to 256 colours");
    require(form.alpha.size() <= form.palette.size(), "alpha is of colours that are there");
    const maskaudit::label_form range = maskaudit::detail::label_form_of(form);
    require(range.least == 0 && range.most < 65536, "labels are from 0 to 65535");
}

/// Writes labels in the form of their file, and reads them again.
void write_again(const xt::xarray<std::int64_t>& labels, const png_label_form& form,
                 const std::vector<std::size_t>& shape) {
    bytes rows;
    for (const std::int64_t label : labels) {
        if (form.bit_depth == 16) rows.push_back(static_cast<std::uint8_t>(label >> 8));
        rows.push_back(static_cast<std::uint8_t>(label & 0xFF));
    }
    const memory_file file(maskaudit::detail::encode_png_labels(form, shape, rows));
    png_labels again(file.path());
    require(again.shape() == shape && same(again.form(), form), "labels are written in the form of their file");
    require(again.read() == labels, "labels that are written are read as they were");
}

void check(png_labels& file, const bytes& content) {
    const std::vector<std::size_t> shape = file.shape();
    require(shape.size() == 2 && shape[0] > 0 && shape[1] > 0, "labels have rows and columns");
    const png_label_form form = file.form();
    check_form(form);
    if (shape[0] > most_pixels / shape[1]) return;
    const xt::xarray<std::int64_t> labels = file.read();
    require(labels.shape()[0] == shape[0] && labels.shape()[1] == shape[1], "labels have the shape of the file");
    for (const std::int64_t label : labels)
        require(label >= 0 && label < 1 << form.bit_depth, "labels have the bits of the file");
    if (const auto expected = plain_picture(content, 4 * most_pixels).labels())
        require(std::equal(labels.begin(), labels.end(), expected->begin(), expected->end()),
                "labels are what the bytes of the file say");
    write_again(labels, form, shape);
}

} // namespace

/// Of four inputs one is left as libFuzzer makes it; in two lengths and checksums are put right, and in one the bytes
/// of the pixels are changed before they are packed.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    bytes file(data, data + size);
    std::vector<chunk> chunks;
    std::optional<bytes> pixels;
    if (seed % 4 == 3 && size > signature_size) pixels = unpacked(chunks = chunks_of(file), 2 * max_size);
    if (pixels && !pixels->empty()) {
        const std::size_t count = pixels->size();
        pixels->resize(2 * max_size);
        pixels->resize(LLVMFuzzerMutate(pixels->data(), count, pixels->size()));
        file = joined(file, with_pixels(chunks, *pixels));
    } else {
        size = LLVMFuzzerMutate(data, size, max_size);
        if (seed % 4 == 0 || size <= signature_size) return size;
        file.assign(data, data + size);
        file = joined(file, chunks_of(file));
    }
    if (file.size() > max_size) return size;
    std::copy(file.begin(), file.end(), data);
    return file.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const memory_file file(text_of(data, size));
    try {
        png_labels labels(file.path());
        check(labels, bytes(data, data + size));
    } catch (const file_error& error) {
        require(error.path() == file.path(), "an error names its file");
        require_printable(error.what());
    }
    return 0;
}
