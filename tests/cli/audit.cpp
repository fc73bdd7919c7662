#include "npy_text.hpp"
#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <nlohmann/json.hpp>
#include <xtl/xhalf_float.hpp>

#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <temporary_folder.hpp>
#include <vector>
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

// `maskaudit audit` against the library's own results on the same files.

using namespace maskaudit_test;
using maskaudit::npy_view;
using nlohmann::json;

namespace {

const std::filesystem::path scene = std::filesystem::path(MASKAUDIT_REFERENCE_DIR) / "scene_f32_u8";
const std::string labels_file = scene / "labels.npy";
const std::string pred_probs_file = scene / "pred_probs.npy";

struct scene_arrays {
    xt::xarray<std::uint8_t> labels = npy_view(labels_file).read<std::uint8_t>();
    xt::xarray<float> pred_probs = npy_view(pred_probs_file).read<float>();
};

template <class A, class B>
bool same(const A& a, const B& b) {
    return std::equal(a.shape().begin(), a.shape().end(), b.shape().begin(), b.shape().end()) &&
           std::equal(a.begin(), a.end(), b.begin());
}

/// The folder of an audit of the scene with these further options.
void audit_to(const std::filesystem::path& out, std::vector<std::string> more = {},
              const std::string& labels = labels_file, const std::string& pred_probs = pred_probs_file) {
    more.insert(more.begin(), {"audit", labels, pred_probs, "--out", out});
    const outcome done = run(more);
    INFO(done.err);
    REQUIRE(done.status == 0);
}

/// What an audit wrote, against the library's functions on whole arrays.
template <class PredProbs>
void check_results(const std::filesystem::path& out, const xt::xarray<std::uint8_t>& labels,
                   const PredProbs& pred_probs, double temperature = 0.1, std::size_t downsample = 1,
                   const maskaudit::options& opts = {}) {
    const maskaudit::confident_learning finder{.downsample = downsample};
    const auto mask = maskaudit::find_label_issues(labels, pred_probs, finder, opts);
    const auto softmin =
        maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{temperature}, opts).image_scores;
    const auto counted =
        maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::num_pixel_issues{finder}, opts).image_scores;
    CHECK(same(npy_view(out / "issues.npy").read<bool>(), mask));
    const auto written = npy_view(out / "softmin_scores.npy").read<double>();
    REQUIRE(written.size() == softmin.size());
    for (std::size_t n = 0; n < softmin.size(); ++n)
        CHECK(std::abs(written(n) - softmin(n)) <= 1e-12 * softmin(n));
    CHECK(same(npy_view(out / "num_pixel_issues_scores.npy").read<double>(), counted));

    const auto images = csv_rows(out / "images.csv");
    REQUIRE(images.size() == softmin.size() + 1);
    CHECK(images[0] == std::vector<std::string>{"image", "softmin", "num_pixel_issues", "issue_pixels"});
    const auto worst_first = maskaudit::issues_from_scores(written, 1);
    for (std::size_t i = 0; i < worst_first.size(); ++i) {
        const std::size_t n = worst_first(i);
        const auto image_mask = xt::view(mask, n);
        CHECK(images[i + 1] ==
              std::vector<std::string>{std::to_string(n), images[i + 1][1], images[i + 1][2],
                                       std::to_string(std::count(image_mask.begin(), image_mask.end(), true))});
        CHECK(std::stod(images[i + 1][1]) == written(n));
        CHECK(std::stod(images[i + 1][2]) == counted(n));
    }

    const auto swaps = maskaudit::common_label_issues(mask, labels, pred_probs, {.top = 1000000}, opts);
    const auto rows = csv_rows(out / "swaps.csv");
    REQUIRE(rows.size() == swaps.size() + 1);
    CHECK(std::vector<std::string>(rows[0].begin(), rows[0].begin() + 3) ==
          std::vector<std::string>{"given", "predicted", "pixels"});
    for (std::size_t i = 0; i < swaps.size(); ++i)
        CHECK(std::vector<std::string>(rows[i + 1].begin(), rows[i + 1].begin() + 3) ==
              std::vector<std::string>{std::to_string(swaps[i].given_label), std::to_string(swaps[i].predicted_label),
                                       std::to_string(swaps[i].num_pixel_issues)});
}

} // namespace

TEST_CASE("audit writes what the library computes", "[cli]") {
    const scene_arrays data;
    const temporary_folder folder;
    const std::filesystem::path out = folder / "new" / "results";
    audit_to(out);
    CHECK(names_in(out) == std::vector<std::string>{"coco.json", "coco_uncompressed.json", "images.csv", "issues.npy",
                                                    "num_pixel_issues_scores.npy", "regions.csv", "regions.json",
                                                    "softmin_scores.npy", "summary.json", "swaps.csv"});
    check_results(out, data.labels, data.pred_probs);
    CHECK(same(npy_view(out / "issues.npy").read<bool>(),
               npy_view(scene / "find_label_issues_1.npy").read<bool>())); // and cleanlab
    CHECK(npy_view(out / "softmin_scores.npy").holds<double>());
    CHECK(npy_view(out / "issues.npy").holds<bool>());
}

TEST_CASE("every option of audit reaches the library", "[cli]") {
    const scene_arrays data;
    const temporary_folder folder;
    audit_to(folder / "options", {"--ignore-label", "3", "-1", "--ignore-label=18", "--temperature", "0.5",
                                  "--downsample", "4", "--jobs", "1", "--pixel-scores"});
    const maskaudit::options opts{.ignore_label = {3, -1, 18}};
    check_results(folder / "options", data.labels, data.pred_probs, 0.5, 4, opts);
    const npy_view scores(folder / "options" / "pixel_scores.npy");
    CHECK(scores.holds<float>());
    CHECK(same(scores.read<float>(),
               maskaudit::get_label_quality_scores(data.labels, data.pred_probs, opts).pixel_scores));
}

TEST_CASE("ignored labels may stand before the files", "[cli]") {
    const temporary_folder folder;
    const outcome done =
        run({"audit", "--ignore-label", "3", "-1", labels_file, pred_probs_file, "--out", folder / "out"});
    CHECK(done.status == 0);
    const scene_arrays data;
    check_results(folder / "out", data.labels, data.pred_probs, 0.1, 1, {.ignore_label = {3, -1}});
}

TEST_CASE("the summary for people", "[cli]") {
    const temporary_folder folder;
    const outcome done = run({"audit", labels_file, pred_probs_file, "--out", folder / "out", "--top", "2"});
    CHECK(done.status == 0);
    CHECK(done.err.empty());                             // a pipe gets no progress
    CHECK(done.out.find("444") != std::string::npos);    // issues
    CHECK(done.out.find("13,440") != std::string::npos); // pixels
    CHECK(done.out.find("2 of 6") != std::string::npos);
    CHECK(done.out.find((folder / "out").string()) != std::string::npos);
    CHECK(done.out.find('\x1b') == std::string::npos);
    CHECK(done.out.find('\r') == std::string::npos);
    const outcome quiet = run({"audit", labels_file, pred_probs_file, "--out", folder / "out", "--quiet"});
    CHECK(quiet.status == 0);
    CHECK(quiet.out.empty());
    CHECK(quiet.err.empty());
}

TEST_CASE("the summary for programs", "[cli]") {
    const temporary_folder folder;
    const outcome done =
        run({"audit", labels_file, pred_probs_file, "--out", folder / "out", "--json", "--top", "3", "--jobs", "2"});
    REQUIRE(done.status == 0);
    CHECK(done.out == text_of(folder / "out" / "summary.json"));
    const json summary = json::parse(done.out);
    const scene_arrays data;
    CHECK(summary["images"] == 6);
    CHECK(summary["classes"] == 19);
    CHECK(summary["pixels"] == data.labels.size());
    CHECK(summary["valid_pixels"] == data.labels.size());
    CHECK(summary["issue_pixels"] == 444);
    CHECK(summary["worst_images"].size() == 3);
    CHECK(summary["confident_thresholds"].size() == 19);
    CHECK(summary["options"]["jobs"] == 2);
    const auto mask = maskaudit::find_label_issues(data.labels, data.pred_probs);
    const auto swaps = maskaudit::common_label_issues(mask, data.labels, data.pred_probs, {.top = 1000000});
    REQUIRE(summary["swaps"].size() == swaps.size());
    CHECK(summary["swaps"][0]["given"] == swaps[0].given_label);
    CHECK(summary["swaps"][0]["pixels"] == swaps[0].num_pixel_issues);
}

TEST_CASE("class names, whatever they contain", "[cli]") {
    const temporary_folder folder;
    std::ofstream names(folder / "names with spaces.txt");
    for (int k = 0; k < 19; ++k)
        names << (k % 2 == 0 ? "a, \"quoted\" Straße " : "plain ") << k << (k == 18 ? "" : "\r\n");
    names.close();
    audit_to(folder / "out", {"--classes", folder / "names with spaces.txt"});
    const std::string swaps = text_of(folder / "out" / "swaps.csv");
    CHECK(swaps.starts_with("given,predicted,pixels,given_name,predicted_name\n"));
    CHECK(swaps.find("\"a, \"\"quoted\"\" Straße ") != std::string::npos);
    CHECK(swaps.find('\r') == std::string::npos);
    const json summary = json::parse(text_of(folder / "out" / "summary.json"));
    CHECK(summary["confident_thresholds"][2]["name"] == "a, \"quoted\" Straße 2");
}

TEST_CASE("files of other types, byte orders and orders of axes", "[cli]") {
    const scene_arrays data;
    const temporary_folder folder;
    const auto save = [&](const char* name, const std::string& descr, bool fortran, const std::string& shape,
                          const std::string& bytes) {
        npy_test::save(folder / name, npy_test::npy(npy_test::dictionary(descr, shape, fortran), bytes));
        return (folder / name).string();
    };
    std::string labels, pred_probs; // big-endian, axes reversed
    for (auto label = data.labels.begin<xt::layout_type::column_major>();
         label != data.labels.end<xt::layout_type::column_major>(); ++label)
        labels.append({'\0', '\0', '\0', static_cast<char>(*label)});
    for (auto p = data.pred_probs.begin<xt::layout_type::column_major>();
         p != data.pred_probs.end<xt::layout_type::column_major>(); ++p) {
        const auto bits = std::bit_cast<std::uint32_t>(*p);
        for (const int shift : {24, 16, 8, 0})
            pred_probs += static_cast<char>(bits >> shift & 0xFF);
    }
    audit_to(folder / "swapped", {}, save("labels.npy", ">i4", true, "(6, 40, 56)", labels),
             save("pred_probs.npy", ">f4", true, "(6, 19, 40, 56)", pred_probs));
    check_results(folder / "swapped", data.labels, data.pred_probs);

    maskaudit::npy_writer<xtl::half_float> halves(folder / "half.npy", {6, 19, 40, 56});
    halves.append(data.pred_probs);
    halves.finish();
    audit_to(folder / "half", {"--pixel-scores"}, labels_file, folder / "half.npy");
    check_results(folder / "half", data.labels, npy_view(folder / "half.npy").read<float>());

    const auto in_fixed_point = [&]<class Stored>(const std::string& name, Stored largest) {
        const xt::xarray<Stored> stored = xt::cast<Stored>(data.pred_probs * static_cast<float>(largest) + 0.5F);
        maskaudit::write_npy(folder / (name + ".npy"), stored);
        audit_to(folder / name, {"--pixel-scores"}, labels_file, folder / (name + ".npy"));
        check_results(folder / name, data.labels, xt::cast<float>(stored) / static_cast<float>(largest));
    };
    in_fixed_point("bytes", std::uint8_t{255});
    in_fixed_point("words", std::uint16_t{65535});

    maskaudit::write_npy(folder / "double.npy", xt::cast<double>(data.pred_probs));
    audit_to(folder / "double", {"--pixel-scores"}, labels_file, folder / "double.npy");
    check_results(folder / "double", data.labels, xt::xarray<double>(data.pred_probs));
    CHECK(npy_view(folder / "double" / "pixel_scores.npy").holds<double>());
}

TEST_CASE("logits", "[cli]") {
    const scene_arrays data;
    const temporary_folder folder;
    const xt::xarray<float> logits = xt::log(data.pred_probs) * 1.5F;
    maskaudit::write_npy(folder / "float.npy", logits);
    maskaudit::write_npy(folder / "half.npy", xt::xarray<xtl::half_float>(xt::cast<xtl::half_float>(logits)));
    for (const std::string name : {"float", "half"}) {
        audit_to(folder / name, {"--logits", "--pixel-scores"}, labels_file, folder / (name + ".npy"));
        const auto stored = npy_view(folder / (name + ".npy")).read<float>();
        check_results(folder / name, data.labels, maskaudit::softmax_over_classes(stored));
        const auto scores = npy_view(folder / name / "pixel_scores.npy").read<float>();
        const xt::xarray<double> powers = xt::exp(xt::cast<double>(stored));
        const xt::xarray<double> sums = xt::sum(powers, {1});
        for (std::size_t n = 0; n < 6; ++n)
            CHECK(scores(n, 7, 9) == Approx(powers(n, data.labels(n, 7, 9), 7, 9) / sums(n, 7, 9)).margin(1e-6));
    }
    const outcome forgotten = run({"audit", labels_file, folder / "float.npy", "--out", folder / "out"});
    CHECK(forgotten.status == 1);
    CHECK(forgotten.err.find("must be a probability from 0 to 1; if these are logits, add --logits") !=
          std::string::npos);
    const outcome taken_for_logits =
        run({"audit", labels_file, pred_probs_file, "--logits", "--quiet", "--out", folder / "out"});
    CHECK(taken_for_logits.status == 0);
    CHECK(taken_for_logits.err.find("if these are probabilities, leave out --logits") != std::string::npos);
    maskaudit::write_npy(folder / "bytes.npy", xt::xarray<std::uint8_t>(xt::cast<std::uint8_t>(data.pred_probs)));
    const outcome fixed = run({"audit", labels_file, folder / "bytes.npy", "--logits", "--out", folder / "out"});
    CHECK(fixed.status == 1);
    CHECK(fixed.err.find("bytes.npy: expected logits of a floating type, found elements of type |u1") !=
          std::string::npos);
}

TEST_CASE("probabilities that do not sum to one are audited all the same, and it is said", "[cli]") {
    const std::filesystem::path reference = scene.parent_path() / "unnormalised_f64";
    const temporary_folder folder;
    const outcome done =
        run({"audit", reference / "labels.npy", reference / "pred_probs.npy", "--out", folder / "out"});
    CHECK(done.status == 0);
    CHECK(done.err.find("sum to") != std::string::npos);
    CHECK(same(npy_view(folder / "out" / "issues.npy").read<bool>(),
               npy_view(reference / "find_label_issues_1.npy").read<bool>()));
}

TEST_CASE("probabilities that are none are told", "[cli]") {
    const temporary_folder folder;
    const xt::xtensor<float, 4> nothing = xt::zeros<float>({6, 19, 40, 56});
    maskaudit::write_npy(folder / "zeros.npy", nothing);
    const outcome done = run({"audit", labels_file, folder / "zeros.npy", "--out", folder / "out"});
    CHECK(done.status == 0);
    CHECK(done.err == "maskaudit: " + (folder / "zeros.npy").string() +
                          ": no pixel of any image has a probability of its given class; are these the model's "
                          "probabilities?\n");
}

TEST_CASE("an audit of nothing is empty, not an error", "[cli]") {
    const temporary_folder folder;
    maskaudit::write_npy(folder / "labels.npy", xt::xarray<int>::from_shape({0, 4, 5}));
    maskaudit::write_npy(folder / "pred_probs.npy", xt::xarray<float>::from_shape({0, 3, 4, 5}));
    audit_to(folder / "out", {"--pixel-scores"}, folder / "labels.npy", folder / "pred_probs.npy");
    CHECK(npy_view(folder / "out" / "issues.npy").shape() == std::vector<std::size_t>{0, 4, 5});
    CHECK(npy_view(folder / "out" / "softmin_scores.npy").size() == 0);
    CHECK(csv_rows(folder / "out" / "images.csv").size() == 1);
}

TEST_CASE("a second audit replaces the files of the first, and no others", "[cli]") {
    const temporary_folder folder;
    audit_to(folder / "out", {"--pixel-scores"});
    std::ofstream(folder / "out" / "notes.txt") << "mine";
    const outcome again =
        run({"audit", labels_file, pred_probs_file, "--out", folder / "out", "--ignore-label", "0", "--quiet"});
    CHECK(again.status == 0);
    CHECK(again.err.find("pixel_scores.npy is of an earlier run") != std::string::npos);
    CHECK(text_of(folder / "out" / "notes.txt") == "mine");
    const scene_arrays data;
    check_results(folder / "out", data.labels, data.pred_probs, 0.1, 1, {.ignore_label = 0});
}
