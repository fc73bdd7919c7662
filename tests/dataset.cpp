#include "compare.hpp"
#include "npy_bytes.hpp"
#include "png_bytes.hpp"

#include <maskaudit/dataset.hpp>
#include <maskaudit/inspector.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

// Folders of files: how they are paired, what is refused, and that nothing gets lost on the way to the inspector.

using namespace maskaudit_test;
using namespace npy_test;
using maskaudit::data_error;
using maskaudit::dataset;

namespace {

class folders {
public:
    folders() {
        for (const char* const name : {"labels", "pred_probs", "images"})
            std::filesystem::create_directory(folder_ / name);
    }

    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

    /// Grey of 8 bits, all of one label.
    void add_png(const std::string& name, std::size_t height = 2, std::size_t width = 3, png_byte label = 0) const {
        make_parent(name);
        save_png(folder_ / name, {height, width}, std::vector<png_byte>(height * width, label));
    }
    template <class T>
    void add_npy(const std::string& name, const std::vector<std::size_t>& shape = {2, 3}) const {
        make_parent(name);
        write_npy(folder_ / name, xt::xarray<T>(xt::xarray<T>::from_shape(shape) * T{0}));
    }
    void add_pred_probs(const std::string& name, const std::vector<std::size_t>& shape = {4, 2, 3}) const {
        add_npy<float>("pred_probs/" + name, shape);
    }
    void add_file(const std::string& name) const {
        make_parent(name);
        save(folder_ / name, "x");
    }

    dataset open() const { return dataset({.labels = folder_ / "labels", .pred_probs = folder_ / "pred_probs"}); }
    dataset open_with_images() const {
        return dataset(
            {.labels = folder_ / "labels", .pred_probs = folder_ / "pred_probs", .images = folder_ / "images"});
    }

    /// What is said, with all paths from this folder on.
    std::string complaint(bool with_images = false) const {
        return from_here(message_of<file_error>([&] { with_images ? open_with_images() : open(); }));
    }
    std::string from_here(std::string message) const {
        const std::string here = folder_.path().string() + "/";
        for (std::size_t at = 0; (at = message.find(here)) != std::string::npos;)
            message.erase(at, here.size());
        return message;
    }

private:
    void make_parent(const std::string& name) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
    }

    temporary_folder folder_{};
};

std::vector<std::string> names_of(const dataset& data) {
    std::vector<std::string> names;
    for (std::size_t n = 0; n < data.num_images(); ++n)
        names.push_back(data.name(n));
    return names;
}

} // namespace

TEST_CASE("files of one name belong together, in the byte order of their names", "[dataset]") {
    const folders files;
    const std::vector<std::string> names{"10", "9", "B", "a", "a.b", "city/a", "city/deeper/z", "d", "\xC3\xA4"};
    for (std::size_t i = names.size(); i-- > 0;) {
        if (i % 2 == 0)
            files.add_png("labels/" + names[i] + (i == 4 ? ".PNG" : ".png"), 2, 3 + i);
        else
            files.add_npy<std::uint8_t>("labels/" + names[i] + ".npy", {2, 3 + i});
        files.add_pred_probs(names[i] + ".npy", {4, 2, 3 + i});
    }
    const dataset data = files.open();
    CHECK(names_of(data) == names);
    CHECK(data.num_classes() == 4);
    for (std::size_t n = 0; n < names.size(); ++n) {
        CHECK(data.shape(n) == std::vector<std::size_t>{2, 3 + n});
        CHECK(data.labels(n).shape()[1] == 3 + n);
        CHECK(data.pred_probs(n).path() == files / ("pred_probs/" + names[n] + ".npy"));
        CHECK(data.image_path(n).empty());
    }
    CHECK(message_of<std::invalid_argument>([&] { data.labels(9); }) == "image 9 does not exist: there are 9");
}

TEST_CASE("hidden files and folders are passed over, links to files are not", "[dataset]") {
    const folders files;
    files.add_png("labels/a.png");
    files.add_pred_probs("a.npy");
    for (const char* const folder : {"labels", "pred_probs"})
        for (const char* const name : {"/.DS_Store", "/.b.npy", "/.ipynb_checkpoints/c.npy", "/.npy"})
            files.add_file(folder + std::string(name));
    std::filesystem::create_symlink("a.png", files / "labels/link.png");
    std::filesystem::create_symlink("a.npy", files / "pred_probs/link.npy");
    std::filesystem::create_directory(files / "labels/empty");
    CHECK(names_of(files.open()) == std::vector<std::string>{"a", "link"});

    std::filesystem::create_directory_symlink(".", files / "labels/round");
    CHECK(files.complaint() ==
          "labels/round: expected a file or a folder, found a link to a folder, which is not followed");
}

TEST_CASE("pictures are found by name; others may lie beside them", "[dataset]") {
    const folders files;
    for (const char* const name : {"a", "b", "city/c"}) {
        files.add_png("labels/" + std::string(name) + ".png");
        files.add_pred_probs(std::string(name) + ".npy");
    }
    for (const char* const name :
         {"a.jpg", "b.PNG", "city/c.jpeg", "unlabelled.png", "unlabelled.jpg", "list.txt", "a.json"})
        files.add_file("images/" + std::string(name));
    const dataset data = files.open_with_images();
    CHECK(data.image_path(0) == files / "images/a.jpg");
    CHECK(data.image_path(1) == files / "images/b.PNG");
    CHECK(data.image_path(2) == files / "images/city/c.jpeg");

    files.add_file("images/a.tif");
    std::filesystem::remove(files / "images/b.PNG");
    CHECK(files.complaint(true) ==
          "labels: expected a folder of labels that fit the other files of the dataset, found 2 problems:\n"
          "  images/a.tif: expected to be the only file of its name, found images/a.jpg as well\n"
          "  labels/b.png: expected a partner images/b (.png, .jpg, .jpeg, .bmp, .gif, .ppm, .tif, .tiff or .webp), "
          "found none");
    for (const char* const name : {"a.jpg", "a.tif", "city", "unlabelled.png", "unlabelled.jpg"})
        std::filesystem::remove_all(files / ("images/" + std::string(name)));
    CHECK(files.complaint(true) ==
          "images: expected pictures (.png, .jpg, .jpeg, .bmp, .gif, .ppm, .tif, .tiff or .webp), found none");
}

TEST_CASE("what follows the names can be told, and files without it are passed over", "[dataset]") {
    const folders files; // as Cityscapes has them
    for (const char* const name : {"aachen/1", "bonn/2"}) {
        const std::string stem = name;
        files.add_png("labels/" + stem + "_gtFine_labelIds.png", 2, 3, 7);
        files.add_png("labels/" + stem + "_gtFine_instanceIds.png");
        files.add_file("labels/" + stem + "_gtFine_polygons.json");
        files.add_pred_probs(stem + "_leftImg8bit.npy");
        files.add_file("images/" + stem + "_leftImg8bit.png");
    }
    const maskaudit::dataset_folders where{.labels = files / "labels",
                                           .pred_probs = files / "pred_probs",
                                           .images = files / "images",
                                           .labels_suffix = "_gtFine_labelIds",
                                           .pred_probs_suffix = "_leftImg8bit",
                                           .images_suffix = "_leftImg8bit"};
    const dataset data(where);
    CHECK(names_of(data) == std::vector<std::string>{"aachen/1", "bonn/2"});
    CHECK(data.labels(1)(0, 0) == 7);
    CHECK(data.image_path(1) == files / "images/bonn/2_leftImg8bit.png");

    std::filesystem::rename(files / "labels/bonn/2_gtFine_labelIds.png", files / "labels/bonn/2_gtFine_labelIds.gif");
    CHECK(files.from_here(message_of<file_error>([&] { dataset{where}; })) ==
          "labels: expected a folder of labels that fit the other files of the dataset, found 2 problems:\n"
          "  labels/bonn/2_gtFine_labelIds.gif: expected nothing but labels (_gtFine_labelIds.png or "
          "_gtFine_labelIds.npy), found another file\n"
          "  pred_probs/bonn/2_leftImg8bit.npy: expected a partner labels/bonn/2 (_gtFine_labelIds.png or "
          "_gtFine_labelIds.npy), found none");
}

TEST_CASE("a folder that cannot be read or has no files is refused, and nothing is said of the others' files",
          "[dataset]") {
    const folders files;
    files.add_png("labels/a.png");
    CHECK(files.complaint() == "pred_probs: expected probabilities (.npy), found none");
    const auto refusal = [&](const std::string& labels, const std::string& pred_probs) {
        return files.from_here(
            message_of<file_error>([&] { dataset({.labels = files / labels, .pred_probs = files / pred_probs}); }));
    };
    CHECK(refusal("labels", "none") == "none: expected a folder that can be read, found No such file or directory");
    CHECK(refusal("labels/a.png", "pred_probs") ==
          "labels/a.png: expected a folder of labels that fit the other files of the dataset, found 2 problems:\n"
          "  labels/a.png: expected a folder that can be read, found Not a directory\n"
          "  pred_probs: expected probabilities (.npy), found none");
    CHECK(refusal("none", "neither") ==
          "none: expected a folder of labels that fit the other files of the dataset, found 2 problems:\n"
          "  none: expected a folder that can be read, found No such file or directory\n"
          "  neither: expected a folder that can be read, found No such file or directory");
    if (::geteuid() == 0) {
        WARN("root reads every folder: the unreadable one was left out");
        return;
    }
    files.add_pred_probs("a.npy");
    files.add_png("labels/locked/b.png");
    std::filesystem::permissions(files / "labels/locked", std::filesystem::perms::none);
    CHECK(files.complaint() == "labels/locked: expected a folder that can be read, found Permission denied");
    std::filesystem::permissions(files / "labels/locked", std::filesystem::perms::owner_all);
}

TEST_CASE("whatever is wrong with the files is told at once", "[dataset]") {
    const folders files;
    // One mistake a name, in the order of the names; then what lies in the folders and has none.
    files.add_png("labels/a_fine.png");
    files.add_pred_probs("a_fine.npy");
    files.add_png("labels/b_without_probabilities.png");
    files.add_pred_probs("c_without_labels.npy");
    files.add_png("labels/d_twice.png");
    files.add_npy<int>("labels/d_twice.npy");
    files.add_pred_probs("d_twice.npy");
    files.add_png("labels/e_size.png", 3, 2);
    files.add_pred_probs("e_size.npy");
    files.add_png("labels/f_classes.png");
    files.add_pred_probs("f_classes.npy", {5, 2, 3});
    files.add_png("labels/g_classes_last.png");
    files.add_pred_probs("g_classes_last.npy", {2, 3, 4});
    files.add_npy<float>("labels/h_float_labels.npy");
    files.add_pred_probs("h_float_labels.npy");
    files.add_png("labels/i_integer_probabilities.png");
    files.add_npy<int>("pred_probs/i_integer_probabilities.npy", {4, 2, 3});
    files.add_png("labels/j_no_classes.png");
    files.add_pred_probs("j_no_classes.npy", {0, 2, 3});
    files.add_file("labels/k_no_png.png");
    files.add_file("pred_probs/k_no_png.npy");
    files.add_npy<int>("labels/l_ranks.npy", {});
    files.add_pred_probs("l_ranks.npy", {4});
    files.add_png("labels/m_too_many.png");
    files.add_pred_probs("m_too_many.npy", {65537, 2, 3});
    files.add_file("labels/notes.txt");
    files.add_png("pred_probs/picture.png");
    std::filesystem::create_symlink("nothing.npy", files / "pred_probs/to_nothing.npy");

    CHECK(files.complaint() ==
          R"(labels: expected a folder of labels that fit the other files of the dataset, found 17 problems:
  labels/notes.txt: expected nothing but labels (.png or .npy), found another file
  pred_probs/picture.png: expected nothing but probabilities (.npy), found another file
  pred_probs/to_nothing.npy: expected a file, found a link to nothing, a device, pipe or socket
  labels/b_without_probabilities.png: expected a partner pred_probs/b_without_probabilities (.npy), found none
  pred_probs/c_without_labels.npy: expected a partner labels/c_without_labels (.png or .npy), found none
  labels/d_twice.png: expected to be the only file of its name, found labels/d_twice.npy as well
  pred_probs/e_size.npy: expected shape (K, 3, 2) to fit labels/e_size.png, found shape (4, 2, 3)
  pred_probs/f_classes.npy: expected K = 4 classes, as in pred_probs/a_fine.npy, found K = 5
  pred_probs/g_classes_last.npy: expected shape (K, 2, 3) to fit labels/g_classes_last.png, found shape (2, 3, 4), with the classes last: numpy.moveaxis(p, -1, 0) puts them in place
  labels/h_float_labels.npy: expected labels of an integer type or bool, found elements of type )" +
              native_order + R"(f4
  pred_probs/i_integer_probabilities.npy: expected probabilities of type float16, float32, float64, uint8 or uint16, found elements of type )" +
              native_order +
              R"(i4
  pred_probs/j_no_classes.npy: expected probabilities of shape (K, ...) with K from 1 to 65536, found shape (0, 2, 3)
  labels/k_no_png.png: expected a PNG file, which starts with '\x89PNG\r\n\x1a\n', found a file that starts with 'x'
  pred_probs/k_no_png.npy: expected a .npy file, which starts with '\x93NUMPY', found a file that starts with 'x'
  labels/l_ranks.npy: expected labels of shape (H, W), or of other axes of an image, found shape ()
  pred_probs/l_ranks.npy: expected probabilities of shape (K, H, W), or (K, ...) for other axes of an image, found shape (4,)
  pred_probs/m_too_many.npy: expected probabilities of shape (K, ...) with K from 1 to 65536, found shape (65537, 2, 3))");
}

TEST_CASE("where no name is in both folders, suffixes are pointed at", "[dataset]") {
    const folders files;
    files.add_png("labels/aachen/1_gtFine_labelIds.png");
    files.add_png("labels/aachen/2_gtFine_labelIds.png");
    files.add_pred_probs("aachen/1_leftImg8bit.npy");
    CHECK(files.complaint() ==
          "pred_probs: expected files with the names of those in labels, found none: they are called such as "
          "aachen/1_leftImg8bit, those such as aachen/1_gtFine_labelIds; what follows the common part of the names may "
          "be given as suffixes");
}

TEST_CASE("a single problem is told as it is, and of many the first twenty", "[dataset]") {
    const folders files;
    files.add_png("labels/fine.png");
    files.add_pred_probs("fine.npy");
    const auto lines_after = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            files.add_png("labels/missing" + std::to_string(i) + ".png");
        const std::string message = files.complaint();
        return std::count(message.begin(), message.end(), '\n');
    };
    CHECK(files.complaint() == "nothing was thrown");
    CHECK(lines_after(1) == 0);
    CHECK(files.complaint() == "labels/missing0.png: expected a partner pred_probs/missing0 (.npy), found none");
    CHECK(lines_after(20) == 20);
    CHECK(files.complaint().find("more") == std::string::npos);
    CHECK(lines_after(21) == 21);
    CHECK(files.complaint().ends_with("\n  and 1 more"));
    contains(files.complaint(), "found 21 problems:\n");
}

TEST_CASE("labels of every type are read as the numbers that they are", "[dataset]") {
    const folders files;
    const auto check = [&]<class T>(std::type_identity<T>) {
        const T least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
        write_npy(files / "labels/a.npy", xt::xarray<T>{{least, most, T{1}}, {T{0}, T{1}, T{1}}});
        files.add_pred_probs("a.npy");
        const auto found = files.open().labels(0);
        CHECK((found == xt::xarray<std::int64_t>{{static_cast<std::int64_t>(least), static_cast<std::int64_t>(most), 1},
                                                 {0, 1, 1}}));
    };
    check(std::type_identity<bool>());
    check(std::type_identity<std::int8_t>());
    check(std::type_identity<std::uint16_t>());
    check(std::type_identity<std::uint32_t>());
    check(std::type_identity<std::int64_t>());
    save(files / "labels/a.npy", npy(dictionary(">i2", "(2, 3)", true), from_hex("0001 0002 ffff 0003 0100 0004")));
    CHECK((files.open().labels(0) == xt::xarray<std::int64_t>{{1, -1, 256}, {2, 3, 4}}));

    constexpr std::uint64_t most = 9223372036854775807U;
    write_npy(files / "labels/a.npy", xt::xarray<std::uint64_t>{{most, 1, 2}, {3, 4, 5}});
    CHECK(files.open().labels(0)(0, 0) == 9223372036854775807);
    write_npy(files / "labels/a.npy", xt::xarray<std::uint64_t>{{most, 1, 2}, {3, most + 1, 5}});
    CHECK(message_of<data_error>([&] { files.open().labels(0); }) ==
          "labels: image 0, pixel (1, 1): 9223372036854775808 must be at most 9223372036854775807");
}

TEST_CASE("probabilities of every type that the inspector takes are taken", "[dataset]") {
    const folders files;
    files.add_png("labels/a.png", 1, 2);
    const auto self_confidence = [&]<class T>(const xt::xarray<T>& pred_probs) {
        write_npy(files / "pred_probs/a.npy", pred_probs);
        const dataset data = files.open();
        const npy_view probabilities = data.pred_probs(0);
        maskaudit::label_inspector inspector(data.num_classes());
        inspector.add(data.labels(0), probabilities.as<T>());
        return inspector.finish().confident_thresholds(0);
    };
    CHECK(self_confidence(xt::xarray<float>{{{0.25F, 0.75F}}, {{0.75F, 0.25F}}}) == 0.5);
    CHECK(self_confidence(xt::xarray<double>{{{0.25, 0.75}}, {{0.75, 0.25}}}) == 0.5);
    CHECK(self_confidence(xt::xarray<half>{{{half(0.25F), half(0.75F)}}, {{half(0.75F), half(0.25F)}}}) == 0.5);
    CHECK(std::abs(self_confidence(xt::xarray<std::uint8_t>{{{55, 200}}, {{200, 55}}}) - 0.5) < 1e-6);
    CHECK(std::abs(self_confidence(xt::xarray<std::uint16_t>{{{5535, 60000}}, {{60000, 5535}}}) - 0.5) < 1e-6);
    const auto taken = [&](const std::string& type, std::size_t bytes) {
        save(files / "pred_probs/a.npy", npy(dictionary(type, "(2, 1, 2)"), std::string(4 * bytes, '\0')));
        return files.complaint() == "nothing was thrown";
    };
    CHECK(taken(">u2", 2));
    CHECK_FALSE(taken("<i2", 2));
    CHECK_FALSE(taken("<u4", 4));
    CHECK_FALSE(taken("|b1", 1));
}

TEST_CASE("images of other axes than rows and columns, and images without pixels", "[dataset]") {
    const folders files;
    files.add_npy<int>("labels/a.npy", {5});
    files.add_pred_probs("a.npy", {4, 5});
    files.add_npy<int>("labels/b.npy", {2, 3, 4});
    files.add_pred_probs("b.npy", {4, 2, 3, 4});
    files.add_npy<int>("labels/c.npy", {0, 7});
    files.add_pred_probs("c.npy", {4, 0, 7});
    const dataset data = files.open();
    CHECK(data.shape(1) == std::vector<std::size_t>{2, 3, 4});
    CHECK(data.labels(1).dimension() == 3);
    CHECK(data.labels(2).size() == 0);
    files.add_pred_probs("b.npy", {4, 2, 3});
    CHECK(files.complaint() ==
          "pred_probs/b.npy: expected shape (K, 2, 3, 4) to fit labels/b.npy, found shape (4, 2, 3)");
}

TEST_CASE("a file that is another one by its turn is refused", "[dataset]") {
    const folders files;
    files.add_npy<int>("labels/a.npy");
    files.add_pred_probs("a.npy");
    const dataset data = files.open();
    const auto says = [&](auto f) { return files.from_here(message_of<file_error>(f)); };
    files.add_npy<int>("labels/a.npy", {3, 2});
    CHECK(says([&] { data.labels(0); }) ==
          "labels/a.npy: expected shape (2, 3), as when the dataset was opened, found shape (3, 2)");
    files.add_npy<float>("labels/a.npy");
    contains(says([&] { data.labels(0); }), "labels/a.npy: expected labels of an integer type or bool");
    files.add_pred_probs("a.npy", {5, 2, 3});
    CHECK(says([&] { data.pred_probs(0); }) ==
          "pred_probs/a.npy: expected shape (4, 2, 3), as when the dataset was opened, found shape (5, 2, 3)");
    std::filesystem::remove(files / "pred_probs/a.npy");
    contains(says([&] { data.pred_probs(0); }), "No such file or directory");
}

TEST_CASE("folders looked at image by image give what find_label_issues gives on the arrays", "[dataset]") {
    INFO("seed " << seed());
    random_engine random(seed() + 63);
    const scene data = random_scene<float>(random, 11, 4, {6, 8}, probabilities::sixteenths, 0.3, 0.1);
    const auto labels = make<xt::xarray<std::int64_t>>(data.labels_shape(), data.labels);
    const auto pred_probs = make<xt::xarray<float>>(data.pred_probs_shape(), data.pred_probs);

    // The files hold ids; 16 bits of grey take more than 256 of them.
    const std::vector<std::int64_t> ids{40000, 7, 255, 300};
    const auto id_of = [&](std::int64_t label) { return label == 255 ? 65535 : ids[static_cast<std::size_t>(label)]; };
    const folders files;
    save(files / "ids.csv", "from,to\n40000,0\n7,1\n255,2\n300,3\n65535,ignore\n");
    std::vector<std::size_t> order(data.images);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t n : order) {
        const std::string name = (n < 10 ? "0" : "") + std::to_string(n);
        write_npy(files / ("pred_probs/" + name + ".npy"), xt::eval(xt::view(pred_probs, n)));
        if (n % 3 == 0) {
            xt::xarray<std::int32_t> raw = xt::view(labels, n);
            for (std::int32_t& label : raw)
                label = static_cast<std::int32_t>(id_of(label));
            write_npy(files / ("labels/" + name + ".npy"), raw);
            continue;
        }
        std::vector<png_byte> bytes;
        for (std::size_t s = 0; s < data.pixels(); ++s) {
            const std::int64_t id = id_of(data.label(n, s));
            bytes.push_back(static_cast<png_byte>(id / 256));
            bytes.push_back(static_cast<png_byte>(id % 256));
        }
        save_png(files / ("labels/" + name + ".png"), {6, 8, PNG_COLOR_TYPE_GRAY, 16, n % 2 == 0}, bytes);
    }

    const dataset opened = files.open();
    REQUIRE(opened.num_images() == data.images);
    const maskaudit::label_map classes(files / "ids.csv");
    maskaudit::ignored_labels ignored = ignored_of(data); // 255, and a class
    ignored.insert(maskaudit::label_map::ignored);
    maskaudit::label_inspector inspector(opened.num_classes(), {.ignore_label = ignored});
    for (std::size_t n = 0; n < opened.num_images(); ++n) {
        const npy_view probabilities = opened.pred_probs(n);
        inspector.add(classes.apply(opened.labels(n), n), probabilities.as<float>());
    }
    const maskaudit::inspection found = inspector.finish();

    const maskaudit::options opts{.ignore_label = ignored_of(data)};
    const auto mask = maskaudit::find_label_issues(labels, pred_probs, opts);
    REQUIRE(found.num_issues > 0);
    for (std::size_t n = 0; n < data.images; ++n)
        CHECK((found.issues(n) == xt::eval(xt::view(mask, n))));
    CHECK((found.softmin_scores == maskaudit::get_label_quality_scores(labels, pred_probs, opts).image_scores));
}
