#include "../small_disk.hpp"
#include "audit_scene.hpp"
#include "npy_text.hpp"

#include <catch.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

// Audits on disks of every size up to one that is large enough, and results that cannot be printed.

using namespace maskaudit_test;

namespace {

namespace fs = std::filesystem;

/// The name of the file that a message is about, without where it is.
std::string file_in(const std::string& message) {
    const std::size_t end = message.find(": expected"), begin = message.rfind('/', end);
    return end == std::string::npos ? message : message.substr(begin + 1, end - begin - 1);
}

} // namespace

TEST_CASE("whichever file the disk has no room for, the audit says so and leaves none", "[faults]") {
    small_disk disk(std::size_t{1} << 24);
    if (!disk.is_there()) return;
    const audit_scene scene;
    for (const bool resume : {false, true}) {
        // The file that there was no room for; empty where there was for all.
        const auto run_with_room = [&](std::size_t pages) -> std::string {
            disk.resize(pages * 4096);
            const outcome done = run(scene.arguments(disk.path(), resume));
            CAPTURE(resume, pages, done.err);
            for (const auto& [file, bytes] : results_in(disk.path())) // results stay where suggestions do not fit
                if (!bytes.empty() && file != "out/summary.json")     // which says where they are
                    CHECK((bytes == scene.expected().at(file) && (done.status == 0 || file.starts_with("out/"))));
            if (done.status == 0) return "";
            CHECK(done.status == 1);
            CHECK(done.err.find(" that can be written, found No space left on device") != std::string::npos);
            return file_in(done.err);
        };
        std::set<std::string> without_room;
        std::size_t pages = 1;
        for (std::string name; !(name = run_with_room(pages)).empty(); ++pages) {
            without_room.insert(name);
            if (name == "report.html") pages += 8; // by far the largest
        }
        const std::size_t most = pages;
        const auto clear = [&] {
            for (const char* const name : {"out", "suggested"})
                fs::remove_all(disk.path() / name);
        };
        CHECK(files_in(disk.path()).size() == scene.expected().size()); // nothing is kept any more
        clear();
        for (; pages > most - 12; --pages) { // those that come after the report
            without_room.insert(run_with_room(pages));
            clear();
        }
        for (const auto& [file, bytes] : scene.expected()) {
            CAPTURE(resume, file);
            const bool has_always_room =
                bytes.empty() || file == "out/pixel_scores/0.npy"; // the first: no disk is less
            CHECK((has_always_room || without_room.contains(fs::path(file).filename())));
        }
    }
}

TEST_CASE("whichever file the disk has no room for, the other commands say so and leave none", "[faults]") {
    small_disk disk(std::size_t{1} << 24);
    if (!disk.is_there()) return;
    const temporary_folder folder;
    const fs::path out = disk.path() / "out", image_scores = folder / "images.npy",
                   pixel_scores = folder / "pixels.npy";
    using namespace npy_test;
    save(image_scores, npy(dictionary("<f8", "(3000,)"), std::string(24000, '\0')));
    save(pixel_scores, npy(dictionary("<f4", "(3000, 2, 3)"), std::string(72000, '\0')));
    fs::create_directory(out);
    for (std::vector<std::string> arguments : std::vector<std::vector<std::string>>{
             {"demo", "--out", out / "demo"},
             {"threshold", image_scores, "--out", out / "indices.npy"},
             {"threshold", image_scores, "--pixel-scores", pixel_scores, "--out", out / "mask.npy"}}) {
        std::size_t failed = 0;
        for (std::size_t pages = 2;; pages += 1 + pages / 3) {
            disk.resize(pages * 4096);
            const outcome done = run(arguments);
            CAPTURE(arguments, pages, done.err);
            if (done.status == 0) break;
            CHECK(done.status == 1);
            CHECK(done.err.find(": expected ") != std::string::npos);
            CHECK(done.err.find("No space left on device") != std::string::npos);
            CHECK(files_in(out).empty());
            failed += 1;
        }
        CHECK(failed >= 2);
        CHECK(!files_in(out).empty());
        for (const auto& entry : fs::directory_iterator(out))
            fs::remove_all(entry);
    }
}

TEST_CASE("what cannot be printed is an error of every command", "[faults]") {
    if (!fs::exists("/dev/full")) return;
    const audit_scene scene;
    const fs::path scores = scene.work() / "out" / "softmin_scores.npy";
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"--help"},
          {"--version"},
          {"audit", "--help"},
          {"threshold", scores, "--out", scene.inputs() / "low.npy"},
          {"audit", scene.inputs() / "labels", scene.inputs() / "pred_probs", "--out", scene.inputs() / "out"}}) {
        const outcome done = run_into("/dev/full", arguments);
        CAPTURE(arguments, done.err);
        CHECK(done.status == 1);
        CHECK(done.err == "maskaudit: cannot write to standard output: No space left on device\n");
    }
}
