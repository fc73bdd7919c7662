#include "message.hpp"
#include "scene.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/inspector.hpp>
#include <maskaudit/label_map.hpp>

#include <catch.hpp>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <string>

using namespace maskaudit_test;
using namespace std::string_literals;
using maskaudit::data_error;
using maskaudit::file_error;
using maskaudit::label_map;

namespace {

class map_file {
public:
    explicit map_file(const std::string& text) { std::ofstream(path(), std::ios::binary) << text; }
    std::filesystem::path path() const { return folder_ / "classes.csv"; }
    label_map read() const { return label_map(path()); }

private:
    temporary_folder folder_{};
};

/// What is said of a file of this text, but for its path.
std::string complaint(const std::string& text) {
    const map_file file(text);
    const std::string message = message_of<file_error>([&] { file.read(); });
    const std::string start = file.path().string() + ": ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
}

} // namespace

TEST_CASE("a label map gives every raw id its class, whatever the shape and type of the labels", "[label_map]") {
    const map_file file("from,to\n7,0\n8,1\n-1,ignore\n255,ignore\n9,1\n");
    const label_map classes = file.read();
    CHECK(classes.size() == 5);
    CHECK(classes.num_classes() == 2);
    const xt::xarray<int> labels{{7, 7, 8}, {-1, 255, 9}};
    const xt::xarray<std::int64_t> expected{{0, 0, 1}, {label_map::ignored, label_map::ignored, 1}};
    CHECK((classes.apply(labels) == expected));
    CHECK((classes.apply(labels * 1) == expected)); // a lazy expression
    const xt::xtensor<std::int8_t, 2, xt::layout_type::column_major> columns{{7, 8}, {-1, 9}};
    CHECK((classes.apply(columns) == xt::xarray<std::int64_t>{{0, 1}, {label_map::ignored, 1}}));
    CHECK((classes.apply(xt::xarray<std::uint8_t>{255, 8}) == xt::xarray<std::int64_t>{label_map::ignored, 1}));
    CHECK((classes.apply(xt::xarray<std::uint64_t>{9}) == xt::xarray<std::int64_t>{1}));
    CHECK(classes.apply(xt::xarray<int>::from_shape({0, 3})).size() == 0);

    const map_file both("0,1\n1,0");
    CHECK((both.read().apply(xt::xarray<bool>{true, false}) == xt::xarray<std::int64_t>{0, 1}));
}

TEST_CASE("a label map of any ids does what a table does", "[label_map]") {
    INFO("seed " << seed());
    random_engine random(seed() + 60);
    std::map<std::int64_t, std::int64_t> table{{std::numeric_limits<std::int64_t>::min(), 0},
                                               {std::numeric_limits<std::int64_t>::max(), 65535}};
    while (table.size() < 300)
        table[static_cast<std::int64_t>(random())] = static_cast<std::int64_t>(pick(random, 0, 65535));
    std::string text;
    std::vector<std::int64_t> ids;
    for (const auto& [from, to] : table) {
        text = std::to_string(from) + "," + (to % 5 == 0 ? "ignore"s : std::to_string(to)) + "\n" + text; // descending
        ids.push_back(from);
    }
    const map_file file(text);
    xt::xarray<std::int64_t> labels = xt::xarray<std::int64_t>::from_shape({20, 30});
    for (std::int64_t& label : labels)
        label = ids[pick(random, 0, ids.size() - 1)];
    const auto found = file.read().apply(labels);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::int64_t to = table.at(labels.flat(i));
        CHECK(found.flat(i) == (to % 5 == 0 ? label_map::ignored : to));
    }
}

TEST_CASE("comments, empty lines, spaces and foreign line ends in a label map do not matter", "[label_map]") {
    const map_file file(
        "\xEF\xBB\xBF# ids of the city\r\n\r\n from , to \r\n 7,\t0 # road\r\n\n8 , ignore\r\n#9,1\r\n   \n10,2");
    const label_map classes = file.read();
    CHECK(classes.size() == 3);
    CHECK((classes.apply(xt::xarray<int>{7, 8, 10}) == xt::xarray<std::int64_t>{0, label_map::ignored, 2}));
}

TEST_CASE("the first line of a class in a label map gives the raw id that stands for it", "[label_map]") {
    const map_file file("300,1\n9,0\n-7,1\n8,1\n5,ignore\n2,4\n1,4\n");
    const label_map classes = file.read();
    CHECK(classes.raw_of(0) == 9);
    CHECK(classes.raw_of(1) == 300); // though -7 is the lowest
    CHECK(!classes.raw_of(2).has_value());
    CHECK(classes.raw_of(4) == 2);
    CHECK(!classes.raw_of(5).has_value());
    CHECK(!classes.raw_of(std::numeric_limits<std::size_t>::max()).has_value()); // which as a number is `ignored`
    CHECK(classes.num_classes() == 5);
    const map_file nothing("5,ignore\n");
    CHECK(nothing.read().num_classes() == 0);
    CHECK(!nothing.read().raw_of(0).has_value());
}

TEST_CASE("a raw id that is not in the map is an error that says where", "[label_map]") {
    const map_file file("7,0\n");
    const label_map classes = file.read();
    const std::string rule = " must be an id in the column 'from' of " + file.path().string();
    const auto refusal = [&](const auto& labels) { return message_of<data_error>([&] { classes.apply(labels, 12); }); };
    CHECK(refusal(xt::xarray<int>{{7, 7}, {7, 0}}) == "labels: image 12, pixel (1, 1): 0" + rule);
    CHECK(refusal(xt::xarray<int>{-7}) == "labels: image 12, pixel (0): -7" + rule);
    CHECK(refusal(xt::xarray<std::uint8_t>{7, 65}) == "labels: image 12, pixel (1): 65" + rule);
    CHECK(refusal(xt::xarray<std::uint64_t>{7, 18446744073709551615U}) ==
          "labels: image 12, pixel (1): 18446744073709551615" + rule);
    const map_file minus_one("-1,0\n"); // which those bits would be, had they a sign
    CHECK(message_of<data_error>([&] { minus_one.read().apply(xt::xarray<std::uint64_t>{18446744073709551615U}); }) !=
          "nothing was thrown");
}

TEST_CASE("a bad line of a label map is refused with its number and the rule", "[label_map]") {
    const auto fields = [](const std::string& line, const std::string& found) {
        return "expected two fields, from,to, in line " + line + ", found " + found;
    };
    CHECK(complaint("7,0\n8\n") == fields("2", "'8'"));
    CHECK(complaint("7,0,0\n") == fields("1", "'7,0,0'"));
    CHECK(complaint("# one\n\n7;0\n") == fields("3", "'7;0'"));
    CHECK(complaint("7\0,0,\n"s) == fields("1", "'7?,0,'"));

    const auto from = [](const std::string& line, const std::string& found) {
        return "expected an integer of at most 64 bits for 'from' in line " + line + ", found " + found;
    };
    CHECK(complaint("7,0\nroad,1\n") == from("2", "'road'"));
    CHECK(complaint("id,class\n7,0\n") == from("1", "'id'"));
    CHECK(complaint("7,0\nfrom,to\n") == from("2", "'from'")); // a header stands in front
    CHECK(complaint(",0\n") == from("1", "''"));
    CHECK(complaint("7.5,0\n") == from("1", "'7.5'"));
    CHECK(complaint("0x7,0\n") == from("1", "'0x7'"));
    CHECK(complaint("\"7\",0\n") == from("1", "'\"7\"'"));
    CHECK(complaint("9223372036854775808,0\n") == from("1", "'9223372036854775808'"));

    const auto to = [](const std::string& found) {
        return "expected a class from 0 to 65535 or the word ignore for 'to' in line 1, found " + found;
    };
    CHECK(complaint("7,\n") == to("''"));
    CHECK(complaint("7,-1\n") == to("'-1'"));
    CHECK(complaint("7,65536\n") == to("'65536'"));
    CHECK(complaint("7,ignored\n") == to("'ignored'"));
    CHECK(complaint("7,1e1\n") == to("'1e1'"));

    CHECK(complaint("7,0\n# seven\n8,1\n7,0\n") ==
          "expected every id once for 'from', found 7 in line 1 and in line 4");
    for (const char* const text : {"", "\n\n", "# nothing\n", "from,to\n"})
        CHECK(complaint(text) == "expected lines of two fields, from,to, found none");
}

TEST_CASE("a label map that cannot be read is refused with the reason", "[label_map]") {
    const temporary_folder folder;
    const auto refusal = [](const std::filesystem::path& path) {
        return message_of<file_error>([&] { label_map{path}; });
    };
    const std::string rule = ": expected a text file that can be read, found ";
    CHECK(refusal(folder / "none.csv") == (folder / "none.csv").string() + rule + "No such file or directory");
    CHECK(refusal(folder.path()) == folder.path().string() + rule + "a directory");
}

TEST_CASE("ignored ids take part in nothing where the inspector is told", "[label_map]") {
    const map_file file("7,0\n8,1\n0,ignore\n");
    const xt::xarray<float> pred_probs{{0.9F, 0.8F, 0.5F}, {0.1F, 0.2F, 0.5F}};
    const auto labels = file.read().apply(xt::xarray<int>{7, 8, 0});
    maskaudit::label_inspector inspector(2, {.ignore_label = label_map::ignored});
    inspector.add(labels, pred_probs);
    CHECK(inspector.finish().valid_pixels(0) == 2);
    maskaudit::label_inspector untold(2);
    CHECK(message_of<data_error>([&] { untold.add(labels, pred_probs); }) ==
          "labels: image 0, pixel (2): -1 must be a class from 0 to 1, or be ignored (ignore_label)");
}
