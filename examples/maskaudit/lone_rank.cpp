#include "ranks.hpp"

#include <stdexcept>

// In the place of mpi_ranks.cpp where the program is built without MPI.

namespace maskaudit_program {

std::unique_ptr<ranks> join_ranks() {
    // Each of several would take all images, and write the same files.
    if (ranks_by_mpirun() > 1)
        throw std::runtime_error("started by mpirun, but built without MPI: build it again where MPI is installed, or "
                                 "start it without mpirun");
    return std::make_unique<ranks>();
}

} // namespace maskaudit_program
