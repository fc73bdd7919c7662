#include <maskaudit/npy.hpp>

int main() {
    // Compiled with Boost's headers, and asked for a file that is not there.
    try {
        maskaudit::npy_view("no such file");
    } catch (const maskaudit::file_error& error) {
        return error.path() == "no such file" ? 0 : 1;
    }
    return 1;
}
