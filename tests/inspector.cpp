#include "inspections.hpp"
#include "message.hpp"

#include <maskaudit/inspector.hpp>

#include <catch.hpp>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

using namespace maskaudit_test;
using maskaudit::inspection;
using maskaudit::label_inspector;

namespace {

scene some_scene(probabilities kind = probabilities::sixteenths) {
    random_engine random(seed() + 20);
    return random_scene<double>(random, 7, 4, {6, 8}, kind, 0.3, 0.1);
}

} // namespace

TEST_CASE("the inspector finds what the functions on whole arrays find, bit for bit", "[inspector]") {
    for (const std::size_t downsample : {std::size_t{1}, std::size_t{2}})
        for (const bool normalized : {true, false}) {
            const scene data = some_scene(normalized ? probabilities::sixteenths : probabilities::unnormalised);
            const arrays whole(data);
            const maskaudit::options opts{.ignore_label = ignored_of(data)};
            const maskaudit::confident_learning finder{.downsample = downsample};
            label_inspector inspector(
                data.classes,
                {.ignore_label = opts.ignore_label, .temperature = 0.2, .confident = finder, .normalized = normalized});
            for (std::size_t n = 0; n < data.images; ++n)
                whole.add_to(inspector, n);
            const inspection found = inspector.finish();

            const auto mask = maskaudit::find_label_issues(whole.labels, whole.pred_probs, finder, opts);
            for (std::size_t n = 0; n < data.images; ++n)
                CHECK((found.issues(n) == xt::eval(xt::view(mask, n))));
            CHECK(found.num_issues == static_cast<std::uint64_t>(std::count(mask.begin(), mask.end(), true)));
            const auto issues = maskaudit::get_label_quality_scores(whole.labels, whole.pred_probs,
                                                                    maskaudit::num_pixel_issues{finder}, opts);
            CHECK((found.num_pixel_issues_scores == issues.image_scores));
            const auto softmin =
                maskaudit::get_label_quality_scores(whole.labels, whole.pred_probs, maskaudit::softmin{0.2}, opts);
            if (downsample == 1) CHECK((found.softmin_scores == softmin.image_scores));
            for (std::size_t n = 0; n < data.images; ++n)
                CHECK(close(found.softmin_scores(n), softmin.image_scores(n)));
            CHECK(found.common_label_issues() ==
                  maskaudit::common_label_issues(mask, whole.labels, whole.pred_probs, {}, opts));
            const verdict expected = confident_learning(data, downsample);
            for (std::size_t k = 0; k < data.classes; ++k)
                CHECK(std::abs(found.confident_thresholds(k) - expected.thresholds[k]) <= 3e-14);
        }
}

TEST_CASE("images in any order with their indices give the same", "[inspector]") {
    const scene data = some_scene();
    const arrays whole(data);
    label_inspector in_order(data.classes, {.ignore_label = ignored_of(data)});
    label_inspector shuffled = in_order;
    for (std::size_t n = 0; n < data.images; ++n)
        whole.add_to(in_order, n);
    for (const std::size_t n : std::vector<std::size_t>{4, 0, 6, 3, 5, 1, 2})
        whole.add_to(shuffled, n, n);
    CHECK(same(shuffled.finish(), in_order.finish()));
}

TEST_CASE("a += b is as if a had seen b's images after its own", "[inspector]") {
    const scene data = some_scene();
    const arrays whole(data);
    const label_inspector empty(data.classes, {.ignore_label = ignored_of(data)});
    const auto of = [&](std::size_t first, std::size_t last) {
        label_inspector inspector = empty;
        for (std::size_t n = first; n < last; ++n)
            whole.add_to(inspector, n);
        return inspector;
    };
    const inspection all = of(0, 7).finish();
    const auto sum = [](label_inspector a, const label_inspector& b) { return (a += b).finish(); };
    CHECK(same(sum(empty, empty), empty.finish()));
    CHECK(same(sum(of(0, 7), empty), all));
    CHECK(same(sum(empty, of(0, 7)), all));
    for (std::size_t cut = 0; cut <= 7; ++cut)
        CHECK(same(sum(of(0, cut), of(cut, 7)), all));
    label_inspector parts = of(0, 2);
    parts += of(2, 3);
    parts += of(3, 7);
    CHECK(same(parts.finish(), all));

    label_inspector twice = of(0, 3);
    twice += twice;
    label_inspector six = of(0, 3);
    for (std::size_t n = 0; n < 3; ++n)
        whole.add_to(six, n);
    CHECK(same(twice.finish(), six.finish()));
}

TEST_CASE("indices that were given survive a merge", "[inspector]") {
    const scene data = some_scene();
    const arrays whole(data);
    label_inspector in_order(data.classes, {.ignore_label = ignored_of(data)});
    label_inspector even = in_order, odd = in_order;
    for (std::size_t n = 0; n < data.images; ++n) {
        whole.add_to(in_order, n);
        whole.add_to(n % 2 == 0 ? even : odd, n, n);
    }
    odd += even;
    CHECK(same(odd.finish(), in_order.finish()));
    CHECK(message_of<std::invalid_argument>([&] { odd += even; }) ==
          "index is 0: an image with it has been added before");
    CHECK(same(odd.finish(), in_order.finish()));
}

TEST_CASE("images of different sizes, ranks and value types", "[inspector]") {
    random_engine random(seed() + 21);
    label_inspector inspector(3);
    std::vector<scene> scenes;
    for (const std::vector<std::size_t>& shape : {std::vector<std::size_t>{5, 4}, {9}, {2, 3, 4}, {1, 1}})
        scenes.push_back(random_scene<float>(random, 1, 3, shape, probabilities::dirichlet, 0.4));
    scene joined{1, 3, {0}, {}, {}}; // the same pixels as one signal
    for (const scene& data : scenes)
        joined.image_shape[0] += data.pixels();
    for (const scene& data : scenes)
        joined.labels.insert(joined.labels.end(), data.labels.begin(), data.labels.end());
    for (std::size_t k = 0; k < 3; ++k)
        for (const scene& data : scenes)
            for (std::size_t s = 0; s < data.pixels(); ++s)
                joined.pred_probs.push_back(data.p(0, k, s));

    for (std::size_t i = 0; i < scenes.size(); ++i) {
        const arrays image(scenes[i]);
        if (i % 2 == 0)
            inspector.add(xt::view(image.labels, 0), xt::cast<float>(xt::view(image.pred_probs, 0)));
        else
            image.add_to(inspector, 0);
    }
    const inspection found = inspector.finish();
    const std::vector<bool> expected = confident_learning(joined).mask;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < scenes.size(); ++i) {
        const std::vector<bool> part(expected.begin() + static_cast<std::ptrdiff_t>(begin),
                                     expected.begin() + static_cast<std::ptrdiff_t>(begin + scenes[i].pixels()));
        CHECK(differences(flat(found.issues(i), scenes[i].image_shape), part).empty());
        CHECK(close(found.softmin_scores(i), softmin(scenes[i], 0, 0.1)));
        CHECK(found.num_pixel_issues_scores(i) == issue_score(scenes[i], part, 0));
        begin += scenes[i].pixels();
    }
}

TEST_CASE("add_to gives the pixel scores as well", "[inspector]") {
    const scene data = some_scene();
    const arrays whole(data);
    label_inspector inspector(data.classes, {.ignore_label = ignored_of(data)});
    auto scores = xt::xtensor<double, 3>::from_shape({data.images, 6, 8});
    for (std::size_t n = 0; n < data.images; ++n)
        inspector.add_to(xt::view(scores, n), xt::view(whole.labels, n), xt::view(whole.pred_probs, n));
    check_pixel_scores(data, scores);
    auto wrong = xt::xtensor<double, 2>::from_shape({6, 7});
    CHECK(message_of<std::invalid_argument>([&] {
              inspector.add_to(wrong, xt::view(whole.labels, 0), xt::view(whole.pred_probs, 0));
          }) == "pixel_scores has shape (6, 7), labels has (6, 8): they must be the same");
}

TEST_CASE("what the inspector refuses leaves it as it was", "[inspector]") {
    const scene data = some_scene();
    const arrays whole(data);
    const maskaudit::inspector_options opts{.ignore_label = ignored_of(data)};
    label_inspector inspector(data.classes, opts);
    whole.add_to(inspector, 0);
    const inspection before = inspector.finish();
    const auto says = [&]<class Exception>(std::type_identity<Exception>, auto f, const std::string& expected) {
        CHECK(message_of<Exception>(f) == expected);
        CHECK(inspector.num_images() == 1);
        CHECK(same(inspector.finish(), before));
    };
    constexpr std::type_identity<std::invalid_argument> argument;
    constexpr std::type_identity<maskaudit::data_error> value;

    says(
        argument, [&] { whole.add_to(inspector, 0, 0); }, "index is 0: an image with it has been added before");
    says(
        argument, [&] { inspector.add(whole.labels, xt::view(whole.pred_probs, 0)); },
        "labels have shape (7, 6, 8) and pred_probs (4, 6, 8): an image's labels must be (S...) and its pred_probs "
        "(K, S...)");
    says(
        argument, [&] { inspector.add(xt::view(whole.labels, 0), xt::view(whole.pred_probs, 0, xt::range(0, 3))); },
        "pred_probs has 3 classes: it must have 4, as the inspector");
    says(
        value, [&] { inspector.add(xt::view(whole.labels, 0) * 0 + 77, xt::view(whole.pred_probs, 0)); },
        "labels: image 1, pixel (0, 0): 77 must be a class from 0 to 3, or be ignored (ignore_label)");
    says(
        value, [&] { inspector.add(xt::view(whole.labels, 0) * 0, xt::view(whole.pred_probs, 0) * 0 + 2, 12); },
        "pred_probs: image 12, class 0, pixel (0, 0): 2 must be a probability from 0 to 1");
    says(
        argument, [&] { inspector += label_inspector(data.classes, {.temperature = 0.5}); },
        "inspectors to be merged must have the same number of classes and the same options");

    label_inspector gap(data.classes, opts);
    whole.add_to(gap, 0, 0);
    whole.add_to(gap, 1, 2);
    CHECK(message_of<std::invalid_argument>([&] { gap.finish(); }) ==
          "indices of the images must be 0..1: 1 is missing");
    for (const std::size_t num_classes : {std::size_t{0}, std::size_t{65537}, std::numeric_limits<std::size_t>::max()})
        CHECK(message_of<std::invalid_argument>([=] { label_inspector any(num_classes); }) ==
              "num_classes is " + std::to_string(num_classes) + ": it must be from 1 to 65536");
    CHECK(message_of<std::invalid_argument>([&] { whole.add_to(gap, 1, std::numeric_limits<std::size_t>::max()); }) ==
          "index is 18446744073709551615: there is no next one");
    CHECK(message_of<std::invalid_argument>([&] { before.issues(1); }) == "image 1 does not exist: there are 1");
}

TEST_CASE("probabilities that do not sum to one are noticed where it matters", "[inspector]") {
    const xt::xtensor<int, 1> labels{0, 1};
    const xt::xtensor<double, 2> pred_probs{{0.6, 0.1}, {0.7, 0.9}};
    label_inspector inspector(2);
    CHECK(message_of<maskaudit::data_error>([&] { inspector.add(labels, pred_probs); }) ==
          "pred_probs: image 0, pixel (0): 0.6 for the given class and 0.7 for the predicted one must not sum to more "
          "than 1 (inspector_options.normalized = false accepts them)");
    label_inspector any(2, {.normalized = false});
    any.add(labels, pred_probs);
    CHECK(any.finish().issues(0)(0) ==
          maskaudit::find_label_issues(xt::view(labels, xt::newaxis()), xt::view(pred_probs, xt::newaxis()))(0, 0));
}

TEST_CASE("an inspector without images, and images without pixels", "[inspector]") {
    label_inspector inspector(3, {.ignore_label = 9});
    CHECK(inspector.finish().num_issues == 0);
    CHECK(inspector.finish().softmin_scores.size() == 0);
    inspector.add(xt::xarray<int>::from_shape({0, 4}), xt::xarray<float>::from_shape({3, 0, 4}));
    inspector.add(xt::xarray<int>{9, 9}, xt::xarray<float>{{0.5F, 0.5F}, {0.2F, 0.2F}, {0.3F, 0.3F}});
    const inspection found = inspector.finish();
    for (std::size_t n = 0; n < 2; ++n) {
        CHECK(found.softmin_scores(n) == 1);
        CHECK(found.num_pixel_issues_scores(n) == 1);
        CHECK(found.valid_pixels(n) == 0);
    }
    CHECK(found.confident_thresholds(0) == 2e-6);
}
