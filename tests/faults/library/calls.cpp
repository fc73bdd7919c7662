#include "calls.hpp"

#include "call_scene.hpp"

#include <maskaudit/coco.hpp>
#include <maskaudit/dataset.hpp>
#include <maskaudit/display.hpp>
#include <maskaudit/label_map.hpp>
#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>
#include <maskaudit/report.hpp>

#include <cstdint>
#include <fstream>
#include <istream>
#include <ostream>
#include <random>

namespace maskaudit_test {
namespace {

namespace fs = std::filesystem;
using maskaudit::label_inspector;

std::string saved(const label_inspector& inspector) {
    fixed_stream memory;
    std::ostream out(&memory);
    inspector.save(out);
    return memory.text();
}

std::string load_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

maskaudit::picture photo_of(std::size_t n) {
    return xt::ones<std::uint8_t>({16, 24, 3}) * static_cast<std::uint8_t>(50 * n);
}

maskaudit::display_options displayed() { return {.top = 1, .class_names = {"a", "b", "c"}, .pictures = photo_of}; }

maskaudit::dataset open_dataset(const fs::path& folder) {
    return maskaudit::dataset({.labels = folder / "labels", .pred_probs = folder / "pred_probs"});
}

std::string find_confident(const options& opts, const fs::path&) {
    return bytes_of(find_label_issues(small().labels, small().pred_probs, with_void(opts)));
}

std::string find_unnormalized(const options& opts, const fs::path&) {
    return bytes_of(find_label_issues(unnormalized().labels, unnormalized().pred_probs, with_void(opts)));
}

std::string find_in_blocks(const options& opts, const fs::path&) {
    return bytes_of(find_label_issues(small().labels, small().pred_probs, {.downsample = 4}, with_void(opts)));
}

std::string find_below_threshold(const options& opts, const fs::path&) {
    return bytes_of(
        find_label_issues(small().labels, small().pred_probs, maskaudit::below_threshold{0.3}, with_void(opts)));
}

std::string find_in_logits(const options& opts, const fs::path&) {
    return bytes_of(
        find_label_issues(small().labels, maskaudit::softmax_over_classes(small().pred_probs), with_void(opts)));
}

std::string score_by_softmin(const options& opts, const fs::path&) {
    const auto scores = get_label_quality_scores(small().labels, small().pred_probs, with_void(opts));
    return bytes_of(scores.image_scores, scores.pixel_scores, maskaudit::issues_from_scores(scores.image_scores, 0.5),
                    maskaudit::issues_from_scores(scores.image_scores, scores.pixel_scores, 0.5));
}

std::string score_by_issues(const options& opts, const fs::path&) {
    const auto scores =
        get_label_quality_scores(small().labels, small().pred_probs, maskaudit::num_pixel_issues{}, with_void(opts));
    return bytes_of(scores.image_scores, scores.pixel_scores);
}

std::string count_swaps(const options& opts, const fs::path&) {
    return bytes_of(common_label_issues(small().issues, small().labels, small().pred_probs, {}, with_void(opts)));
}

std::string filter_class(const options& opts, const fs::path&) {
    return bytes_of(filter_by_class(1, small().issues, small().labels, small().pred_probs, with_void(opts)));
}

std::string find_regions(const options& opts, const fs::path&) {
    const auto regions = issue_regions(small().issues, small().labels, small().pred_probs, {}, with_void(opts));
    bytes_of_results coco;
    for (const maskaudit::issue_region& region : regions)
        coco << maskaudit::coco_compressed(maskaudit::coco_counts(region, 16, 24));
    return bytes_of(regions, coco.take());
}

std::string suggest_labels(const options& opts, const fs::path&) {
    return bytes_of(suggested_labels(small().issues, small().labels, small().pred_probs, with_void(opts)));
}

std::string drop_boundaries(const options& opts, const fs::path&) {
    return bytes_of(away_from_boundaries(small().issues, small().labels, 1, with_void(opts)));
}

std::string inspect(const options& opts, const fs::path&) {
    label_inspector inspector(classes, inspecting(opts));
    for (std::size_t n = 0; n < images; ++n)
        add_image(inspector, n);
    auto found = inspector.finish();
    found.keep_issues(1, found.issues(1));
    return bytes_of(found, found.common_label_issues(), inspector.issue_regions(found),
                    inspector.disagreements(2).positions);
}

std::string inspect_large_image(const options& opts, const fs::path&) {
    label_inspector inspector(classes, inspecting(opts));
    inspector.add(large().image_labels[0], large().image_pred_probs[0]);
    return bytes_of(inspector.finish().num_issues);
}

std::string save_and_load(const options&, const fs::path&) {
    static const label_inspector inspector = inspector_of(0, images);
    fixed_stream memory;
    std::ostream out(&memory);
    inspector.save(out);
    memory.read_again();
    std::istream in(&memory);
    return bytes_of(label_inspector::load(in).finish());
}

std::string merge(const options&, const fs::path&) {
    static const label_inspector first = inspector_of(0, 2), second = inspector_of(2, images);
    label_inspector both = first;
    both += second;
    return bytes_of(both.finish());
}

std::string write_and_read_npy(const options&, const fs::path& folder) {
    maskaudit::npy_writer<float> writer(folder / "parts.npy", {images, classes, 16, 24});
    for (const auto& image : small().image_pred_probs)
        writer.append(image);
    writer.finish();
    return bytes_of(maskaudit::npy_view(folder / "parts.npy").read<float>());
}

std::string use_dataset(const options&, const fs::path& folder) {
    const maskaudit::dataset data = open_dataset(folder);
    bytes_of_results bytes;
    for (std::size_t n = 0; n < data.num_images(); ++n) {
        const auto labels = data.labels(n);
        const fs::path file = folder / ("labels-" + data.name(n) + data.labels_path(n).extension().string());
        data.write_labels(file, n, labels);
        bytes << data.form_of_labels(n).kind << labels << data.pred_probs(n).read<float>() << load_text(file);
    }
    return bytes.take();
}

std::string map_labels(const options&, const fs::path& folder) {
    const maskaudit::label_map map(folder / "map.csv");
    return bytes_of(map.apply(small().image_labels[0]));
}

std::string draw_issues(const options& opts, const fs::path&) {
    bytes_of_results bytes;
    for (const auto& drawn :
         display_issues(small().issues, small().labels, small().pred_probs, displayed(), with_void(opts)))
        bytes << drawn.image << drawn.panels;
    return bytes.take();
}

std::string draw_issues_to_files(const options& opts, const fs::path& folder) {
    bytes_of_results bytes;
    for (const fs::path& file : display_issues(folder / "panels", small().issues, small().labels, small().pred_probs,
                                               displayed(), with_void(opts)))
        bytes << maskaudit::read_picture(file);
    return bytes.take();
}

void write_report_to(const fs::path& file, const options& opts) {
    write_report(file, small().issues, small().labels, small().pred_probs,
                 {.class_names = {"a", "b", "c"}, .pictures = photo_of, .regions = {.top = 3}}, with_void(opts));
}

std::string report(const options& opts, const fs::path& folder) {
    write_report_to(folder / "report.html", opts);
    return load_text(folder / "report.html");
}

} // namespace

const std::vector<public_call>& public_calls() {
    static const std::vector<public_call> calls{
        {"find_label_issues", true, false, find_confident},
        {"find_label_issues, sums above one", false, false, find_unnormalized},
        {"find_label_issues, downsample", true, false, find_in_blocks},
        {"find_label_issues, below_threshold", true, false, find_below_threshold},
        {"find_label_issues, logits", true, false, find_in_logits},
        {"get_label_quality_scores, softmin", true, false, score_by_softmin},
        {"get_label_quality_scores, num_pixel_issues", true, false, score_by_issues},
        {"common_label_issues", true, false, count_swaps},
        {"filter_by_class", true, false, filter_class},
        {"issue_regions", true, false, find_regions},
        {"suggested_labels", true, false, suggest_labels},
        {"away_from_boundaries", true, false, drop_boundaries},
        {"label_inspector", false, false, inspect},
        {"label_inspector, large image", false, false, inspect_large_image},
        {"label_inspector, save and load", false, false, save_and_load},
        {"label_inspector, +=", false, false, merge},
        {"npy_writer and npy_view", false, false, write_and_read_npy},
        {"dataset", false, false, use_dataset},
        {"label_map", false, false, map_labels},
        {"display_issues", false, true, draw_issues},
        {"display_issues, files", false, true, draw_issues_to_files},
        {"write_report", true, true, report}};
    return calls;
}

const std::vector<writing_call>& writing_calls() {
    static const std::vector<writing_call> calls{
        {"npy_writer", "parts.npy",
         [](const fs::path& file, const fs::path&) {
             maskaudit::npy_writer<float> writer(file, {images, classes, 16, 24});
             for (const auto& image : small().image_pred_probs)
                 writer.append(image);
             writer.finish();
         }},
        {"write_npy", "whole.npy",
         [](const fs::path& file, const fs::path&) { maskaudit::write_npy(file, large().pred_probs); }},
        {"write_png", "picture.png",
         [](const fs::path& file, const fs::path&) {
             std::minstd_rand random(3);
             maskaudit::picture noise = maskaudit::picture::from_shape({60, 60, 3});
             for (std::uint8_t& value : noise)
                 value = static_cast<std::uint8_t>(random() % 256);
             maskaudit::write_png(file, noise);
         }},
        {"display_issues", "000000.png",
         [](const fs::path& file, const fs::path&) {
             auto display = displayed();
             display.top = 1;
             const xt::xtensor<bool, 3> issues = xt::view(small().issues, xt::range(0, 1));
             const label_array labels = xt::view(small().labels, xt::range(0, 1));
             const probability_array pred_probs = xt::view(small().pred_probs, xt::range(0, 1));
             display_issues(file.parent_path(), issues, labels, pred_probs, display, with_void({}));
         }},
        {"write_report", "report.html", [](const fs::path& file, const fs::path&) { write_report_to(file, {}); }},
        {"dataset::write_labels, PNG", "labels.png",
         [](const fs::path& file, const fs::path& inputs) {
             const maskaudit::dataset data = open_dataset(inputs);
             data.write_labels(file, 0, data.labels(0));
         }},
        {"dataset::write_labels, .npy", "labels.npy", [](const fs::path& file, const fs::path& inputs) {
             const maskaudit::dataset data = open_dataset(inputs);
             data.write_labels(file, 1, data.labels(1));
         }}};
    return calls;
}

void prepare_inputs(const fs::path& folder) {
    for (const char* const name : {"labels", "pred_probs"})
        fs::create_directories(folder / name);
    // An index of a palette is the label: this is the PNG file of labels that write_png's public face cannot make.
    maskaudit::detail::indexed_picture mask{16, 24, {}, {}, {}};
    for (std::size_t k = 0; k < 256; ++k)
        mask.palette.push_back(maskaudit::class_color(k));
    mask.indices.assign(small().image_labels[0].begin(), small().image_labels[0].end());
    maskaudit::detail::write_whole(folder / "labels" / "0.png", maskaudit::detail::png_bytes(mask));
    maskaudit::write_npy(folder / "labels" / "1.npy", small().image_labels[1]);
    for (std::size_t n = 0; n < 2; ++n)
        maskaudit::write_npy(folder / "pred_probs" / (std::to_string(n) + ".npy"), small().image_pred_probs[n]);
    std::ofstream(folder / "map.csv") << "from,to\n0,1\n1,0 # swapped\n2,2\n255,ignore\n";
}

void add_image(label_inspector& inspector, std::size_t n) {
    inspector.add(small().image_labels[n], small().image_pred_probs[n]);
}

label_inspector inspector_of(std::size_t begin, std::size_t end) {
    label_inspector inspector(classes, {.ignore_label = void_label, .n_jobs = 1});
    for (std::size_t n = begin; n < end; ++n)
        add_image(inspector, n);
    return inspector;
}

std::string saved_and_finished(const label_inspector& inspector) {
    return bytes_of(saved(inspector), inspector.finish());
}

void save_to(std::ostream& file, const label_inspector& inspector) { inspector.save(file); }

void find_by(const std::function<void()>& f, const options& opts) {
    const auto backend = [&](const label_array& labels, const auto&, const options&) {
        f();
        return xt::xarray<bool>(xt::equal(labels, std::uint8_t{0}));
    };
    find_label_issues(small().labels, small().pred_probs, backend, opts);
}

} // namespace maskaudit_test
