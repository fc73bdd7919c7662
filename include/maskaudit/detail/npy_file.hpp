#pragma once

// A file mapped for reading, for npy.hpp.

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <maskaudit/detail/output_file.hpp>
#include <maskaudit/error.hpp>

#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace maskaudit::detail {

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
            throw file_error(path, "a .npy file that can be read", reason == 0 ? error.what() : system_reason(reason));
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

} // namespace maskaudit::detail
