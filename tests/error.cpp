#include <maskaudit/error.hpp>

#include <catch.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

TEST_CASE("a file_error says path, what was expected and what was found", "[error]") {
    const maskaudit::file_error error("a/b.npy", "a .npy file", "an empty file");
    CHECK(std::string(error.what()) == "a/b.npy: expected a .npy file, found an empty file");
    CHECK(error.path() == "a/b.npy");
    CHECK(error.expected() == "a .npy file");
    CHECK(error.found() == "an empty file");
    CHECK(dynamic_cast<const std::runtime_error*>(&error) != nullptr);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<maskaudit::file_error>);
}
