#pragma once

#include <cstddef>
#include <mpi.h>
#include <utility>

// The ranks that a test runs on: all of those it was started with.

namespace maskaudit_test {

inline int rank() {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

inline int num_ranks() {
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

/// What maskaudit said to a call before MPI was initialised.
extern const char* const said_before_init;

} // namespace maskaudit_test
