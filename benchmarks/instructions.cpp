#include "calls.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

// Makes one call on one thread, for a tool that counts the instructions within maskaudit_measured_call alone.
//
// usage: maskaudit_instructions CASE IMAGES     prints the number of pixels; without arguments the names of the cases

/// Not mangled, so that the tool finds it.
extern "C" void maskaudit_measured_call(const std::function<void()>& call) { call(); }

/// The compiler must call it through this: it would inline it, or make copies with other names.
void (*volatile measured_call)(const std::function<void()>&) = maskaudit_measured_call;

namespace {

using namespace maskaudit_benchmarks;

usual_scene street(std::size_t images) { return make_scene({images, 128, 256, 19}); }

template <class Call>
std::size_t measure(const usual_scene& input, const Call& call) {
    const auto once = [&] {
        const auto result = call(input, {.ignore_label = maskaudit_program::scene_void, .n_jobs = 1});
        if (result.size() == 0) std::abort(); // never; the call must not be left out
    };
    measured_call(once);
    return input.labels.size();
}

} // namespace

int main(int argc, char** argv) {
    const std::map<std::string, std::function<std::size_t(std::size_t)>> cases{
        {"find_label_issues", [](std::size_t images) { return measure(street(images), find_label_issues); }},
        {"find_label_issues_2_classes",
         [](std::size_t images) {
             return measure(with_two_classes(make_scene({images, 128, 256, 4})), find_label_issues);
         }},
        {"find_label_issues_random_labels",
         [](std::size_t images) { return measure(with_random_labels(street(images)), find_label_issues); }},
        {"softmin",
         [](std::size_t images) {
             const auto sized = [](const auto& input, const maskaudit::options& opts) {
                 return softmin_scores(input, opts).image_scores;
             };
             return measure(street(images), sized);
         }},
    };
    if (argc == 1) {
        for (const auto& [name, run] : cases)
            std::puts(name.c_str());
        return EXIT_SUCCESS;
    }
    const auto found = cases.find(argv[1]);
    if (argc != 3 || found == cases.end()) {
        std::fputs("usage: maskaudit_instructions CASE IMAGES\n", stderr);
        return 2;
    }
    std::printf("%zu\n", found->second(std::stoul(argv[2])));
}
