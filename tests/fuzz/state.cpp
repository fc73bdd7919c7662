#include "fuzz.hpp"

#include <maskaudit/detail/state_stream.hpp>
#include <maskaudit/inspector.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <vector>

// Any bytes, loaded as a saved inspector. One that is taken is saved again as it was, and finishes, merges and finds
// regions as any other does: what it says adds up.

using namespace maskaudit_fuzz;
using maskaudit::inspection;
using maskaudit::label_inspector;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using maskaudit::detail::state_format;

constexpr std::size_t most_pixels = 1 << 20; // of which masks are asked for
constexpr std::size_t state_begin = state_format::magic.size() + sizeof state_format::version;

template <class Number>
Number number(std::string_view bytes, std::size_t at) {
    return maskaudit::detail::from_little_endian<Number>(std::as_bytes(std::span(bytes)).data() + at);
}

/// A block with its length and checksum, which it changes to that of this block.
std::string block_of(std::string_view records, std::uint64_t& checksum) {
    checksum = maskaudit::detail::xxh64::of(std::as_bytes(std::span(records)), checksum);
    std::array<std::byte, state_format::header> header{};
    maskaudit::detail::to_little_endian(static_cast<std::uint32_t>(records.size()), header.data());
    maskaudit::detail::to_little_endian(checksum, header.data() + sizeof(std::uint32_t));
    std::string block(reinterpret_cast<const char*>(header.data()), header.size());
    return block += records;
}

/// The records in the blocks of a state, whatever their checksums are; the last block may be cut.
std::vector<std::string> blocks_in(std::string_view state) {
    std::vector<std::string> blocks;
    for (std::size_t at = state_begin; at + state_format::header <= state.size();) {
        const std::size_t length = number<std::uint32_t>(state, at);
        at += state_format::header;
        if (length == 0) break;
        blocks.emplace_back(state.substr(at, length));
        at += std::min(length, state.size() - at);
    }
    return blocks;
}

std::string joined(const std::vector<std::string>& blocks) {
    std::string all;
    for (const std::string& block : blocks)
        all += block;
    return all;
}

/// A whole state of these blocks.
std::string framed(std::string_view start, const std::vector<std::string>& blocks) {
    std::string state(start.substr(0, state_begin));
    std::uint64_t checksum = number<std::uint32_t>(state, state_format::magic.size());
    for (const std::string& block : blocks)
        if (!block.empty()) state += block_of(block, checksum);
    return state += block_of("", checksum);
}

std::string saved(const label_inspector& inspector) {
    std::ostringstream out(std::ios::binary);
    inspector.save(out);
    return out.str();
}

bool is_score(double value) { return value >= -2e-6 && value <= 1 + 2e-6; }

std::size_t pixels_of(const inspection::image_issues& image) {
    std::size_t pixels = 1;
    for (const std::size_t extent : image.shape)
        pixels *= extent;
    return pixels;
}

void check_image(const inspection& found, std::size_t n, std::size_t num_classes) {
    const inspection::image_issues& image = found.images[n];
    require(is_score(found.softmin_scores(n)) && is_score(found.num_pixel_issues_scores(n)), "scores are from 0 to 1");
    require(image.positions.size() == found.issue_pixels(n) && found.issue_pixels(n) <= found.valid_pixels(n) &&
                found.valid_pixels(n) <= pixels_of(image),
            "issues are valid pixels");
    require(image.given.size() == image.positions.size() && image.predicted.size() == image.positions.size(),
            "issues have two classes");
    for (std::size_t i = 0; i < image.positions.size(); ++i)
        require(image.positions[i] < pixels_of(image) && (i == 0 || image.positions[i] > image.positions[i - 1]) &&
                    image.given[i] < num_classes && image.predicted[i] < num_classes &&
                    image.given[i] != image.predicted[i],
                "issues are pixels of two classes, ascending");
}

void check_masks(const label_inspector& inspector, const inspection& found) {
    const auto regions = inspector.issue_regions(found);
    std::uint64_t area = 0;
    for (const auto& region : regions) {
        area += region.area;
        require(std::isfinite(region.severity) && region.severity >= 0, "a severity is from 0");
    }
    require(area == found.num_issues, "every issue is in one region");
    for (std::size_t n = 0; n < found.images.size(); ++n) {
        const xt::xarray<bool> mask = found.issues(n);
        require(static_cast<std::uint64_t>(std::count(mask.begin(), mask.end(), true)) == found.issue_pixels(n),
                "a mask has the issues");
        inspection fewer = found;
        fewer.keep_issues(n, xt::xarray<bool>(xt::zeros<bool>(mask.shape())));
        require(fewer.num_issues == found.num_issues - found.issue_pixels(n) && fewer.issue_pixels(n) == 0,
                "issues that are taken out are gone");
        require(inspector.disagreements(n).positions.size() >= found.images[n].positions.size(),
                "issues are among the pixels that disagree");
    }
}

/// What it has found; none where the indices of its images leave gaps, which may be filled later.
std::optional<inspection> finished(const label_inspector& inspector) {
    try {
        return inspector.finish();
    } catch (const std::invalid_argument& error) {
        require(std::string_view(error.what()).starts_with("indices of the images must be"), "only gaps are refused");
        return std::nullopt;
    }
}

void check(const inspection& found, const label_inspector& inspector) {
    const std::size_t num_classes = inspector.num_classes();
    require(found.images.size() == inspector.num_images(), "every image is judged");
    require(found.confident_thresholds.size() == num_classes, "every class has a threshold");
    for (const double threshold : found.confident_thresholds)
        require(threshold >= 2e-6 && threshold <= 1 + 2e-6, "thresholds are probabilities, of at least 2e-6");
    std::uint64_t issues = 0;
    std::size_t pixels = 0;
    for (std::size_t n = 0; n < found.images.size(); ++n) {
        check_image(found, n, num_classes);
        issues += found.issue_pixels(n);
        pixels += std::min(most_pixels + 1, pixels_of(found.images[n]));
    }
    require(issues == found.num_issues, "all issues are counted");
    std::uint64_t swapped = 0;
    for (const auto& swap : found.common_label_issues({.exclude = {}, .top = std::numeric_limits<std::size_t>::max()}))
        swapped += swap.num_pixel_issues;
    require(swapped == issues, "every issue is one swap");
    if (pixels <= most_pixels) check_masks(inspector, found);
}

void merge_with_itself(const label_inspector& inspector) {
    label_inspector twice = inspector;
    try {
        twice += inspector;
    } catch (const std::invalid_argument&) { // indices that were given are taken
        require(saved(twice) == saved(inspector), "an inspector that refuses stays as it was");
        return;
    }
    require(twice.num_images() == 2 * inspector.num_images(), "a merge has the images of both");
    if (const auto found = finished(twice)) check(*found, twice);
}

} // namespace

/// Of four inputs one is left as libFuzzer makes it. In the others the records are changed, and framed again: with a
/// wrong checksum, none would be looked at.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    if (seed % 4 == 0 || size < state_begin) return LLVMFuzzerMutate(data, size, max_size);
    std::vector<std::string> blocks = blocks_in(text_of(data, size));
    if (blocks.empty()) blocks.emplace_back();
    std::string& records = blocks[seed / 4 % blocks.size()];
    const std::size_t count = records.size();
    records.resize(std::min(max_size, state_format::most));
    records.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(records.data()), std::min(count, records.size()),
                                    records.size()));
    const std::string state = framed(text_of(data, size), blocks);
    if (state.size() > max_size) return size;
    std::copy(state.begin(), state.end(), data);
    return state.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::istringstream in(std::string(text_of(data, size)), std::ios::binary);
    std::optional<label_inspector> inspector;
    try {
        inspector.emplace(label_inspector::load(in));
    } catch (const maskaudit::state_error& error) {
        require(error.byte() <= size, "an error names a byte of the state");
        require_printable(error.what());
    }
    if (!inspector) return 0;
    const std::string_view state = text_of(data, static_cast<std::size_t>(in.tellg()));
    const std::string again = saved(*inspector);
    require(joined(blocks_in(again)) == joined(blocks_in(state)), "what was loaded is saved as it was");
    require(blocks_in(state).size() != 1 || again == state, "it is so in the same bytes");
    if (const auto found = finished(*inspector)) check(*found, *inspector);
    merge_with_itself(*inspector);
    return 0;
}
