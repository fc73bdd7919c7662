#include "striped_images.hpp"

#include <maskaudit/mpi.hpp>

#include <cassert>
#include <cstddef>
#include <cstdio>
#include <mpi.h>

// A data set that many processes share: mpirun -n 4 mpi_inspector

/// What every rank does; of the images it looks at first to last - 1.
void audit(MPI_Comm comm, std::size_t first, std::size_t last) {
    maskaudit::label_inspector inspector(classes);
    maskaudit::collectively(comm, [&] {
        for (std::size_t n = first; n < last; ++n) {
            const sample next = read_sample(n);
            inspector.add(next.labels, next.pred_probs, n);
        }
    });
    const maskaudit::collective_inspection found = maskaudit::collective_finish(inspector, comm);
    for (std::size_t n = 0; n < found.own.images.size(); ++n)
        if (found.own.issue_pixels(n) > 0)
            std::printf("image %zu: score %.3f\n", found.first_image + n, found.own.softmin_scores(n));

    assert(found.num_images == data_size && found.num_issues == 24);
    for (std::size_t n = 0; n < found.own.images.size(); ++n)
        assert((found.own.issue_pixels(n) > 0) == (found.first_image + n == 4));
    for (const maskaudit::label_swap& swap : maskaudit::collective_common_label_issues(found, comm))
        assert(swap.given_label == 1 && swap.predicted_label == 2 && swap.num_pixel_issues == found.num_issues);
}

int main(int argc, char** argv) {
    int threads = 0, rank = 0, ranks = 1;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const auto begin_of = [&](int r) {
        return data_size * static_cast<std::size_t>(r) / static_cast<std::size_t>(ranks);
    };
    int status = 0;
    try {
        audit(MPI_COMM_WORLD, begin_of(rank), begin_of(rank + 1));
    } catch (const maskaudit::rank_error& error) { // the same one on all ranks
        if (rank == 0) std::fprintf(stderr, "%s\n", error.what());
        status = 1;
    }
    MPI_Finalize();
    return status;
}
