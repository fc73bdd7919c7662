#include "inspections.hpp"
#include "npy_bytes.hpp"
#include "png_bytes.hpp"
#include "reference_cases.hpp"

#include <maskaudit/dataset.hpp>
#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <bit>
#include <catch.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// From folders of files, one an image, to what the inspector finds in them: as one, and in parts that are merged.

using namespace maskaudit_test;
using namespace npy_test;
using maskaudit::dataset;
using maskaudit::inspection;
using maskaudit::inspector_options;
using maskaudit::label_inspector;

namespace {

class folders {
public:
    folders() {
        for (const char* const name : {"labels", "pred_probs"})
            std::filesystem::create_directory(folder_ / name);
    }

    /// Names are in the order of the images.
    std::filesystem::path labels(std::size_t n, const std::string& extension = ".npy") const {
        return folder_ / "labels" / (std::to_string(100 + n) + extension);
    }
    std::filesystem::path pred_probs(std::size_t n) const {
        return folder_ / "pred_probs" / (std::to_string(100 + n) + ".npy");
    }

    dataset open() const { return dataset({.labels = folder_ / "labels", .pred_probs = folder_ / "pred_probs"}); }

private:
    temporary_folder folder_{};
};

std::string tuple(const std::vector<std::size_t>& shape) {
    std::string text = "(";
    for (const std::size_t extent : shape)
        text += std::to_string(extent) + ",";
    return text + ")";
}

/// The files of the images of an array (N, ...), each with its bytes as they are there.
std::vector<std::string> images_of(const npy_view& whole) {
    REQUIRE_FALSE(whole.fortran_order());
    const std::string bytes = load(whole.path());
    const std::size_t images = whole.shape()[0];
    const std::size_t image_bytes = whole.size() / images * whole.type().size;
    const std::string image_shape = tuple({whole.shape().begin() + 1, whole.shape().end()});
    std::vector<std::string> files;
    for (std::size_t n = 0; n < images; ++n)
        files.push_back(npy(dictionary(to_string(whole.type()), image_shape),
                            bytes.substr(bytes.size() - (images - n) * image_bytes, image_bytes)));
    return files;
}

/// Labels (N, H, W) as PNG files in the place of the others, of 16 bits where there are classes of more than 8.
void replace_labels_by_png(const folders& files, const xt::xarray<std::int64_t>& labels) {
    REQUIRE(labels.dimension() == 3);
    const std::size_t pixels = labels.shape()[1] * labels.shape()[2];
    const bool wide = *std::max_element(labels.begin(), labels.end()) > 255;
    for (std::size_t n = 0; n < labels.shape()[0]; ++n) {
        std::vector<png_byte> bytes;
        for (std::size_t s = 0; s < pixels; ++s) {
            const std::int64_t label = labels.flat(n * pixels + s);
            if (wide) bytes.push_back(static_cast<png_byte>(label / 256));
            bytes.push_back(static_cast<png_byte>(label % 256));
        }
        save_png(files.labels(n, ".png"), {labels.shape()[1], labels.shape()[2], PNG_COLOR_TYPE_GRAY, wide ? 16 : 8},
                 bytes);
        std::filesystem::remove(files.labels(n));
    }
}

void add(label_inspector& inspector, const dataset& data, std::size_t n, std::optional<std::size_t> index = {}) {
    const npy_view pred_probs = data.pred_probs(n);
    if (pred_probs.holds<float>())
        inspector.add(data.labels(n), pred_probs.as<float>(), index);
    else
        inspector.add(data.labels(n), pred_probs.as<double>(), index);
}

inspection inspect(const dataset& data, const inspector_options& opts) {
    label_inspector inspector(data.num_classes(), opts);
    for (std::size_t n = 0; n < data.num_images(); ++n)
        add(inspector, data, n);
    return inspector.finish();
}

/// Image n goes to part n modulo the number of parts, some of which may get none. The parts are in a random order.
std::vector<label_inspector> inspect_parts(const dataset& data, const inspector_options& opts, std::size_t count,
                                           random_engine& random) {
    std::vector<label_inspector> parts(count, label_inspector(data.num_classes(), opts));
    for (std::size_t n = 0; n < data.num_images(); ++n)
        add(parts[n % count], data, n, n);
    std::shuffle(parts.begin(), parts.end(), random);
    return parts;
}

void check_parts(const dataset& data, const inspector_options& opts, const inspection& whole) {
    INFO("seed " << seed());
    random_engine random(seed() + 90);
    for (const std::size_t count : {2U, 3U, 7U}) {
        CAPTURE(count);
        std::vector<label_inspector> parts = inspect_parts(data, opts, count, random);
        label_inspector reloaded = loaded(saved(parts[0])), merged = parts[0];
        for (std::size_t part = 1; part < count; ++part) {
            merged += parts[part];
            reloaded += loaded(saved(parts[part]));
        }
        CHECK(same(merged.finish(), whole));
        CHECK(same(reloaded.finish(), whole));
    }
}

void check_case(const reference_case& c, const dataset& data, bool normalized) {
    for (const json& issues : c.expected["find_label_issues"]) {
        CAPTURE(issues["downsample"].get<std::size_t>());
        const inspector_options opts{.confident = {.downsample = issues["downsample"].get<std::size_t>()},
                                     .normalized = normalized};
        const inspection found = inspect(data, opts);
        check_inspection(c, issues, found);
        check_parts(data, opts, found);
    }
    for (const json& softmin : c.expected["softmin"]) {
        CAPTURE(softmin["temperature"].get<double>());
        const inspector_options opts{.temperature = softmin["temperature"].get<double>(), .normalized = normalized};
        check_image_scores(inspect(data, opts).softmin_scores, c.file(softmin["image_scores"]));
    }
}

/// A file of these values, in an order of bytes and of axes.
template <class Bits, class Array>
std::string file_of(const std::string& type, const Array& values, bool big_endian, bool fortran) {
    std::string data;
    const auto append = [&](auto value) {
        std::string bytes = little_endian(std::bit_cast<Bits>(value), sizeof(Bits));
        if (big_endian) std::reverse(bytes.begin(), bytes.end());
        data += bytes;
    };
    if (fortran)
        std::for_each(values.template begin<xt::layout_type::column_major>(),
                      values.template end<xt::layout_type::column_major>(), append);
    else
        std::for_each(values.template begin<xt::layout_type::row_major>(),
                      values.template end<xt::layout_type::row_major>(), append);
    return npy(
        dictionary((big_endian ? ">" : "<") + type, tuple({values.shape().begin(), values.shape().end()}), fortran),
        data);
}

} // namespace

TEST_CASE("the reference cases agree as folders, in one go and merged from parts", "[dataset][reference]") {
    for (const reference_case& c : reference_cases()) {
        INFO(c.folder.filename());
        const folders files;
        const std::vector<std::string> labels = images_of(c.file(c.expected["labels"]));
        const std::vector<std::string> pred_probs = images_of(c.file(c.expected["pred_probs"]));
        for (std::size_t n = 0; n < labels.size(); ++n) {
            save(files.labels(n), labels[n]);
            save(files.pred_probs(n), pred_probs[n]);
        }
        check_case(c, files.open(), false);
        replace_labels_by_png(files, c.file(c.expected["labels"]).read<std::int64_t>());
        check_case(c, files.open(), c.expected["name"] != "unnormalised_f64");
    }
}

TEST_CASE("files of either order of bytes and axes give what the arrays do", "[dataset][npy]") {
    INFO("seed " << seed());
    random_engine random(seed() + 91);
    scene data = random_scene<float>(random, 5, 4, {6, 7}, probabilities::dirichlet, 0.3, 0.1);
    std::replace(data.labels.begin(), data.labels.begin() + 80, std::int64_t{255}, std::int64_t{-1});
    data.ignored.push_back(-1);
    const auto labels = make<xt::xarray<std::int16_t>>(data.labels_shape(), data.labels);
    const auto pred_probs = make<xt::xarray<float>>(data.pred_probs_shape(), data.pred_probs);
    const label_inspector empty(data.classes, {.ignore_label = ignored_of(data)});
    label_inspector expected = empty;
    for (std::size_t n = 0; n < data.images; ++n)
        expected.add(xt::xarray<std::int64_t>(xt::view(labels, n)), xt::xarray<float>(xt::view(pred_probs, n)));
    REQUIRE(expected.finish().num_issues > 0);

    for (const bool big_endian : {false, true})
        for (const bool fortran : {false, true}) {
            CAPTURE(big_endian, fortran);
            const folders files;
            for (std::size_t n = 0; n < data.images; ++n) {
                save(files.labels(n), file_of<std::uint16_t>("i2", xt::eval(xt::view(labels, n)), big_endian, fortran));
                save(files.pred_probs(n),
                     file_of<std::uint32_t>("f4", xt::eval(xt::view(pred_probs, n)), big_endian, fortran));
            }
            const dataset opened = files.open();
            label_inspector visited = empty, copied = empty;
            for (std::size_t n = 0; n < data.images; ++n) {
                const npy_view file = opened.pred_probs(n);
                CHECK(file.holds<float>() == (big_endian == native_big));
                CHECK(visit_as<float>(file, [&](const auto& stored) { visited.add(opened.labels(n), stored); }));
                copied.add(opened.labels(n), file.read<float>());
            }
            CHECK(same(visited.finish(), expected.finish()));
            CHECK(same(copied.finish(), expected.finish()));
        }
}
