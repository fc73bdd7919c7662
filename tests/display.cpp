#include "file_contents.hpp"
#include "message.hpp"
#include "region_scene.hpp"
#include "temporary_folder.hpp"

#include <maskaudit/display.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

// Which images are displayed, in which order, with which layers; and their files.

using namespace maskaudit_test;
using maskaudit::display_issues;
using maskaudit::image_layers;
using maskaudit::issue_panels;
using maskaudit::picture;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t height = 12, width = 15;

/// What is to be displayed, by the definition: images and their layers.
struct expected_image {
    std::size_t image, count;
    image_layers layers;
};

std::vector<expected_image> expectation(const masked_arrays& all) {
    std::vector<expected_image> images;
    for (std::size_t n = 0; n < all.data.images; ++n) {
        expected_image next{n, 0, {}};
        next.layers.given = maskaudit::layer_plane<std::int32_t>::from_shape({height, width});
        next.layers.predicted = next.layers.given;
        next.layers.issues = maskaudit::layer_plane<bool>::from_shape({height, width});
        for (std::size_t s = 0; s < all.data.pixels(); ++s) {
            const bool is_ignored = all.data.is_ignored(n, s), is_issue = all.mask[n * all.data.pixels() + s];
            next.layers.given.data()[s] = is_ignored ? -1 : static_cast<std::int32_t>(all.data.label(n, s));
            next.layers.predicted.data()[s] = is_ignored ? -1 : static_cast<std::int32_t>(predicted(all.data, n, s));
            next.layers.issues.data()[s] = is_issue && !is_ignored;
            next.count += is_issue && !is_ignored ? 1 : 0;
        }
        if (next.count > 0) images.push_back(next);
    }
    std::sort(images.begin(), images.end(), [](const expected_image& a, const expected_image& b) {
        return std::tuple(b.count, a.image) < std::tuple(a.count, b.image);
    });
    return images;
}

void check(const std::vector<issue_panels>& found, const std::vector<expected_image>& expected, std::size_t count,
           const std::vector<std::string>& names = {}) {
    REQUIRE(found.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(found[i].image == expected[i].image);
        CHECK((found[i].panels == maskaudit::draw_panels(expected[i].layers, names)));
    }
}

/// Images of which some have no issues, and some equally many.
masked_arrays some_arrays(std::size_t images = 7) {
    random_engine random(seed() + 431);
    masked_arrays all = random_arrays(random, {height, width}, 0.2, images, 0.1);
    const std::size_t pixels = height * width;
    std::fill_n(all.mask.begin(), pixels, false);
    std::copy_n(all.mask.begin() + static_cast<std::ptrdiff_t>(pixels), pixels,
                all.mask.begin() + static_cast<std::ptrdiff_t>(4 * pixels)); // 4 as 1, labels too
    std::copy_n(all.data.labels.begin() + static_cast<std::ptrdiff_t>(pixels), pixels,
                all.data.labels.begin() + static_cast<std::ptrdiff_t>(4 * pixels));
    all.issues = make<xt::xarray<bool>>(all.data.labels_shape(), all.mask);
    all.labels = make<xt::xarray<int>>(all.data.labels_shape(), all.data.labels);
    return all;
}

} // namespace

TEST_CASE("the images with the most issues are displayed first", "[display]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    const masked_arrays all = some_arrays();
    const auto expected = expectation(all);
    REQUIRE(expected.size() == 6);
    const maskaudit::options opts{.ignore_label = ignored_of(all.data)};
    check(display_issues(all.issues, all.labels, all.pred_probs, {}, opts), expected, 6);
    check(display_issues(all.issues, all.labels, all.pred_probs, {.top = 2}, opts), expected, 2);
    check(display_issues(all.issues, all.labels, all.pred_probs, {.top = 0}, opts), expected, 6);

    std::vector<std::string> names;
    for (std::size_t k = 0; k < all.data.classes; ++k)
        names.push_back("class " + std::to_string(k));
    check(display_issues(all.issues, all.labels, all.pred_probs, {.class_names = names}, opts), expected, 6, names);
}

TEST_CASE("the top is 20 unless another is asked for; 0 is all", "[display]") {
    const auto labels = xt::xtensor<std::uint8_t, 3>({25, 1, 2}, 0);
    const auto pred_probs = xt::xtensor<float, 4>({25, 1, 1, 2}, 1.0F);
    const auto issues = xt::xtensor<bool, 3>({25, 1, 2}, true);
    CHECK(display_issues(issues, labels, pred_probs).size() == 20);
    const auto all = display_issues(issues, labels, pred_probs, {.top = 0});
    REQUIRE(all.size() == 25);
    for (std::size_t i = 0; i < 25; ++i)
        CHECK(all[i].image == i);
}

TEST_CASE("what is displayed depends on no type, layout or number of threads", "[display]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    const masked_arrays all = some_arrays();
    const auto expected = expectation(all);
    for (const unsigned n_jobs : {1U, 3U}) {
        const maskaudit::options opts{.ignore_label = ignored_of(all.data), .n_jobs = n_jobs};
        const xt::xtensor<std::uint8_t, 3> bytes = all.labels;
        const xt::xtensor<double, 4, xt::layout_type::column_major> columns = all.pred_probs;
        check(display_issues(all.issues, bytes, columns, {}, opts), expected, 6);
        check(display_issues(all.issues && true, all.labels + 0, all.pred_probs * 1.0, {}, opts), expected, 6);
    }
}

TEST_CASE("pictures are asked for, of the images that are displayed", "[display]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    const masked_arrays all = some_arrays();
    auto expected = expectation(all);
    const auto photo_of = [](std::size_t n) {
        picture photo = picture::from_shape({height, width, std::size_t{3}});
        std::fill(photo.begin(), photo.end(), static_cast<std::uint8_t>(10 * n));
        return photo;
    };
    std::vector<std::size_t> asked; // no two threads ask at a time
    const auto source = [&](std::size_t n) {
        asked.push_back(n);
        return n == 4 ? picture{} : photo_of(n);
    };
    std::vector<std::size_t> wanted;
    for (expected_image& image : expected) {
        if (image.image != 4) image.layers.photo = photo_of(image.image);
        wanted.push_back(image.image);
    }
    std::vector<std::size_t> done;
    const auto progress = [&](std::size_t images, std::size_t total) {
        done.push_back(images);
        CHECK(total == 6);
    };
    const maskaudit::options opts{.ignore_label = ignored_of(all.data), .n_jobs = 4, .progress = progress};
    check(display_issues(all.issues, all.labels, all.pred_probs, {.pictures = source}, opts), expected, 6);
    std::sort(asked.begin(), asked.end());
    std::sort(wanted.begin(), wanted.end());
    CHECK(asked == wanted);
    CHECK(done == std::vector<std::size_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("panels go into PNG files named after their images", "[display]") {
    INFO("MASKAUDIT_TEST_SEED=" << seed());
    const masked_arrays all = some_arrays();
    const maskaudit::options opts{.ignore_label = ignored_of(all.data)};
    const auto drawn = display_issues(all.issues, all.labels, all.pred_probs, {.top = 3}, opts);
    const temporary_folder folder;
    const fs::path panels = folder / "new" / "panels";
    const auto files = display_issues(panels, all.issues, all.labels, all.pred_probs, {.top = 3}, opts);
    REQUIRE(files.size() == 3);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 3; ++i) {
        names.push_back("00000" + std::to_string(drawn[i].image) + ".png");
        CHECK(files[i] == panels / names.back());
        CHECK((maskaudit::read_picture(files[i]) == drawn[i].panels));
    }
    std::sort(names.begin(), names.end());
    CHECK(names_in(panels) == names);

    // Once more into the same folder.
    CHECK(display_issues(panels, all.issues, all.labels, all.pred_probs, {.top = 3}, opts) == files);
    CHECK(names_in(panels) == names);
}

TEST_CASE("names of panels sort as indices do", "[display]") {
    using maskaudit::detail::panels_name;
    CHECK(panels_name(12, 20) == "000012.png");
    CHECK(panels_name(999999, 1000000) == "999999.png");
    CHECK(panels_name(12, 1000001) == "0000012.png");
}

TEST_CASE("nothing to display is no error", "[display]") {
    const temporary_folder folder;
    const auto labels = xt::xtensor<int, 3>({2, 3, 4}, 0);
    const auto pred_probs = xt::xtensor<double, 4>({2, 2, 3, 4}, 0.5);
    const auto none = xt::xtensor<bool, 3>({2, 3, 4}, false), all = xt::xtensor<bool, 3>({2, 3, 4}, true);
    CHECK(display_issues(none, labels, pred_probs).empty());
    CHECK(display_issues(all, labels, pred_probs, {}, {.ignore_label = 0}).empty());
    CHECK(display_issues(folder / "panels", none, labels, pred_probs).empty());
    CHECK(names_in(folder / "panels").empty());
    const auto no_images = xt::xtensor<int, 3>({0, 3, 4}, 0);
    CHECK(display_issues(xt::xtensor<bool, 3>({0, 3, 4}), no_images, xt::xtensor<double, 4>({0, 2, 3, 4})).empty());
}

TEST_CASE("what cannot be displayed is refused, before anything is written where that can be known", "[display]") {
    const temporary_folder folder;
    auto labels = xt::xtensor<int, 3>({2, 3, 4}, 0);
    auto pred_probs = xt::xtensor<double, 4>({2, 2, 3, 4}, 0.5);
    const auto issues = xt::xtensor<bool, 3>({2, 3, 4}, true);
    const fs::path panels = folder / "panels";
    const auto refusal = [&](auto f) { return message_of<std::invalid_argument>(f); };

    const auto volume = xt::xtensor<int, 4>({1, 2, 3, 4}, 0);
    CHECK(refusal([&] {
              display_issues(panels, xt::xtensor<bool, 4>({1, 2, 3, 4}, true), volume,
                             xt::xtensor<double, 5>({1, 2, 2, 3, 4}, 0.5));
          }) == "images have shape (2, 3, 4): only those of two axes, (H, W), can be drawn");
    CHECK(refusal([&] {
              display_issues(xt::xtensor<bool, 2>({1, 2}, true), xt::xtensor<int, 2>({1, 2}, 0),
                             xt::xtensor<double, 3>({1, 2, 2}, 0.5));
          }) == "images have shape (2,): only those of two axes, (H, W), can be drawn");
    CHECK(refusal([&] {
              display_issues(panels, xt::xtensor<bool, 3>({2, 4, 3}, true), labels, pred_probs);
          }) == "issues has shape (2, 4, 3), labels has (2, 3, 4): they must be the same");
    CHECK(refusal([&] {
              display_issues(panels, issues, labels, pred_probs, {.class_names = {"a", "b", "c"}});
          }) == "there are 3 class names, pred_probs have 2 classes: there must be one name a class, or none");
    CHECK_FALSE(fs::exists(panels));

    const auto sideways = [](std::size_t) { return picture(xt::xtensor<std::uint8_t, 3>({4, 3, 3}, 0)); };
    CHECK(refusal([&] { display_issues(panels, issues, labels, pred_probs, {.pictures = sideways}); }) ==
          "image 0: photo has shape (4, 3, 3), the masks have (3, 4): it must be (H, W, 3), or empty");
    const auto broken = [](std::size_t n) -> picture { throw std::domain_error(std::to_string(n)); };
    CHECK_THROWS_AS(display_issues(panels, issues, labels, pred_probs, {.pictures = broken}), std::domain_error);

    labels(1, 0, 0) = 2;
    CHECK_THROWS_AS(display_issues(panels, issues, labels, pred_probs), maskaudit::data_error);
    if (fs::exists(panels)) CHECK(names_in(panels) == std::vector<std::string>{});
    labels(1, 0, 0) = 1;
    pred_probs(1, 1, 2, 3) = 7; // seen when the image is drawn
    CHECK_THROWS_AS(display_issues(issues, labels, pred_probs), maskaudit::data_error);
    CHECK(display_issues(issues, labels, pred_probs, {.top = 1}).size() == 1);
}

TEST_CASE("a folder that cannot be made is a file_error", "[display]") {
    const temporary_folder folder;
    std::ofstream(folder / "file") << "something else";
    const auto labels = xt::xtensor<int, 3>({1, 3, 4}, 0);
    const auto pred_probs = xt::xtensor<double, 4>({1, 2, 3, 4}, 0.5);
    const auto issues = xt::xtensor<bool, 3>({1, 3, 4}, true);
    for (const fs::path& path : {folder / "file", folder / "file" / "below", folder / std::string(300, 'n')})
        CHECK(message_of<maskaudit::file_error>([&] {
                  display_issues(path, issues, labels, pred_probs);
              }).starts_with(path.string() + ": expected a folder for pictures, found "));
}
