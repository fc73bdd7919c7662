#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/label_kernel.hpp>
#include <maskaudit/detail/strip.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

// Issue pixels as runs along the last axis, and which of them make a region. Regions are of runs and not of pixels,
// since issues are few and lie together: time and memory go with them, whatever the size and the rank of the image.
// Templates of the run, of which there is one, so that nobody compiles them who asks for no regions.

namespace maskaudit::detail {

/// Issue pixels side by side in a row, all of one given and one predicted class, and sums over them.
struct issue_run {
    std::size_t begin, end; // flat positions
    class_id given, predicted;
    double quality = 0, best = 0, evidence = 0;

    bool is_about_the_same(const issue_run& other) const {
        return given == other.given && predicted == other.predicted;
    }
};

/// What a pixel adds to the severity of its region.
inline double evidence_of(double best, double quality) {
    constexpr double floor = 2e-6; // the least threshold; see issue_regions
    return std::log((std::max)(best, floor) / (std::max)(quality, floor));
}

/// The runs of an image, ascending.
template <class Run>
class run_list {
public:
    void start(std::size_t width) {
        runs_.clear();
        width_ = width;
    }

    /// Adds an issue pixel, which comes after all others.
    void add(std::size_t position, class_id given, class_id predicted, double quality, double best) {
        Run& run = run_at(position, given, predicted);
        ++run.end;
        run.quality += quality;
        run.best += best;
        if (given != predicted) run.evidence += evidence_of(best, quality); // it is 0 otherwise, and dear
    }

    /// Adds the issues of a strip, which starts where the last one ended or later. Sums go on from strip to strip, so
    /// that they do not depend on where strips end.
    template <class T>
    void add(const strip<T>& pixels) {
        for (std::size_t i = 0; i < pixels.count; ++i)
            if (pixels.given[i] != no_class)
                add(pixels.first + i, pixels.given[i], pixels.predicted[i], static_cast<double>(pixels.quality[i]),
                    static_cast<double>(pixels.best[i]));
    }

    const std::vector<Run>& all() const noexcept { return runs_; }

private:
    /// The run that ends at this position, a new one unless the last one goes on.
    Run& run_at(std::size_t position, class_id given, class_id predicted) {
        if (!runs_.empty() && position < row_end_) {
            Run& last = runs_.back();
            if (last.end == position && last.given == given && last.predicted == predicted) return last;
        }
        row_end_ = (position / width_ + 1) * width_;
        return runs_.emplace_back(Run{position, position, given, predicted});
    }

    std::vector<Run> runs_;
    std::size_t width_ = 1;
    std::size_t row_end_ = 0; // of the last run
};

/// Sets of runs that are united step by step (a forest whose roots are the first runs of their sets).
class united_runs {
public:
    explicit united_runs(std::size_t count) : parents_(count) {
        for (std::size_t i = 0; i < count; ++i)
            parents_[i] = i;
    }

    void unite(std::size_t a, std::size_t b) {
        a = root(a);
        b = root(b);
        parents_[(std::max)(a, b)] = (std::min)(a, b);
    }

    /// The set of every run, sets numbered by their first runs; and how many there are. Ends the uniting.
    std::pair<std::vector<std::size_t>, std::size_t> numbered() && {
        std::size_t count = 0;
        for (std::size_t i = 0; i < parents_.size(); ++i) // a parent comes before, and has its number
            parents_[i] = parents_[i] == i ? count++ : parents_[parents_[i]];
        return {std::move(parents_), count};
    }

private:
    std::size_t root(std::size_t i) {
        for (; parents_[i] != i; i = parents_[i])
            parents_[i] = parents_[parents_[i]];
        return i;
    }

    std::vector<std::size_t> parents_;
};

/// A row that touches another and comes before it: -1, 0 or 1 along every axis but the last.
struct earlier_row {
    std::vector<int> steps;
    std::size_t distance;   // in flat positions
    bool is_inside = false; // the image, seen from the row looked at
    std::size_t next = 0;   // the first run that may touch those still to come
};

/// All of them, of images of that shape.
template <class Row = earlier_row>
std::vector<Row> earlier_rows(const extents& shape, bool full_connectivity) {
    std::vector<std::pair<std::vector<int>, std::ptrdiff_t>> found{{{}, 0}}; // steps, distance
    for (std::size_t axis = 0; axis + 1 < shape.size(); ++axis) {
        const auto stride = static_cast<std::ptrdiff_t>(count_of(drop_front(shape, axis + 1)));
        auto longer = std::exchange(found, {});
        for (auto& [steps, distance] : longer)
            for (const int step : {-1, 0, 1}) {
                const bool is_first = std::all_of(steps.begin(), steps.end(), [](int before) { return before == 0; });
                if (step != 0 && (shape[axis] == 1 || !(full_connectivity || is_first))) continue;
                found.push_back({steps, distance - step * stride});
                found.back().first.push_back(step);
            }
    }
    std::vector<Row> rows;
    for (auto& [steps, distance] : found)
        if (distance > 0) rows.push_back({std::move(steps), static_cast<std::size_t>(distance)});
    return rows;
}

/// Unites the runs of an image that touch each other and, with split_by_class, are about the same classes.
///
/// Runs are gone through once, and beside them once more for every neighbouring row: those of it that may touch come
/// later and later.
template <class Run>
united_runs unite_touching(const std::vector<Run>& runs, const extents& shape, bool full_connectivity,
                           bool split_by_class) {
    united_runs sets(runs.size());
    auto rows = earlier_rows(shape, full_connectivity);
    const extents row_shape(shape.begin(), shape.end() - 1);
    const std::size_t width = shape.back(), reach = full_connectivity ? 1 : 0;
    std::size_t row_begin = 0, row_end = 0;
    const auto start_row = [&](std::size_t position) {
        row_begin = position / width * width;
        row_end = row_begin + width;
        const extents index = unravel(position / width, row_shape);
        for (auto& row : rows) {
            row.is_inside = true;
            for (std::size_t axis = 0; axis < index.size(); ++axis)
                if (row.steps[axis] < 0 ? index[axis] == 0 : row.steps[axis] > 0 && index[axis] + 1 == row_shape[axis])
                    row.is_inside = false;
        }
    };
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Run& run = runs[i];
        if (run.begin >= row_end)
            start_row(run.begin);
        else if (!split_by_class && runs[i - 1].end == run.begin)
            sets.unite(i - 1, i);
        for (auto& row : rows) {
            if (!row.is_inside) continue;
            const std::size_t begin = (std::max)(run.begin, row_begin + reach) - reach - row.distance;
            const std::size_t end = (std::min)(run.end + reach, row_end) - row.distance;
            while (runs[row.next].end <= begin) // this run itself is not
                ++row.next;
            for (std::size_t j = row.next; runs[j].begin < end; ++j)
                if (!split_by_class || run.is_about_the_same(runs[j])) sets.unite(j, i);
        }
    }
    return sets;
}

} // namespace maskaudit::detail
