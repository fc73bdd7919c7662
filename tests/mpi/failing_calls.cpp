#include "inspections.hpp"
#include "message.hpp"
#include "mpi/ranks.hpp"

#include <maskaudit/mpi.hpp>

#include <catch.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>

// Calls of MPI that fail, on all ranks at a time, for a caller who has asked for codes (MPI_ERRORS_RETURN).

using namespace maskaudit_test;

namespace {

std::size_t left = 0; // calls until one fails; 0: none does

bool fails_now() { return left > 0 && --left == 0; }

} // namespace

// In the place of MPI's own, as its profiling interface provides for.
extern "C" {
int MPI_Allreduce(const void* from, void* to, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
    return fails_now() ? MPI_ERR_OTHER : PMPI_Allreduce(from, to, count, type, operation, comm);
}
int MPI_Exscan(const void* from, void* to, int count, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
    return fails_now() ? MPI_ERR_OTHER : PMPI_Exscan(from, to, count, type, operation, comm);
}
int MPI_Bcast(void* data, int count, MPI_Datatype type, int root, MPI_Comm comm) {
    return fails_now() ? MPI_ERR_OTHER : PMPI_Bcast(data, count, type, root, comm);
}
int MPI_Allgather(const void* from, int count, MPI_Datatype type, void* to, int to_count, MPI_Datatype to_type,
                  MPI_Comm comm) {
    return fails_now() ? MPI_ERR_OTHER : PMPI_Allgather(from, count, type, to, to_count, to_type, comm);
}
int MPI_Allgatherv(const void* from, int count, MPI_Datatype type, void* to, const int* counts, const int* begins,
                   MPI_Datatype to_type, MPI_Comm comm) {
    return fails_now() ? MPI_ERR_OTHER : PMPI_Allgatherv(from, count, type, to, counts, begins, to_type, comm);
}
int MPI_Comm_rank(MPI_Comm comm, int* rank) { return fails_now() ? MPI_ERR_COMM : PMPI_Comm_rank(comm, rank); }
int MPI_Comm_size(MPI_Comm comm, int* size) { return fails_now() ? MPI_ERR_COMM : PMPI_Comm_size(comm, size); }
int MPI_Comm_test_inter(MPI_Comm comm, int* is_inter) {
    return fails_now() ? MPI_ERR_COMM : PMPI_Comm_test_inter(comm, is_inter);
}
}

TEST_CASE("whichever call of MPI fails is told, and the next attempt works", "[mpi]") {
    random_engine random(seed() + 710);
    const scene data = random_scene<float>(random, 4, 3, {5, 7}, probabilities::sixteenths, 0.4);
    const arrays whole(data);
    maskaudit::label_inspector inspector(3, {.normalized = false});
    for (std::size_t n = 0; n < data.images; ++n)
        whole.add_as_float_to(inspector, n);
    const auto finish = [&] {
        const auto found = maskaudit::collective_finish(inspector, MPI_COMM_WORLD);
        return maskaudit::collective_common_label_issues(found, MPI_COMM_WORLD);
    };
    const auto expected = finish();
    std::size_t failures = 0;
    for (std::size_t n = 1;; ++n) {
        CAPTURE(n);
        left = n;
        bool has_failed = false;
        try {
            const auto rows = finish(); // CHECK would take what it throws for a failure
            CHECK(rows == expected);
        } catch (const std::runtime_error& error) {
            has_failed = true;
            CHECK(std::string(error.what()).starts_with("MPI_"));
            CHECK(std::string(error.what()).find(": MPI_ERR") != std::string::npos);
        }
        left = 0;
        if (!has_failed) break;
        ++failures;
        CHECK(finish() == expected);
    }
    CHECK(failures > 20);
}

TEST_CASE("a message of another rank that MPI does not pass on is told as well", "[mpi]") {
    left = 5; // three calls of the communicator, one to agree that there is an error
    const std::string message = message_of<std::runtime_error>(
        [] { maskaudit::collectively(MPI_COMM_WORLD, [] { throw std::invalid_argument("mine"); }); });
    left = 0;
    CHECK(message.starts_with("MPI_Bcast: "));
}
