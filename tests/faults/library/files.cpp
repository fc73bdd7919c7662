#include "../small_disk.hpp"
#include "calls.hpp"
#include "faulty_system.hpp"
#include "npy_text.hpp"

#include <maskaudit/error.hpp>
#include <maskaudit/npy.hpp>

#include <array>
#include <catch.hpp>
#include <cerrno>
#include <csignal>
#include <file_contents.hpp>
#include <fstream>
#include <map>
#include <string>
#include <sys/wait.h>
#include <temporary_folder.hpp>
#include <unistd.h>

// Files that cannot be written, and such that go away while they are read.

using namespace maskaudit_test;

namespace {

namespace fs = std::filesystem;

std::size_t open_files() { return names_in("/proc/self/fd").size(); }

/// Writes a file; returns what is said against it.
std::string write_by(const writing_call& call, const fs::path& file, const fs::path& inputs) {
    try {
        call.write(file, inputs);
        return "";
    } catch (const maskaudit::file_error& error) {
        return error.what();
    }
}

/// One of the calls, and the bytes of the file that it writes.
struct written_file {
    const writing_call& call;
    fs::path inputs;
    std::string bytes;
};

template <class F>
void for_each_written_file(const fs::path& folder, F f) {
    prepare_inputs(folder / "inputs");
    fs::create_directory(folder / "good");
    for (const writing_call& call : writing_calls()) {
        CAPTURE(call.name);
        REQUIRE(write_by(call, folder / "good" / call.file, folder / "inputs") == "");
        f(written_file{call, folder / "inputs", text_of(folder / "good" / call.file)});
    }
}

} // namespace

TEST_CASE("a file that cannot be written is named, and what was there stays", "[faults]") {
    const temporary_folder folder;
    std::map<std::string, std::size_t> failures;
    for_each_written_file(folder.path(), [&](const written_file& written) {
        const fs::path out = folder / "out", file = out / written.call.file;
        const std::size_t before = open_files();
        for (const std::string name : {"write", "fsync", "open", "rename", "close"})
            for (const int reason : {EIO, ENOSPC})
                for (std::size_t n = 1;; ++n) {
                    fs::remove_all(out);
                    fs::create_directory(out);
                    std::ofstream(file) << "old";
                    fail_call(name, n, reason);
                    const std::string message = write_by(written.call, file, written.inputs);
                    const bool has_failed = stop_failing_calls();
                    CAPTURE(name, n, reason, message);
                    CHECK(open_files() == before);
                    CHECK(names_in(out) == std::vector<std::string>{written.call.file});
                    if (message.empty()) { // such as a close of an input
                        CHECK((text_of(file) == written.bytes));
                        if (!has_failed) break;
                        continue;
                    }
                    CHECK(has_failed);
                    ++failures[name];
                    CHECK(message.starts_with(file.string() + ": expected a file that can be written, found "));
                    CHECK(text_of(file) == "old");
                }
    });
    CHECK(failures.size() == 5);
}

TEST_CASE("a file is whole though signals interrupt, and few bytes are taken at a time", "[faults]") {
    const temporary_folder folder;
    fs::create_directory(folder / "out");
    std::map<std::string, std::size_t> interrupted;
    for_each_written_file(folder.path(), [&](const written_file& written) {
        const fs::path file = folder / "out" / written.call.file;
        for (const std::string name : {"write", "fsync", "open", "rename", "close"})
            for (std::size_t n = 1; n <= 3; ++n) {
                fs::remove(file);
                fail_call(name, n, EINTR);
                write_little_at_a_time(n == 2);
                const std::string message = write_by(written.call, file, written.inputs);
                write_little_at_a_time(false);
                if (stop_failing_calls()) ++interrupted[name];
                CAPTURE(name, n);
                CHECK(message == "");
                CHECK((text_of(file) == written.bytes));
            }
    });
    CHECK(names_in(folder / "out").size() == writing_calls().size());
    CHECK(interrupted.size() == 5);
}

TEST_CASE("a disk that is full is named, and holds no part of a file", "[faults]") {
    small_disk disk(std::size_t{1} << 24);
    if (!disk.is_there()) return;
    const temporary_folder folder;
    for_each_written_file(folder.path(), [&](const written_file& written) {
        const fs::path file = disk.path() / written.call.file;
        const auto pages = [](std::size_t bytes) { return (bytes + 4095) / 4096 * 4096; };
        const std::size_t needed = pages(written.bytes.size());
        for (std::size_t free = 4096; free < needed; free += pages(needed / 4)) {
            disk.resize(free);
            const std::string message = write_by(written.call, file, written.inputs);
            CHECK(message == file.string() + ": expected a file that can be written, found No space left on device");
            CHECK(names_in(disk.path()).empty());
        }
        disk.resize(needed);
        CHECK(write_by(written.call, file, written.inputs) == "");
        CHECK((text_of(file) == written.bytes));
        fs::remove(file);
    });
}

TEST_CASE("an inspector says that its state did not fit on the disk", "[faults]") {
    const maskaudit::label_inspector inspector = inspector_of(0, num_call_images);
    if (!fs::exists("/dev/full")) return;
    std::ofstream file("/dev/full", std::ios::binary);
    file << std::string(8000, ' '); // what comes next does not fit into its buffer
    CHECK_THROWS_AS(save_to(file, inspector), maskaudit::state_error);
}

TEST_CASE("a mapped file that is shortened ends the process by SIGBUS, as is said of it", "[faults]") {
    const temporary_folder folder;
    const fs::path path = folder / "a.npy";
    npy_test::save(path, npy_test::npy(npy_test::dictionary("|u1", "(100000,)"), std::string(100000, '\1')));
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGBUS, SIG_DFL); // Catch2 has a handler
        try {
            const maskaudit::npy_view view(path);
            fs::resize_file(path, 4096);
            ::_exit(view.as<std::uint8_t>()(99999) == 1 ? 0 : 1);
        } catch (...) {
            ::_exit(2); // or the rest of the tests would run in here as well
        }
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGBUS);
}
