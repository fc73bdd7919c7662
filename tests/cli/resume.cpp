#include "program.hpp"

#include <maskaudit/maskaudit.hpp>
#include <maskaudit/npy.hpp>

#include <catch.hpp>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <scene.hpp>
#include <string>
#include <sys/file.h>
#include <temporary_folder.hpp>
#include <thread>
#include <unistd.h>
#include <vector>

// `maskaudit audit --resume`: stopped at any moment, it goes on and ends with the files of a run that was not.

using namespace maskaudit_test;

namespace {

namespace fs = std::filesystem;

const fs::path reference = MASKAUDIT_REFERENCE_DIR;

/// The bytes of every file, hidden ones too.
std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        std::string& bytes = files[entry.path().lexically_relative(folder)];
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        bytes = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
}

/// A case of the references as folders.
void write_folders(const fs::path& folder, const std::string& name) {
    const auto labels = maskaudit::npy_view(reference / name / "labels.npy").read<int>();
    const auto pred_probs = maskaudit::npy_view(reference / name / "pred_probs.npy").read<float>();
    fs::create_directories(folder / "labels");
    fs::create_directories(folder / "pred_probs");
    for (std::size_t n = 0; n < labels.shape()[0]; ++n) {
        const std::string file = std::to_string(n) + ".npy";
        maskaudit::write_npy(folder / "labels" / file, xt::xarray<int>(xt::view(labels, n)));
        maskaudit::write_npy(folder / "pred_probs" / file, xt::xarray<float>(xt::view(pred_probs, n)));
    }
}

std::vector<std::string> arguments_for(const fs::path& inputs, const std::string& ending, const fs::path& out) {
    return {"audit",
            (inputs / "labels").string() + ending,
            (inputs / "pred_probs").string() + ending,
            "--out",
            out,
            "--pixel-scores",
            "--jobs",
            "1"};
}

std::vector<std::string> resuming(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--resume", "--save-every", "0"});
    return arguments;
}

/// Kills runs at random moments, as many as that, each time letting the audit come to its end in the end.
void check_kills(random_engine& random, int kills, const fs::path& inputs, const std::string& ending) {
    const temporary_folder folder;
    const fs::path out = folder / "out";
    const std::vector<std::string> plain = arguments_for(inputs, ending, out);
    REQUIRE(run(plain).status == 0);
    const auto expected = contents(folder.path());
    fs::remove_all(out);
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(run(resuming(plain)).status == 0);
    const auto whole = std::chrono::steady_clock::now() - start;
    CHECK(contents(folder.path()) == expected);
    while (kills > 0) {
        fs::remove_all(out);
        for (int tries = 0;; ++tries) {
            const auto moment = whole * (uniform(random) * (tries < 20 ? 1 : tries)); // in the end it gets through
            const outcome done = run(resuming(plain), error_stream::pipe, [&](int process) {
                std::this_thread::sleep_for(moment);
                ::kill(process, SIGKILL);
            });
            INFO(done.err);
            if (done.status == 0) break;
            REQUIRE(done.status == 128 + SIGKILL);
            --kills;
        }
        REQUIRE(contents(folder.path()) == expected);
    }
}

/// Copies of images of scene_f32_u8 of which one has a NaN.
void write_with_a_nan(const fs::path& folder, std::size_t image) {
    write_folders(folder, "scene_f32_u8");
    const fs::path file = folder / "pred_probs" / (std::to_string(image) + ".npy");
    auto bad = maskaudit::npy_view(file).read<float>();
    bad(7, 1, 2) = std::numeric_limits<float>::quiet_NaN();
    maskaudit::write_npy(file, bad);
}

/// Writes another array without a trace in the facts that the system keeps of the file.
void change_in_secret(const fs::path& file) {
    const auto time = fs::last_write_time(file);
    auto labels = maskaudit::npy_view(file).read<int>();
    labels.fill(0);
    maskaudit::write_npy(file, labels);
    fs::last_write_time(file, time);
}

} // namespace

TEST_CASE("an audit killed at random moments ends with the same files", "[cli]") {
    CAPTURE(seed());
    random_engine random(seed() + 90);
    const temporary_folder folders;
    write_folders(folders.path(), "scene_f32_u8");
    check_kills(random, 20, reference / "scene_f32_u8", ".npy");
    check_kills(random, 20, folders.path(), "");
    check_kills(random, 10, reference / "unnormalised_f64", ".npy"); // which starts again in between
}

TEST_CASE("images that have been looked at are not read again", "[cli]") {
    const temporary_folder folder;
    const fs::path out = folder / "out";
    write_folders(folder / "good", "scene_f32_u8");
    REQUIRE(run(arguments_for(folder / "good", "", folder / "expected")).status == 0);
    write_with_a_nan(folder / "bad", 4);

    const std::vector<std::string> again = resuming(arguments_for(folder / "bad", "", out));
    const outcome failed = run(again);
    CHECK(failed.status == 1);
    CHECK(failed.err.find("image 4, class 7, pixel (1, 2): nan") != std::string::npos);
    CHECK(failed.err.find("4 of 6 images are kept in " + (out / ".maskaudit-state").string()) != std::string::npos);
    CHECK(fs::exists(out / ".maskaudit-state" / "000000000.part"));
    CHECK(!fs::exists(out / "images.csv"));

    fs::copy_file(folder / "good" / "pred_probs" / "4.npy", folder / "bad" / "pred_probs" / "4.npy",
                  fs::copy_options::overwrite_existing);
    change_in_secret(folder / "bad" / "labels" / "1.npy");
    const outcome done = run(again);
    CHECK(done.err == "maskaudit: going on after 4 of 6 images, which an earlier run has looked at\n");
    REQUIRE(done.status == 0);
    auto found = contents(out), expected = contents(folder / "expected");
    CHECK(found.size() == expected.size());
    for (const auto& [file, bytes] : expected)
        if (file != "summary.json") CHECK(found[file] == bytes); // which has the folder's name
}

TEST_CASE("what came before a bad image is kept though it was not time to save", "[cli]") {
    const temporary_folder folder;
    write_with_a_nan(folder.path(), 4);
    std::vector<std::string> arguments = arguments_for(folder.path(), "", folder / "out");
    arguments.push_back("--resume");
    const outcome failed = run(arguments);
    CHECK(failed.status == 1);
    CHECK(failed.err.find("4.npy: pred_probs: image 4, class 7, pixel (1, 2): nan") != std::string::npos);
    CHECK(failed.err.find("4 of 6 images are kept in") != std::string::npos);
    CHECK(contents(folder / "out").contains(".maskaudit-state/000000000.part"));
    CHECK(run(arguments).err.find("going on after 4 of 6 images") != std::string::npos);
}

TEST_CASE("a run that was interrupted says how far it got", "[cli]") {
    const temporary_folder folder;
    const fs::path out = folder / "out";
    const std::vector<std::string> plain = arguments_for(reference / "many_images", ".npy", out);
    REQUIRE(run(plain).status == 0);
    const auto expected = contents(out);
    bool was_interrupted = false;
    for (int tries = 0; tries < 50 && !was_interrupted; ++tries) { // the signal may come too early or too late
        fs::remove_all(out);
        const outcome stopped = run(resuming(plain), error_stream::pipe, [&](int process) {
            wait_until([&] { return fs::exists(out / ".maskaudit-state" / "000000001.part"); });
            ::kill(process, SIGTERM);
        });
        if (stopped.status == 0) continue;
        REQUIRE(stopped.status == 128 + SIGTERM);
        was_interrupted = stopped.err.find(" images are kept in ") != std::string::npos;
        REQUIRE(run(resuming(plain)).status == 0);
        CHECK(contents(out) == expected);
    }
    CHECK(was_interrupted);
}

TEST_CASE("what is kept is used only where it is right", "[cli]") {
    const temporary_folder folder;
    const fs::path out = folder / "out", state = out / ".maskaudit-state";
    write_with_a_nan(folder.path(), 4);
    const std::vector<std::string> plain = arguments_for(folder.path(), "", out), again = resuming(plain);
    REQUIRE(run(again).status == 1);
    const auto kept = contents(out);
    const auto check_refused = [&](std::vector<std::string> arguments, const std::string& message) {
        const outcome done = run(arguments);
        CAPTURE(done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find(message) != std::string::npos);
    };
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), again.begin(), again.end());
        return more;
    };
    check_refused(with({"--ignore-label", "3"}), "with ignore_label [3], found []; remove it to start anew");
    check_refused(with({"--temperature", "1"}), "with temperature 1.0, found 0.1");
    check_refused(with({"--downsample", "2"}), "with downsample 2, found 1");
    check_refused(with({"--logits"}), "with logits true, found false");
    CHECK(contents(out) == kept);
    {
        const int lock = ::open(state.c_str(), O_RDONLY | O_CLOEXEC);
        REQUIRE(::flock(lock, LOCK_EX) == 0);
        check_refused(again, "another run at work");
        ::close(lock);
    }
    CHECK(contents(out) == kept);
    const outcome other = run(
        {"audit", reference / "one_pixel" / "labels.npy", reference / "one_pixel" / "pred_probs.npy", "--out", out});
    CHECK(other.status == 0);
    CHECK(other.err.find("--resume would go on with it") != std::string::npos);
    CHECK(fs::exists(state / "run.json"));

    SECTION("files that have changed") {
        fs::last_write_time(folder / "labels" / "3.npy", fs::file_time_type::clock::now());
        check_refused(again, "expected image 3 to be the one that was looked at, with " +
                                 (folder / "labels" / "3.npy").string());
        std::ofstream(state / "run.json") << "[]";
        check_refused(again, "run.json; remove it to start anew");
        std::ofstream(state / "run.json") << "{}";
        check_refused(again, "run.json; remove it to start anew");
    }
    SECTION("damage") {
        fs::copy_file(folder / "pred_probs" / "3.npy", folder / "pred_probs" / "4.npy",
                      fs::copy_options::overwrite_existing);
        fs::remove_all(folder / "whole");
        REQUIRE(run(arguments_for(folder.path(), "", folder / "whole")).status == 0);
        const bool is_of_first_line = GENERATE(true, false);
        std::fstream part(state / "000000002.part", std::ios::binary | std::ios::in | std::ios::out);
        part.seekp(is_of_first_line ? 0 : 200);
        part.put('!');
        part.close();
        const outcome done = run(again);
        CHECK(done.status == 0);
        CHECK(done.err.find(std::string("000000002.part: damaged (") +
                            (is_of_first_line ? "its first line tells no files" : "")) != std::string::npos);
        CHECK(done.err.find("going on from image 2") != std::string::npos);
        CHECK(contents(out)["issues/2.png"] == contents(folder / "whole")["issues/2.png"]);
        CHECK(contents(out)["softmin_scores.npy"] == contents(folder / "whole")["softmin_scores.npy"]);
    }
}

TEST_CASE("files that change while the audit runs are noticed before what was found in them is kept", "[cli]") {
    const temporary_folder folder;
    const fs::path out = folder / "out";
    write_with_a_nan(folder.path(), 4);
    REQUIRE(run(resuming(arguments_for(folder.path(), "", out))).status == 1);
    std::ifstream part(out / ".maskaudit-state" / "000000001.part", std::ios::binary);
    std::string facts;
    std::getline(part, facts);
    fs::last_write_time(folder / "pred_probs" / "1.npy", fs::file_time_type::clock::now() + std::chrono::hours(1));
    const outcome done = run(resuming(arguments_for(folder.path(), "", out)));
    CHECK(done.status == 1);
    CHECK(done.err.find("expected image 1 to be the one that was looked at") != std::string::npos);
    CHECK(done.err.find("are kept in") == std::string::npos);
}

TEST_CASE("nothing is kept any more where all is done and the summary cannot be printed", "[cli]") {
    if (!fs::exists("/dev/full")) return;
    const temporary_folder folder;
    const outcome done = run_into("/dev/full", resuming(arguments_for(reference / "one_row", ".npy", folder / "out")));
    CHECK(done.status == 1);
    CHECK(done.err.find("are kept in") == std::string::npos);
    CHECK(fs::exists(folder / "out" / "images.csv"));
    CHECK(!fs::exists(folder / "out" / ".maskaudit-state"));
}

TEST_CASE("what a killed run has left is settled by the next, and nothing else is touched", "[cli]") {
    const temporary_folder folder;
    const fs::path out = folder / "out", left = out / ".maskaudit-staging-aBcD12",
                   in_use = out / ".maskaudit-staging-eFgH34", whole = out / ".maskaudit-staging-iJkL56";
    for (const fs::path& staging : {left, in_use, whole}) {
        fs::create_directories(staging / "new" / "issues");
        fs::create_directories(staging / "old" / "issues");
        std::ofstream(staging / "new" / "issues" / (staging.filename().string().substr(1) + ".png")) << "new";
    }
    std::ofstream(left / "old" / "issues" / "mine.png") << "moved aside, and not put back";
    std::ofstream(whole / "old" / "issues" / "theirs.png") << "removed, as a new one was put there";
    std::ofstream(whole / "committing") << "";
    fs::create_directories(out / ".maskaudit-staging-mNoP78"); // killed when it had just begun
    const int lock = ::open(in_use.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::flock(lock, LOCK_EX) == 0); // as a run at work does
    fs::create_directories(out / ".maskaudit-backup");
    std::ofstream(out / ".maskaudit-backup" / "notes") << "mine";
    REQUIRE(run(arguments_for(reference / "one_pixel", ".npy", out)).status == 0);
    ::close(lock);
    const auto found = contents(out);
    CHECK(!fs::exists(left));
    CHECK(!fs::exists(whole));
    CHECK(!fs::exists(out / ".maskaudit-staging-mNoP78"));
    CHECK(found.contains(".maskaudit-staging-eFgH34/new/issues/maskaudit-staging-eFgH34.png"));
    CHECK(found.at(".maskaudit-backup/notes") == "mine");
    CHECK(found.at("issues/mine.png") == "moved aside, and not put back");
    CHECK(found.at("issues/maskaudit-staging-iJkL56.png") == "new");
    CHECK(!found.contains("issues/maskaudit-staging-aBcD12.png"));
    CHECK(!found.contains("issues/theirs.png"));
}
