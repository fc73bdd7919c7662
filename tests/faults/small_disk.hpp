#pragma once

#include <catch.hpp>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <temporary_folder.hpp>
#include <unistd.h>

// A disk as small as wanted, which nobody else sees.

namespace maskaudit_test {

class small_disk {
public:
    explicit small_disk(std::size_t bytes) {
        static const bool may_mount = make_room_of_our_own();
        is_there_ = may_mount && ::mount("none", path().c_str(), "tmpfs", 0, size_of(bytes).c_str()) == 0;
        if (!is_there_) WARN("skipped: this user may not mount anything");
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;
    ~small_disk() {
        if (is_there_) ::umount2(path().c_str(), MNT_DETACH);
    }

    /// False where this user may not mount anything; the test is then to be left out.
    bool is_there() const { return is_there_; }
    const std::filesystem::path& path() const { return folder_.path(); }

    /// Whatever is on it stays.
    void resize(std::size_t bytes) {
        REQUIRE(::mount("none", path().c_str(), "tmpfs", MS_REMOUNT, size_of(bytes).c_str()) == 0);
    }

private:
    static std::string size_of(std::size_t bytes) { return "size=" + std::to_string(bytes); }

    /// Mounts of this process and those it starts are seen by no others from then on.
    static bool make_room_of_our_own() {
        const auto user = std::to_string(::geteuid()), group = std::to_string(::getegid());
        if (::unshare(CLONE_NEWNS) != 0) {
            if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
            std::ofstream("/proc/self/setgroups") << "deny";
            std::ofstream("/proc/self/uid_map") << "0 " + user + " 1";
            std::ofstream("/proc/self/gid_map") << "0 " + group + " 1";
        }
        return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }

    temporary_folder folder_{};
    bool is_there_ = false;
};

} // namespace maskaudit_test
