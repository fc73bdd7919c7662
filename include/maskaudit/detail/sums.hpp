#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace maskaudit::detail {

/// Sums of q a class that do not depend on the order of addition, and merge.
///
/// q is added as an integer in units of 2^-44, rounded to nearest: an error of at most 2^-45 < 3e-14 a pixel. Partial
/// sums of at most 2^18 pixels fit 63 bits and go into a 128-bit total.
class class_sums {
public:
    explicit class_sums(std::size_t num_classes) : entries_(num_classes) {}

    void add(std::size_t k, double q) {
        entry& e = entries_[k];
        e.partial += std::llrint(q * scale);
        if (++e.count % pixels_a_partial == 0) e.flush();
    }

    class_sums& operator+=(const class_sums& other) {
        for (std::size_t k = 0; k < entries_.size(); ++k) {
            entries_[k].flush();
            entries_[k].total += other.entries_[k].total + other.entries_[k].partial;
            entries_[k].count += other.entries_[k].count;
        }
        return *this;
    }

    /// The confident thresholds: the mean of q in every class, at least 2e-6, which a class without pixels has.
    std::vector<double> thresholds() const {
        constexpr double lowest = 2e-6;
        std::vector<double> result;
        result.reserve(entries_.size());
        for (const entry& e : entries_) {
            const double mean =
                e.count == 0 ? 0 : static_cast<double>(e.total + e.partial) / scale / static_cast<double>(e.count);
            result.push_back((std::max)(mean, lowest));
        }
        return result;
    }

private:
    static constexpr double scale = 0x1p44;
    static constexpr std::uint64_t pixels_a_partial = std::uint64_t{1} << 18;
    __extension__ typedef __int128 wide; // NOLINT(modernize-use-using): __extension__ takes no alias declaration

    struct entry {
        std::int64_t partial = 0;
        std::uint64_t count = 0;
        wide total = 0;

        void flush() {
            total += partial;
            partial = 0;
        }
    };

    std::vector<entry> entries_;
};

/// Part of the sums behind a softmin image score, kept as weights relative to the least score seen.
///
/// score = sum x exp((m - x) / T) / sum exp((m - x) / T) with m = min x.
class softmin_sums {
public:
    explicit softmin_sums(double temperature) : temperature_((std::max)(temperature, 1e-6)) {}

    /// Adds `count` pixel scores, leaving out those of ignored pixels.
    template <class T, class IsIgnored>
    void add(const T* scores, std::size_t count, IsIgnored ignored) {
        softmin_sums chunk(temperature_);
        for (std::size_t i = 0; i < count; ++i)
            if (!ignored(i)) chunk.least_ = (std::min)(chunk.least_, static_cast<double>(scores[i]));
        for (std::size_t i = 0; i < count; ++i) {
            if (ignored(i)) continue;
            const auto x = static_cast<double>(scores[i]);
            const double weight = std::exp((chunk.least_ - x) / temperature_);
            chunk.weighted_ += x * weight;
            chunk.weights_ += weight;
        }
        *this += chunk;
    }

    softmin_sums& operator+=(const softmin_sums& other) {
        if (other.weights_ == 0) return *this;
        if (other.least_ < least_) {
            rescale(other.least_);
            weighted_ += other.weighted_;
            weights_ += other.weights_;
        } else {
            const double factor = std::exp((least_ - other.least_) / temperature_);
            weighted_ += other.weighted_ * factor;
            weights_ += other.weights_ * factor;
        }
        return *this;
    }

    /// In [0, 1], within the slack of probabilities; 1 when no pixel was added.
    double score() const { return weights_ == 0 ? 1.0 : weighted_ / weights_; }

private:
    void rescale(double least) {
        if (weights_ != 0) {
            const double factor = std::exp((least - least_) / temperature_);
            weighted_ *= factor;
            weights_ *= factor;
        }
        least_ = least;
    }

    double temperature_;
    double least_ = 2; // more than any probability
    double weighted_ = 0;
    double weights_ = 0;
};

} // namespace maskaudit::detail
