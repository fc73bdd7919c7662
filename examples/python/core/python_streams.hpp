#pragma once

#include <cstddef>
#include <ios>
#include <pybind11/pybind11.h>
#include <streambuf>
#include <utility>
#include <vector>

namespace maskaudit_python {

namespace py = pybind11;

/// Writes to a binary file object of Python, a piece at a time. To be used without the lock of the interpreter; what
/// write() raises is thrown.
class python_file_writer : public std::streambuf {
public:
    explicit python_file_writer(py::object file) : file_(std::move(file)), buffer_(std::size_t{1} << 20) { restart(); }

protected:
    int_type overflow(int_type next) override {
        write_buffer();
        if (traits_type::eq_int_type(next, traits_type::eof())) return traits_type::not_eof(next);
        return sputc(traits_type::to_char_type(next));
    }

    int sync() override {
        write_buffer();
        return 0;
    }

private:
    void restart() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

    void write_buffer() {
        const py::gil_scoped_acquire acquire;
        for (const char* begin = pbase(); begin < pptr();) {
            // Files without a buffer of their own may take less than all, or, where they do not wait, nothing.
            const py::object written = file_.attr("write")(py::bytes(begin, static_cast<std::size_t>(pptr() - begin)));
            if (written.is_none())
                throw py::value_error("the file's write() returned None: it must not be non-blocking");
            begin += written.cast<std::ptrdiff_t>();
        }
        restart();
    }

    py::object file_;
    std::vector<char> buffer_;
};

/// Reads from memory that outlives it.
class memory_reader : public std::streambuf {
public:
    memory_reader(const void* data, std::size_t size) {
        char* const begin = const_cast<char*>(static_cast<const char*>(data)); // streambuf has no other way
        setg(begin, begin, begin + size);
    }
};

} // namespace maskaudit_python
