#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/softmin_kernel.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace maskaudit::detail {

/// Takes q, the self-confidence, out of the planes, and nothing else: for those who need no other class. The softmin
/// sums on the way, if wanted: the processor does them while it waits for memory.
template <class T>
struct quality_kernel {
    const T* planes; // of class 0
    std::ptrdiff_t class_stride;
    std::size_t count;
    const class_id* given;
    const class_id* segments;
    T* quality;                        // (count): 1 where ignored
    std::optional<double> temperature; // of the softmin sums; none if nobody wants them
    softmin_part softmin{};
    std::size_t ignored = 0; // pixels
    bool valid = true;       // whether every q is a probability

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        softmin_lanes<T, Bytes> sums(temperature.value_or(1));
        if (temperature)
            take<Bytes>([&](const T* scores, std::size_t i) __attribute__((always_inline)) {
                sums.add(scores, segments[i / segment_pixels], given + i);
            });
        else
            take<Bytes>([](const T*, std::size_t) {});
        softmin = sums.finish();
    }

private:
    /// Calls use(q, i) for every segment, which starts with pixel i.
    template <std::size_t Bytes, class Use>
    [[gnu::always_inline]] void take(Use use) {
        using value = vec<T, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        const value least = value{} + least_probability<T>, largest = value{} + largest_probability<T>;
        vec<lane_integer<T>, Bytes> all_valid = least <= largest;
        std::size_t i = 0;
        for (; i + segment_pixels <= count; i += segment_pixels) {
            prefetch(i + prefetch_distance);
            const class_id of_all = segments[i / segment_pixels];
            if (of_all == no_class) ignored += segment_pixels;
            if (of_all == many_classes) {
                if (!take_two_classes<Bytes>(i, all_valid)) pick(i, i + segment_pixels, quality + i);
            } else {
                const T* const from = of_all == no_class ? ones<T> : plane(of_all) + i;
#pragma GCC unroll 8
                for (std::size_t j = 0; j < segment_pixels; j += lanes) {
                    value q;
                    load(q, from + j);
                    all_valid &= (q >= least) & (q <= largest);
                    store(quality + i + j, q);
                }
            }
            use(quality + i, i);
        }
        valid &= !any(~all_valid);
        if (i == count) return;
        auto rest_array = ones_array<T>; // there is no room for a whole segment
        T* const rest = rest_array.data();
        pick(i, count, rest);
        for (std::size_t j = i; j < count; ++j)
            quality[j] = rest[j - i];
        use(rest, i);
    }

    static constexpr std::size_t prefetch_distance = 512;

    [[gnu::always_inline]] const T* plane(class_id k) const {
        return planes + static_cast<std::ptrdiff_t>(k) * class_stride;
    }

    /// Where a run of one class ends and another begins, which is the usual segment of several classes. Returns false,
    /// with nothing taken, where there are more than two.
    template <std::size_t Bytes>
    [[gnu::always_inline]] bool take_two_classes(std::size_t i, vec<lane_integer<T>, Bytes>& all_valid) {
        using value = vec<T, Bytes>;
        using integer = vec<lane_integer<T>, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        constexpr std::size_t vectors = segment_pixels / lanes;
        using narrow = vec<class_id, lanes * sizeof(class_id)>;
        const value least = value{} + least_probability<T>, largest = value{} + largest_probability<T>;
        const class_id first = given[i], last = given[i + segment_pixels - 1];
        narrow is_other{}, num_first{};
        narrow is_first[vectors];
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            narrow label;
            load(label, given + i + v * lanes);
            is_first[v] = label == narrow{} + first;
            num_first -= is_first[v];
            is_other |= ~is_first[v] & (label != narrow{} + last);
        }
        if (any(is_other)) return false;
        const T* const from_first = first == no_class ? ones<T> : plane(first) + i;
        const T* const from_last = last == no_class ? ones<T> : plane(last) + i;
#pragma GCC unroll 8
        for (std::size_t v = 0; v < vectors; ++v) {
            value of_first, of_last;
            load(of_first, from_first + v * lanes);
            load(of_last, from_last + v * lanes);
            const value q =
                __builtin_convertvector(vec<std::int32_t, sizeof(narrow)>(is_first[v]), integer) ? of_first : of_last;
            all_valid &= (q >= least) & (q <= largest);
            store(quality + i + v * lanes, q);
        }
        if (first == no_class || last == no_class) {
            std::size_t count_first = 0;
            for (std::size_t lane = 0; lane < lanes; ++lane)
                count_first += num_first[lane];
            ignored += first == no_class ? count_first : segment_pixels - count_first;
        }
        return true;
    }

    [[gnu::always_inline]] void pick(std::size_t i, std::size_t end, T* out) {
        for (; i < end; ++i) {
            const bool counts = given[i] != no_class;
            const T q = counts ? plane(given[i])[i] : T{1};
            *out++ = q;
            valid &= is_probability(q);
            ignored += counts ? 0 : 1;
        }
    }

    /// Runs within planes are too short for the processor to foresee. A segment may lie across two lines of the cache,
    /// or more.
    [[gnu::always_inline]] void prefetch(std::size_t i) const {
        if (i + segment_pixels > count) return;
        const std::size_t last = i + segment_pixels - 1;
        for (const class_id k : {given[i], given[last]}) {
            if (k == no_class) continue;
            for (std::size_t j = i; j < last; j += 64 / sizeof(T))
                __builtin_prefetch(plane(k) + j);
            __builtin_prefetch(plane(k) + last);
            if (segments[i / segment_pixels] != many_classes) return;
        }
    }
};

} // namespace maskaudit::detail
