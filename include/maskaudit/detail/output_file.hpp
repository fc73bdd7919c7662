#pragma once

// A file that appears under its name only when it is whole.

#include <maskaudit/detail/system_reason.hpp>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <stdio.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace maskaudit::detail {

// A file to be, written under a temporary name beside its own. Until commit() its name keeps what it had; any error,
// and the destructor, remove the temporary file. A second constructor is for a file that is there already.
class output_file {
public:
    explicit output_file(std::filesystem::path path) : path_(std::move(path)) {
        if (!path_.has_filename()) throw file_error(path_, "the name of a file to write", "none after the last '/'");
        // A rename would put a file in the place of /dev/null, were it run by root.
        std::error_code ignored;
        const std::filesystem::file_status there = std::filesystem::status(path_, ignored);
        if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there))
            throw file_error(path_, "the name of a file to write",
                             std::filesystem::is_directory(there) ? "a directory" : "a device, pipe or socket");
        buffer_.reserve(capacity);
        open_temporary(); // last: were anything to throw after it, no destructor would remove the file
    }

    // Goes on with a file that is there from a byte of it on, in its place.
    output_file(std::filesystem::path path, std::size_t begin) : path_(std::move(path)) {
        buffer_.reserve(capacity);
        // Not for reading, too: some network file systems would then write whole pages, neighbours' parts among them.
        file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
        if (file_ < 0 || ::lseek(file_, static_cast<off_t>(begin), SEEK_SET) < 0) fail(errno);
    }

    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;
    ~output_file() { discard(); }

    const std::filesystem::path& path() const noexcept { return path_; }

    // False once the file has been committed or discarded.
    bool is_open() const noexcept { return file_ >= 0; }

    void write(const void* data, std::size_t size) {
        const char* const bytes = static_cast<const char*>(data);
        if (size > capacity - buffer_.size()) flush();
        if (size < capacity)
            buffer_.insert(buffer_.end(), bytes, bytes + size);
        else
            write_through(bytes, size);
    }

    // Has the file go on with zeros up to this size; they take no room on the disk until they are written over.
    void extend(std::size_t size) {
        flush();
        while (::ftruncate(file_, static_cast<off_t>(size)) != 0)
            if (errno != EINTR) fail(errno);
    }

    void commit() {
        flush();
        // Without it a crash of the machine could leave the name with a file of no data.
        while (::fsync(file_) != 0)
            if (errno != EINTR) fail(errno);
        // After EINTR the file is closed all the same; a second try could close another thread's.
        if (::close(std::exchange(file_, -1)) != 0 && errno != EINTR) fail(errno);
        if (temporary_.empty()) return; // it has its name
        while (::rename(temporary_.c_str(), path_.c_str()) != 0)
            if (errno != EINTR) fail(errno);
        temporary_.clear();
    }

    void discard() noexcept {
        if (file_ >= 0) ::close(std::exchange(file_, -1));
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
        temporary_.clear();
    }

private:
    static constexpr std::size_t capacity = std::size_t{1} << 16;

    [[noreturn]] void fail(int error) {
        discard();
        throw file_error(path_, "a file that can be written", system_reason(error));
    }

    void open_temporary() {
        // mkstemp would give a file that only its owner can read; open applies the umask. Process and counter make the
        // name unique on one machine, O_EXCL where several share the folder.
        static std::atomic<unsigned> counter = 0;
        constexpr std::size_t longest = 200; // leaves room for the suffix within the 255 bytes of a name
        const std::string stem = '.' + path_.filename().string().substr(0, longest) + '.' + std::to_string(::getpid());
        constexpr int attempts = 1000;
        int error = EEXIST;
        for (int attempt = 0; attempt < attempts && (error == EEXIST || error == EINTR); ++attempt) {
            temporary_ = path_.parent_path() / (stem + "." + std::to_string(counter++));
            file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (file_ >= 0) return;
            error = errno;
        }
        temporary_.clear(); // not ours to remove
        fail(error);
    }

    void flush() {
        write_through(buffer_.data(), buffer_.size());
        buffer_.clear();
    }

    void write_through(const char* bytes, std::size_t size) {
        constexpr std::size_t most = std::size_t{1} << 30; // some systems refuse a count that does not fit in an int
        while (size > 0) {
            const auto written = ::write(file_, bytes, (std::min)(size, most));
            if (written < 0) {
                if (errno == EINTR) continue;
                fail(errno);
            }
            bytes += written;
            size -= static_cast<std::size_t>(written);
        }
    }

    std::filesystem::path path_;
    std::filesystem::path temporary_{};
    std::vector<char> buffer_{};
    int file_ = -1;
};

inline void write_whole(const std::filesystem::path& path, std::string_view bytes) {
    output_file file(path);
    file.write(bytes.data(), bytes.size());
    file.commit();
}

} // namespace maskaudit::detail
