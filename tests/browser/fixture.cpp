#include <maskaudit/report.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

// Writes the reports that report.py opens in a browser: usage: maskaudit_report_fixture FOLDER

namespace {

using namespace maskaudit;

constexpr std::size_t height = 60, width = 80;

/// A street of 12 images: a tree that is labelled, and a car of 8 x (10 + n) pixels from row 30 and column 20 that is
/// not, in images of even number, or as a person, in the others. What lies in a margin of two pixels is ignored.
struct street {
    static constexpr std::size_t images = 12;
    xt::xtensor<std::uint8_t, 3> labels{{images, height, width}, 0};
    xt::xtensor<float, 4> pred_probs{{images, 4, height, width}, 0.03F};
    xt::xtensor<bool, 3> issues{{images, height, width}, false};

    street() {
        for (std::size_t n = 0; n < images; ++n)
            for (std::size_t y = 0; y < height; ++y)
                for (std::size_t x = 0; x < width; ++x)
                    paint(n, y, x);
    }

    static bool is_car(std::size_t n, std::size_t y, std::size_t x) {
        return y >= 30 && y < 38 && x >= 20 && x < 30 + n;
    }

    static picture photo(std::size_t n) {
        picture photo = picture::from_shape({height, width, std::size_t{3}});
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t x = 0; x < width; ++x) {
                photo(y, x, 0) = static_cast<std::uint8_t>(60 + y);
                photo(y, x, 1) = static_cast<std::uint8_t>(90 + x);
                photo(y, x, 2) = is_car(n, y, x) ? 230 : 60;
            }
        return photo;
    }

private:
    void paint(std::size_t n, std::size_t y, std::size_t x) {
        const bool is_margin = y < 2 || x < 2 || y >= height - 2 || x >= width - 2;
        const bool is_tree = y >= 10 && y < 20 && x >= 10 && x < 16;
        const std::uint8_t seen = is_car(n, y, x) ? 1 : is_tree ? 2 : 0;
        const std::uint8_t drawn = is_car(n, y, x) ? (n % 2 == 0 ? 0 : 3) : seen;
        labels(n, y, x) = is_margin ? 255 : drawn;
        pred_probs(n, seen, y, x) = 0.91F;
        issues(n, y, x) = !is_margin && drawn != seen;
    }
};

report_options street_options() {
    report_options options{.title = "Street", .class_names = {"ground", "car", "tree", "person"}};
    for (std::size_t n = 0; n < street::images; ++n)
        options.image_names.push_back("scene/" + std::string(1, static_cast<char>('a' + (n * 5) % 12)) + ".png");
    options.pictures = street::photo;
    options.facts = {{"labels", "/data/labels"}, {"made by", "a test"}};
    return options;
}

/// A region of one row in an image of its own.
issue_region one_row(std::size_t image, std::size_t given, std::size_t predicted, std::size_t area) {
    issue_region region{.image = image, .begin = {10, 5}, .end = {11, 5 + area}, .area = area, .centroid = {10, 5}};
    region.given_label = given;
    region.predicted_label = predicted;
    region.mean_quality = 0.01;
    region.mean_predicted = 0.9;
    region.severity = 4.5 * static_cast<double>(area);
    region.runs = {{10 * width + 5, area}};
    return region;
}

image_layers layers_of_row(const issue_region& region) {
    image_layers layers;
    layers.given = layer_plane<std::int32_t>({height, width}, static_cast<std::int32_t>(region.given_label));
    layers.predicted = layers.given;
    layers.issues = layer_plane<bool>({height, width}, false);
    for (std::size_t x = region.begin[1]; x < region.end[1]; ++x) {
        layers.predicted(10, x) = static_cast<std::int32_t>(region.predicted_label);
        layers.issues(10, x) = true;
    }
    return layers;
}

/// Names that break out of whatever is not careful. report.py has the same list, as a browser is to show them.
const std::vector<std::string> hostile_names{
    "<script>window.hacked = 1</script>",
    R"("><img src=x onerror="window.hacked = 2">')",
    "</script><script>window.hacked = 3</script><!--",
    "{{key}} {{{style}}} \\u003cb> & &lt; \\",
    std::string(10000, 'w'),
    "\u202e\u05d0\u05d1\u05d2 desrever",
    "\x01 \xff\xfe\t\n line",
    "=1+1,\"two\"\r\nthree",
};

void write_hostile(const std::filesystem::path& path) {
    report_contents contents{.title = hostile_names[0] + hostile_names[2], .class_names = hostile_names};
    for (std::size_t n = 0; n < hostile_names.size(); ++n) {
        const std::size_t predicted = (n + 1) % hostile_names.size(), area = 60 - 2 * n;
        contents.images.push_back({hostile_names[n], 0.1 * static_cast<double>(n), 0.9, area, height * width});
        contents.swaps.push_back({n, predicted, area});
        contents.regions.push_back(one_row(n, n, predicted, area));
        contents.facts.emplace_back(hostile_names[n], hostile_names[predicted]);
    }
    const std::vector<issue_region> regions = contents.regions;
    issue_report report(std::move(contents));
    for (const std::size_t n : report.images_to_draw())
        report.draw(n, layers_of_row(regions[n]));
    report.write(path);
}

/// 10 000 images, of which 400 have pictures: the 200 worst, and those of 200 regions.
void write_big(const std::filesystem::path& path) {
    report_contents contents{.title = "Big", .class_names = {"ground", "car"}};
    constexpr std::size_t images = 10000, regions = 200;
    for (std::size_t n = 0; n < images; ++n)
        contents.images.push_back(
            {"folder/" + std::to_string(n) + ".png", static_cast<double>(n) / images, 0.99, 40, 4800});
    for (std::size_t i = 0; i < regions; ++i)
        contents.regions.push_back(one_row(images - 1 - 3 * i, 0, 1, 60 - i % 50));
    contents.swaps = {{0, 1, 5000}};
    issue_report report(std::move(contents));
    image_layers layers = layers_of_row(one_row(0, 0, 1, 60));
    layers.photo = street::photo(0);
    for (const std::size_t n : report.images_to_draw())
        report.draw(n, layers);
    report.write(path);
}

void write_volume(const std::filesystem::path& path) {
    const xt::xarray<int> labels = xt::xarray<int>(std::vector<std::size_t>{2, 4, 6, 8}, 0);
    xt::xarray<double> pred_probs = xt::xarray<double>(std::vector<std::size_t>{2, 2, 4, 6, 8}, 0.1);
    xt::xarray<bool> issues = xt::xarray<bool>(std::vector<std::size_t>{2, 4, 6, 8}, false);
    for (std::size_t z = 0; z < 2; ++z) {
        pred_probs(0, 1, z, 1, 2) = 0.9;
        issues(0, z, 1, 2) = true;
    }
    write_report(path, issues, labels, pred_probs, {.title = "Volume"});
}

void write_all(const std::filesystem::path& folder) {
    const street scenes;
    write_report(folder / "street.html", scenes.issues, scenes.labels, scenes.pred_probs, street_options(),
                 {.ignore_label = 255});
    report_options masks = street_options();
    masks.pictures = nullptr;
    write_report(folder / "masks.html", scenes.issues, scenes.labels, scenes.pred_probs, masks, {.ignore_label = 255});
    write_hostile(folder / "hostile.html");
    write_big(folder / "big.html");
    write_volume(folder / "volume.html");
    issue_report({}).write(folder / "empty.html");
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::invalid_argument("usage: maskaudit_report_fixture FOLDER");
        write_all(argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
