#pragma once

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace maskaudit::detail {

/// q as an integer in units of 2^-44, rounded to nearest: an error of at most 2^-45 < 3e-14 a pixel.
///
/// A double of at least 2^52 has no fractions: adding 1.5 * 2^52 rounds, and leaves the integer in the low bits. The
/// product is exact, so that it makes no difference whether the two are fused.
struct fixed_point {
    static constexpr double scale = 0x1p44;
    static constexpr double shift = 0x1.8p52;
    static constexpr std::uint64_t shift_bits = std::bit_cast<std::uint64_t>(shift);
};
static_assert(FLT_EVAL_METHOD == 0, "sums are exact only where double is not computed with more digits");

inline std::int64_t to_fixed(double q) {
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(q * fixed_point::scale + fixed_point::shift) -
                                     fixed_point::shift_bits);
}

/// The sum of q over pixels of a class. 2^18 of them fit 63 bits. (Unsigned, since a q that is not finite is added
/// before it is refused.)
struct class_total {
    __extension__ typedef __int128 wide; // NOLINT(modernize-use-using): __extension__ takes no alias declaration

    void add(std::int64_t fixed, std::uint64_t pixels) {
        partial += static_cast<std::uint64_t>(fixed);
        count += pixels;
    }

    wide all() const { return sum + static_cast<std::int64_t>(partial); }

    std::uint64_t partial = 0;
    std::uint64_t count = 0;
    wide sum = 0;
};

/// Sums of q a class that do not depend on the order of addition, and merge.
class class_sums {
public:
    explicit class_sums(std::size_t num_classes) : totals_(num_classes) {}

    /// From totals of another object, without partial sums.
    explicit class_sums(std::vector<class_total> totals) : totals_(std::move(totals)) {}

    void add(std::size_t k, double q) { room_for(1)[k].add(to_fixed(q), 1); }

    /// The totals (K), to which up to so many pixels may be added.
    class_total* room_for(std::size_t pixels) {
        constexpr std::size_t most = std::size_t{1} << 18;
        if (pending_ + pixels > most) {
            flush();
            pending_ = 0;
        }
        pending_ += pixels;
        return totals_.data();
    }

    class_sums& operator+=(const class_sums& other) {
        for (std::size_t k = 0; k < totals_.size(); ++k) {
            totals_[k].sum += other.totals_[k].all();
            totals_[k].count += other.totals_[k].count;
        }
        return *this;
    }

    const std::vector<class_total>& totals() const noexcept { return totals_; }

    /// The confident thresholds: the mean of q in every class, at least 2e-6, which a class without pixels has.
    std::vector<double> thresholds() const {
        constexpr double lowest = 2e-6;
        std::vector<double> result;
        result.reserve(totals_.size());
        for (const class_total& total : totals_) {
            const double mean = total.count == 0 ? 0
                                                 : static_cast<double>(total.all()) / fixed_point::scale /
                                                       static_cast<double>(total.count);
            result.push_back((std::max)(mean, lowest));
        }
        return result;
    }

private:
    void flush() {
        for (class_total& total : totals_) {
            total.sum = total.all();
            total.partial = 0;
        }
    }

    std::vector<class_total> totals_;
    std::size_t pending_ = 0; // pixels in the partial sums, at most
};

/// Part of the sums behind a softmin image score, over some pixels.
struct softmin_part {
    double least = 2;    // m, at most the least of the pixel scores x; more than any where there is no pixel
    double weighted = 0; // sum x w with w = exp((m - x) / T)
    double weights = 0;  // sum w
};

/// Joins the parts to the image score, sum x w / sum w, for which it makes no difference what m is.
class softmin_sums {
public:
    explicit softmin_sums(double temperature) : temperature_(temperature) {}

    softmin_sums& operator+=(const softmin_part& part) {
        if (part.weights == 0) return *this;
        const double least = (std::min)(sums_.least, part.least);
        const double mine = std::exp((least - sums_.least) / temperature_);
        const double others = std::exp((least - part.least) / temperature_);
        sums_ = {least, sums_.weighted * mine + part.weighted * others, sums_.weights * mine + part.weights * others};
        return *this;
    }

    /// In [0, 1], within the slack of probabilities; 1 when no pixel was added.
    double score() const { return sums_.weights == 0 ? 1.0 : sums_.weighted / sums_.weights; }

private:
    double temperature_;
    softmin_part sums_{};
};

/// The softmin scores of images whose parts come in any order, from several threads, and have to be joined in order: a
/// sum in floating point depends on it. Parts that come early wait, as long as those before them are being made.
class softmin_scores {
public:
    softmin_scores(std::size_t images, std::size_t parts_an_image, double temperature)
        : parts_(parts_an_image), temperature_(temperature), scores_(images, softmin_sums(temperature).score()) {}

    void add(std::size_t n, std::size_t index, const softmin_part& part) {
        const std::lock_guard lock(mutex_);
        image& begun = begun_.try_emplace(n, image{softmin_sums(temperature_)}).first->second;
        begun.early.emplace(index, part);
        for (auto next = begun.early.begin(); next != begun.early.end() && next->first == begun.joined;
             next = begun.early.erase(next), ++begun.joined)
            begun.sums += next->second;
        if (begun.joined < parts_) return;
        scores_[n] = begun.sums.score();
        begun_.erase(n);
    }

    const std::vector<double>& scores() const noexcept { return scores_; }

private:
    struct image {
        softmin_sums sums;
        std::size_t joined = 0;
        std::map<std::size_t, softmin_part> early{};
    };

    std::mutex mutex_;
    std::size_t parts_;
    double temperature_;
    std::map<std::size_t, image> begun_;
    std::vector<double> scores_;
};

} // namespace maskaudit::detail
