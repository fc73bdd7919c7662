#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace maskaudit::detail {

/// What confident learning may need of the pixels of a segment, two bits each, the first pixel's the lowest.
using segment_interests = std::uint32_t;
inline constexpr unsigned interest_bits = 2;
inline constexpr segment_interests disagreeing_bits = 0x55555555; // the lower ones; those above: agrees weakly
static_assert(segment_pixels * interest_bits == 8 * sizeof(segment_interests));

/// Adds q to the sums of its class, and says which pixels confident learning must look at: those whose predicted class
/// is not the given one, and those that agree with q up to a limit.
template <class T>
struct compare_kernel {
    std::size_t count; // a multiple of padded_pixels
    const class_id* given;
    const class_id* segments;
    const class_id* predicted;
    const T* quality;
    const T* best;
    T limit;
    class_total* totals;          // (K)
    segment_interests* interests; // (count / segment_pixels)
    std::size_t ignored = 0;      // pixels
    bool valid = true;            // whether the probabilities of all pixels that are not ignored are

    template <std::size_t Bytes>
    [[gnu::always_inline]] void run() {
        running_sum<Bytes> sum;
        vec<lane_integer<T>, Bytes> bad{};
        for (std::size_t i = 0; i < count; i += segment_pixels) {
            const class_id of_all = segments[i / segment_pixels];
            if (of_all == no_class) {
                ignored += segment_pixels;
                interests[i / segment_pixels] = 0;
                continue;
            }
            interests[i / segment_pixels] = compare<Bytes>(i, bad);
            if (of_all != many_classes) {
                go_on_with<Bytes>(of_all, sum);
                add<Bytes>(i, sum);
            } else if (!add_two_classes<Bytes>(i, sum)) {
                add_each<Bytes>(i);
            }
        }
        finish<Bytes>(sum);
        valid = !any(bad);
    }

private:
    using lane_bits = std::make_unsigned_t<lane_integer<T>>;

    /// The bit of every pixel that says that it disagrees; the next says that it agrees weakly.
    static constexpr auto pixel_bits = [] {
        std::array<lane_bits, segment_pixels> bits{};
        for (std::size_t i = 0; i < segment_pixels; ++i)
            bits[i] = lane_bits{1} << interest_bits * i;
        return bits;
    }();

    template <std::size_t Bytes>
    [[gnu::always_inline]] segment_interests compare(std::size_t begin, vec<lane_integer<T>, Bytes>& bad) {
        using value = vec<T, Bytes>;
        using integer = vec<lane_integer<T>, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(T);
        using narrow = vec<class_id, lanes * sizeof(class_id)>;
        using bit_lanes = vec<lane_bits, Bytes>;
        bit_lanes flags{};
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += lanes) {
            narrow label, prediction;
            load(label, given + begin + i);
            load(prediction, predicted + begin + i);
            value q, p;
            load(q, quality + begin + i);
            load(p, best + begin + i);
            bit_lanes bit;
            load(bit, pixel_bits.data() + i);
            const integer counts = __builtin_convertvector(label != narrow{} + no_class, integer);
            const integer differs = __builtin_convertvector(label != prediction, integer);
            const integer is_low = q <= value{} + limit;
            bad |= (p > value{} + largest_probability<T>)&counts;
            const integer agrees_low = is_low & ~differs;
            flags |= ((bit_lanes(differs) & bit) | (bit_lanes(agrees_low) & (bit + bit))) & bit_lanes(counts);
        }
        return joined<Bytes>(flags);
    }

    /// Lanes that have no bit in common.
    template <std::size_t Bytes>
    [[gnu::always_inline]] static segment_interests joined(const vec<lane_bits, Bytes>& flags) {
        vec<std::uint64_t, Bytes> words;
        __builtin_memcpy(&words, &flags, sizeof flags);
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < Bytes / sizeof all; ++i)
            all |= words[i];
        return static_cast<segment_interests>(all | (sizeof(T) == 4 ? all >> 32 : 0));
    }

    /// The sum of a class in fixed point, which stays in registers as long as the class goes on. Each pixel adds the
    /// bits of fixed_point::shift too.
    template <std::size_t Bytes>
    struct running_sum {
        class_id k = no_class;
        vec<std::uint64_t, Bytes> bits{};
        std::uint64_t pixels = 0;
    };

    /// Moves the sum to the total of its class.
    template <std::size_t Bytes>
    [[gnu::always_inline]] void finish(running_sum<Bytes>& sum) {
        if (sum.k == no_class) {
            ignored += sum.pixels;
        } else {
            std::uint64_t total = 0;
            for (std::size_t lane = 0; lane < Bytes / sizeof total; ++lane)
                total += sum.bits[lane];
            totals[sum.k].add(static_cast<std::int64_t>(total - sum.pixels * fixed_point::shift_bits), sum.pixels);
        }
        sum = {};
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void go_on_with(class_id k, running_sum<Bytes>& sum) {
        if (k == sum.k) return;
        finish<Bytes>(sum);
        sum.k = k;
    }

    /// q of some pixels in fixed point, with the bits of fixed_point::shift.
    template <std::size_t Bytes>
    [[gnu::always_inline]] static void convert(const T* from, vec<std::uint64_t, Bytes>& bits) {
        vec<double, Bytes> shifted;
        load_converted(shifted, from);
        shifted = shifted * fixed_point::scale + fixed_point::shift;
        __builtin_memcpy(&bits, &shifted, sizeof shifted);
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void add(std::size_t begin, running_sum<Bytes>& sum) const {
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += Bytes / sizeof(double)) {
            vec<std::uint64_t, Bytes> bits;
            convert<Bytes>(quality + begin + i, bits);
            sum.bits += bits;
        }
        sum.pixels += segment_pixels;
    }

    /// Where one class ends and another begins. Returns false, with nothing added, where there are more.
    template <std::size_t Bytes>
    [[gnu::always_inline]] bool add_two_classes(std::size_t begin, running_sum<Bytes>& sum) {
        using words = vec<std::uint64_t, Bytes>;
        constexpr std::size_t lanes = Bytes / sizeof(double);
        using ids = vec<class_id, lanes * sizeof(class_id)>;
        const class_id first = given[begin], last = given[begin + segment_pixels - 1];
        words of_first{}, of_last{}, num_first{}, others{};
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += lanes) {
            ids label;
            load(label, given + begin + i);
            const words is_first = __builtin_convertvector(label == ids{} + first, words);
            const words is_last = __builtin_convertvector(label == ids{} + last, words) & ~is_first;
            words bits;
            convert<Bytes>(quality + begin + i, bits);
            of_first += bits & is_first;
            of_last += bits & is_last;
            num_first -= is_first;
            others |= ~(is_first | is_last);
        }
        if (any(others)) return false;
        std::uint64_t pixels = 0;
        for (std::size_t lane = 0; lane < lanes; ++lane)
            pixels += num_first[lane];
        go_on_with<Bytes>(first, sum);
        sum.bits += of_first;
        sum.pixels += pixels;
        go_on_with<Bytes>(last, sum);
        sum.bits += of_last;
        sum.pixels += segment_pixels - pixels;
        return true;
    }

    template <std::size_t Bytes>
    [[gnu::always_inline]] void add_each(std::size_t begin) {
        constexpr std::size_t lanes = Bytes / sizeof(double);
        std::uint64_t fixed[segment_pixels];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += lanes) {
            vec<std::uint64_t, Bytes> bits;
            convert<Bytes>(quality + begin + i, bits);
            store(fixed + i, bits - fixed_point::shift_bits);
        }
        for (std::size_t i = 0; i < segment_pixels; ++i)
            if (const class_id k = given[begin + i]; k == no_class)
                ++ignored;
            else
                totals[k].add(static_cast<std::int64_t>(fixed[i]), 1);
    }
};

} // namespace maskaudit::detail
