#include "traced_run.hpp"

#include <algorithm>
#include <catch.hpp>
#include <csignal>
#include <filesystem>
#include <scene.hpp>
#include <string>
#include <vector>

// An audit of which one call of the system fails, or at which a signal comes: it does its work, or says why not and
// leaves everything as it was; and the same command then works.

using namespace maskaudit_test;

namespace {

namespace fs = std::filesystem;

/// Those that change what is on the disk, or say whether it is there.
std::vector<system_call> writing_calls_of(const audit_scene& scene, bool resume) {
    scene.start_anew();
    std::vector<system_call> calls = calls_below(scene.work(), scene.arguments(scene.work(), resume));
    std::erase_if(calls, [](const system_call& call) {
        const std::vector<std::string> names{"write", "writev", "fsync", "syncfs", "rename",  "link",
                                             "mkdir", "openat", "close", "flock",  "unlinkat"};
        return std::find(names.begin(), names.end(), call.name) == names.end();
    });
    REQUIRE(calls.size() > 100);
    return calls;
}

bool is_staged(const std::pair<const std::string, std::string>& file) {
    return file.first.find(".maskaudit-staging-") != std::string::npos;
}

bool has_staging(const file_bytes& found) { return std::any_of(found.begin(), found.end(), is_staged); }

/// Of two folders, each is as it was or as it is to be: suggestions come after results, and these stay without them.
bool are_whole(const audit_scene& scene, const file_bytes& found) {
    const auto part = [](const file_bytes& all, const std::string& folder) {
        file_bytes some;
        for (const auto& file : all)
            if (file.first.starts_with(folder)) some.insert(file);
        return some;
    };
    const file_bytes results = part(found, "out/"), suggested = part(found, "suggested/");
    const file_bytes old_results = part(scene.before(), "out/"), old_suggested = part(scene.before(), "suggested/");
    return found.size() == results.size() + suggested.size() &&
           (results == old_results || results == part(scene.expected(), "out/")) &&
           (suggested == old_suggested || suggested == part(scene.expected(), "suggested/"));
}

void check_next_run(const audit_scene& scene, bool resume) {
    const outcome next = run(scene.arguments(scene.work(), resume));
    CAPTURE(next.err);
    CHECK(next.status == 0);
    CHECK((files_in(scene.work()) == scene.expected()));
}

void check_failure(const audit_scene& scene, const system_call& call, const std::string& error, bool resume) {
    scene.start_anew();
    const outcome done = run_with(call, "error=" + error, scene.arguments(scene.work(), resume));
    CAPTURE(call.text, call.n, error, resume, done.err);
    file_bytes found = results_in(scene.work());
    if (done.status == 0) {
        std::erase_if(found, is_staged); // what could not be removed at the end the next run removes
        CHECK((found == scene.expected()));
    } else {
        CHECK(done.status == 1);
        CHECK(done.err.starts_with("maskaudit: "));
        CHECK(done.err.find(scene.work().string()) != std::string::npos);
        CHECK(are_whole(scene, found));
        CHECK_FALSE(has_staging(found));
    }
    check_next_run(scene, resume);
}

} // namespace

TEST_CASE("an audit of which a call of the system fails says so, or does without it", "[faults]") {
    if (!can_trace()) return;
    CAPTURE(seed());
    random_engine random(seed() + 410);
    const audit_scene scene;
    for (const bool resume : {false, true}) {
        const std::vector<system_call> calls = writing_calls_of(scene, resume);
        const std::vector<std::string> errors{"EIO", "ENOSPC", "EROFS", "EACCES"};
        for (int tries = 0; tries < 24; ++tries)
            check_failure(scene, calls[pick(random, 0, calls.size() - 1)], errors[pick(random, 0, errors.size() - 1)],
                          resume);
    }
}

TEST_CASE("an audit goes on where a signal interrupts what it writes through to the disk", "[faults]") {
    if (!can_trace()) return;
    const audit_scene scene;
    std::vector<system_call> calls = writing_calls_of(scene, true);
    const std::vector<std::string> names{"fsync", "syncfs"}; // those that wait for a disk, and so may be interrupted
    std::erase_if(calls, [&](const system_call& call) {
        return std::find(names.begin(), names.end(), call.name) == names.end();
    });
    CAPTURE(seed());
    random_engine random(seed() + 411);
    for (int tries = 0; tries < 6; ++tries) {
        const system_call& call = calls[pick(random, 0, calls.size() - 1)];
        scene.start_anew();
        const outcome done = run_with(call, "error=EINTR", scene.arguments(scene.work(), true));
        CAPTURE(call.text, call.n, done.err);
        CHECK(done.status == 0);
        CHECK((files_in(scene.work()) == scene.expected()));
    }
}

TEST_CASE("an image whose scores could not be written is not gone on from", "[faults]") {
    if (!can_trace()) return;
    const audit_scene scene;
    bool was_tried = false;
    for (const system_call& call : writing_calls_of(scene, true)) {
        if (call.name != "rename" || call.text.find(".maskaudit-state/pixel_scores/1.npy\"") == std::string::npos)
            continue;
        scene.start_anew();
        const outcome done = run_with(call, "error=EIO", scene.arguments(scene.work(), true));
        CAPTURE(call.text, done.err);
        CHECK(done.status == 1);
        CHECK(done.err.find("pixel_scores/1.npy: expected a file that can be written") != std::string::npos);
        CHECK(done.err.find("1 of 3 images are kept in") != std::string::npos);
        check_next_run(scene, true);
        was_tried = true;
    }
    CHECK(was_tried);
}

TEST_CASE("images whose scores are gone are looked at again", "[faults]") {
    if (!can_trace()) return;
    const audit_scene scene;
    const std::vector<system_call> calls = writing_calls_of(scene, true);
    const auto last = std::find_if(calls.begin(), calls.end(), [](const system_call& call) {
        return call.name == "rename" && call.text.find(".maskaudit-state/000000002.part\"") != std::string::npos;
    });
    REQUIRE(last != calls.end());
    scene.start_anew();
    REQUIRE(run_with(*last, "error=EIO", scene.arguments(scene.work(), true)).status == 1);
    const fs::path scores = scene.work() / "out" / ".maskaudit-state" / "pixel_scores" / "1.npy";
    REQUIRE(fs::remove(scores));
    const outcome next = run(scene.arguments(scene.work(), true));
    CAPTURE(next.err);
    CHECK(next.status == 0);
    CHECK(next.err.find("000000001.part: damaged (" + scores.string() + " is missing)") != std::string::npos);
    CHECK((files_in(scene.work()) == scene.expected()));
}

TEST_CASE("an audit that a signal ends at a call of the system leaves old files or new ones", "[faults]") {
    if (!can_trace()) return;
    CAPTURE(seed());
    random_engine random(seed() + 412);
    const audit_scene scene;
    const fs::path scores =
        scene.inputs() / "scores.npy"; // for another run, which settles what the killed one has left
    fs::copy_file(scene.work() / "out" / "softmin_scores.npy", scores);
    for (const bool resume : {false, true}) {
        const std::vector<system_call> calls = writing_calls_of(scene, resume);
        for (int tries = 0; tries < 16; ++tries) {
            const system_call& call = calls[pick(random, 0, calls.size() - 1)];
            const bool is_killed = tries % 2 == 0;
            scene.start_anew();
            const outcome done =
                run_with(call, is_killed ? "signal=KILL" : "signal=TERM", scene.arguments(scene.work(), resume));
            CAPTURE(call.text, call.n, is_killed, resume, done.err);
            CHECK(done.status == 128 + (is_killed ? SIGKILL : SIGTERM));
            if (is_killed)
                for (const char* const name : {"out", "suggested"}) {
                    const fs::path third = scene.work() / name / "low.npy";
                    REQUIRE(run({"threshold", scores, "--out", third, "--quiet"}).status == 0);
                    fs::remove(third);
                }
            const file_bytes found = results_in(scene.work());
            CHECK(are_whole(scene, found));
            CHECK_FALSE(has_staging(found));
            check_next_run(scene, resume);
        }
    }
}
