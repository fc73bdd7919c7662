#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/softmin_kernel.hpp>
#include <maskaudit/detail/stored_probability.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

namespace maskaudit::detail {

/// What taking q of consecutive pixels needs and finds.
template <class T>
struct quality_task {
    std::size_t count;
    const class_id* given;
    const class_id* segments;
    T* quality;                        // (count), and room for padded(count): 1 where ignored
    std::optional<double> temperature; // of the softmin sums; none if nobody wants them
    softmin_part softmin{};
    std::size_t ignored = 0; // pixels
    bool valid = true;       // whether every q is a probability

    /// q of one pixel: what load(k) gives for its class k.
    template <class Load>
    [[gnu::always_inline]] T take(std::size_t i, Load load) {
        const bool counts = given[i] != no_class;
        const T q = counts ? load(given[i]) : T{1};
        valid &= is_probability(q);
        ignored += counts ? 0 : 1;
        return q;
    }

    /// Makes the softmin sums of q that has been taken, if they are wanted.
    void add_softmin() {
        if (!temperature) return;
        std::fill(quality + count, quality + padded(count), T{1}); // as ignored ones
        softmin = softmin_of(quality, given, segments, count, *temperature);
    }
};

/// Takes q, the self-confidence, out of the planes, and nothing else: for those who need no other class. The softmin
/// sums on the way, if wanted: the processor does them while it waits for memory.
template <class T, class Stored>
struct quality_kernel {
    const Stored* planes; // of class 0
    std::ptrdiff_t class_stride;
    quality_task<T>& task;

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        softmin_lanes<T, Bytes> sums(task.temperature.value_or(1));
        if (task.temperature)
            take<Bytes>([&](const T* scores, std::size_t i) __attribute__((always_inline)) {
                sums.add(scores, task.segments[i / segment_pixels], task.given + i);
            });
        else
            take<Bytes>([](const T*, std::size_t) {});
        task.softmin = sums.finish();
    }

private:
    template <std::size_t Bytes>
    using values = vec<T, Bytes>[segment_pixels * sizeof(T) / Bytes];

    /// Calls use(q, i) for every segment, which starts with pixel i.
    template <std::size_t Bytes, class Use>
    [[gnu::always_inline]] void take(Use use) {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        const value least = value{} + least_probability<T>, infinite = value{} + std::numeric_limits<T>::infinity();
        value largest{}; // infinite where any is below the least, or NaN
        const std::size_t count = task.count;
        std::size_t i = 0;
        for (; i + segment_pixels <= count; i += segment_pixels) {
            prefetch(i + prefetch_distance);
            const class_id of_all = task.segments[i / segment_pixels];
            if (of_all == no_class) task.ignored += segment_pixels;
            values<Bytes> q;
            if (of_all != many_classes) {
                load_segment<Bytes>(of_all, i, q);
            } else if (!take_two_classes<Bytes>(i, q)) {
                pick(i, i + segment_pixels, task.quality + i);
                use(task.quality + i, i);
                continue;
            }
#pragma GCC unroll 8
            for (std::size_t v = 0; v < segment_pixels / lanes; ++v) {
                const value checked = q[v] >= least ? q[v] : infinite;
                largest = checked > largest ? checked : largest;
                store(task.quality + i + v * lanes, q[v]);
            }
            use(task.quality + i, i);
        }
        for (std::size_t lane = 0; lane < lanes; ++lane)
            task.valid &= largest[lane] <= largest_probability<T>;
        if (i == count) return;
        auto rest_array = ones_array<T>; // there is no room for a whole segment
        T* const rest = rest_array.data();
        pick(i, count, rest);
        for (std::size_t j = i; j < count; ++j)
            task.quality[j] = rest[j - i];
        use(rest, i);
    }

    static constexpr std::size_t prefetch_distance = 512;

    [[gnu::always_inline]] const Stored* plane(class_id k) const {
        return planes + static_cast<std::ptrdiff_t>(k) * class_stride;
    }

    /// The probabilities of a class for a segment that starts with pixel i; 1 for no class.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void load_segment(class_id k, std::size_t i, values<Bytes>& p) const {
        constexpr std::size_t lanes = Bytes / sizeof(T);
        if (k == no_class)
#pragma GCC unroll 8
            for (std::size_t v = 0; v < segment_pixels / lanes; ++v)
                p[v] = vec<T, Bytes>{} + T{1};
        else
#pragma GCC unroll 8
            for (std::size_t v = 0; v < segment_pixels / lanes; ++v)
                load_probabilities<T, Bytes>(p[v], plane(k) + i + v * lanes);
    }

    /// Where a run of one class ends and another begins, which is the usual segment of several classes. Returns false,
    /// with nothing taken, where there are more than two.
    template <std::size_t Bytes>
    [[gnu::always_inline]] bool take_two_classes(std::size_t i, values<Bytes>& q) {
        constexpr std::size_t lanes = Bytes / sizeof(T);
        constexpr std::size_t vectors = segment_pixels / lanes;
        using ids = vec<std::make_unsigned_t<lane_integer<T>>, Bytes>;
        const class_id first = task.given[i], last = task.given[i + segment_pixels - 1];
        ids labels[vectors], others{};
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            load_converted(labels[v], task.given + i + v * lanes);
            note_others(others, labels[v], first, last);
        }
        if (any(others)) return false;
        values<Bytes> of_first;
        load_segment<Bytes>(first, i, of_first);
        load_segment<Bytes>(last, i, q);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v)
            take_where_equal<Bytes>(q[v], of_first[v], labels[v], first);
        if (first == no_class || last == no_class) {
            const class_id* const given = task.given + i;
            task.ignored += static_cast<std::size_t>(std::count(given, given + segment_pixels, no_class));
        }
        return true;
    }

    /// Replaces q by the probability of class k where that is the label. (By a comparison GCC 12 fails for AVX-512.)
    template <std::size_t Bytes, class Ids>
    [[gnu::always_inline]] static void take_where_equal(vec<T, Bytes>& q, const vec<T, Bytes>& of_class,
                                                        const Ids& labels, class_id k) {
        Ids is_class, bits, of_class_bits;
        set_where_equal(is_class, labels, Ids{} + k);
        __builtin_memcpy(&bits, &q, sizeof q);
        __builtin_memcpy(&of_class_bits, &of_class, sizeof of_class);
        bits = (of_class_bits & is_class) | (bits & ~is_class);
        __builtin_memcpy(&q, &bits, sizeof q);
    }

    [[gnu::always_inline]] void pick(std::size_t i, std::size_t end, T* out) {
        for (; i < end; ++i)
            *out++ = task.take(
                i, [&](class_id k) __attribute__((always_inline)) { return load_probability(plane(k)[i]); });
    }

    /// Runs within planes are too short for the processor to foresee. A segment may lie across two lines of the cache,
    /// or more.
    [[gnu::always_inline]] void prefetch(std::size_t i) const {
        if (i + segment_pixels > task.count) return;
        const std::size_t last = i + segment_pixels - 1;
        for (const class_id k : {task.given[i], task.given[last]}) {
            if (k == no_class) continue;
            for (std::size_t j = i; j < last; j += 64 / sizeof(Stored))
                __builtin_prefetch(plane(k) + j);
            __builtin_prefetch(plane(k) + last);
            if (task.segments[i / segment_pixels] != many_classes) return;
        }
    }
};

} // namespace maskaudit::detail
