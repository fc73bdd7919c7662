#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

// The read floor: what reading an array once costs at least, taken as the time to sum it. Everything else is told as a
// multiple of it, which says how much there is left to gain, and which other machines can be compared by.

namespace maskaudit_benchmarks {

/// Sums in vectors of `Bytes` with eight accumulators, so that no addition waits for the one before. The values are
/// read in their order, or in `Streams` parts side by side, from the front of each.
///
/// Inlined into a caller for each instruction set, and compiled for that.
template <std::size_t Bytes, std::size_t Streams, class T>
[[gnu::always_inline]] inline double sum_in_vectors(const T* values, std::size_t size) {
    using vector [[gnu::vector_size(Bytes), gnu::aligned(alignof(T)), gnu::may_alias]] = T;
    constexpr std::size_t lanes = Bytes / sizeof(T), together = 8 / Streams;
    const std::size_t part = size / Streams / (together * lanes) * (together * lanes);
    vector sums[8]{};
    for (std::size_t i = 0; i < part; i += together * lanes)
        for (std::size_t stream = 0; stream < Streams; ++stream)
            for (std::size_t v = 0; v < together; ++v)
                sums[stream * together + v] += *reinterpret_cast<const vector*>(values + stream * part + i + v * lanes);
    double total = 0;
    for (const vector& sum : sums)
        for (std::size_t lane = 0; lane < lanes; ++lane)
            total += static_cast<double>(sum[lane]);
    for (std::size_t i = Streams * part; i < size; ++i)
        total += static_cast<double>(values[i]);
    return total;
}

template <std::size_t Streams, class T>
double sum_baseline(const T* values, std::size_t size) {
    return sum_in_vectors<16, Streams>(values, size);
}

#ifdef __x86_64__
template <std::size_t Streams, class T>
[[gnu::target("avx2")]] double sum_avx2(const T* values, std::size_t size) {
    return sum_in_vectors<32, Streams>(values, size);
}

template <std::size_t Streams, class T>
[[gnu::target("avx512f")]] double sum_avx512(const T* values, std::size_t size) {
    return sum_in_vectors<64, Streams>(values, size);
}
#endif

/// The widest sum that this CPU can do, and its name.
template <std::size_t Streams, class T>
struct widest_sum {
    double (*function)(const T*, std::size_t) = sum_baseline<Streams, T>;
    const char* name = "baseline";

    widest_sum() {
#ifdef __x86_64__
        if (__builtin_cpu_supports("avx512f")) {
            function = sum_avx512<Streams, T>;
            name = "avx512";
        } else if (__builtin_cpu_supports("avx2")) {
            function = sum_avx2<Streams, T>;
            name = "avx2";
        }
#endif
    }
};

/// The fastest way to read known: four streams side by side, which the processor foresees better than a single one.
inline constexpr std::size_t floor_streams = 4;

/// Sums all values. The threads take pieces of 10 MB as they get free; a single one goes through them in order. Pieces
/// also keep sums in float small enough to be checked.
template <std::size_t Streams = floor_streams, class T>
double sum_all(const T* values, std::size_t size, unsigned threads) {
    constexpr std::size_t piece = 10'000'000 / sizeof(T);
    const auto sum = widest_sum<Streams, T>().function;
    std::atomic<std::size_t> next = 0;
    std::vector<double> totals(threads);
    const auto work = [&](unsigned thread) {
        double total = 0; // not in the vector, where threads would share a cache line
        for (std::size_t begin = 0; (begin = piece * next++) < size;)
            total += sum(values + begin, std::min(piece, size - begin));
        totals[thread] = total;
    };
    {
        std::vector<std::jthread> others;
        for (unsigned thread = 1; thread < threads; ++thread)
            others.emplace_back(work, thread);
        work(0);
    }
    double total = 0;
    for (const double part : totals)
        total += part;
    return total;
}

} // namespace maskaudit_benchmarks
