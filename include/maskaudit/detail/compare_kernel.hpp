#pragma once

#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/probability.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/detail/vectors.hpp>

#include <algorithm>
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
        vec<T, Bytes> largest{};
        for (std::size_t i = 0; i < count; i += segment_pixels) {
            const class_id of_all = segments[i / segment_pixels];
            if (of_all == no_class) {
                ignored += segment_pixels;
                interests[i / segment_pixels] = 0;
                continue;
            }
            interests[i / segment_pixels] = compare<Bytes>(i, largest);
            if (of_all != many_classes) {
                go_on_with<Bytes>(of_all, sum);
                add<Bytes>(i, sum);
            } else if (!add_two_classes<Bytes>(i, sum)) {
                add_each<Bytes>(i);
            }
        }
        finish<Bytes>(sum);
        for (std::size_t lane = 0; lane < Bytes / sizeof(T); ++lane)
            valid &= largest[lane] <= largest_probability<T>;
    }

private:
    using lane_bits = std::make_unsigned_t<lane_integer<T>>; // class ids, too

    /// The bit of every pixel that says that it disagrees; the next says that it agrees weakly.
    static constexpr auto pixel_bits = [] {
        std::array<lane_bits, segment_pixels> bits{};
        for (std::size_t i = 0; i < segment_pixels; ++i)
            bits[i] = lane_bits{1} << interest_bits * i;
        return bits;
    }();

    /// \param largest  of the probabilities that count
    template <std::size_t Bytes>
    [[gnu::always_inline]] segment_interests compare(std::size_t begin, vec<T, Bytes>& largest) {
        using value = vec<T, Bytes>;
        using bits = vec<lane_bits, Bytes>;
        const bits none = bits{} + static_cast<lane_bits>(no_class);
        bits flags{};
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += Bytes / sizeof(T)) {
            bits label, prediction, bit;
            load_converted(label, given + begin + i);
            load_converted(prediction, predicted + begin + i);
            load(bit, pixel_bits.data() + i);
            value q, p;
            load(q, quality + begin + i);
            load(p, best + begin + i);
            p = label != none ? p : largest;
            largest = p > largest ? p : largest;
            bits flag = q <= value{} + limit ? bit + bit : bits{};
            flag = label != prediction ? bit : flag;
            flags |= label != none ? flag : bits{};
        }
        const std::uint64_t all = joined_bits(flags); // lanes have no bit in common
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
        const class_id first = given[begin], last = given[begin + segment_pixels - 1];
        words of_first{}, of_both{}, others{};
#pragma GCC unroll 8
        for (std::size_t i = 0; i < segment_pixels; i += Bytes / sizeof(double)) {
            words label, bits;
            load_converted(label, given + begin + i);
            convert<Bytes>(quality + begin + i, bits);
            of_both += bits;
            words is_first;
            set_where_equal(is_first, label, words{} + first);
            of_first += bits & is_first;
            note_others(others, label, first, last);
        }
        if (any(others)) return false;
        const auto pixels =
            static_cast<std::uint64_t>(std::count(given + begin, given + begin + segment_pixels, first));
        go_on_with<Bytes>(first, sum);
        sum.bits += of_first;
        sum.pixels += pixels;
        go_on_with<Bytes>(last, sum);
        sum.bits += of_both - of_first;
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
