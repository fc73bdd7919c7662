#pragma once

#include "arrays.hpp"
#include "functions.hpp"
#include "python_streams.hpp"

#include <maskaudit/inspector.hpp>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <mutex>
#include <optional>
#include <ostream>
#include <pybind11/stl.h>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace maskaudit_python {

/// Something that several threads of Python may use at a time, though the library's own is for one. A thread waits for
/// it without the lock of the interpreter, which the one that has it may need.
template <class T>
class guarded {
public:
    explicit guarded(T value) : value_(std::move(value)) {}

    /// Calls f(value).
    template <class F>
    auto with(F f) {
        const py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        return f(value_);
    }

    /// Calls f(value, value of the other), which may be of another type, and the same object.
    template <class Other, class F>
    auto with_both(guarded<Other>& other, F f) {
        const py::gil_scoped_release release;
        if constexpr (std::is_same_v<T, Other>) {
            if (&other == this) {
                const std::lock_guard lock(mutex_);
                const T copy = value_;
                return f(value_, copy);
            }
        }
        const std::scoped_lock locks(mutex_, other.mutex_); // of several threads none waits for another that waits
        return f(value_, std::as_const(other.value_));
    }

private:
    template <class Other>
    friend class guarded;

    T value_;
    std::mutex mutex_;
};

/// Counts as the type that numpy has for them by default: with uint64 a sum of int would be float64.
inline py::array_t<std::int64_t> counts(const xt::xtensor<std::uint64_t, 1>& values) {
    py::array_t<std::int64_t> result(static_cast<py::ssize_t>(values.size()));
    std::copy(values.begin(), values.end(), result.mutable_data());
    return result;
}

class inspection {
public:
    explicit inspection(maskaudit::inspection found) : found_(std::move(found)) {}

    /// A member, made into something of Python.
    template <class F>
    static auto getter(F member) {
        return [member](inspection& self) {
            auto value = self.found_.with([&](const maskaudit::inspection& found) { return found.*member; });
            if constexpr (std::is_same_v<decltype(value), xt::xtensor<std::uint64_t, 1>>)
                return counts(value);
            else if constexpr (std::is_same_v<decltype(value), xt::xtensor<double, 1>>)
                return to_numpy(std::move(value));
            else
                return value;
        };
    }

    std::size_t num_images() {
        return found_.with([](const maskaudit::inspection& found) { return found.images.size(); });
    }

    py::array issues(std::size_t n) {
        return to_numpy(found_.with([n](const maskaudit::inspection& found) { return found.issues(n); }));
    }

    void keep_issues(std::size_t n, const py::array& mask) {
        const auto kept = over<bool>(mask);
        found_.with([&](maskaudit::inspection& found) { found.keep_issues(n, kept); });
    }

    swap_rows common_label_issues(std::vector<std::size_t> exclude) {
        const maskaudit::summary_options summary = all_rows_but(std::move(exclude));
        return to_rows(
            found_.with([&](const maskaudit::inspection& found) { return found.common_label_issues(summary); }));
    }

    guarded<maskaudit::inspection>& found() { return found_; }

private:
    guarded<maskaudit::inspection> found_;
};

class label_inspector {
public:
    label_inspector(std::size_t num_classes, const maskaudit::options& options, double temperature,
                    std::size_t downsample, bool majority, bool normalized)
        : inspector_(maskaudit::label_inspector(num_classes, {.ignore_label = options.ignore_label,
                                                              .n_jobs = options.n_jobs,
                                                              .temperature = temperature,
                                                              .confident = confident(downsample, majority),
                                                              .normalized = normalized})) {}
    explicit label_inspector(maskaudit::label_inspector loaded) : inspector_(std::move(loaded)) {}

    std::size_t add(const py::array& labels, const py::array& pred_probs, std::optional<std::size_t> index) {
        const labels_and_pred_probs data(labels, pred_probs);
        return inspector_.with([&](maskaudit::label_inspector& inspector) {
            return data.visit([&](const auto& given, const auto& probs) { return inspector.add(given, probs, index); });
        });
    }

    void merge(label_inspector& other) {
        inspector_.with_both(other.inspector_, [](maskaudit::label_inspector& inspector,
                                                  const maskaudit::label_inspector& merged) { inspector += merged; });
    }

    void save(const py::object& file) {
        python_file_writer writer(file);
        std::ostream out(&writer);
        out.exceptions(std::ios::badbit); // so that what write() raises comes through
        inspector_.with([&](const maskaudit::label_inspector& inspector) {
            inspector.save(out);
            out.flush();
        });
    }

    static label_inspector* load(const py::buffer& state) {
        const py::buffer_info bytes = state.request();
        memory_reader reader(bytes.ptr, static_cast<std::size_t>(bytes.size * bytes.itemsize));
        const py::gil_scoped_release release;
        std::istream in(&reader);
        maskaudit::label_inspector loaded = maskaudit::label_inspector::load(in);
        if (in.peek() != std::istream::traits_type::eof())
            throw std::invalid_argument("inspector state: there are bytes behind its end");
        return new label_inspector(std::move(loaded));
    }

    std::size_t num_classes() {
        return inspector_.with([](const maskaudit::label_inspector& inspector) { return inspector.num_classes(); });
    }

    std::size_t num_images() {
        return inspector_.with([](const maskaudit::label_inspector& inspector) { return inspector.num_images(); });
    }

    inspection* finish() {
        return new inspection(
            inspector_.with([](const maskaudit::label_inspector& inspector) { return inspector.finish(); }));
    }

    std::vector<maskaudit::issue_region> issue_regions(inspection& found, const maskaudit::region_options& regions) {
        return inspector_.with_both(
            found.found(), [&](const maskaudit::label_inspector& inspector, const maskaudit::inspection& issues) {
                return inspector.issue_regions(issues, regions);
            });
    }

private:
    guarded<maskaudit::label_inspector> inspector_;
};

/// The pixels of a region as an array (runs, 2) of flat position and length.
inline py::array_t<std::int64_t> runs_of(const maskaudit::issue_region& region) {
    py::array_t<std::int64_t> runs({static_cast<py::ssize_t>(region.runs.size()), py::ssize_t{2}});
    std::int64_t* next = runs.mutable_data();
    for (const maskaudit::pixel_run& run : region.runs) {
        *next++ = static_cast<std::int64_t>(run.begin);
        *next++ = static_cast<std::int64_t>(run.length);
    }
    return runs;
}

inline py::str text_of(const maskaudit::issue_region& region) {
    return py::str("<maskaudit.IssueRegion: image {}, {} to {}, {} pixels given {}, predicted {}>")
        .format(region.image, py::tuple(py::cast(region.begin)), py::tuple(py::cast(region.end)), region.area,
                region.given_label, region.predicted_label);
}

} // namespace maskaudit_python
