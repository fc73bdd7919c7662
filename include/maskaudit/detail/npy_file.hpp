#pragma once

// What npy.hpp asks of the system: a file mapped for reading, and a file that appears under its name only when whole.

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
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
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace maskaudit::detail {

// The system's own words, by way of error_code since strerror is not safe among threads.
inline std::string npy_reason(int error) { return std::error_code(error, std::system_category()).message(); }

// A file mapped into memory, read-only.
class npy_mapping {
public:
    explicit npy_mapping(const std::filesystem::path& path) : path_(path) {
        // Asked first: to open a pipe would wait for its other end, and the system maps a directory or an empty file
        // with errors that say neither.
        std::error_code ignored;
        const std::filesystem::file_status status = std::filesystem::status(path, ignored);
        if (std::filesystem::is_directory(status)) throw file_error(path, "a .npy file", "a directory");
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
            throw file_error(path, "a .npy file", "a device, pipe or socket, which cannot be mapped");
        try {
            const boost::interprocess::file_mapping file(path.c_str(), boost::interprocess::read_only);
            if (std::filesystem::file_size(path, ignored) == 0) throw file_error(path, "a .npy file", "an empty file");
            region_ = boost::interprocess::mapped_region(file, boost::interprocess::read_only);
        } catch (const boost::interprocess::interprocess_exception& error) {
            const int reason = error.get_native_error();
            throw file_error(path, "a .npy file that can be read", reason == 0 ? error.what() : npy_reason(reason));
        }
    }

    // Of the length that the file had when it was mapped.
    std::string_view bytes() const { return {static_cast<const char*>(region_.get_address()), region_.get_size()}; }

    // Asks the system to fetch some of the bytes. It goes on when they are on their way.
    void prefetch(std::string_view part) const noexcept {
        const pages range = pages_of(part);
        ::madvise(range.begin, range.size, MADV_WILLNEED);
    }

    // Gives back the memory of some of the bytes, and what the system's cache of files has of them.
    void release(std::string_view part) const noexcept {
        const pages range = pages_of(part);
        if (range.size == 0 || ::madvise(range.begin, range.size, MADV_DONTNEED) != 0) return;
        // The cache is that of the file, which is opened anew for it: views keep none open, as there may be more of
        // them than a process may have open files. If another file has its name by now, it is read from the disk once
        // more.
        const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) return;
        ::posix_fadvise(file, range.begin - static_cast<const char*>(region_.get_address()),
                        static_cast<off_t>(range.size), POSIX_FADV_DONTNEED);
        ::close(file);
    }

private:
    struct pages {
        char* begin;
        std::size_t size; // bytes
    };

    // Those that a part begins in or holds. The one that it ends in is left to what follows, unless nothing does.
    pages pages_of(std::string_view part) const noexcept {
        const std::size_t page = boost::interprocess::mapped_region::get_page_size();
        auto* const all = static_cast<char*>(region_.get_address());
        const auto first = static_cast<std::size_t>(part.data() - all);
        const std::size_t begin = first / page * page, last = first + part.size();
        const std::size_t end = last == region_.get_size() ? last : last / page * page;
        return {all + begin, end > begin ? end - begin : 0};
    }

    std::filesystem::path path_;
    boost::interprocess::mapped_region region_{};
};

// A file to be, written under a temporary name beside its own. Until commit() its name keeps what it had; any error,
// and the destructor, remove the temporary file.
class npy_sink {
public:
    explicit npy_sink(std::filesystem::path path) : path_(std::move(path)) {
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

    npy_sink(const npy_sink&) = delete;
    npy_sink& operator=(const npy_sink&) = delete;
    ~npy_sink() { discard(); }

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

    void commit() {
        flush();
        // Without it a crash of the machine could leave the name with a file of no data.
        while (::fsync(file_) != 0)
            if (errno != EINTR) fail(errno);
        // After EINTR the file is closed all the same; a second try could close another thread's.
        if (::close(std::exchange(file_, -1)) != 0 && errno != EINTR) fail(errno);
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
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
        throw file_error(path_, "a file that can be written", npy_reason(error));
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

} // namespace maskaudit::detail
