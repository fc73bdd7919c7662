#pragma once

#include "arrays.hpp"
#include "read_floor.hpp"

#include <benchmark/benchmark.h>
#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// How a case becomes a benchmark: its name is `<array>/<what is done>/threads:<n>`, its counter floor_ns the read floor
// of that array with as many threads.

namespace maskaudit_benchmarks {

/// Sizes of the cases: those that are published, and tiny ones to see that every case runs.
struct case_sizes {
    std::size_t images, images_of_many_classes, images_in_double, height, width;
};
inline constexpr case_sizes published{20, 4, 10, 512, 1024}, tiny{3, 2, 2, 96, 128};

void register_cases(const case_sizes& sizes);
void register_types(const case_sizes& sizes, const std::function<const usual_scene&()>& street);
void register_report(const case_sizes& sizes);
void register_growth_of_images(bool quick);
void register_growth_of_area(bool quick);
void register_growth_of_classes(bool quick);

/// Makes a value when it is first asked for, so that a run of some cases makes what they need and no more.
template <class Make>
auto lazily(Make make) {
    using value = std::invoke_result_t<const Make&>;
    return [made = std::make_shared<std::optional<value>>(), make]() -> const value& {
        if (!*made) made->emplace(make());
        return **made;
    };
}

/// What a result comes to, in one number that must not depend on the number of threads.
inline double amount(double value) { return value; }
inline double amount(const std::vector<maskaudit::label_swap>& swaps) {
    std::size_t sum = 0;
    for (const auto& swap : swaps)
        sum += swap.num_pixel_issues;
    return static_cast<double>(sum);
}
inline double amount(const std::vector<maskaudit::issue_region>& regions) {
    double sum = 0;
    for (const auto& region : regions)
        sum += region.severity;
    return sum;
}
template <std::size_t Rank>
double amount(const xt::xtensor<std::uint8_t, Rank>& labels) {
    return static_cast<double>(std::accumulate(labels.data(), labels.data() + labels.size(), std::size_t{0}));
}
template <std::size_t Rank>
double amount(const xt::xtensor<bool, Rank>& issues) {
    return static_cast<double>(std::count(issues.data(), issues.data() + issues.size(), true));
}
template <class T, std::size_t Rank>
double amount(const maskaudit::label_quality_scores<T, Rank>& scores) {
    double sum = 0;
    for (const double score : scores.image_scores)
        sum += score;
    return sum;
}
inline double amount(const std::pair<maskaudit::inspection, std::vector<xt::xarray<bool>>>& inspected) {
    return static_cast<double>(inspected.first.num_issues);
}

/// The time of the read floor, in nanoseconds.
template <class Values>
double floor_time(const Values& values, unsigned threads) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(sum_all(values.data(), values.size(), threads));
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

/// Registers call(input, options), where `input` gives a scene. The read floor is taken right before and right after,
/// so that a machine that slows down for a while slows down both. Results are freed while the clock stands still: how
/// long they live is the caller's affair.
template <class Input, class Call>
void add_case(const std::string& array, const std::string& name, const Input& input, const Call& call,
              const std::vector<unsigned>& threads = {1, 2}) {
    for (const unsigned n_jobs : threads) {
        const auto run = [=](benchmark::State& state) {
            const auto& data = input();
            double found = 0;
            const double before = floor_time(data.pred_probs(), n_jobs);
            for (auto _ : state) {
                std::optional result(call(data, {.ignore_label = maskaudit_program::scene_void, .n_jobs = n_jobs}));
                benchmark::DoNotOptimize(result);
                state.PauseTiming();
                if (found == 0) found = amount(*result);
                result.reset();
                state.ResumeTiming();
            }
            state.counters["floor_ns"] = (before + floor_time(data.pred_probs(), n_jobs)) / 2;
            state.counters["amount"] = found;
            state.counters["pixels"] = static_cast<double>(data.labels.size());
            state.counters["probabilities"] = static_cast<double>(data.pred_probs().size());
        };
        const std::string full_name = array + "/" + name + "/threads:" + std::to_string(n_jobs);
        benchmark::RegisterBenchmark(full_name.c_str(), run)->UseRealTime()->Unit(benchmark::kMillisecond);
    }
}

} // namespace maskaudit_benchmarks
