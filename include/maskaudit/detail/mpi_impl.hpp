#pragma once

#include <maskaudit/detail/mpi_group.hpp>
#include <maskaudit/mpi.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace maskaudit {

template <class F>
void collectively(MPI_Comm comm, F f) {
    detail::mpi_group(comm).run(std::move(f));
}

inline collective_inspection collective_finish(const label_inspector& inspector, MPI_Comm comm) {
    const detail::mpi_group group(comm);
    collective_inspection found;
    found.first_image =
        static_cast<std::size_t>(group.sum_before([&] { return std::uint64_t{inspector.num_images()}; }));
    found.own = group.finish(inspector, found.first_image);
    std::array<std::uint64_t, 2> totals{found.own.images.size(), found.own.num_issues};
    group.add_to(totals);
    found.num_images = static_cast<std::size_t>(totals[0]);
    found.num_issues = totals[1];
    return found;
}

inline std::vector<label_swap> collective_common_label_issues(const collective_inspection& found, MPI_Comm comm,
                                                              const summary_options& summary) {
    return collective_common_label_issues(found.own, comm, summary);
}

inline std::vector<label_swap> collective_common_label_issues(const inspection& own, MPI_Comm comm,
                                                              const summary_options& summary) {
    const detail::mpi_group group(comm);
    std::vector<std::uint64_t> counted;
    group.run([&] {
        for (const label_swap& swap : own.common_label_issues({.top = (std::numeric_limits<std::size_t>::max)()}))
            counted.insert(counted.end(), {swap.given_label, swap.predicted_label, swap.num_pixel_issues});
    });
    const std::vector<std::uint64_t> all = group.gather(counted);
    std::vector<label_swap> rows;
    group.run([&] {
        detail::swap_counts counts(own.confident_thresholds.size());
        for (std::size_t at = 0; at < all.size(); at += 3)
            counts.add(all[at], all[at + 1], all[at + 2]);
        rows = counts.rows(summary);
    });
    return rows;
}

} // namespace maskaudit
