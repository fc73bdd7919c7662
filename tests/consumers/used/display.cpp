#include <maskaudit/display.hpp>

#include <kainjow/mustache.hpp>

int main() {
    // Compiled, linked with libpng and libjpeg-turbo, and asked for a picture that is not there.
    try {
        maskaudit::read_picture("no such file");
    } catch (const maskaudit::file_error& error) {
        return error.path() == "no such file" ? 0 : 1;
    }
    return 1;
}
