#include "cli/large_scene.hpp"
#include "traced_run.hpp"

#include <algorithm>
#include <catch.hpp>
#include <csignal>
#include <file_contents.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

// Inputs that cannot be read, or are gone by their turn, and output folders that go away.

using namespace maskaudit_test;

namespace {

namespace fs = std::filesystem;

} // namespace

TEST_CASE("an input that cannot be opened at any of its turns is named, and nothing stays behind", "[faults]") {
    if (!can_trace()) return;
    const audit_scene scene;
    scene.start_anew();
    const auto arguments = scene.arguments(scene.work(), false);
    const std::vector<system_call> calls = calls_below(scene.inputs(), arguments);
    for (const char* const name : {"labels/0.png", "labels/1.npy", "pred_probs/2.npy", "images/1.png"}) {
        const fs::path input = scene.inputs() / name;
        const auto turns = std::count_if(calls.begin(), calls.end(), [&](const system_call& call) {
            return call.name == "openat" && call.text.find('"' + input.string() + '"') != std::string::npos;
        });
        CHECK(turns >= 1);
        const bool is_picture = input.parent_path().filename() == "images"; // whose report does without it
        for (long turn = 1; turn <= turns; ++turn)
            for (const std::string error : {"ENOENT", "EACCES"}) {
                scene.start_anew();
                const outcome done = run_without_opening(input, static_cast<std::size_t>(turn), error, arguments);
                CAPTURE(name, turn, error, done.status, done.err);
                if (done.status == 0) { // what is dropped from the system's cache is opened once more, without need
                    CHECK((is_picture || files_in(scene.work()) == scene.expected()));
                    CHECK((!is_picture || done.err.find(input.string() + ": expected ") != std::string::npos));
                } else {
                    CHECK(done.status == 1);
                    CHECK(done.err.find(input.string() + ": expected ") != std::string::npos);
                    CHECK((files_in(scene.work()) == scene.before()));
                }
            }
    }
    scene.start_anew();
    CHECK(run(arguments).status == 0);
    CHECK((files_in(scene.work()) == scene.expected()));
}

TEST_CASE("what stands in the place of an input and cannot be read is named, and not waited for", "[faults]") {
    const audit_scene scene;
    scene.start_anew();
    const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>> kinds{
        {"a pipe", [](const fs::path& path) { REQUIRE(::mkfifo(path.c_str(), 0666) == 0); }},
        {"a folder", [](const fs::path& path) { fs::create_directory(path); }},
        {"a link to nothing", [](const fs::path& path) { fs::create_symlink("nowhere", path); }},
        {"a link to itself", [](const fs::path& path) { fs::create_symlink(path, path); }}};
    for (const char* const name : {"labels/0.png", "labels/1.npy", "pred_probs/2.npy", "images/1.png"})
        for (const auto& [kind, make] : kinds) {
            const fs::path input = scene.inputs() / name, aside = scene.inputs() / "aside";
            fs::rename(input, aside);
            make(input);
            const outcome done = run(scene.arguments(scene.work(), false));
            fs::remove(input);
            fs::rename(aside, input);
            CAPTURE(name, kind, done.err);
            CHECK(done.status == 1);
            // A folder has other files in it, or none: what is told is the partner that is missing.
            CHECK(done.err.find(input.parent_path().string()) != std::string::npos);
            CHECK(done.err.find(kind == "a folder" ? input.stem().string() : input.string()) != std::string::npos);
            CHECK((files_in(scene.work()) == scene.before()));
        }
    CHECK(run(scene.arguments(scene.work(), false)).status == 0);
}

TEST_CASE("an input without permission is named", "[faults]") {
    const audit_scene scene;
    scene.start_anew();
    const fs::path input = scene.inputs() / "pred_probs" / "1.npy";
    fs::permissions(input, fs::perms::none);
    std::vector<std::string> command = program_with(scene.arguments(scene.work(), false));
    if (::geteuid() == 0) { // who may read anything: nobody is asked to
        for (const auto& entry : fs::recursive_directory_iterator(scene.work().parent_path()))
            REQUIRE(::chown(entry.path().c_str(), 65534, 65534) == 0);
        fs::permissions(scene.work().parent_path(), fs::perms::others_all, fs::perm_options::add);
        command.insert(command.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
    }
    const outcome done = run_command(command);
    CAPTURE(done.err);
    if (done.status == 127 || done.err.starts_with("setpriv")) {
        WARN("skipped: nobody cannot run the program here");
        return;
    }
    CHECK(done.status == 1);
    CHECK(done.err.find(input.string() + ": expected a .npy file that can be read, found Permission denied") !=
          std::string::npos);
    CHECK((files_in(scene.work()) == scene.before()));
}

TEST_CASE("an output folder that goes away is told, and comes back by the next run", "[faults]") {
    const temporary_folder folder;
    const large_scene files(folder);
    for (const bool with_parent : {false, true}) {
        const fs::path parent = folder / "parent", out = parent / "out";
        const std::vector<std::string> arguments{"audit", files.labels,     files.pred_probs, "--out",
                                                 out,     "--pixel-scores", "--quiet"};
        const outcome done = run(arguments, error_stream::pipe, [&](int process) {
            std::error_code ignored;
            wait_until([&] {
                for (const auto& staging : fs::directory_iterator(out, ignored))
                    if (fs::exists(staging.path() / "new" / "pixel_scores.npy", ignored)) return true;
                return false;
            });
            ::kill(process, SIGSTOP); // lest it makes files in a folder that is being emptied
            wait_until(
                [&] { return text_of("/proc/" + std::to_string(process) + "/stat").find(" T ") != std::string::npos; });
            fs::remove_all(with_parent ? parent : out);
            ::kill(process, SIGCONT);
        });
        CAPTURE(with_parent, done.err);
        CHECK(done.status == 1);
        CHECK(done.err.starts_with("maskaudit: "));
        CHECK(done.err.find(out.string()) != std::string::npos);
        CHECK(!fs::exists(out / "images.csv"));
        CHECK(run(arguments).status == 0);
        CHECK(fs::exists(out / "images.csv"));
    }
}
