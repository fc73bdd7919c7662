#include "ranks.hpp"

#include "mpi_ranks.hpp"
#include "streams.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <utility>

namespace maskaudit_program {

std::vector<std::string> ranks::gather(std::string mine) const { return {std::move(mine)}; }

std::string ranks::bring_from(std::size_t, std::string mine) const { return mine; }

maskaudit::inspection ranks::finish(const maskaudit::label_inspector& inspector) const { return inspector.finish(); }

std::vector<maskaudit::label_swap> ranks::swaps(const maskaudit::inspection& own) const {
    return own.common_label_issues({.top = std::numeric_limits<std::size_t>::max()});
}

int ranks::fail(std::string_view message, int status) const noexcept {
    if (!message.empty()) tell(message);
    return status;
}

bool started_by_mpirun() {
    // Of Open MPI, of MPICH and its kin, and of what starts either.
    constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    return std::any_of(names.begin(), names.end(), [](const char* name) { return std::getenv(name) != nullptr; });
}

std::unique_ptr<ranks> join_ranks() {
    if (!started_by_mpirun()) return std::make_unique<ranks>();
#ifdef MASKAUDIT_PROGRAM_WITH_MPI
    return join_mpi();
#else
    // Each of them would take all images, and write the same files.
    throw std::runtime_error(
        "started by mpirun, but built without MPI: build it again where MPI is installed, or start "
        "it without mpirun");
#endif
}

} // namespace maskaudit_program
