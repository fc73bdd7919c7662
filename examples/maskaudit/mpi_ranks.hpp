#pragma once

#include "ranks.hpp"

#include <memory>

namespace maskaudit_program {

/// Initialises MPI; see join_ranks(). Only where the program is built with it.
std::unique_ptr<ranks> join_mpi();

} // namespace maskaudit_program
