#include "large_scene.hpp"
#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>

#include <catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <png_bytes.hpp>
#include <sstream>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// `maskaudit` under mpirun: many processes, and what one of them would have done.

using namespace maskaudit_test;
using maskaudit::npy_view;

namespace {

namespace fs = std::filesystem;

const fs::path reference = MASKAUDIT_REFERENCE_DIR;

std::vector<std::string> on_ranks(int ranks, const std::vector<std::string>& arguments) {
    std::vector<std::string> command{MASKAUDIT_ON_RANKS, MASKAUDIT_MPIEXEC, std::to_string(ranks)};
    const std::vector<std::string> program = program_with(arguments);
    command.insert(command.end(), program.begin(), program.end());
    return command;
}

/// What the program itself says: mpirun has much to say of a program that fails.
std::string own_words(const outcome& done) {
    std::string words;
    std::istringstream lines(done.err);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("maskaudit: ")) words += line + "\n";
    return words;
}

/// The processes that one has started.
std::vector<int> children_of(int process) {
    std::vector<int> children;
    for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
        std::istringstream ids(text_of(thread.path() / "children"));
        for (int id = 0; ids >> id;)
            children.push_back(id);
    }
    REQUIRE(!children.empty());
    return children;
}

/// Images of several sizes, the second without pixels: PNG files in one subfolder, .npy files in another.
void write_folders(const fs::path& folder) {
    const auto labels = npy_view(reference / "scene_f32_u8" / "labels.npy").read<std::uint8_t>();
    const auto pred_probs = npy_view(reference / "scene_f32_u8" / "pred_probs.npy").read<float>();
    for (const char* const name : {"labels/a", "labels/b", "pred_probs/a", "pred_probs/b"})
        fs::create_directories(folder / name);
    for (std::size_t n = 0; n < labels.shape()[0]; ++n) {
        const std::size_t rows = n == 1 ? 0 : labels.shape()[1] - 3 * n;
        const xt::xarray<std::uint8_t> mask = xt::view(labels, n, xt::range(0, rows));
        const std::string name = (n % 2 == 0 ? "a/" : "b/") + std::to_string(n);
        if (n % 2 == 0)
            save_png(folder / "labels" / (name + ".png"), {mask.shape()[0], mask.shape()[1]},
                     {mask.begin(), mask.end()});
        else
            maskaudit::write_npy(folder / "labels" / (name + ".npy"), mask);
        maskaudit::write_npy(folder / "pred_probs" / (name + ".npy"),
                             xt::xarray<float>(xt::view(pred_probs, n, xt::all(), xt::range(0, rows))));
    }
}

std::vector<std::string> audit_of(const fs::path& inputs, const std::string& ending, const fs::path& out,
                                  const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"audit", inputs / ("labels" + ending), inputs / ("pred_probs" + ending), "--out",
                                       out / "found"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// Checks that any number of ranks does what one process does, files and words.
void check_ranks(const fs::path& inputs, const std::string& ending, std::vector<std::string> more) {
    const temporary_folder folder;
    const fs::path out = folder / "out";
    for (std::string& argument : more)
        if (argument == "SUGGESTED") argument = out / "suggested";
    const std::vector<std::string> arguments = audit_of(inputs, ending, out, more);
    const outcome alone = run(arguments);
    INFO(alone.err);
    REQUIRE(alone.status == 0);
    const auto expected = contents(out);
    REQUIRE(expected.size() > 8);
    for (const int ranks : {2, 3, 8}) { // of images there are four to six
        CAPTURE(ranks);
        fs::remove_all(out);
        const outcome done = run_command(on_ranks(ranks, arguments));
        CHECK(done.status == 0);
        CHECK(done.out == alone.out);
        CHECK(done.err == alone.err);
        REQUIRE(contents(out) == expected);
    }
}

const std::vector<std::string> everything{"--pixel-scores", "--report", "--suggest", "SUGGESTED"};

} // namespace

TEST_CASE("ranks write the files of one process, byte for byte", "[cli][ranks]") {
    SECTION("arrays") { check_ranks(reference / "scene_f32_u8", ".npy", everything); }
    SECTION("doubles that do not sum to one, so that all start again") {
        check_ranks(reference / "unnormalised_f64", ".npy", {"--pixel-scores", "--resume"});
    }
    SECTION("few regions, away from borders") {
        check_ranks(
            reference / "scene_f32_u8", ".npy",
            {"--boundary-tolerance", "1", "--min-area", "2", "--regions", "5", "--json", "--suggest", "SUGGESTED"});
    }
    SECTION("logits, pictures, a label map and class names") {
        const temporary_folder inputs;
        fs::copy(reference / "scene_f32_u8" / "labels.npy", inputs / "labels.npy");
        maskaudit::write_npy(
            inputs / "pred_probs.npy",
            xt::eval(xt::log(npy_view(reference / "scene_f32_u8" / "pred_probs.npy").read<float>() + 1e-6F)));
        auto shape = npy_view(inputs / "labels.npy").shape();
        const std::size_t classes = npy_view(inputs / "pred_probs.npy").shape()[1];
        shape.push_back(3);
        maskaudit::write_npy(inputs / "images.npy", xt::xarray<std::uint8_t>(xt::zeros<std::uint8_t>(shape)));
        std::ofstream map(inputs / "map.csv"), names(inputs / "names.txt");
        for (std::size_t k = 0; k < classes; ++k) {
            map << k << ',' << classes - 1 - k << '\n';
            names << "class " << k << '\n';
        }
        map.close();
        names.close();
        check_ranks(inputs.path(), ".npy",
                    {"--logits", "--report", "--images", inputs / "images.npy", "--label-map", inputs / "map.csv",
                     "--classes", inputs / "names.txt", "--suggest", "SUGGESTED"});
    }
    SECTION("folders") {
        const temporary_folder inputs;
        write_folders(inputs.path());
        check_ranks(inputs.path(), "", everything);
        check_ranks(inputs.path(), "", {"--pixel-scores", "--resume", "--save-every", "0", "--regions", "0"});
    }
}

TEST_CASE("what one rank cannot use ends all, in its words, and leaves nothing behind", "[cli][ranks]") {
    const temporary_folder folder;
    const auto expect_failure = [&](const std::vector<std::string>& more, const std::string& words, int status = 1) {
        const outcome done = run_command(on_ranks(3, audit_of(folder.path(), ".npy", folder / "out", more)));
        CHECK(done.status == status);
        CHECK(own_words(done) == words);
        CHECK(done.out == "");
        CHECK(!fs::exists(folder / "out"));
    };
    const std::string labels = folder / "labels.npy";
    expect_failure({}, "maskaudit: " + labels +
                           ": expected a .npy file that can be read, found No such file or directory\n");
    expect_failure({"--top", "x"}, "maskaudit: --top is x, must be from 0 to 2147483647\n", 2);

    fs::copy(reference / "scene_f32_u8" / "labels.npy", labels);
    auto pred_probs = npy_view(reference / "scene_f32_u8" / "pred_probs.npy").read<float>();
    const std::size_t last = pred_probs.shape()[0] - 1;
    pred_probs(last, 1, 2, 3) = std::numeric_limits<float>::quiet_NaN();
    maskaudit::write_npy(folder / "pred_probs.npy", pred_probs);
    expect_failure({}, "maskaudit: rank 2: " + (folder / "pred_probs.npy").string() + ": pred_probs: image " +
                           std::to_string(last) + ", class 1, pixel (2, 3): nan must be a probability from 0 to 1\n");
}

TEST_CASE("ranks go on from what each has looked at", "[cli][ranks]") {
    const temporary_folder folder;
    const fs::path out = folder / "out", state = out / "found" / ".maskaudit-state";
    write_folders(folder.path()); // in which one image can be mended without the others having changed
    const auto again = audit_of(folder.path(), "", out, {"--pixel-scores", "--resume", "--save-every", "0"});

    const fs::path last = folder / "pred_probs" / "b" / "5.npy";
    const auto good = npy_view(last).read<float>();
    auto bad = good;
    bad(0, 0, 0) = -1;
    maskaudit::write_npy(last, bad);
    const outcome failed = run_command(on_ranks(2, again));
    CHECK(failed.status == 1);
    CHECK(own_words(failed).starts_with("maskaudit: what each rank has looked at is kept in " + state.string() +
                                        ": the same command goes on from there\nmaskaudit: rank 1: " + last.string()));
    CHECK(fs::exists(state / "000000000.part"));
    CHECK(fs::exists(state / "000000004.part"));

    SECTION("which is not read again, though the image that is mended has another size") {
        const xt::xarray<float> smaller = xt::view(good, xt::all(), xt::range(0, 1));
        maskaudit::write_npy(last, smaller);
        const fs::path labels = folder / "labels" / "b" / "5.npy";
        const auto mask = npy_view(labels).read<std::uint8_t>();
        maskaudit::write_npy(labels, xt::xarray<std::uint8_t>(xt::view(mask, xt::range(0, 1))));
        const temporary_folder other;
        REQUIRE(run(audit_of(folder.path(), "", other.path(), {"--pixel-scores"})).status == 0);

        for (const char* const name : {"a/0.npy", "a/4.npy"}) { // of both ranks
            const fs::path file = folder / "pred_probs" / name;
            const auto time = fs::last_write_time(file);
            auto changed = npy_view(file).read<float>();
            changed.fill(-1);
            maskaudit::write_npy(file, changed);
            fs::last_write_time(file, time); // so that nobody sees it
        }
        const outcome done = run_command(on_ranks(2, again));
        CHECK(own_words(done) ==
              "maskaudit: going on after 2 of 2 images of rank 0, which an earlier run has looked at\n");
        REQUIRE(done.status == 0);
        auto found = contents(out / "found"), expected = contents(other / "found");
        CHECK(found.size() == expected.size());
        for (const auto& [file, bytes] : expected)
            if (file != "summary.json") CHECK(found[file] == bytes); // which has the folder's name
    }
    SECTION("on as many ranks alone") {
        const outcome other = run_command(on_ranks(3, again));
        CHECK(other.status == 1);
        CHECK(own_words(other) ==
              "maskaudit: " + state.string() +
                  ": expected the state of an audit on 3 ranks, found that of one on 2: go on with mpirun "
                  "-n 2, or remove it to start anew\n");
    }
    SECTION("unless an image of one of them has changed, which none can go on from") {
        fs::last_write_time(folder / "pred_probs" / "a" / "4.npy",
                            fs::file_time_type::clock::now() + std::chrono::hours(1));
        const outcome changed = run_command(on_ranks(2, again));
        CHECK(changed.status == 1);
        CHECK(own_words(changed).starts_with("maskaudit: rank 1: " + state.string() +
                                             ": expected image 2 to be the one that was looked at"));
    }
}

TEST_CASE("a signal to one rank ends all, and nothing is left", "[cli][ranks]") {
    const temporary_folder folder;
    const large_scene scene_files(folder);
    const auto arguments = audit_of(folder.path(), ".npy", folder / "out", {"--pixel-scores"});
    for (std::size_t rank = 0; rank < 2; ++rank) {
        const outcome done = run_command(on_ranks(2, arguments), error_stream::pipe, [&](int mpirun) {
            wait_until([&] { return fs::exists(folder / "out"); });
            ::kill(children_of(mpirun).at(rank), SIGTERM);
        });
        INFO(done.err);
        CHECK(done.status != 0);
        CHECK(done.out.empty());
        CHECK(own_words(done) == (rank == 0 ? "" : "maskaudit: rank 1: ended by signal 15 (Terminated)\n"));
        CHECK(!fs::exists(folder / "out"));
    }
}

TEST_CASE("ranks that see other images under one name are told", "[cli][ranks]") {
    const temporary_folder folder;
    write_folders(folder / "one");
    write_folders(folder / "two");
    fs::rename(folder / "two" / "labels" / "a" / "0.png", folder / "two" / "labels" / "a" / "6.png");
    fs::rename(folder / "two" / "pred_probs" / "a" / "0.npy", folder / "two" / "pred_probs" / "a" / "6.npy");
    std::ofstream(folder / "rank.sh") << "cd \"$1/$([[ $OMPI_COMM_WORLD_RANK = 0 ]] && echo one || echo two)\"\n"
                                         "exec \"$2\" audit labels pred_probs --out \"$1/out\"\n";
    const outcome done = run_command({MASKAUDIT_ON_RANKS, MASKAUDIT_MPIEXEC, "2", "bash", folder / "rank.sh",
                                      folder.path(), program_with({}).front()});
    CHECK(done.status == 1);
    CHECK(own_words(done) ==
          "maskaudit: rank 1: labels: expected the images that rank 0 has under this name, found others\n");
    CHECK(!fs::exists(folder / "out"));
}

TEST_CASE("one progress bar stands for all ranks", "[cli][ranks]") {
    const temporary_folder folder;
    const large_scene scene_files(folder);
    std::string command;
    for (const std::string& word : on_ranks(3, audit_of(folder.path(), ".npy", folder / "out")))
        command += "'" + word + "' ";
    // Of a terminal of its own, as mpirun keeps the standard error of its ranks to itself.
    const outcome done = run_command({"script", "--quiet", "--return", "--command", command, "/dev/null"});
    INFO(done.out);
    CHECK(done.status == 0);
    CHECK(count(done.out, "looking (") == count(done.out, "looking (rank 0 of 3)"));
    CHECK(count(done.out, "looking (rank 0 of 3) [..............................]   0 %  0/7") == 1);
}

TEST_CASE("what is no audit is done once", "[cli][ranks]") {
    const temporary_folder folder;
    CHECK(run_command(on_ranks(3, {"--version"})).out == run({"--version"}).out);
    maskaudit::write_npy(folder / "scores.npy", xt::xarray<double>{0.5, 0.01, 0.7});
    const std::vector<std::string> threshold{"threshold", folder / "scores.npy", "--out", folder / "images.npy"};
    const outcome alone = run(threshold), done = run_command(on_ranks(2, threshold));
    CHECK(alone.status == 0);
    CHECK(done.status == 0);
    CHECK(done.out == alone.out);
}
