#include "ranks.hpp"

#include "streams.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

namespace maskaudit_program {

std::vector<std::string> ranks::gather(std::string mine) const { return {std::move(mine)}; }

maskaudit::inspection ranks::finish(const maskaudit::label_inspector& inspector) const { return inspector.finish(); }

std::vector<maskaudit::label_swap> ranks::swaps(const maskaudit::inspection& own) const {
    return own.common_label_issues({.top = std::numeric_limits<std::size_t>::max()});
}

int ranks::fail(std::string_view message, int status) const noexcept {
    if (!message.empty()) tell(message);
    return status;
}

bool started_by_mpirun() {
    // By Open MPI, by MPICH and its kin, and by what starts either.
    constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    return std::any_of(names.begin(), names.end(), [](const char* name) { return std::getenv(name) != nullptr; });
}

std::size_t ranks_by_mpirun() {
    for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
        if (const char* const size = std::getenv(name)) return std::strtoul(size, nullptr, 10);
    return 1;
}

} // namespace maskaudit_program
