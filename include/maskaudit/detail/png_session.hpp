#pragma once

// libpng's low-level interface, for reading and writing.
//
// It reports an error by longjmp, which passes over C++ objects without destroying them. Every call that can fail is
// therefore made within guarded(), in functions whose objects have no destructors.

#include <array>
#include <csetjmp>
#include <cstdio>
#include <png.h>
#include <string>

namespace maskaudit::detail {

// What libpng allocates, and what it said last.
class png_session {
public:
    png_session(const png_session&) = delete; // libpng has the address of the message
    png_session& operator=(const png_session&) = delete;

    bool is_ready() const { return png_ != nullptr && info_ != nullptr; }
    png_structp png() const { return png_; }
    png_infop info() const { return info_; }
    std::string message() const { return message_.data(); }

    // Calls libpng; false where it gave up.
    template <class Call>
    bool guarded(const Call& call) const {
        if (setjmp(png_jmpbuf(png_)) != 0) return false;
        call();
        return true;
    }

protected:
    // `create` is png_create_read_struct or png_create_write_struct.
    template <class Create>
    explicit png_session(const Create& create)
        : png_(create(PNG_LIBPNG_VER_STRING, &message_, &keep_message, &ignore_warning)) {
        if (png_ != nullptr) info_ = png_create_info_struct(png_);
    }
    ~png_session() = default; // which of libpng's it takes only its children know

    png_structp* png_address() { return &png_; }
    png_infopp info_address() { return &info_; }

private:
    using message_text = std::array<char, 200>; // libpng's are no longer

    [[noreturn]] static void keep_message(png_structp png, png_const_charp message) {
        auto& kept = *static_cast<message_text*>(png_get_error_ptr(png));
        std::snprintf(kept.data(), kept.size(), "%s", message);
        png_longjmp(png, 1);
    }

    // Warnings are about colours and texts, which are of no use here.
    static void ignore_warning(png_structp, png_const_charp) {}

    message_text message_{};
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
};

class png_decoder : public png_session {
public:
    png_decoder() : png_session(png_create_read_struct) {}
    png_decoder(const png_decoder&) = delete;
    png_decoder& operator=(const png_decoder&) = delete;
    ~png_decoder() { png_destroy_read_struct(png_address(), info_address(), nullptr); } // null where it was not made
};

class png_encoder : public png_session {
public:
    png_encoder() : png_session(png_create_write_struct) {}
    png_encoder(const png_encoder&) = delete;
    png_encoder& operator=(const png_encoder&) = delete;
    ~png_encoder() { png_destroy_write_struct(png_address(), info_address()); }
};

} // namespace maskaudit::detail
