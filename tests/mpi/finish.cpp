#include "inspections.hpp"
#include "message.hpp"
#include "mpi/ranks.hpp"
#include "reference_cases.hpp"
#include "region_scene.hpp"

#include <maskaudit/mpi.hpp>
#include <maskaudit/rank_error.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// Every rank looks at a share of the images, and at all of them by itself: the answers are the same.

using namespace maskaudit_test;
using maskaudit::collective_finish;
using maskaudit::collective_inspection;
using maskaudit::inspection;
using maskaudit::inspector_options;
using maskaudit::label_inspector;

namespace {

/// Adds image n of some data to an inspector.
using add_image = std::function<void(label_inspector&, std::size_t n, std::optional<std::size_t> index)>;

/// Where the share of every rank begins, and behind them the number of images.
using cuts = std::vector<std::size_t>;

cuts even_cuts(std::size_t images) {
    cuts begins;
    for (int r = 0; r <= num_ranks(); ++r)
        begins.push_back(images * static_cast<std::size_t>(r) / static_cast<std::size_t>(num_ranks()));
    return begins;
}

/// The images first..last-1 of what was found.
inspection part_of(const inspection& all, std::size_t first, std::size_t last) {
    const auto cut = [&](const auto& of_all) { return xt::eval(xt::view(of_all, xt::range(first, last))); };
    inspection part;
    part.confident_thresholds = all.confident_thresholds;
    part.softmin_scores = cut(all.softmin_scores);
    part.num_pixel_issues_scores = cut(all.num_pixel_issues_scores);
    part.valid_pixels = cut(all.valid_pixels);
    part.issue_pixels = cut(all.issue_pixels);
    for (std::size_t n = first; n < last; ++n) {
        part.images.push_back(all.images[n]);
        part.num_issues += all.images[n].positions.size();
    }
    return part;
}

/// Checks that ranks with these shares find what one process finds; returns that.
inspection check_shares(std::size_t classes, const inspector_options& opts, const cuts& begins, const add_image& add) {
    label_inspector all(classes, opts), mine(classes, opts), of_all(classes, opts);
    const auto r = static_cast<std::size_t>(rank());
    for (std::size_t n = 0; n < begins.back(); ++n) {
        add(all, n, {});
        if (n < begins[r] || n >= begins[r + 1]) continue;
        add(mine, n, {});
        add(of_all, n, n);
    }
    const inspection expected = all.finish();
    const collective_inspection found = collective_finish(mine, MPI_COMM_WORLD);
    CHECK(same(found.own, part_of(expected, begins[r], begins[r + 1])));
    CHECK(same(collective_finish(of_all, MPI_COMM_WORLD).own, found.own));
    CHECK(is_identical(of_all.issue_regions(found.own), mine.issue_regions(found.own)));
    CHECK(found.first_image == begins[r]);
    CHECK(found.num_images == begins.back());
    CHECK(found.num_issues == expected.num_issues);
    CHECK(maskaudit::collective_common_label_issues(found, MPI_COMM_WORLD) == expected.common_label_issues());
    const maskaudit::summary_options few{.exclude = {1}, .top = 2};
    CHECK(maskaudit::collective_common_label_issues(found, MPI_COMM_WORLD, few) == expected.common_label_issues(few));
    return expected;
}

/// The same for a scene of which a single rank has all images, whichever that is, and for one that is shared evenly.
void check_scene(const scene& data, inspector_options opts) {
    const arrays whole(data);
    opts.ignore_label = maskaudit_test::ignored_of(data);
    const add_image add = [&](label_inspector& inspector, std::size_t n, auto index) {
        whole.add_to(inspector, n, index);
    };
    const auto ranks = static_cast<std::size_t>(num_ranks());
    for (std::size_t lonely = 0; lonely < ranks; ++lonely) { // this rank has all images
        cuts begins(ranks + 1, data.images);
        std::fill_n(begins.begin(), lonely + 1, std::size_t{0});
        check_shares(data.classes, opts, begins, add);
    }
    check_shares(data.classes, opts, even_cuts(data.images), add);
}

} // namespace

TEST_CASE("the reference cases, shared by ranks, are what one process finds", "[mpi]") {
    for (const reference_case& c : reference_cases()) {
        CAPTURE(c.expected["name"]);
        const auto labels = c.file(c.expected["labels"]).read<std::int64_t>();
        const auto pred_probs = c.file(c.expected["pred_probs"]).read<double>();
        for (const json& issues : c.expected["find_label_issues"]) {
            const inspection found = check_shares(
                pred_probs.shape()[1],
                {.confident = {.downsample = issues["downsample"].get<std::size_t>()}, .normalized = false},
                even_cuts(labels.shape()[0]), [&](label_inspector& inspector, std::size_t n, auto index) {
                    inspector.add(xt::view(labels, n), xt::view(pred_probs, n), index);
                });
            check_inspection(c, issues, found);
        }
    }
}

TEST_CASE("ties that straddle ranks fall as in one process, whoever has no image", "[mpi]") {
    random_engine random(seed() + 700);
    for (const auto kind : {probabilities::sixteenths, probabilities::one_hot, probabilities::unnormalised})
        for (const std::size_t images : {std::size_t{1}, std::size_t{3}, std::size_t{9}})
            for (const std::size_t downsample : {std::size_t{1}, std::size_t{2}})
                check_scene(random_scene<float>(random, images, 4, {6, 8}, kind, 0.3, 0.1),
                            {.confident = {.downsample = downsample}, .normalized = false});
}

TEST_CASE("the cutoff falls between equal pixels of any two ranks", "[mpi]") {
    // Every image has the same pixels: one is confident, so as many are flagged as there are images, of those with the
    // lowest q, of which every image has two.
    const std::size_t images = 7;
    const xt::xtensor<int, 2> labels{{0, 0, 0, 1}};
    const xt::xtensor<double, 3> pred_probs{{{0.1, 0.1, 0.9, 0.2}}, {{0.4, 0.9, 0.1, 0.8}}};
    const inspection found =
        check_shares(2, {}, even_cuts(images), [&](label_inspector& inspector, std::size_t, auto index) {
            inspector.add(labels, pred_probs, index);
        });
    CHECK(found.num_issues == images);
    CHECK(found.issue_pixels(3) == 1); // the last one: two of every image before it
    CHECK(found.issue_pixels(4) == 0);
}

TEST_CASE("ranks may have probabilities of different types", "[mpi]") {
    random_engine random(seed() + 701);
    const scene data = random_scene<float>(random, 8, 3, {5, 7}, probabilities::dirichlet, 0.3);
    const arrays whole(data);
    check_shares(3, {.normalized = false}, even_cuts(data.images),
                 [&](label_inspector& inspector, std::size_t n, auto index) {
                     if (n >= 6)
                         whole.add_to(inspector, n, index);
                     else
                         whole.add_as_float_to(inspector, n, index);
                 });
}

TEST_CASE("no rank has an image", "[mpi]") {
    check_shares(5, {}, even_cuts(0), [](label_inspector&, std::size_t, auto) {});
}

TEST_CASE("ranks of another communicator are another data set", "[mpi]") {
    MPI_Comm halves = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, rank() % 2, -rank(), &halves);
    const std::size_t classes = rank() % 2 == 0 ? 3 : 4;
    const label_inspector inspector(classes);
    const collective_inspection found = collective_finish(inspector, halves);
    CHECK(found.own.confident_thresholds.size() == classes);
    MPI_Comm_free(&halves);
}

TEST_CASE("what a rank throws ends all of them with one message, and they can go on", "[mpi]") {
    for (int failing = 0; failing < num_ranks(); ++failing) {
        label_inspector inspector(2);
        const xt::xtensor<int, 2> labels{{0, rank() >= failing ? 7 : 1}};
        const xt::xtensor<float, 3> pred_probs{{{0.5F, 0.5F}}, {{0.5F, 0.5F}}};
        bool is_caught = false;
        try {
            maskaudit::collectively(MPI_COMM_WORLD, [&] { inspector.add(labels, pred_probs); });
        } catch (const maskaudit::rank_error& error) {
            is_caught = true;
            CHECK(error.rank() == failing);
            CHECK(error.what() ==
                  "rank " + std::to_string(failing) +
                      ": labels: image 0, pixel (0, 1): 7 must be a class from 0 to 1, or be ignored (ignore_label)");
            CHECK((rank() == failing) ==
                  (message_of<maskaudit::data_error>([&] { std::rethrow_if_nested(error); }) != "nothing was thrown"));
        }
        CHECK(is_caught);
        CHECK(collective_finish(label_inspector(2), MPI_COMM_WORLD).num_images == 0);
    }
}

TEST_CASE("an error of ranks comes through another call of ranks as it is", "[mpi]") {
    const std::string message = message_of<maskaudit::rank_error>([] {
        maskaudit::collectively(MPI_COMM_WORLD, [] {
            maskaudit::collectively(MPI_COMM_WORLD, [] {
                if (rank() == num_ranks() - 1) throw 1;
            });
        });
    });
    CHECK(message == "rank " + std::to_string(num_ranks() - 1) + ": an exception that is no std::exception");
}

TEST_CASE("a long message is cut, the same on all ranks", "[mpi]") {
    const std::string message = message_of<maskaudit::rank_error>(
        [] { maskaudit::collectively(MPI_COMM_WORLD, [] { throw std::runtime_error(std::string(100000, 'x')); }); });
    CHECK(message.size() == 16383);
    CHECK(message.starts_with("rank 0: xxx"));
}

TEST_CASE("more numbers than MPI takes are refused", "[mpi]") {
    const auto most = std::size_t{(std::numeric_limits<int>::max)()};
    CHECK(maskaudit::detail::message_size(most) == (std::numeric_limits<int>::max)());
    CHECK(message_of<std::invalid_argument>([&] { maskaudit::detail::message_size(most + 1); }) ==
          "MPI takes no message of 2147483648 numbers");
}

TEST_CASE("images that are missing on one rank are missing for all", "[mpi]") {
    const xt::xtensor<int, 2> labels{{0, 1}};
    const xt::xtensor<float, 3> pred_probs{{{0.5F, 0.5F}}, {{0.5F, 0.5F}}};
    label_inspector inspector(2);
    if (rank() == 0) inspector.add(labels, pred_probs, 1);
    CHECK(message_of<maskaudit::rank_error>([&] { collective_finish(inspector, MPI_COMM_WORLD); }) ==
          "rank 0: indices of the images must be 0..0: 0 is missing");
}

TEST_CASE("inspectors that differ are refused on all ranks, and a communicator that is none", "[mpi]") {
    const std::string rule = "inspectors of all ranks must have the same number of classes and the same options";
    const auto said_of = [](const label_inspector& inspector) {
        return message_of<std::invalid_argument>([&] { collective_finish(inspector, MPI_COMM_WORLD); });
    };
    const bool is_last = rank() > 0 && rank() == num_ranks() - 1;
    const std::string expected = num_ranks() > 1 ? rule : "nothing was thrown";
    CHECK(said_of(label_inspector(is_last ? 3 : 2)) == expected);
    CHECK(said_of(label_inspector(2, {.temperature = is_last ? 0.2 : 0.1})) == expected);
    CHECK(said_of(label_inspector(2, {.ignore_label = is_last ? 254 : 255})) == expected);
    CHECK(said_of(label_inspector(2, {.n_jobs = is_last ? 2U : 1U})) == "nothing was thrown");

    CHECK(message_of<std::invalid_argument>([] { maskaudit::collectively(MPI_COMM_NULL, [] {}); }) ==
          "comm is MPI_COMM_NULL: it must be a communicator");
    CHECK(std::string(said_before_init) == "MPI must be initialised, and not be finalized yet");
    if (num_ranks() > 1) {
        MPI_Comm half = MPI_COMM_NULL, between = MPI_COMM_NULL;
        const bool is_first = rank() == 0;
        MPI_Comm_split(MPI_COMM_WORLD, is_first ? 0 : 1, rank(), &half);
        MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, is_first ? 1 : 0, 0, &between);
        CHECK(message_of<std::invalid_argument>([&] { maskaudit::collectively(between, [] {}); }) ==
              "comm is an intercommunicator: it must be of one group");
        MPI_Comm_free(&between);
        MPI_Comm_free(&half);
    }
}
