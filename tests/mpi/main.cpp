#include "ranks.hpp"

#include <maskaudit/mpi.hpp>

#define CATCH_CONFIG_RUNNER
#include <catch.hpp>
#include <cstdio>
#include <string>

// Runs on every rank. Ranks that fail end the others, which may wait for them.

namespace {

std::string call_before_init() {
    try {
        maskaudit::collectively(MPI_COMM_WORLD, [] {});
        return "nothing";
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

const std::string said = call_before_init();

} // namespace

const char* const maskaudit_test::said_before_init = said.c_str();

int main(int argc, char** argv) {
    int threads = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    const int result = Catch::Session().run(argc, argv);
    if (result != 0) MPI_Abort(MPI_COMM_WORLD, result);
    MPI_Finalize();
    return 0;
}
