#include "message.hpp"
#include "region_scene.hpp"
#include "report_page.hpp"

#include <maskaudit/logits.hpp>
#include <maskaudit/report.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// What is in a report, and what is refused. Its pictures are tested in report_pictures.cpp, what a browser makes of it
// in browser/report.py.

using namespace maskaudit;
using namespace maskaudit_test;

TEST_CASE("Text in JSON within a script element", "[report]") {
    CHECK(detail::json_escape("a \"b\" \\") == "a \\\"b\\\" \\\\");
    CHECK(detail::json_escape("</script><!--&") == "\\u003c/script\\u003e\\u003c!--\\u0026");
    CHECK(detail::json_escape(std::string("\0\x1f\n", 3)) == "\\u0000\\u001f\\u000a");
    CHECK(detail::json_escape("\xd7\x90 \xff") == "\xd7\x90 \xff");
}

TEST_CASE("Numbers as people read them", "[report]") {
    CHECK(detail::grouped_text(0) == "0");
    CHECK(detail::grouped_text(999) == "999");
    CHECK(detail::grouped_text(1000) == "1,000");
    CHECK(detail::grouped_text(1234567890) == "1,234,567,890");
    CHECK(detail::share_text(0, 0) == "0.00 %");
    CHECK(detail::share_text(1, 8) == "12.5 %");
    CHECK(detail::share_text(1, 1000) == "0.10 %");
}

TEST_CASE("The histogram counts every image once", "[report]") {
    std::vector<report_image> images;
    for (const double score : {-1e-6, 0.0, 0.0249, 0.025, 0.5, 0.999, 1.0, 1 + 1e-6})
        images.push_back({.softmin_score = score});
    std::vector<std::uint64_t> expected(40);
    expected[0] = 3;
    expected[1] = 1;
    expected[20] = 1;
    expected[39] = 3;
    CHECK(detail::score_histogram(images).counts == expected);
    CHECK(detail::score_histogram(images).bins_of_one == 40);
    CHECK(detail::score_histogram({}).counts.empty());
}

TEST_CASE("The histogram has no room for scores that there are none of", "[report]") {
    std::vector<report_image> images;
    for (const double score : {0.903, 0.906, 0.951, 0.9949, 0.996}) // within 0.1
        images.push_back({.softmin_score = score});
    const detail::score_histogram scores(images);
    CHECK(scores.bins_of_one == 400);
    CHECK(scores.first == 361);
    REQUIRE(scores.counts.size() == 38);
    CHECK(scores.counts[0] == 1);
    CHECK(scores.counts[1] == 1);
    CHECK(scores.counts[19] == 1);
    CHECK(scores.counts[36] == 1);
    CHECK(scores.counts[37] == 1);
    const detail::score_histogram same({{.softmin_score = 1}, {.softmin_score = 1}});
    CHECK(same.bins_of_one == 2000);
    CHECK(same.counts == std::vector<std::uint64_t>{2});
    CHECK(same.first == 1999);
}

TEST_CASE("The images of a report: the worst, and those of regions", "[report]") {
    report_contents contents = some_contents(); // scores 0, 0.2, 0.4, 0, 0.2
    contents.max_images = 3;
    CHECK(issue_report(contents).images_to_draw() == std::vector<std::size_t>{0, 1, 3, 4});
    contents.regions.clear();
    CHECK(issue_report(contents).images_to_draw() == std::vector<std::size_t>{0, 1, 3}); // 1 before 4: the lower index
    contents.max_images = 0;
    CHECK(issue_report(contents).images_to_draw().empty());
    contents.max_images = std::numeric_limits<std::size_t>::max();
    CHECK(issue_report(contents).images_to_draw().size() == 5);
    contents.regions = {box(4, 1, 2, 3, 5, 20)};
    contents.regions[0].begin.push_back(0);
    contents.regions[0].end.push_back(1);
    CHECK(issue_report(contents).images_to_draw().empty()); // a volume
    CHECK(count(data_of(page_of(issue_report(contents))), "\"softmin\"") == 5);
}

TEST_CASE("A page is one file that asks for nothing", "[report]") {
    issue_report report(some_contents());
    report.draw(4, plain_layers(10, 20));
    const std::string page = page_of(report);
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.find("default-src 'none'") != std::string::npos);
    CHECK(page.find("{{") == std::string::npos); // a name that is not filled in
    CHECK(count(page, "http://") + count(page, "https://") + count(page, "@import") + count(page, "url(") +
              count(page, "=\"//") ==
          0);
    CHECK(count(page, "<script nonce=") == 7);
    for (const char* const layer : {"given", "predicted", "overlay"})
        for (const char* const of : {"image-4-", "region-0-"})
            CHECK(count(page, "id=\"" + std::string(of) + layer + "\"") == 1);
    CHECK_FALSE(has_picture(page, "image-4-photo"));
    CHECK_FALSE(has_picture(page, "image-0-given"));
}

TEST_CASE("Names do not break out of the page", "[report]") {
    report_contents contents = some_contents();
    const std::string hostile = "</script></title><img src=x>{{{style}}}\"'&";
    contents.title = contents.class_names[1] = contents.images[0].name = hostile;
    contents.facts = {{hostile, hostile}};
    const std::string page = page_of(issue_report(contents));
    CHECK(page.find("<img src=x>") == std::string::npos);
    const std::string escaped = "&lt;/script&gt;&lt;/title&gt;&lt;img src=x&gt;{{{style}}}&quot;&apos;&amp;";
    CHECK(count(page, escaped) == 4); // the title twice, a fact and what it is called
    CHECK(count(data_of(page), "\\u003cimg src=x\\u003e{{{style}}}\\\"'\\u0026") == 2);
}

TEST_CASE("Marks come back to the same regions, and to no others", "[report]") {
    const auto key = [](const report_contents& contents) {
        return between(data_of(page_of(issue_report(contents))), "\"key\": \"", "\"");
    };
    const std::string first = key(some_contents());
    CHECK(first.size() == 16);
    report_contents same = some_contents();
    same.title = "Another title";
    same.facts = {{"made", "later"}};
    CHECK(key(same) == first);
    report_contents named = some_contents(), moved = some_contents(), swapped = some_contents();
    named.images[0].name = "b";
    moved.regions[0].end[1] = 6;
    swapped.regions[0].predicted_label = 0;
    CHECK(std::set<std::string>{first, key(named), key(moved), key(swapped)}.size() == 4);
}

TEST_CASE("Numbers in the data are those of the contents, to the last bit", "[report]") {
    auto random = random_engine(seed());
    CAPTURE(seed());
    report_contents contents{.images = std::vector<report_image>(50)};
    for (report_image& image : contents.images)
        image.softmin_score = uniform(random) * std::pow(10, -static_cast<double>(pick(random, 0, 30)));
    const std::string data = data_of(page_of(issue_report(contents)));
    const std::string name = "\"softmin\": ";
    std::vector<double> found;
    for (std::size_t at = data.find(name); at != std::string::npos; at = data.find(name, at + 1))
        found.push_back(std::stod(data.substr(at + name.size())));
    REQUIRE(found.size() == 50);
    for (std::size_t n = 0; n < found.size(); ++n)
        CHECK(found[n] == contents.images[n].softmin_score);
}

TEST_CASE("Contents that do not fit are refused", "[report]") {
    const auto complaint = [](auto change) {
        report_contents contents = some_contents();
        change(contents);
        return message_of<std::invalid_argument>([&] { issue_report report(contents); });
    };
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(complaint([](report_contents& c) { c.images[2].softmin_score = nan; }) ==
          "images[2].softmin_score is nan: it must be a finite number");
    CHECK(complaint([](report_contents& c) { c.images[1].num_pixel_issues_score = 1 / 0.0; }) ==
          "images[1].num_pixel_issues_score is inf: it must be a finite number");
    CHECK(complaint([](report_contents& c) { c.images[1].issue_pixels = 101; }) ==
          "images[1].issue_pixels is 101: it must be at most 100, the valid pixels");
    CHECK(complaint([](report_contents& c) {
              c.swaps.push_back({1, 2, 3});
          }) == "swaps[1].predicted_label is 2: it must be below 2, the number of class_names");
    CHECK(complaint([](report_contents& c) { c.swaps[0].given_label = 7; }) ==
          "swaps[0].given_label is 7: it must be below 2, the number of class_names");
    CHECK(complaint([](report_contents& c) { c.regions[0].image = 5; }) ==
          "regions[0].image is 5: it must be below 5, the number of images");
    CHECK(complaint([](report_contents& c) { c.regions[0].given_label = 2; }) ==
          "regions[0].given_label is 2: it must be below 2, the number of class_names");
    CHECK(complaint([](report_contents& c) { c.regions[0].end = {3}; }) ==
          "regions[0] goes from (1, 2) to (3,): both must have an entry an axis, as many as the first region has");
    CHECK(complaint([](report_contents& c) {
              c.regions[0].end = {1, 5};
          }) == "regions[0] goes from (1, 2) to (1, 5): the end must lie behind the beginning along every axis");
    CHECK(complaint([](report_contents& c) { c.regions[0].severity = nan; }) ==
          "regions[0].severity is nan: it must be a finite number");
    CHECK(complaint([](report_contents& c) {
              c.class_names.clear();
              c.swaps[0].given_label = 65536;
          }) == "swaps[0].given_label is 65536: it must be below 65536");
    CHECK(complaint([](report_contents&) {}) == "nothing was thrown");
}

TEST_CASE("A report that cannot be written leaves what was there", "[report]") {
    const temporary_folder folder;
    const issue_report report(some_contents());
    CHECK_THROWS_AS(report.write(folder / "none" / "report.html"), file_error);
    CHECK_THROWS_AS(report.write(folder.path()), file_error);
    report.write(folder / "report.html");
    const std::string before = text_of(folder / "report.html");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

    auto random = random_engine(seed());
    CAPTURE(seed());
    const auto all = random_arrays(random, {9, 13}, 0.3);
    const options ignoring{.ignore_label = ignored_of(all.data)};
    const report_options failing{.pictures = [](std::size_t) -> picture { throw std::domain_error("no picture"); }};
    CHECK_THROWS_AS(write_report(folder / "report.html", all.issues, all.labels, all.pred_probs, failing, ignoring),
                    std::domain_error);
    CHECK(text_of(folder / "report.html") == before);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("A report on whole arrays has what the functions find", "[report]") {
    auto random = random_engine(seed());
    CAPTURE(seed());
    const auto shape = GENERATE(indices{9, 13}, indices{40, 70}, indices{40}, indices{5, 6, 7});
    const auto all = random_arrays(random, shape, 0.3);
    const options ignoring{.ignore_label = ignored_of(all.data)};
    const temporary_folder folder;
    const report_options few{.title = "Few", .max_images = 2, .regions = {.top = 4}};
    write_report(folder / "report.html", all.issues, all.labels, all.pred_probs, few, ignoring);
    const std::string page = text_of(folder / "report.html");

    report_contents expected{.title = "Few", .max_images = 2};
    const auto scores = get_label_quality_scores(all.labels, all.pred_probs, maskaudit::softmin{}, ignoring);
    const std::size_t pixels = all.data.pixels();
    for (std::size_t n = 0; n < all.data.images; ++n) {
        report_image image{.softmin_score = scores.image_scores(n)};
        for (std::size_t s = 0; s < pixels; ++s)
            if (!all.data.is_ignored(n, s)) {
                ++image.valid_pixels;
                image.issue_pixels += all.mask[n * pixels + s] ? 1U : 0U;
            }
        image.num_pixel_issues_score =
            1 - static_cast<double>(image.issue_pixels) / static_cast<double>(image.valid_pixels);
        expected.images.push_back(image);
    }
    expected.swaps = common_label_issues(all.issues, all.labels, all.pred_probs, {.exclude = {}, .top = 100}, ignoring);
    expected.regions = issue_regions(all.issues, all.labels, all.pred_probs, {.top = 4}, ignoring);
    expected.num_regions = issue_regions(all.issues, all.labels, all.pred_probs, {}, ignoring).size();
    issue_report report(expected);
    for (const std::size_t n : shape.size() == 2 ? report.images_to_draw() : std::vector<std::size_t>{}) {
        image_layers layers = plain_layers(shape[0], shape[1]);
        for (std::size_t s = 0; s < pixels; ++s) {
            const bool ignored = all.data.is_ignored(n, s);
            std::size_t best = 0;
            for (std::size_t k = 1; k < all.data.classes; ++k)
                if (all.data.p(n, k, s) > all.data.p(n, best, s)) best = k;
            layers.given.data()[s] = ignored ? -1 : static_cast<std::int32_t>(all.data.label(n, s));
            layers.predicted.data()[s] = ignored ? -1 : static_cast<std::int32_t>(best);
            layers.issues.data()[s] = !ignored && all.mask[n * pixels + s];
        }
        report.draw(n, layers);
    }
    CHECK((page == page_of(report)));
    CHECK(has_picture(page, "region-0-given") == (shape.size() == 2));

    write_report(folder / "again.html", all.issues, all.labels, all.pred_probs, few,
                 {.ignore_label = ignored_of(all.data), .n_jobs = 1});
    CHECK((page == text_of(folder / "again.html"))); // whatever the threads
}

TEST_CASE("A report on logits and on lazy expressions", "[report]") {
    const temporary_folder folder;
    const xt::xtensor<std::int8_t, 3> labels{{{0, 0, 1, 0}, {-1, 0, 0, 0}}};
    const xt::xtensor<float, 4> logits{{{{3, 3, 3, 3}, {3, 3, 3, 3}}, {{1, 1, 1, 1}, {1, 1, 1, 1}}}};
    const xt::xtensor<bool, 3> issues{{{false, false, true, false}, {true, false, false, false}}};
    write_report(folder / "report.html", issues, labels, softmax_over_classes(logits), {}, {.ignore_label = -1});
    const std::string page = text_of(folder / "report.html");
    CHECK(page.find("<dt>Pixels with a label</dt><dd>7</dd>") != std::string::npos);
    CHECK(page.find("<dt>Issue pixels</dt><dd>1 <small>14.3 %</small></dd>") != std::string::npos);
    CHECK(color_at(picture_of(page, "image-0-given"), 0, 2) == class_color(1));
    CHECK(color_at(picture_of(page, "image-0-predicted"), 0, 2) == class_color(0));
    CHECK(color_at(picture_of(page, "image-0-given"), 1, 0) == ignored_color);
    write_report(folder / "lazy.html", !xt::equal(labels, labels + 0), labels * 1, softmax_over_classes(logits * 1.F),
                 {}, {.ignore_label = -1});
    CHECK(text_of(folder / "lazy.html").find("<dt>Issue pixels</dt><dd>0 <small>0.00 %</small></dd>") !=
          std::string::npos);
}

TEST_CASE("A report on nothing", "[report]") {
    const temporary_folder folder;
    const xt::xtensor<int, 3> labels = xt::xtensor<int, 3>::from_shape({0, 4, 5});
    const xt::xtensor<double, 4> pred_probs = xt::xtensor<double, 4>::from_shape({0, 2, 4, 5});
    write_report(folder / "report.html", xt::xtensor<bool, 3>::from_shape({0, 4, 5}), labels, pred_probs);
    CHECK(text_of(folder / "report.html").find("<dt>Images</dt><dd>0</dd>") != std::string::npos);
    const xt::xtensor<int, 3> empty = xt::xtensor<int, 3>::from_shape({2, 0, 5});
    write_report(folder / "empty.html", xt::xtensor<bool, 3>::from_shape({2, 0, 5}), empty,
                 xt::xtensor<double, 4>(xt::xtensor<double, 4>::shape_type{2, 2, 0, 5}));
    CHECK(text_of(folder / "empty.html").find("<dt>Images</dt><dd>2</dd>") != std::string::npos);
}

TEST_CASE("A report says that there are more regions than it shows", "[report]") {
    report_contents contents = some_contents();
    CHECK(page_of(issue_report(contents)).find("<small>most severe of") == std::string::npos);
    CHECK(data_of(page_of(issue_report(contents))).find("\"numRegions\": 0") != std::string::npos);
    contents.num_regions = 1234;
    const std::string page = page_of(issue_report(contents));
    CHECK(page.find("<dd>1 <small>most severe of 1,234</small></dd>") != std::string::npos);
    CHECK(data_of(page).find("\"numRegions\": 1234") != std::string::npos);
}

TEST_CASE("Names that do not fit the arrays are refused", "[report]") {
    const temporary_folder folder;
    const xt::xtensor<int, 3> labels{{{0, 0}}};
    const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8}}, {{0.1, 0.2}}}};
    const xt::xtensor<bool, 3> issues{{{false, true}}};
    const auto complaint = [&](const report_options& report) {
        return message_of<std::invalid_argument>(
            [&] { write_report(folder / "report.html", issues, labels, pred_probs, report); });
    };
    CHECK(complaint({.class_names = {"one"}}) ==
          "there are 1 class names, pred_probs have 2 classes: there must be one name a class, or none");
    CHECK(complaint({.image_names = {"one", "two"}}) ==
          "there are 2 image names and 1 images: there must be one name an image, or none");
    CHECK(complaint({.pictures = [](std::size_t) {
              return picture(std::array<std::size_t, 3>{2, 2, 3}, 0);
          }}).starts_with("image 0: photo has shape (2, 2, 3), the masks have (1, 2)"));
    CHECK(std::filesystem::is_empty(folder.path()));
}
