/// \file
/// The exception of mpi.hpp.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <stdexcept>
#include <string>

namespace maskaudit {

/// What ended all ranks of a communicator: an exception that one of them threw, of several the lowest. On that rank it
/// is nested in this one (std::rethrow_if_nested).
class rank_error : public std::runtime_error {
public:
    /// \param rank     that threw
    /// \param message  with the rank in it
    rank_error(int rank, const std::string& message) : std::runtime_error(message), rank_(rank) {}

    int rank() const noexcept { return rank_; } ///< that threw

private:
    int rank_;
};

} // namespace maskaudit
