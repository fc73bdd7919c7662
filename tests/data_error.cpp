#include <maskaudit/data_error.hpp>

#include <catch.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

TEST_CASE("a data_error says image, class, pixel, value and rule", "[error]") {
    const maskaudit::data_error probability("pred_probs", {3, {4, 5}, 6}, "nan", "must be a probability from 0 to 1");
    CHECK(std::string(probability.what()) ==
          "pred_probs: image 3, class 6, pixel (4, 5): nan must be a probability from 0 to 1");
    CHECK(probability.array() == "pred_probs");
    const maskaudit::data_error score("image_scores", {3}, "nan", "must be a number");
    CHECK(std::string(score.what()) == "image_scores: image 3: nan must be a number");
    CHECK(dynamic_cast<const std::runtime_error*>(&score) != nullptr);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<maskaudit::data_error>);
}

TEST_CASE("a state_error says byte, what was expected and what was found", "[error]") {
    const maskaudit::state_error error(20, "a block", "the end");
    CHECK(std::string(error.what()) == "inspector state, byte 20: expected a block, found the end");
    CHECK(error.byte() == 20);
    CHECK(error.expected() == "a block");
    CHECK(error.found() == "the end");
    CHECK(dynamic_cast<const std::runtime_error*>(&error) != nullptr);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<maskaudit::state_error>);
}
