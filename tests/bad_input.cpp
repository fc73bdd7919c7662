#include "message.hpp"

#include <maskaudit/maskaudit.hpp>

#include <catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

// Every argument and value that cannot be used, with what is said about it. Files have their own: npy_refusals.cpp.

using namespace maskaudit;
using maskaudit_test::message_of;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
xt::xarray<T> filled(const std::vector<std::size_t>& shape, T value) {
    auto array = xt::xarray<T>::from_shape(shape);
    array.fill(value);
    return array;
}

xt::xarray<int> labels_of(const std::vector<std::size_t>& shape) { return filled(shape, 0); }
xt::xarray<double> pred_probs_of(const std::vector<std::size_t>& shape) { return filled(shape, 0.5); }

/// What every function of labels and pred_probs says to them.
template <class Exception, class Labels, class PredProbs>
std::vector<std::string> messages(const Labels& labels, const PredProbs& pred_probs) {
    const auto issues = filled(detail::shape_of(labels), true);
    return {
        message_of<Exception>([&] { find_label_issues(labels, pred_probs); }),
        message_of<Exception>([&] { find_label_issues(labels, pred_probs, below_threshold{}); }),
        message_of<Exception>([&] { get_label_quality_scores(labels, pred_probs); }),
        message_of<Exception>([&] { get_label_quality_scores(labels, pred_probs, num_pixel_issues{}); }),
        message_of<Exception>(
            [&] { get_label_quality_scores(labels, pred_probs, num_pixel_issues{below_threshold{}}); }),
        message_of<Exception>([&] { common_label_issues(issues, labels, pred_probs); }),
        message_of<Exception>([&] { filter_by_class(0, issues, labels, pred_probs); }),
        message_of<Exception>([&] { issue_regions(issues, labels, pred_probs); }),
        message_of<Exception>([&] { suggested_labels(issues, labels, pred_probs); }),
    };
}

template <class Exception, class Labels, class PredProbs>
void check_all_say(const Labels& labels, const PredProbs& pred_probs, const std::string& expected) {
    for (const std::string& message : messages<Exception>(labels, pred_probs))
        CHECK(message == expected);
}

} // namespace

TEST_CASE("labels and pred_probs whose shapes do not fit", "[bad_input]") {
    const std::string rule = ": labels must be (N, S...) and pred_probs (N, K, S...)";
    const auto check = [&](const std::vector<std::size_t>& labels, const std::vector<std::size_t>& pred_probs) {
        const std::string both =
            "labels have shape " + detail::to_text(labels) + " and pred_probs " + detail::to_text(pred_probs);
        check_all_say<std::invalid_argument>(labels_of(labels), pred_probs_of(pred_probs), both + rule);
    };
    check({2, 4, 5}, {2, 3, 4, 6});    // width
    check({2, 4, 5}, {2, 3, 5, 5});    // height
    check({2, 4, 5}, {3, 3, 4, 5});    // images
    check({2, 4, 5}, {2, 4, 5});       // no class axis
    check({2, 4, 5}, {2, 3, 4, 5, 1}); // one axis too many
    check({2, 4, 5}, {3, 4, 5});       // one image's
    check({4, 5}, {2, 3, 4, 5});
    check({20}, {20, 3}); // no spatial axis
    check({2, 20}, {2});
}

TEST_CASE("no class, and more classes than a label can name", "[bad_input]") {
    check_all_say<std::invalid_argument>(labels_of({1, 2, 2}), pred_probs_of({1, 0, 2, 2}),
                                         "labels have shape (1, 2, 2) and pred_probs (1, 0, 2, 2): there must be at "
                                         "least one class");
    check_all_say<std::invalid_argument>(labels_of({0, 2, 2}), pred_probs_of({0, 0, 2, 2}),
                                         "labels have shape (0, 2, 2) and pred_probs (0, 0, 2, 2): there must be at "
                                         "least one class");
    check_all_say<std::invalid_argument>(labels_of({1, 1, 1}), pred_probs_of({1, 65537, 1, 1}),
                                         "labels have shape (1, 1, 1) and pred_probs (1, 65537, 1, 1): there must be "
                                         "at most 65536 classes");
    CHECK(find_label_issues(labels_of({1, 1, 1}), pred_probs_of({1, 65536, 1, 1})).size() == 1);
}

TEST_CASE("no image, and images without pixels, have empty answers", "[bad_input]") {
    for (const std::vector<std::size_t>& shape : {std::vector<std::size_t>{0, 4, 5}, {2, 0, 5}, {2, 4, 0}, {0, 0, 0}}) {
        std::vector<std::size_t> pred_probs_shape = shape;
        pred_probs_shape.insert(pred_probs_shape.begin() + 1, 3);
        const auto labels = labels_of(shape);
        const auto pred_probs = pred_probs_of(pred_probs_shape);
        const auto mask = find_label_issues(labels, pred_probs);
        CHECK(std::vector<std::size_t>(mask.shape().begin(), mask.shape().end()) == shape);
        CHECK(find_label_issues(labels, pred_probs, below_threshold{}).size() == 0);
        CHECK(find_label_issues(labels, pred_probs * 1.0, confident_learning{}).size() == 0);
        CHECK(common_label_issues(mask, labels, pred_probs).empty());
        CHECK(filter_by_class(0, mask, labels, pred_probs).size() == 0);
        const auto check_scores = [&](const auto& scores) {
            CHECK(scores.pixel_scores.size() == 0);
            REQUIRE(scores.image_scores.size() == shape[0]);
            for (const double score : scores.image_scores)
                CHECK(score == 1);
            CHECK(issues_from_scores(scores.image_scores, scores.pixel_scores).size() == 0);
            CHECK(issues_from_scores(scores.image_scores, 1).size() == 0);
        };
        check_scores(get_label_quality_scores(labels, pred_probs));
        check_scores(get_label_quality_scores(labels, pred_probs, num_pixel_issues{}));
        check_scores(get_label_quality_scores(labels, pred_probs, num_pixel_issues{below_threshold{}}));
    }
}

TEST_CASE("labels that are no class", "[bad_input]") {
    auto labels = labels_of({2, 3, 4});
    const auto pred_probs = pred_probs_of({2, 5, 3, 4});
    const std::string rule = " must be a class from 0 to 4, or be ignored (ignore_label)";
    for (const int bad : {-1, 5, 255, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
        labels(1, 2, 3) = bad;
        check_all_say<data_error>(labels, pred_probs, "labels: image 1, pixel (2, 3): " + std::to_string(bad) + rule);
    }
    const auto check_constant = [&](auto label, const std::string& text) {
        check_all_say<data_error>(filled({1, 3, 4}, label), pred_probs_of({1, 5, 3, 4}),
                                  "labels: image 0, pixel (0, 0): " + text + rule);
    };
    check_constant(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
    check_constant(std::numeric_limits<std::int8_t>::min(), "-128");
}

TEST_CASE("an ignored label compares by value", "[bad_input]") {
    xt::xarray<std::uint8_t> labels = xt::zeros<std::uint8_t>({1, 1, 4});
    labels(0, 0, 3) = 255;
    const auto pred_probs = pred_probs_of({1, 2, 1, 4});
    CHECK_NOTHROW(find_label_issues(labels, pred_probs, {.ignore_label = 255}));
    CHECK(message_of<data_error>([&] { find_label_issues(labels, pred_probs, {.ignore_label = -1}); }) ==
          "labels: image 0, pixel (0, 3): 255 must be a class from 0 to 1, or be ignored (ignore_label)");
}

TEST_CASE("the first of several bad pixels is named, however many threads look", "[bad_input]") {
    auto labels = labels_of({3, 200, 200});
    labels(1, 100, 7) = 9;
    labels(1, 199, 199) = 8;
    labels(2, 0, 0) = 7;
    const auto pred_probs = pred_probs_of({3, 2, 200, 200});
    for (const unsigned n_jobs : {1U, 2U, 7U})
        for (const std::size_t batch_size : {std::size_t{0}, std::size_t{1}}) {
            const options opts{.n_jobs = n_jobs, .batch_size = batch_size};
            CHECK(message_of<data_error>([&] { find_label_issues(labels, pred_probs, opts); }) ==
                  "labels: image 1, pixel (100, 7): 9 must be a class from 0 to 1, or be ignored (ignore_label)");
        }
}

TEST_CASE("probabilities that are none", "[bad_input]") {
    const auto labels = labels_of({2, 3, 4});
    const std::pair<double, std::string> bad_values[] = {{not_a_number, "nan"}, {infinity, "inf"}, {-infinity, "-inf"},
                                                         {-0.1, "-0.1"},        {1.1, "1.1"},      {-2e-6, "-2e-06"},
                                                         {1.000002, "1.000002"}};
    for (const auto& [value, text] : bad_values) {
        auto pred_probs = pred_probs_of({2, 3, 3, 4});
        pred_probs(1, 0, 2, 3) = value;
        check_all_say<data_error>(labels, pred_probs,
                                  "pred_probs: image 1, class 0, pixel (2, 3): " + text +
                                      " must be a probability from 0 to 1");
        const xt::xarray<float> in_float = pred_probs;
        CHECK(message_of<data_error>([&] {
                  find_label_issues(labels, in_float);
              }).starts_with("pred_probs: image 1, class 0, pixel (2, 3): "));
    }
}

TEST_CASE("ranks that do not fit, where the type of one array fixes its rank", "[bad_input]") {
    const xt::xtensor<double, 4> pred_probs = pred_probs_of({1, 2, 4, 6});
    const auto labels = labels_of({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 6});
    check_all_say<std::invalid_argument>(labels, pred_probs,
                                         "labels have shape (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 6) and pred_probs (1, 2, "
                                         "4, 6): labels must be (N, S...) and pred_probs (N, K, S...)");
}

TEST_CASE("only what is read is checked", "[bad_input]") {
    auto labels = labels_of({1, 2, 2});
    auto pred_probs = pred_probs_of({1, 2, 2, 2});
    pred_probs(0, 1, 1, 1) = not_a_number; // not of a given class
    CHECK_NOTHROW(get_label_quality_scores(labels, pred_probs));
    CHECK_NOTHROW(find_label_issues(labels, pred_probs, below_threshold{}));
    CHECK_THROWS_AS(find_label_issues(labels, pred_probs), data_error);
    labels(0, 1, 1) = 255;
    pred_probs(0, 0, 1, 1) = infinity;
    const options opts{.ignore_label = 255};
    CHECK_NOTHROW(find_label_issues(labels, pred_probs, opts));
    CHECK(get_label_quality_scores(labels, pred_probs, opts).pixel_scores(0, 1, 1) == 1);
    CHECK_NOTHROW(find_label_issues(labels, pred_probs, confident_learning{.downsample = 2}, opts));
}

TEST_CASE("probabilities within rounding of 0 and 1 are taken as they are", "[bad_input]") {
    const auto labels = labels_of({1, 1, 2});
    const xt::xarray<double> pred_probs{{{{-1e-6, 1.000001}}}};
    const auto scores = get_label_quality_scores(labels, pred_probs);
    CHECK(scores.pixel_scores(0, 0, 0) == -1e-6);
    CHECK(scores.pixel_scores(0, 0, 1) == 1.000001);
    CHECK_NOTHROW(find_label_issues(labels, pred_probs));
}

TEST_CASE("temperature", "[bad_input]") {
    const auto labels = labels_of({1, 2, 2});
    const auto pred_probs = pred_probs_of({1, 2, 2, 2});
    const std::pair<double, std::string> bad_values[] = {
        {0, "0"}, {-0.1, "-0.1"}, {not_a_number, "nan"}, {-infinity, "-inf"}};
    for (const auto& [value, text] : bad_values) {
        const std::string expected = "temperature is " + text + ": it must be above 0";
        const auto score = [&, temperature = value] {
            get_label_quality_scores(labels, pred_probs, softmin{temperature});
        };
        const auto inspect = [temperature = value] { label_inspector(2, {.temperature = temperature}); };
        CHECK(message_of<std::invalid_argument>(score) == expected);
        CHECK(message_of<std::invalid_argument>(inspect) == expected);
    }
}

TEST_CASE("threshold", "[bad_input]") {
    const auto labels = labels_of({1, 2, 2});
    const auto pred_probs = pred_probs_of({1, 2, 2, 2});
    const xt::xtensor<double, 1> scores{0.5};
    const std::pair<double, std::string> bad_values[] = {
        {-0.1, "-0.1"}, {1.5, "1.5"}, {not_a_number, "nan"}, {infinity, "inf"}};
    for (const auto& [value, text] : bad_values) {
        const double threshold = value;
        const std::string expected = "threshold is " + text + ": it must be from 0 to 1";
        CHECK(message_of<std::invalid_argument>([&] { issues_from_scores(scores, threshold); }) == expected);
        CHECK(message_of<std::invalid_argument>([&] { issues_from_scores(scores, pred_probs, threshold); }) ==
              expected);
        CHECK(message_of<std::invalid_argument>(
                  [&] { find_label_issues(labels, pred_probs, below_threshold{threshold}); }) == expected);
    }
}

TEST_CASE("scores that cannot be used", "[bad_input]") {
    const xt::xarray<double> image_scores{0.1, not_a_number};
    const xt::xarray<double> good{0.1, 0.2};
    xt::xarray<double> pixel_scores = xt::zeros<double>({2, 3, 4});
    CHECK(message_of<data_error>([&] { issues_from_scores(image_scores); }) ==
          "image_scores: image 1: nan must be a number");
    CHECK(message_of<data_error>([&] { issues_from_scores(image_scores, pixel_scores); }) ==
          "image_scores: image 1: nan must be a number");
    pixel_scores(1, 2, 3) = not_a_number;
    CHECK(message_of<data_error>([&] { issues_from_scores(good, pixel_scores); }) ==
          "pixel_scores: image 1, pixel (2, 3): nan must be a number");
    CHECK(message_of<std::invalid_argument>([&] { issues_from_scores(pixel_scores); }) ==
          "image_scores has shape (2, 3, 4): it must be (N,)");
    CHECK(message_of<std::invalid_argument>([&] {
              issues_from_scores(good, xt::xarray<double>(xt::zeros<double>({3, 2})));
          }) == "pixel_scores has shape (3, 2): it must be (N, S...) with N = 2, as image_scores has");
}

TEST_CASE("downsample", "[bad_input]") {
    const auto labels = labels_of({1, 4, 6});
    const auto pred_probs = pred_probs_of({1, 2, 4, 6});
    const auto find = [&](std::size_t factor) {
        return [&, factor] { find_label_issues(labels, pred_probs, confident_learning{.downsample = factor}); };
    };
    CHECK(message_of<std::invalid_argument>(find(0)) == "downsample is 0: it must be at least 1");
    CHECK(message_of<std::invalid_argument>(find(4)) ==
          "downsample is 4: it must divide every extent of an image of shape (4, 6)");
    CHECK_NOTHROW(find(2)());
    CHECK(message_of<std::invalid_argument>([] { label_inspector(2, {.confident = {.downsample = 0}}); }) ==
          "downsample is 0: it must be at least 1");
    const std::string too_small = " is the sum over the classes of the means in the block of pixels that starts here: "
                                  "it is too small to downsample";
    auto tiny = filled({1, 2, 4, 6}, 0.0);
    const auto message = [&] {
        return message_of<data_error>([&] { find_label_issues(labels, tiny, confident_learning{.downsample = 2}); });
    };
    CHECK(message() == "pred_probs: image 0, pixel (0, 0): 0" + too_small);
    tiny.fill(0.5);
    for (const std::size_t row : {2U, 3U})
        for (const std::size_t column : {4U, 5U}) { // each value is valid, and their sum next to nothing
            tiny(0, 0, row, column) = -1e-6;
            tiny(0, 1, row, column) = 1.1e-6;
        }
    CHECK(message().starts_with("pred_probs: image 0, pixel (2, 4): "));
    CHECK(message().ends_with(too_small));
}

TEST_CASE("arrays of the caller that do not fit", "[bad_input]") {
    const auto labels = labels_of({2, 4, 6});
    const auto pred_probs = pred_probs_of({2, 2, 4, 6});
    auto image_scores = xt::xarray<double>::from_shape({2});
    auto pixel_scores = xt::xarray<double>::from_shape({2, 4, 6});
    auto wrong_images = xt::xarray<double>::from_shape({3});
    auto wrong_pixels = xt::xarray<double>::from_shape({2, 4, 5});
    CHECK(message_of<std::invalid_argument>([&] {
              get_label_quality_scores_to(wrong_images, pixel_scores, labels, pred_probs);
          }) == "image_scores has shape (3,): it must be (2,), one score an image");
    CHECK(message_of<std::invalid_argument>([&] {
              get_label_quality_scores_to(image_scores, wrong_pixels, labels, pred_probs);
          }) == "pixel_scores has shape (2, 4, 5), labels has (2, 4, 6): they must be the same");
    const xt::xarray<bool> issues = xt::zeros<bool>({2, 4});
    for (const std::string& message :
         {message_of<std::invalid_argument>([&] { common_label_issues(issues, labels, pred_probs); }),
          message_of<std::invalid_argument>([&] { filter_by_class(0, issues, labels, pred_probs); })})
        CHECK(message == "issues has shape (2, 4), labels has (2, 4, 6): they must be the same");
}

TEST_CASE("a data_error tells the place to a program too", "[bad_input]") {
    auto pred_probs = pred_probs_of({2, 3, 3, 4});
    pred_probs(1, 2, 0, 3) = 2;
    try {
        find_label_issues(labels_of({2, 3, 4}), pred_probs);
        FAIL("nothing was thrown");
    } catch (const data_error& error) {
        CHECK(error.place().image == 1);
        CHECK(error.place().class_index == std::optional<std::size_t>(2));
        CHECK(error.place().pixel == std::vector<std::size_t>{0, 3});
    }
}
