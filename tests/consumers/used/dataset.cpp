#include <maskaudit/dataset.hpp>

#include <filesystem>

int main() {
    // Compiled, linked with libpng, and asked for folders that are not there.
    try {
        maskaudit::dataset({.labels = "no such folder", .pred_probs = "no such folder"});
    } catch (const maskaudit::file_error& error) {
        return error.path() == "no such folder" ? 0 : 1;
    }
    return 1;
}
