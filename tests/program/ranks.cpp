#include "../../examples/maskaudit/ranks.hpp"

#include "message.hpp"

#include <catch.hpp>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// ranks: one process alone, and a program that was built without MPI.

using namespace maskaudit_program;

TEST_CASE("a process alone has all that ranks have", "[program]") {
    const std::unique_ptr<ranks> alone = join_ranks();
    CHECK(alone->rank() == 0);
    CHECK(alone->count() == 1);
    CHECK(alone->is_first());
    CHECK(!alone->another_has_failed());
    CHECK(alone->sum(7) == 7);
    CHECK(alone->gather(std::vector<int>{1, 2}) == std::vector<int>{1, 2});
    CHECK(alone->from_first(std::vector<double>{}).empty());
    CHECK(alone->from_first(std::string("text")) == "text");
    CHECK_THROWS_AS(alone->on_first([] { throw std::logic_error("so"); }), std::logic_error);
}

TEST_CASE("a program without MPI does not do the same on every rank", "[program]") {
    for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
        ::setenv(name, "1", 1);
        CHECK(join_ranks()->count() == 1);
        ::setenv(name, "2", 1);
        CHECK(maskaudit_test::message_of<std::runtime_error>([] { join_ranks(); }) ==
              "started by mpirun, but built without MPI: build it again where MPI is installed, or start it without "
              "mpirun");
        ::unsetenv(name);
    }
}
