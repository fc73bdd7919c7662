#pragma once

#include <maskaudit/npy.hpp>

/// Tells whether this is no .npy file.
inline bool is_refused(const char* path) {
    try {
        maskaudit::npy_view view(path);
        return false;
    } catch (const maskaudit::file_error&) {
        return true;
    }
}
