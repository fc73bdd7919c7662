#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <atomic>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <ostream>
#include <random>
#include <sstream>
#include <streambuf>
#include <string>

// How much memory calls take at most beyond inputs and results: counted where it is allocated, in a program of its own.

namespace {

std::atomic<std::size_t> allocated{0}, peak{0};

void* count(void* data) {
    if (data == nullptr) throw std::bad_alloc();
    const std::size_t now = allocated += malloc_usable_size(data);
    for (std::size_t most = peak; most < now && !peak.compare_exchange_weak(most, now);) {}
    return data;
}

void release(void* data) {
    allocated -= data == nullptr ? 0 : malloc_usable_size(data);
    std::free(data);
}

/// The most bytes allocated at a time during a call, beyond what was there before and what its result keeps.
template <class Call>
std::size_t bytes_of(Call call) {
    const std::size_t before = allocated;
    peak = before;
    [[maybe_unused]] const auto result = call();
    return peak - allocated;
}

constexpr std::size_t images = 4, height = 2048, width = 2048, pixels = images * height * width;
constexpr std::size_t slack =
    44 << 20; // for what does not grow with the number of pixels, such as a last piece of 32 MiB

struct scene {
    xt::xtensor<std::uint8_t, 3> labels = xt::xtensor<std::uint8_t, 3>::from_shape({images, height, width});
    xt::xtensor<float, 4> pred_probs = xt::xtensor<float, 4>::from_shape({images, 2, height, width});
    std::size_t candidates = 0;

    /// Labels are wrong at so many in a thousand of the pixels.
    scene(bool normalized, unsigned wrong) {
        std::minstd_rand random(5);
        const auto uniform = [&] { return static_cast<float>(random() % 1000) / 1000; };
        for (std::size_t n = 0; n < images; ++n)
            for (std::size_t i = 0; i < height * width; ++i) {
                float* const p = pred_probs.data() + 2 * n * height * width + i;
                p[0] = uniform();
                p[height * width] = normalized ? 1 - p[0] : uniform();
                const unsigned predicted = p[height * width] > p[0] ? 1 : 0;
                const bool is_wrong = random() % 1000 < wrong;
                labels.data()[n * height * width + i] = static_cast<std::uint8_t>(is_wrong ? 1 - predicted : predicted);
                candidates += is_wrong ? 1 : 0;
            }
    }
};

} // namespace

void* operator new(std::size_t size) { return count(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t align) {
    const auto alignment = static_cast<std::size_t>(align);
    return count(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
}
void operator delete(void* data) noexcept { release(data); }
void operator delete(void* data, std::size_t) noexcept { release(data); }
void operator delete(void* data, std::align_val_t) noexcept { release(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { release(data); }

TEST_CASE("find_label_issues takes 4 bytes a pixel and 16 a candidate", "[memory]") {
    for (const bool normalized : {true, false})
        for (const unsigned wrong : {20U, 950U}) {
            const scene data(normalized, wrong);
            const std::size_t most = 4 * pixels + 16 * data.candidates + slack;
            const std::size_t found =
                bytes_of([&] { return maskaudit::find_label_issues(data.labels, data.pred_probs, {.n_jobs = 2}); });
            CAPTURE(normalized, wrong, data.candidates, found, most);
            CHECK(found <= most);
            CHECK(found >= 16 * data.candidates); // the count counts
        }
}

TEST_CASE("softmin takes nothing that grows with the number of pixels", "[memory]") {
    const scene data(true, 20);
    const auto bytes_of_rows = [&](std::size_t rows) {
        const auto labels = xt::view(data.labels, xt::all(), xt::range(std::size_t{0}, rows));
        const auto pred_probs = xt::view(data.pred_probs, xt::all(), xt::all(), xt::range(std::size_t{0}, rows));
        return bytes_of([&] { return maskaudit::get_label_quality_scores(labels, pred_probs, {.n_jobs = 1}); });
    };
    CHECK(bytes_of_rows(height) <= bytes_of_rows(height / 8) + 100); // malloc rounds up
}

namespace {

/// Counts what is written to it.
class counting_sink : public std::streambuf {
public:
    std::size_t bytes = 0;

private:
    std::streamsize xsputn(const char*, std::streamsize count) override {
        bytes += static_cast<std::size_t>(count);
        return count;
    }
};

} // namespace

TEST_CASE("saving an inspector takes no copy of what it knows, loading it no second one", "[memory]") {
    const scene data(true, 950);
    const std::size_t before = allocated;
    maskaudit::label_inspector inspector(2);
    for (std::size_t n = 0; n < images; ++n)
        inspector.add(xt::view(data.labels, n), xt::view(data.pred_probs, n));
    CHECK(allocated - before <= 16 * data.candidates + 8 * (pixels - data.candidates) + pixels / 100 + slack);
    counting_sink sink;
    std::ostream nowhere(&sink);
    const auto save = [&](std::ostream& out) {
        inspector.save(out);
        return true;
    };
    CHECK(bytes_of([&] { return save(nowhere); }) <= 1 << 20);
    CHECK(sink.bytes >= 16 * data.candidates);
    CHECK(sink.bytes <= 16 * data.candidates + 8 * (pixels - data.candidates) + (1 << 20));

    std::stringstream state(std::ios::in | std::ios::out | std::ios::binary);
    inspector.save(state);
    CHECK(bytes_of([&] { return maskaudit::label_inspector::load(state); }) <= 4 << 20); // a tile, and a block
}

TEST_CASE("a state that claims to be large takes no memory for it", "[memory]") {
    const auto claims = [](bool dense, std::uint64_t units) { // in a tile of 2^32 pixels
        std::stringstream state(std::ios::in | std::ios::out | std::ios::binary);
        maskaudit::detail::state_writer to(state);
        to.put(std::uint32_t{65536}, std::uint32_t{0}, 0.1, std::uint64_t{1}, std::uint8_t{0}, std::uint8_t{0});
        to.put(std::uint32_t{0}, std::uint32_t{0}, std::uint64_t{1} << 60); // images
        to.put(std::uint8_t{1}, std::uint64_t{5});
        to.put(std::uint8_t{8}, std::uint32_t{1}, std::uint64_t{1} << 50, std::uint64_t{1} << 32,
               std::uint64_t{1} << 32);
        to.put(units, static_cast<std::uint8_t>(dense ? 1 : 0), std::uint64_t{0}, std::uint64_t{0},
               std::uint64_t{1} << 19); // softmin chunks, of 8192 pixels
        to.finish();
        return state;
    };
    for (const bool dense : {true, false}) {
        std::stringstream state = claims(dense, dense ? 0 : std::uint64_t{1} << 32);
        std::string found;
        const std::size_t bytes = bytes_of([&] {
            try {
                maskaudit::label_inspector::load(state);
            } catch (const maskaudit::state_error& error) {
                found = error.found();
            }
            return true;
        });
        CHECK(found == "its end"); // where the lists had to be
        CHECK(bytes <= 4 << 20);   // the sums of 65536 classes
    }
}
