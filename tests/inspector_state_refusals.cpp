#include "inspections.hpp"
#include "message.hpp"

#include <maskaudit/detail/state_stream.hpp>
#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <bit>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// States that were cut, damaged or made by hand: refused, and never harmful.

using namespace maskaudit_test;
using maskaudit::label_inspector;
using maskaudit::state_error;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string message_for(const std::string& state) {
    return message_of<state_error>([&] { loaded(state); });
}

/// A number, the lowest byte first.
template <class T>
std::string bytes_of(T value) {
    std::uint64_t bits = 0;
    if constexpr (std::is_same_v<T, float>)
        bits = std::bit_cast<std::uint32_t>(value);
    else if constexpr (std::is_same_v<T, double>)
        bits = std::bit_cast<std::uint64_t>(value);
    else
        bits = static_cast<std::uint64_t>(value);
    std::string bytes;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        bytes += static_cast<char>(bits >> 8 * i & 0xFF);
    return bytes;
}

/// A state of one block with these bytes, and right checksums.
std::string framed(const std::string& records) {
    using maskaudit::detail::xxh64;
    const auto block = [](const std::string& bytes, std::uint64_t& checksum) {
        checksum = xxh64::of(std::as_bytes(std::span(bytes)), checksum);
        return bytes_of(static_cast<std::uint32_t>(bytes.size())) + bytes_of(checksum) + bytes;
    };
    std::uint64_t checksum = 1;
    std::string state = "maskaudit state\n" + bytes_of(std::uint32_t{1}) + block(records, checksum);
    return state + block("", checksum);
}

/// A state written down number by number, each by its name.
class hand_made {
public:
    template <class T>
    hand_made& put(std::string name, T value) {
        numbers_.emplace_back(std::move(name), bytes_of(value));
        return *this;
    }

    /// The same with another number in the place of one.
    template <class T>
    hand_made with(const std::string& name, T value) const {
        hand_made result = *this;
        for (auto& [known, bytes] : result.numbers_)
            if (known == name) {
                REQUIRE(bytes.size() == sizeof(T));
                bytes = bytes_of(value);
                return result;
            }
        FAIL("no number is called " << name);
        return result;
    }

    std::string records() const {
        std::string all;
        for (const auto& number : numbers_)
            all += number.second;
        return all;
    }
    std::string state() const { return framed(records()); }

private:
    std::vector<std::pair<std::string, std::string>> numbers_;
};

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
constexpr u64 one = u64{1} << 44; // of the class sums

/// Five pixels: two disagree, two agree, one of them with a q that matters, one is ignored.
label_inspector of_pixels() {
    label_inspector inspector(3, {.ignore_label = {9, -1}, .n_jobs = 1, .temperature = infinity});
    inspector.add(xt::xarray<int>{0, 1, 1, 0, 9}, xt::xarray<float>{{0.25F, 0.25F, 0.125F, 0.25F, 0.F},
                                                                    {0.5F, 0.5F, 0.75F, 0.25F, 0.F},
                                                                    {0.25F, 0.25F, 0.125F, 0.5F, 0.F}});
    return inspector;
}

hand_made pixels_by_hand() {
    hand_made state;
    state.put("classes", u32{3}).put("n_jobs", u32{1}).put("temperature", infinity).put("downsample", u64{1});
    state.put("majority", u8{0}).put("normalized", u8{1});
    state.put("negative labels", u32{1}).put("negative label", std::int64_t{-1});
    state.put("other labels", u32{1}).put("other label", u64{9});
    state.put("images", u64{1}).put("given", u8{0}).put("index", u64{0});
    state.put("value", u8{4}).put("axes", u32{1}).put("extent", u64{5});
    state.put("pixels", u64{5}).put("valid", u64{4}).put("disagreeing", u64{2}).put("every", u8{0});
    state.put("agreeing", u64{1}).put("suspects", u64{0}).put("chunks", u64{1});
    state.put("first", u32{0}).put("first given", u16{0}).put("first predicted", u16{1});
    state.put("first q", 0.25F).put("first best", 0.5F);
    state.put("second", u32{3}).put("second given", u16{0}).put("second predicted", u16{2});
    state.put("second q", 0.25F).put("second best", 0.5F);
    state.put("agreeing unit", u32{1}).put("agreeing q", 0.5F);
    state.put("least", 0.25).put("weighted", 1.75).put("weights", 4.0);
    state.put("low 0", one / 2).put("high 0", u64{0}).put("count 0", u64{2});
    state.put("low 1", one / 4 * 5).put("high 1", u64{0}).put("count 1", u64{2});
    state.put("low 2", u64{0}).put("high 2", u64{0}).put("count 2", u64{0});
    return state;
}

/// Three blocks of two pixels: the first disagrees, and three pixels do.
label_inspector of_blocks() {
    label_inspector inspector(2, {.temperature = infinity, .confident = {.downsample = 2}, .normalized = false});
    inspector.add(xt::xarray<int>{0, 0, 1, 1, 0, 1},
                  xt::xarray<double>{{0.25, 0.25, 0.25, 0.25, 0.75, 0.75}, {0.75, 0.75, 0.75, 0.75, 0.25, 0.25}}, 0);
    return inspector;
}

hand_made blocks_by_hand() {
    hand_made state;
    state.put("classes", u32{2}).put("n_jobs", u32{0}).put("temperature", infinity).put("downsample", u64{2});
    state.put("majority", u8{0}).put("normalized", u8{0}).put("negative labels", u32{0}).put("other labels", u32{0});
    state.put("images", u64{1}).put("given", u8{1}).put("index", u64{0});
    state.put("value", u8{8}).put("axes", u32{1}).put("extent", u64{6});
    state.put("pixels", u64{6}).put("valid", u64{6}).put("disagreeing", u64{1}).put("every", u8{1});
    state.put("agreeing", u64{0}).put("suspects", u64{3}).put("chunks", u64{1});
    state.put("unit", u32{0}).put("unit given", u16{0}).put("unit predicted", u16{1});
    state.put("unit q", 0.25).put("unit best", 0.75);
    state.put("q 0", infinity).put("q 1", 0.75).put("q 2", 0.75);
    state.put("suspect 0", u32{0}).put("given 0", u16{0}).put("predicted 0", u16{1});
    state.put("suspect 1", u32{1}).put("given 1", u16{0}).put("predicted 1", u16{1});
    state.put("suspect 2", u32{5}).put("given 2", u16{1}).put("predicted 2", u16{0});
    state.put("least", 0.25).put("weighted", 3.0).put("weights", 6.0);
    state.put("low 0", one).put("high 0", u64{0}).put("count 0", u64{2});
    state.put("low 1", one / 4 * 3).put("high 1", u64{0}).put("count 1", u64{1});
    return state;
}

void refuses(const hand_made& state, const std::string& expected_and_found) {
    const std::string message = message_for(state.state());
    CAPTURE(message);
    const auto place = message.find(": ");
    REQUIRE(place != std::string::npos);
    CHECK(message.substr(place + 2) == expected_and_found);
}

} // namespace

TEST_CASE("a state is the bytes that its format says", "[state]") {
    CHECK(pixels_by_hand().state() == saved(of_pixels()));
    CHECK(blocks_by_hand().state() == saved(of_blocks()));
    CHECK(same(loaded(pixels_by_hand().state()).finish(), of_pixels().finish()));
    CHECK(same(loaded(blocks_by_hand().state()).finish(), of_blocks().finish()));
}

TEST_CASE("a state that was cut short is refused, wherever that was", "[state]") {
    for (const std::string& state : {saved(of_pixels()), saved(of_blocks())})
        for (std::size_t size = 0; size < state.size(); ++size) {
            const std::string message = message_for(state.substr(0, size));
            CHECK(message.find("found the end of the stream: the state is cut short") != std::string::npos);
        }
    CHECK(message_for(saved(of_pixels()).substr(0, 30)) ==
          "inspector state, byte 30: expected 2 more bytes, found the end of the stream: the state is cut short");
}

TEST_CASE("a state with a byte that is not what it was is refused", "[state]") {
    for (const std::string& state : {saved(of_pixels()), saved(of_blocks())})
        for (std::size_t i = 0; i < state.size(); ++i)
            for (const char flip : {'\x01', '\x80', '\xff'}) {
                std::string damaged = state;
                damaged[i] = static_cast<char>(damaged[i] ^ flip);
                CAPTURE(i, static_cast<int>(flip));
                CHECK(message_for(damaged) != "nothing was thrown");
            }
    std::string damaged = saved(of_pixels());
    damaged[100] = '?';
    CHECK(message_for(damaged) == "inspector state, byte 20: expected a block with its checksum, found another "
                                  "checksum: the state is damaged");
    damaged[0] = '?';
    CHECK(message_for(damaged) == "inspector state, byte 0: expected \"maskaudit state\", found something else: this "
                                  "is no saved inspector");
    std::string newer = saved(of_pixels());
    newer[16] = 2;
    CHECK(message_for(newer) == "inspector state, byte 0: expected version 1 of the format, found 2: it was saved by a "
                                "newer maskaudit");
    std::string longer = saved(of_pixels());
    longer[22] = 2;
    CHECK(message_for(longer).find("expected a block of at most 65536 bytes, found 131") != std::string::npos);
    CHECK(message_for("") == "inspector state, byte 0: expected 16 more bytes, found the end of the stream: the state "
                             "is cut short");
}

TEST_CASE("a block that is missing, or in another's place, is noticed", "[state]") {
    random_engine random(seed() + 61);
    const scene data = random_scene<double>(random, 1, 3, {100, 200}, probabilities::dirichlet, 0.9);
    label_inspector inspector(3);
    arrays(data).add_to(inspector, 0);
    const std::string state = saved(inspector);
    std::vector<std::string> blocks;
    for (std::size_t at = 20; at < state.size(); at += blocks.back().size()) {
        u32 length = 0;
        for (std::size_t i = 4; i-- > 0;)
            length = length << 8 | static_cast<unsigned char>(state[at + i]);
        blocks.push_back(state.substr(at, 12 + length));
    }
    REQUIRE(blocks.size() > 4);
    const auto joined = [&](const std::vector<std::string>& some) {
        std::string all = state.substr(0, 20);
        for (const std::string& block : some)
            all += block;
        return all;
    };
    REQUIRE(joined(blocks) == state);
    for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
        std::vector<std::string> missing = blocks, swapped = blocks, twice = blocks;
        missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
        std::swap(swapped[i], swapped[i + 1]);
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), blocks[i]);
        for (const auto& wrong : {missing, swapped, twice})
            CHECK(message_for(joined(wrong)).find("expected a block with its checksum") != std::string::npos);
    }
}

TEST_CASE("options that no inspector has are refused", "[state]") {
    const hand_made state = pixels_by_hand();
    refuses(state.with("classes", u32{0}), "expected classes from 1 to 65536, found 0");
    refuses(state.with("classes", u32{65537}), "expected classes from 1 to 65536, found 65537");
    refuses(state.with("temperature", 0.0), "expected a temperature of at least 1e-6, found 0");
    refuses(state.with("temperature", std::numeric_limits<double>::quiet_NaN()),
            "expected a temperature of at least 1e-6, found nan");
    refuses(state.with("downsample", u64{0}), "expected downsample from 1 to 18446744073709551615, found 0");
    refuses(state.with("downsample", u64{2}), "expected blocks of pixels in double, found values of 4 bytes");
    refuses(state.with("majority", u8{2}), "expected a flag for the majority from 0 to 1, found 2");
    refuses(state.with("normalized", u8{7}), "expected a flag for normalized from 0 to 1, found 7");
    refuses(state.with("negative label", std::int64_t{3}), "expected ignored labels below 0, ascending, found 3");
    refuses(state.with("other labels", u32{2}).with("images", u64{9}), "expected ignored labels, ascending, found 9");
}

TEST_CASE("images that no inspector has are refused", "[state]") {
    const hand_made state = pixels_by_hand(), blocks = blocks_by_hand();
    refuses(state.with("given", u8{2}), "expected a flag for an index that was given from 0 to 1, found 2");
    refuses(state.with("index", u64{1}), "expected the next index, 0, found 1");
    refuses(blocks.with("index", std::numeric_limits<u64>::max()),
            "expected an index that no other image has, found 18446744073709551615");
    refuses(state.with("value", u8{5}), "expected float or double, found values of 5 bytes");
    refuses(state.with("axes", u32{0}), "expected axes from 1 to 4294967295, found 0");
    refuses(blocks.with("extent", u64{7}), "expected an extent that downsample = 2 divides, found 7");
    refuses(state.with("extent", u64{4}), "expected pixels in a tile from 1 to 4, found 5");
    refuses(state.with("pixels", u64{0}), "expected pixels in a tile from 1 to 5, found 0");
    refuses(blocks.with("pixels", u64{4}), "expected a tile of whole bands of 6 pixels, found 4");
    refuses(state.with("valid", u64{6}), "expected valid pixels from 0 to 5, found 6");
    refuses(state.with("disagreeing", u64{5}), "expected disagreeing units from 0 to 4, found 5");
    refuses(state.with("every", u8{2}), "expected a flag for a q of every unit from 0 to 1, found 2");
    refuses(state.with("agreeing", u64{3}), "expected agreeing units from 0 to 2, found 3");
    refuses(blocks.with("agreeing", u64{1}), "expected agreeing units from 0 to 0, found 1");
    refuses(state.with("suspects", u64{1}), "expected suspects from 0 to 0, found 1");
    refuses(blocks.with("suspects", u64{7}), "expected suspects from 0 to 6, found 7");
    refuses(state.with("chunks", u64{0}), "expected softmin chunks from 1 to 5, found 0");
    refuses(state.with("chunks", u64{6}), "expected softmin chunks from 1 to 5, found 6");
    refuses(state.with("images", u64{2}), "expected the next index, 1, found 34359738368"); // the sums, as an index
}

TEST_CASE("a state of few bytes that stands for many pixels is refused", "[state]") {
    const hand_made state = pixels_by_hand(), blocks = blocks_by_hand();
    CHECK(message_for(state.with("extent", u64{8192}).with("pixels", u64{8192}).state()) == "nothing was thrown");
    refuses(state.with("extent", u64{8193}).with("pixels", u64{8193}),
            "expected softmin chunks from 2 to 8193, found 1");
    refuses(blocks.with("extent", u64{1} << 32).with("pixels", u64{1} << 32),
            "expected softmin chunks from 524288 to 4294967296, found 1");
}

TEST_CASE("units that no image has are refused", "[state]") {
    const hand_made state = pixels_by_hand(), blocks = blocks_by_hand();
    refuses(state.with("second", u32{5}), "expected positions that ascend, at least 1 and below 5, found 5");
    refuses(state.with("second", u32{0}), "expected positions that ascend, at least 1 and below 5, found 0");
    refuses(state.with("first given", u16{3}), "expected two classes below 3, found 3 and 1");
    refuses(state.with("first predicted", u16{3}), "expected two classes below 3, found 0 and 3");
    refuses(state.with("first predicted", u16{0}), "expected two classes below 3, found 0 and 0");
    refuses(state.with("first q", 0.6F), "expected a probability of at most 0.515625, found 0.6");
    refuses(state.with("first q", -0.1F), "expected a probability of at most 0.515625, found -0.1");
    refuses(blocks.with("unit q", 2.0), "expected a probability of at most 1, found 2");
    refuses(state.with("first best", 1.5F),
            "expected a probability of the predicted class, at least that of the given one, found 1.5");
    refuses(state.with("first best", 0.125F),
            "expected a probability of the predicted class, at least that of the given one, found 0.125");
    refuses(state.with("agreeing unit", u32{5}), "expected positions that ascend, at least 0 and below 5, found 5");
    refuses(state.with("agreeing unit", u32{3}), "expected an agreeing unit, found unit 3, which disagrees");
    refuses(state.with("agreeing q", std::numeric_limits<float>::quiet_NaN()),
            "expected a probability of at most 0.515625, found nan");
    refuses(blocks.with("q 0", 0.5), "expected an agreeing unit, found unit 0, which disagrees");
    refuses(blocks.with("q 1", -infinity), "expected a probability of at most 1, found -inf");
    refuses(blocks.with("valid", u64{3}).with("unit", u32{2}).with("q 0", 0.5),
            "expected an agreeing unit, found unit 2, which disagrees");
    refuses(blocks.with("valid", u64{2}).with("suspects", u64{2}), "expected valid units from 0 to 2, found 3");
    refuses(blocks.with("suspect 2", u32{6}), "expected positions that ascend, at least 2 and below 6, found 6");
    refuses(blocks.with("suspect 1", u32{0}), "expected positions that ascend, at least 1 and below 6, found 0");
    refuses(blocks.with("given 2", u16{2}), "expected two classes below 2, found 2 and 0");
    refuses(state.with("least", 3.0), "expected softmin sums of probabilities, found 3, 1.75, 4");
    refuses(state.with("weighted", infinity), "expected softmin sums of probabilities, found 0.25, inf, 4");
    refuses(state.with("weighted", 9.0), "expected softmin sums of probabilities, found 0.25, 9, 4");
    refuses(state.with("weights", 0.0), "expected softmin sums of probabilities, found 0.25, 1.75, 0");
    refuses(state.with("weights", -4.0), "expected softmin sums of probabilities, found 0.25, 1.75, -4");
}

TEST_CASE("class sums that the images cannot have are refused", "[state]") {
    const hand_made state = pixels_by_hand(), blocks = blocks_by_hand();
    refuses(state.with("count 0", u64{5}), "expected units of a class from 0 to 4, found 5");
    refuses(state.with("count 1", u64{1}).with("low 1", one), "expected units of all classes from 4 to 4, found 3");
    refuses(blocks.with("count 0", u64{1}), "expected units of all classes from 3 to 3, found 2");
    refuses(state.with("low 0", 3 * one), "expected the sum of 2 probabilities, found a number that cannot be one");
    refuses(state.with("high 0", std::numeric_limits<u64>::max()),
            "expected the sum of 2 probabilities, found a number that cannot be one");
    refuses(state.with("low 2", u64{1}), "expected the sum of 0 probabilities, found a number that cannot be one");
    hand_made more = state;
    refuses(more.put("more", u8{0}), "expected the end of the state, found more of it");
    CHECK(message_for(framed(state.records().substr(0, 58))) ==
          "inspector state, byte 90: expected more of the state, found its end");
    CHECK(message_for(framed(state.records().substr(0, 59))) ==
          "inspector state, byte 90: expected a record of 9 bytes, found 1 in its block");
}

TEST_CASE("whatever is loaded finishes, and is saved as it was", "[state]") {
    random_engine random(seed() + 62);
    std::size_t accepted = 0, refused = 0;
    for (const std::string& records : {pixels_by_hand().records(), blocks_by_hand().records()})
        for (int round = 0; round < 4000; ++round) {
            std::string wrong = records;
            for (std::size_t changes = pick(random, 1, 3); changes > 0; --changes)
                wrong[pick(random, 0, wrong.size() - 1)] ^= static_cast<char>(
                    pick(random, 0, 1) == 0 ? 1U << pick(random, 0, 7) : static_cast<unsigned>(pick(random, 0, 255)));
            CAPTURE(seed(), round);
            std::istringstream in(framed(wrong), std::ios::binary);
            try {
                const label_inspector odd = label_inspector::load(in);
                ++accepted;
                CHECK(saved(odd) == in.str());
                odd.finish();
            } catch (const state_error&) {
                ++refused;
            } catch (const std::invalid_argument&) { // an index that leaves a gap
            }
        }
    CHECK(accepted > 100);
    CHECK(refused > 100);
}
