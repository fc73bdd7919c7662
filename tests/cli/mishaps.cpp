#include "large_scene.hpp"
#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>

#include <catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <temporary_folder.hpp>
#include <unistd.h>
#include <vector>

// Wrong command lines, bad files, Ctrl-C: what is said, what the program exits with, and that nothing stays behind.

using namespace maskaudit_test;

namespace {

const std::filesystem::path scene = std::filesystem::path(MASKAUDIT_REFERENCE_DIR) / "scene_f32_u8";
const std::string labels_file = scene / "labels.npy";
const std::string pred_probs_file = scene / "pred_probs.npy";

std::set<std::string> names_in(const std::filesystem::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        names.insert(entry.path().lexically_relative(folder));
    return names;
}

void check_refused(int status, const std::vector<std::string>& arguments, const std::string& message) {
    const outcome done = run(arguments);
    CAPTURE(arguments, done.err);
    CHECK(done.status == status);
    CHECK(done.out.empty());
    CHECK(done.err.find(message) != std::string::npos);
}

} // namespace

TEST_CASE("a wrong command line is refused with 2, and nothing is made", "[cli]") {
    const temporary_folder folder;
    const std::string out = folder / "out";
    const auto check = [&](std::vector<std::string> more, const std::string& message) {
        more.insert(more.begin(), {"audit", labels_file, pred_probs_file, "--out", out});
        check_refused(2, more, message);
        CHECK(names_in(folder.path()).empty());
    };
    check_refused(2, {}, "a command is needed");
    check_refused(2, {"inspect"}, "inspect");
    check_refused(2, {"--nonsense"}, "--nonsense");
    check_refused(2, {"audit"}, "required");
    check_refused(2, {"audit", labels_file, "--out", out}, "required");
    check_refused(2, {"audit", labels_file, pred_probs_file}, "--out");
    check({"third.npy"}, "third.npy");
    check({"--nonsense"}, "--nonsense");
    check({"--temperature", "0"}, "--temperature is 0, must be finite and above 0");
    check({"--temperature", "-1"}, "--temperature is -1, must be finite and above 0");
    check({"--temperature", "nan"}, "--temperature");
    check({"--temperature", "warm"}, "warm");
    check({"--downsample", "0"}, "--downsample is 0, must be from 1 to");
    check({"--downsample", "two"}, "two");
    check({"--jobs", "-1"}, "--jobs is -1, must be from 0");
    check({"--top", "-1"}, "--top is -1, must be from 0 to");
    check({"--ignore-label", "void"}, "void");
    check({"--save-every", "5"}, "--save-every needs --resume");
    check({"--images-suffix", "_left"}, "--images-suffix needs --images");
    check({"--images", labels_file}, "--images with a .npy file needs --report"); // of uint8, but for its size
    check({"--json", "--quiet"}, "--quiet");
    check({"--ignore-label", ""}, "--ignore-label is empty"); // an unset variable of a shell is not class 0
    check({"--ignore-label", "011"}, "--ignore-label is 011");
    check({"--ignore-label=99999999999999999999"}, "--ignore-label is 99999999999999999999");
    check({"--downsample", "010"}, "--downsample is 010");
    check({"--jobs", ""}, "--jobs is empty");
    check({"--temperature", "inf"}, "--temperature is inf, must be finite");
    check_refused(2, {"demo", "--out", out, "--seed", "-1"}, "--seed is -1");
    check_refused(2, {"threshold", labels_file, "--out", out, "--threshold", "1.5"},
                  "--threshold is 1.5, must be from 0 to 1");
    check_refused(2, {"threshold", labels_file, "--out", out, "--threshold", "nan"}, "--threshold");
    check_refused(2, {"threshold", labels_file}, "--out");
    check_refused(2, {"demo"}, "--out");
    CHECK(names_in(folder.path()).empty());
}

TEST_CASE("an option with nothing after its = has an empty value, and takes no other argument for it", "[cli]") {
    const temporary_folder folder;
    const auto check = [&](const std::string& option, const std::string& next, const std::string& message) {
        check_refused(2, {"audit", labels_file, pred_probs_file, "--out", folder / "out", option, next}, message);
        CHECK(names_in(folder.path()).empty());
    };
    check("--suggest=", "--quiet", "--suggest must not be empty");
    check("--jobs=", "2", "--jobs is empty");
    check("--ignore-label=", "5", "--ignore-label is empty");
    check("--labels-suffix=", "--nonsense", "--nonsense");
    check("--out=", "--quiet", "--out");
    check_refused(2, {"threshold", "--pixel-scores=", labels_file}, "--out is required");
}

TEST_CASE("help and version are no error", "[cli]") {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"--help"}, {"audit", "--help"}, {"threshold", "-h"}, {"demo", "--help"}}) {
        const outcome done = run(arguments);
        CHECK(done.status == 0);
        CHECK(done.err.empty());
        CHECK(done.out.find("--help") != std::string::npos);
    }
    CHECK(run({"--version"}).out == "maskaudit 0.1.0\n");
}

TEST_CASE("bad data is refused with 1, and nothing stays behind", "[cli]") {
    const temporary_folder folder;
    const auto file = [&](const std::string& name) { return (folder / name).string(); };
    const auto labels = maskaudit::npy_view(labels_file).read<int>();
    const auto pred_probs = maskaudit::npy_view(pred_probs_file).read<float>();
    auto bad_labels = labels;
    bad_labels(5, 39, 55) = 19;
    auto bad_pred_probs = pred_probs;
    bad_pred_probs(5, 18, 39, 55) = std::numeric_limits<float>::quiet_NaN();
    maskaudit::write_npy(file("labels.npy"), bad_labels);
    maskaudit::write_npy(file("pred_probs.npy"), bad_pred_probs);
    maskaudit::write_npy(file("float_labels.npy"), xt::cast<float>(labels));
    maskaudit::write_npy(file("integer_pred_probs.npy"), xt::cast<int>(pred_probs));
    maskaudit::write_npy(file("narrow.npy"), xt::xarray<int>(xt::view(labels, xt::all(), xt::all(), xt::range(0, 50))));
    maskaudit::write_npy(file("one_image.npy"), xt::xarray<int>(xt::view(labels, 0)));
    maskaudit::write_npy(file("zeros.npy"), xt::xarray<float>(pred_probs * 0.0F));
    std::ofstream(file("text.npy")) << "not an array";
    std::ofstream(file("empty.npy"));
    std::ofstream(file("names.txt")) << "sky\nroad\n";
    maskaudit::write_npy(file("number.npy"), xt::xarray<float>(0.5F));
    xt::xarray<std::uint64_t> large_labels = xt::cast<std::uint64_t>(labels);
    large_labels(2, 1, 1) = std::numeric_limits<std::uint64_t>::max();
    maskaudit::write_npy(file("large_labels.npy"), large_labels);
    std::filesystem::copy(pred_probs_file, file("cut.npy"));
    std::filesystem::resize_file(file("cut.npy"), 1000);
    const std::set<std::string> before = names_in(folder.path());

    const auto check = [&](const std::string& labels_name, const std::string& pred_probs_name,
                           std::vector<std::string> more, const std::string& message) {
        more.insert(more.begin(), {"audit", labels_name, pred_probs_name, "--pixel-scores", "--out", file("a/b/out")});
        check_refused(1, more, message);
        CHECK(run(more).err.starts_with("maskaudit: "));
        CHECK(names_in(folder.path()) == before);
    };
    check(file("labels.npy"), pred_probs_file, {}, "image 5, pixel (39, 55): 19 must be a class from 0 to 18");
    check(labels_file, file("pred_probs.npy"), {}, "image 5, class 18, pixel (39, 55): nan must be a probability");
    check(file("float_labels.npy"), pred_probs_file, {}, "float_labels.npy: expected");
    check(pred_probs_file, labels_file, {},
          "expected labels, which come before the probabilities, found shape (6, 19, 40, 56)");
    check(labels_file, file("integer_pred_probs.npy"), {}, "integer_pred_probs.npy: expected");
    check(file("narrow.npy"), pred_probs_file, {}, "expected shape (6, K, 40, 50)");
    check(file("one_image.npy"), pred_probs_file, {}, "expected shape (40, K, 56)");
    check(file("text.npy"), pred_probs_file, {}, "text.npy: expected");
    check(file("empty.npy"), pred_probs_file, {}, "empty.npy: expected");
    check(labels_file, file("cut.npy"), {}, "cut.npy: expected");
    check(labels_file, file("number.npy"), {}, "number.npy: expected class probabilities of shape (N, K, H, W)");
    check(file("large_labels.npy"), pred_probs_file, {}, "large_labels.npy: labels: image 2, pixel (1, 1)");
    check(file("absent.npy"), pred_probs_file, {}, "absent.npy: expected");
    check(labels_file, folder.path(), {}, "expected");
    check(labels_file, pred_probs_file, {"--classes", file("names.txt")}, "names.txt: expected 19");
    check(labels_file, pred_probs_file, {"--classes", file("absent.txt")}, "absent.txt");
    check(labels_file, pred_probs_file, {"--downsample", "3"}, "downsample");
    check(labels_file, file("zeros.npy"), {"--downsample", "2"},
          "zeros.npy: pred_probs: image 0, pixel (0, 0): 0 is the sum");
    check_refused(1, {"threshold", file("labels.npy"), "--out", file("images.npy")}, "labels.npy: expected");
    CHECK(names_in(folder.path()) == before);
}

TEST_CASE("what was in the output folder stays as it was after an error", "[cli]") {
    const temporary_folder folder;
    REQUIRE(run({"audit", labels_file, pred_probs_file, "--out", folder / "out"}).status == 0);
    const auto time = std::filesystem::last_write_time(folder / "out" / "issues.npy");
    const auto before = names_in(folder.path());
    auto labels = maskaudit::npy_view(labels_file).read<int>();
    labels(5, 0, 0) = 99;
    const temporary_folder elsewhere;
    maskaudit::write_npy(elsewhere / "labels.npy", labels);
    CHECK(run({"audit", elsewhere / "labels.npy", pred_probs_file, "--out", folder / "out"}).status == 1);
    CHECK(names_in(folder.path()) == before);
    CHECK(std::filesystem::last_write_time(folder / "out" / "issues.npy") == time);
}

TEST_CASE("an output folder that cannot be written", "[cli]") {
    const temporary_folder folder;
    std::ofstream(folder / "file") << "not a folder";
    check_refused(1, {"audit", labels_file, pred_probs_file, "--out", folder / "file"}, "file: expected");
    check_refused(1, {"audit", labels_file, pred_probs_file, "--out", folder / "file" / "out"}, "file: a file");
    check_refused(1, {"demo", "--out", folder / "file"}, "file: expected");
    std::filesystem::create_directories(folder / "out" / "images.csv"); // in the way of a result
    check_refused(1, {"audit", labels_file, pred_probs_file, "--out", folder / "out"}, "images.csv");
    CHECK(names_in(folder.path()) == std::set<std::string>{"file", "out", "out/images.csv"});
    if (::geteuid() != 0) { // root may write anywhere
        std::filesystem::create_directory(folder / "closed");
        std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_read);
        check_refused(1, {"audit", labels_file, pred_probs_file, "--out", folder / "closed"}, "closed");
    }
}

TEST_CASE("an output folder with a slash at its end", "[cli]") {
    const temporary_folder folder;
    CHECK(run({"audit", labels_file, pred_probs_file, "--out", (folder / "out").string() + "/"}).status == 0);
    CHECK(std::filesystem::exists(folder / "out" / "images.csv"));
}

TEST_CASE("an output never replaces an input", "[cli]") {
    const temporary_folder folder;
    std::filesystem::copy(labels_file, folder / "issues.npy");
    check_refused(1, {"audit", folder / "issues.npy", pred_probs_file, "--out", folder.path()}, "issues.npy");
    CHECK(maskaudit::npy_view(folder / "issues.npy").holds<std::uint8_t>());
    CHECK(names_in(folder.path()) == std::set<std::string>{"issues.npy"});
}

TEST_CASE("a summary that cannot be printed is an error", "[cli]") {
    const temporary_folder folder;
    if (!std::filesystem::exists("/dev/full")) return;
    const outcome done =
        run_into("/dev/full", {"audit", labels_file, pred_probs_file, "--out", folder / "out", "--json"});
    CHECK(done.status == 1);
    CHECK(done.err.starts_with("maskaudit: "));
}

TEST_CASE("a terminal gets a progress bar that is gone at the end", "[cli]") {
    const temporary_folder folder;
    const large_scene files(folder);
    const std::vector<std::string> arguments{"audit", files.labels, files.pred_probs, "--out", folder / "out"};
    const outcome shown = run(arguments, error_stream::terminal);
    CHECK(shown.status == 0);
    for (const char* const part : {"\r", "/20", " left", " images/s", " Mpixel/s"})
        CHECK(shown.err.find(part) != std::string::npos);
    CHECK(shown.err.find('\n') == std::string::npos);
    CHECK(shown.err.ends_with("\r")); // after blanks
    const outcome piped = run(arguments);
    CHECK(piped.err.empty());
    CHECK(shown.out == piped.out);
    std::vector<std::string> quietly = arguments;
    quietly.push_back("--quiet");
    CHECK(run(quietly, error_stream::terminal).err.empty());
}

TEST_CASE("Ctrl-C and SIGTERM leave nothing behind", "[cli]") {
    const temporary_folder folder;
    const large_scene scene_files(folder);
    const std::set<std::string> before = names_in(folder.path());
    for (const int signal : {SIGINT, SIGTERM}) {
        const outcome done =
            run({"audit", folder / "labels.npy", folder / "pred_probs.npy", "--out", folder / "out", "--pixel-scores"},
                error_stream::pipe, [&](int process) {
                    // Not before it has begun to write, which is what has to be cleaned up.
                    wait_until([&] { return names_in(folder.path()) != before; });
                    ::kill(process, signal);
                });
        CHECK(done.status == 128 + signal);
        CHECK(done.out.empty());
        CHECK(names_in(folder.path()) == before);
    }
}

TEST_CASE("an input that is shortened meanwhile is named, and nothing stays behind", "[cli]") {
    const temporary_folder folder;
    const large_scene files(folder);
    const std::set<std::string> before = names_in(folder.path());
    for (const std::string& file : {files.pred_probs, files.labels}) {
        const auto size = std::filesystem::file_size(file);
        const outcome done = run({"audit", files.labels, files.pred_probs, "--out", folder / "out", "--pixel-scores"},
                                 error_stream::pipe, [&](int) {
                                     // By then the inputs are mapped.
                                     wait_until([&] { return names_in(folder.path()) != before; });
                                     std::filesystem::resize_file(file, 4096);
                                 });
        CAPTURE(done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find(file + ": expected a file that stays as it is") != std::string::npos);
        CHECK(names_in(folder.path()) == before);
        std::filesystem::resize_file(file, size);
    }
}

TEST_CASE("results are kept where suggested masks cannot be put into place", "[cli]") {
    const temporary_folder folder;
    const large_scene files(folder);
    const std::filesystem::path suggested = folder / "suggested", target = suggested / "labels.npy";
    std::filesystem::create_directory(suggested);
    const auto is_planned = [&] {
        std::error_code ignored;
        for (const auto& staging : std::filesystem::directory_iterator(suggested))
            if (std::filesystem::exists(staging.path() / "new" / "labels.npy", ignored)) return true;
        return false;
    };
    const outcome done =
        run({"audit", files.labels, files.pred_probs, "--out", folder / "out", "--suggest", suggested, "--quiet"},
            error_stream::pipe, [&](int) {
                wait_until(is_planned);
                std::filesystem::create_directory(target); // that it is not one has been checked by then
            });
    CAPTURE(done.err);
    CHECK(done.status == 1);
    CHECK(done.err.find(target.string() + ": expected the name of a file to write, found a folder") !=
          std::string::npos);
    CHECK(std::filesystem::exists(folder / "out" / "summary.json"));
    CHECK(names_in(suggested) == std::set<std::string>{"labels.npy"});
}
