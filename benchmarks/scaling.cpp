#include "arrays.hpp"
#include "read_floor.hpp"

#include <maskaudit/mpi.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mpi.h>
#include <optional>
#include <string>
#include <vector>

// Prints as JSON how long the ranks of MPI take that share a number of images, each with one thread: to sum their
// probabilities (the read floor), to look at them, to decide together, and for what the decision sends. Times are those
// of the slowest rank, in seconds, the median of some repetitions.
//
// usage: mpirun -n RANKS maskaudit_scaling IMAGES HEIGHT WIDTH REPETITIONS

namespace {

using namespace maskaudit_benchmarks;

/// The median time of a call that all ranks begin together.
template <class Call>
double seconds(std::size_t repetitions, const Call& call) {
    std::vector<double> times;
    for (std::size_t i = 0; i < repetitions; ++i) {
        MPI_Barrier(MPI_COMM_WORLD);
        const double begin = MPI_Wtime();
        call();
        double time = MPI_Wtime() - begin;
        MPI_Allreduce(MPI_IN_PLACE, &time, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        times.push_back(time);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(repetitions / 2), times.end());
    return times[repetitions / 2];
}

void measure(std::size_t images, std::size_t height, std::size_t width, std::size_t repetitions) {
    constexpr std::size_t classes = 19;
    int rank = 0, ranks = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const auto begin_of = [&](int r) { return images * static_cast<std::size_t>(r) / static_cast<std::size_t>(ranks); };
    const std::size_t mine = begin_of(rank + 1) - begin_of(rank);
    const usual_scene scene = make_scene({mine, height, width, classes});

    double total = 0; // used below, lest the sum be left out
    const double floor =
        seconds(repetitions, [&] { total = sum_all(scene.pred_probs().data(), scene.pred_probs().size(), 1); });
    std::optional<maskaudit::label_inspector> inspector;
    const double look = seconds(repetitions, [&] {
        inspector.emplace(classes,
                          maskaudit::inspector_options{.ignore_label = maskaudit_program::scene_void, .n_jobs = 1});
        for (std::size_t n = 0; n < mine; ++n)
            inspector->add(image_of(scene.labels, n), image_of(scene.pred_probs(), n));
    });
    maskaudit::collective_inspection found;
    const double decide =
        seconds(repetitions, [&] { found = maskaudit::collective_finish(*inspector, MPI_COMM_WORLD); });
    std::vector<std::uint64_t> histogram(std::size_t{1} << 16);
    const double histograms = seconds(repetitions, [&] {
        MPI_Allreduce(MPI_IN_PLACE, histogram.data(), static_cast<int>(histogram.size()), MPI_UINT64_T, MPI_SUM,
                      MPI_COMM_WORLD);
    });
    const double small = seconds(repetitions, [&] {
        int all = 1;
        MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    });
    if (rank == 0)
        std::printf("{\"ranks\": %d, \"pixels\": %zu, \"issues\": %zu, \"mean_sum\": %.3f, \"floor\": %.9f, "
                    "\"look\": %.9f, \"decide\": %.9f, \"histogram\": %.9f, \"small\": %.9f}\n",
                    ranks, images * height * width, static_cast<std::size_t>(found.num_issues),
                    total / static_cast<double>(mine * height * width), floor, look, decide, histograms, small);
}

} // namespace

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    if (argc != 5) {
        std::fputs("usage: mpirun -n RANKS maskaudit_scaling IMAGES HEIGHT WIDTH REPETITIONS\n", stderr);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    measure(std::stoul(argv[1]), std::stoul(argv[2]), std::stoul(argv[3]), std::stoul(argv[4]));
    MPI_Finalize();
}
