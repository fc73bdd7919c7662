#include <maskaudit/options.hpp>

#include <catch.hpp>
#include <cstdint>
#include <limits>
#include <vector>

using maskaudit::ignored_labels;

TEST_CASE("ignored labels compare as numbers, whatever their types", "[options]") {
    const ignored_labels ignored{255, -1};
    CHECK(ignored.contains(255));
    CHECK(ignored.contains(std::uint8_t{255}));
    CHECK(ignored.contains(std::int64_t{-1}));
    CHECK_FALSE(ignored.contains(std::numeric_limits<std::uint64_t>::max()));
    CHECK_FALSE(ignored.contains(std::int8_t{0}));
    CHECK(ignored.as<std::uint8_t>() == std::vector<std::uint8_t>{255});
    CHECK(ignored.as<std::int8_t>() == std::vector<std::int8_t>{-1});
    CHECK(ignored.as<int>().size() == 2);
    CHECK(ignored.as<bool>().empty());
    CHECK(ignored_labels(1).as<bool>() == std::vector<bool>{true});
    CHECK(ignored_labels(std::numeric_limits<std::uint64_t>::max()).as<std::int64_t>().empty());
    CHECK(ignored_labels(std::numeric_limits<std::uint64_t>::max()).as<std::uint64_t>().size() == 1);
}

TEST_CASE("ignored labels are a set", "[options]") {
    ignored_labels ignored;
    CHECK(ignored.empty());
    ignored.insert(7);
    ignored.insert(7L);
    ignored.insert(std::uint8_t{7});
    CHECK(ignored.as<int>() == std::vector<int>{7});
    CHECK(ignored == ignored_labels{7});
    CHECK_FALSE(ignored == ignored_labels{});
    CHECK(ignored_labels{1, 2} == ignored_labels{2, 1});
}
