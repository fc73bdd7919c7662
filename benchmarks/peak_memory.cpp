#include "calls.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

// Prints as JSON how far the memory of a process rises above inputs and results during a call, for a few and for many
// images: the difference is what grows with the data.
//
// usage: maskaudit_peak_memory [--quick]

namespace {

using namespace maskaudit_benchmarks;
constexpr std::uint8_t void_label = maskaudit_program::scene_void;

std::size_t most_resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmHWM:", 0) == 0) return 1024 * std::stoul(line.substr(6));
    throw std::runtime_error("/proc/self/status has no VmHWM");
}

/// The rise during a call, taken in a process of its own: after a fork the mark stands at what is resident then.
template <class Call>
std::size_t rise_in_child(const Call& call) {
    malloc_trim(0); // what is free in the heap could be used again and not be seen
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child == -1) throw std::runtime_error("no fork");
    if (child == 0) {
        const std::size_t before = most_resident_bytes();
        const auto result = call();
        const std::size_t rise = most_resident_bytes() - before;
        _exit(write(ends[1], &rise, sizeof rise) == sizeof rise ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(ends[1]);
    std::size_t rise = 0;
    const bool is_whole = read(ends[0], &rise, sizeof rise) == sizeof rise;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    if (!is_whole) throw std::runtime_error("a call failed");
    return rise;
}

/// Probabilities that do not sum to one, as independent sigmoids give them; every pixel's ranking of classes is kept.
usual_scene unnormalised(const usual_scene& from) {
    auto roots = std::make_shared<xt::xtensor<float, 4>>(from.pred_probs());
    on_all_processors(roots->shape(0), [&](std::size_t n) {
        const std::size_t size = roots->size() / roots->shape(0);
        for (std::size_t i = n * size; i < (n + 1) * size; ++i)
            roots->data()[i] = std::sqrt(roots->data()[i]);
    });
    return {from.labels, std::move(roots)};
}

/// Pixels whose predicted class is not the given one.
template <class Labels, class PredProbs>
std::size_t count_candidates(const Labels& labels, const PredProbs& pred_probs) {
    const std::size_t images = pred_probs.shape(0), classes = pred_probs.shape(1), pixels = labels.size() / images;
    std::size_t count = 0;
    for (std::size_t n = 0; n < images; ++n)
        for (std::size_t s = 0; s < pixels; ++s) {
            const std::uint8_t given = labels.data()[n * pixels + s];
            const float* const p = pred_probs.data() + n * classes * pixels + s;
            std::size_t predicted = 0;
            for (std::size_t k = 1; k < classes; ++k)
                if (p[k * pixels] > p[predicted * pixels]) predicted = k;
            if (given != void_label && given != predicted) ++count;
        }
    return count;
}

const char* separator = "[\n"; ///< before the next row

template <class Call>
void measure(const char* data_name, const char* function, const usual_scene& all, std::size_t images,
             std::size_t returned_bytes_a_pixel, const Call& call) {
    struct {
        decltype(first_images(all.labels, images)) labels;
        decltype(first_images(all.pred_probs(), images)) probabilities;
        const auto& pred_probs() const { return probabilities; }
    } const input{first_images(all.labels, images), first_images(all.pred_probs(), images)};
    const std::size_t pixels = input.labels.size();
    const std::size_t rise = rise_in_child([&] { return call(input, {.ignore_label = void_label, .n_jobs = 2}); });
    std::printf("%s{\"data\": \"%s\", \"function\": \"%s\", \"pixels\": %zu, \"candidates\": %zu, \"bytes\": %td}",
                separator, data_name, function, pixels, count_candidates(input.labels, input.probabilities),
                static_cast<std::ptrdiff_t>(rise) - static_cast<std::ptrdiff_t>(pixels * returned_bytes_a_pixel));
    separator = ",\n";
}

} // namespace

int main(int argc, char** argv) {
    const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
    const std::size_t few = quick ? 1 : 4, many = quick ? 3 : 24;
    const usual_scene street = make_scene({many, quick ? 96U : 512U, quick ? 128U : 1024U, 19});
    const auto all = [&](const char* name, const usual_scene& data, bool normalized = true) {
        const auto inspector = [=](const auto& input, const maskaudit::options& opts) {
            return look(input, opts, normalized);
        };
        for (const std::size_t images : {few, many}) {
            measure(name, "find_label_issues", data, images, sizeof(bool), find_label_issues);
            measure(name, "softmin", data, images, sizeof(float), softmin_scores);
            measure(name, "label_inspector", data, images, 0, inspector);
        }
    };
    all("street scenes", street);
    all("random labels", with_random_labels(street));
    all("probabilities that do not sum to one", unnormalised(street), false);
    std::puts("]");
}
