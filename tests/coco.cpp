#include "message.hpp"
#include "region_scene.hpp"

#include <maskaudit/coco.hpp>

#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

// COCO's counts by hand, and against a naive encoder and decoder that know nothing of regions.

using namespace maskaudit_test;
using maskaudit::coco_compressed;
using maskaudit::coco_counts;
using maskaudit::issue_region;
using maskaudit::issue_regions;
using maskaudit::pixel_run;

namespace {

using counts = std::vector<std::uint32_t>;

/// A region of an image that is `width` pixels wide, with no more facts than its encoding takes.
issue_region region_of(const std::vector<pixel_run>& runs, std::size_t width) {
    issue_region region{.begin = {runs.front().begin / width, width}, .end = {runs.back().begin / width + 1, 0}};
    for (const pixel_run& run : runs) {
        region.begin[1] = std::min(region.begin[1], run.begin % width);
        region.end[1] = std::max(region.end[1], run.begin % width + run.length);
        region.area += run.length;
    }
    region.runs = runs;
    return region;
}

std::vector<bool> mask_of(const issue_region& region, std::size_t pixels) {
    std::vector<bool> mask(pixels);
    for (const pixel_run& run : region.runs)
        for (std::size_t i = run.begin; i < run.begin + run.length; ++i)
            mask.at(i) = true;
    return mask;
}

counts naive_counts(const std::vector<bool>& mask, std::size_t height, std::size_t width) {
    counts lengths{0};
    bool inside = false;
    for (std::size_t column = 0; column < width; ++column)
        for (std::size_t row = 0; row < height; ++row) {
            if (mask[row * width + column] != inside) lengths.push_back(0);
            inside = mask[row * width + column];
            ++lengths.back();
        }
    return lengths;
}

/// Counts from their characters: a number from its last digit in base 32 to the first, the last one from -16 to 15.
counts decoded(const std::string& text) {
    counts numbers;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t last = begin;
        while (text.at(last) >= 'P')
            ++last;
        std::int64_t number = text[last] - '0';
        REQUIRE((number >= 0 && number < 32));
        if (number > 15) number -= 32;
        for (std::size_t i = last; i-- > begin;)
            number = number * 32 + (text[i] - 'P');
        if (numbers.size() > 2) number += numbers[numbers.size() - 2];
        REQUIRE((number >= 0 && number <= 0xffffffffLL));
        numbers.push_back(static_cast<std::uint32_t>(number));
        begin = last + 1;
    }
    return numbers;
}

/// The row-major mask that counts tell of.
std::vector<bool> mask_of(const counts& lengths, std::size_t height, std::size_t width) {
    std::vector<bool> mask(height * width);
    std::size_t position = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i)
        for (std::size_t end = position + lengths[i]; position < end; ++position)
            mask.at(position % height * width + position / height) = i % 2 == 1;
    REQUIRE(position == mask.size());
    return mask;
}

void check_all(const masked_arrays& all, const maskaudit::region_options& wanted) {
    const std::size_t height = all.data.image_shape[0], width = all.data.image_shape[1];
    const auto regions =
        issue_regions(all.issues, all.labels, all.pred_probs, wanted, {.ignore_label = ignored_of(all.data)});
    std::size_t wrong_counts = 0, wrong_texts = 0, wrong_masks = 0;
    for (const issue_region& region : regions) {
        const std::vector<bool> mask = mask_of(region, height * width);
        const counts lengths = coco_counts(region, height, width);
        wrong_counts += lengths != naive_counts(mask, height, width) ? 1 : 0;
        const counts read_back = decoded(coco_compressed(lengths));
        wrong_texts += lengths != read_back ? 1 : 0;
        wrong_masks += mask_of(read_back, height, width) != mask ? 1 : 0;
    }
    CHECK(wrong_counts == 0);
    CHECK(wrong_texts == 0);
    CHECK(wrong_masks == 0);
}

std::string refusal(const issue_region& region, std::size_t height, std::size_t width) {
    return message_of<std::invalid_argument>([&] { coco_counts(region, height, width); });
}

} // namespace

TEST_CASE("counts of regions worked by hand", "[coco]") {
    const auto check = [](const std::vector<pixel_run>& runs, std::size_t height, std::size_t width,
                          const counts& expected, const std::string& compressed) {
        CAPTURE(compressed);
        CHECK(coco_counts(region_of(runs, width), height, width) == expected);
        CHECK(coco_compressed(expected) == compressed);
    };
    check({{0, 1}}, 2, 3, {0, 1, 5}, "015");                         // the first pixel
    check({{5, 1}}, 2, 3, {5, 1}, "51");                             // the last one
    check({{0, 1}}, 1, 1, {0, 1}, "01");                             // the only one
    check({{0, 4}, {4, 4}, {8, 4}}, 3, 4, {0, 12}, "0<");            // all: a run goes on from column to column
    check({{2, 1}, {4, 1}}, 2, 3, {3, 2, 1}, "321");                 // the foot of one column and the top of the next
    check({{1, 1}, {4, 1}}, 2, 3, {2, 2, 2}, "222");                 // one column
    check({{3, 2}, {6, 3}}, 4, 3, {1, 2, 2, 2, 3, 1, 1}, "12201ON"); // differences from the fourth on: 0, 1, -1, -2
    // . # # #
    // . # . #   a hole, and columns that are all but full
    // . # # #
    check({{1, 3}, {5, 1}, {7, 1}, {9, 3}}, 3, 4, {3, 4, 1, 4}, "3410");
    check({{10, 5}}, 1, 1000, {10, 5, 985}, ":5in0"); // 985 = 25 + 30 * 32, and no sign
}

TEST_CASE("numbers of COCO's compressed form by hand", "[coco]") {
    CHECK(coco_compressed({}) == "");
    CHECK(coco_compressed({15}) == "?");         // the largest of one character
    CHECK(coco_compressed({16}) == "`0");        // its highest bit would be a sign
    CHECK(coco_compressed({32}) == "P1");        // 0 + 1 * 32
    CHECK(coco_compressed({44}) == "\\1");       // 12 + 1 * 32
    CHECK(coco_compressed({1000}) == "Xo0");     // 8 + 31 * 32
    CHECK(coco_compressed({307200}) == "PP\\9"); // 640 * 480 = (12 + 9 * 32) * 32 * 32
    CHECK(coco_compressed({0, 20, 0, 4}) == "0d00@");
    CHECK(coco_compressed({0, 20, 0, 3}) == "0d00_O"); // -17 = 15 - 1 * 32
    constexpr std::uint32_t most = (1u << 29) - 1;
    CHECK(coco_compressed({most}) == "ooooo?");
    CHECK(coco_compressed({0, most, 0, 0}) == "0ooooo?0QPPPP@");
}

TEST_CASE("numbers that COCO's compressed form cannot hold", "[coco]") {
    constexpr std::uint32_t most = (1u << 29) - 1;
    const auto refused = [](const counts& lengths) {
        return message_of<std::invalid_argument>([&] { coco_compressed(lengths); });
    };
    CHECK(refused({1, most + 1}) ==
          "count 1 of a mask makes the number 536870912: in COCO's compressed form it must be "
          "from -2^29 to 2^29 - 1");
    CHECK_NOTHROW(coco_compressed({0, 0, 0, most, 0, 2 * most, 0, most - 1})); // -2^29
    CHECK(refused({0, 0, 0, most, 0, 2 * most, 0, most - 2}).find("makes the number -536870913") != std::string::npos);
}

TEST_CASE("counts of random regions against a naive encoder and decoder", "[coco]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 900);
    for (const indices& shape : {indices{1, 17}, indices{17, 1}, indices{9, 13}, indices{40, 70}, indices{70, 40}})
        for (const double rate : {0.1, 0.5, 0.9, 1.0})
            for (const bool split : {false, true}) {
                CAPTURE(shape, rate, split);
                check_all(random_arrays(random, shape, rate), {.split_by_class = split});
            }
    check_all(random_arrays(random, {131, 157}, 0.7, 1, 0.001),
              {.split_by_class = false}); // numbers of many characters
    check_all(random_arrays(random, {90, 170}, 0.05, 1), {});
}

TEST_CASE("random counts come back from their compressed form", "[coco]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    random_engine random(seed() + 901);
    for (int round = 0; round < 300; ++round) {
        counts lengths(pick(random, 1, 40));
        for (std::uint32_t& length : lengths) // as many small ones as large ones
            length = static_cast<std::uint32_t>(pick(random, 0, (std::size_t{1} << pick(random, 0, 29)) - 1));
        REQUIRE(decoded(coco_compressed(lengths)) == lengths);
    }
}

TEST_CASE("an image of billions of pixels costs what the region does", "[coco]") {
    const std::size_t height = 65536, width = 65535; // below 2^32
    const issue_region last = region_of({{height * width - 2, 2}}, width);
    const auto before = static_cast<std::uint32_t>(height * (width - 1) - 1), between = std::uint32_t{65535};
    CHECK(coco_counts(last, height, width) == counts{before, 1, between, 1});
}

TEST_CASE("regions that COCO's counts cannot hold", "[coco]") {
    issue_region region = region_of({{6, 2}, {11, 1}}, 5);
    CHECK_NOTHROW(coco_counts(region, 3, 5));
    CHECK(refusal(region, 2, 5) == "region of image 0 ends at (3, 3): it must lie in an image of 2 x 5 pixels");
    CHECK(refusal(region, 5, 2).find("ends at (3, 3)") != std::string::npos);
    CHECK(refusal(region, 0, 0).find("ends at (3, 3)") != std::string::npos);
    CHECK(refusal(region, 3, 4) == "region of image 0 has a run of 2 pixels from 6: in an image of 3 x 4 pixels its "
                                   "runs must ascend and lie in its box, from (1, 1) to (3, 3)");
    CHECK(refusal(region, 65536, 65536) == "image of 65536 x 65536 pixels: COCO's masks have fewer than 2^32");
    CHECK(refusal(region, 2, static_cast<std::size_t>(-1)).find("fewer than 2^32") != std::string::npos);

    const auto refused_with = [&](const std::vector<pixel_run>& runs) {
        issue_region changed = region;
        changed.runs = runs;
        return refusal(changed, 3, 5);
    };
    CHECK(refused_with({}) == "region of image 0 has no runs: it must have its pixels");
    CHECK(refused_with({{11, 1}, {6, 2}}).find("2 pixels from 6") != std::string::npos); // not ascending
    CHECK(refused_with({{6, 2}, {7, 1}}).find("1 pixels from 7") != std::string::npos);  // twice
    CHECK(refused_with({{6, 0}}).find("0 pixels from 6") != std::string::npos);          // empty
    CHECK(refused_with({{6, 3}}).find("3 pixels from 6") != std::string::npos);          // over the box
    CHECK(refused_with({{6, static_cast<std::size_t>(-1)}}).find("pixels from 6:") != std::string::npos); // over all
    CHECK(refused_with({{static_cast<std::size_t>(-1), 1}}).find("1 pixels from") != std::string::npos);

    issue_region volume{.image = 4, .begin = {0, 0, 0}, .end = {1, 1, 1}, .area = 1, .runs = {{0, 1}}};
    CHECK(refusal(volume, 1, 1) ==
          "region of image 4 begins at (0, 0, 0) and ends at (1, 1, 1): COCO's masks have 2 axes");
}
