#include "../../examples/maskaudit/staged_folder.hpp"

#include "library/faulty_memory.hpp"
#include "library/faulty_system.hpp"

#include <catch.hpp>
#include <cerrno>
#include <file_contents.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <temporary_folder.hpp>

// Files of the program that appear all together, without memory, and while putting them into place fails as well.

using namespace maskaudit_test;
using maskaudit_program::staged_folder;

namespace {

namespace fs = std::filesystem;
using texts = std::map<std::string, std::string>;

const texts old_texts{{"a", "old a"}, {"b", "old b"}, {"c", "old c"}};
const texts new_texts{{"a", "new a"}, {"b", "new b"}, {"c", "new c"}, {"folder/d", "new d"}};

/// Without what is staged.
texts results_in(const fs::path& folder) {
    texts found = contents(folder);
    std::erase_if(found, [](const auto& file) { return file.first.starts_with(".maskaudit-staging-"); });
    return found;
}

/// What putting files into place came to.
struct ending {
    bool is_done = false;
    bool lacked_memory = false;
};

/// Puts new files into place while the n-th allocation fails, and those after it, and the given call of rename().
ending commit_without_memory(const fs::path& folder, std::size_t n, bool all_after, std::size_t failing_rename) {
    std::optional<staged_folder> staged(folder);
    for (const auto& [name, text] : new_texts)
        std::ofstream(staged->add(name)) << text;
    ending end;
    fail_allocation(n, all_after);
    if (failing_rename != 0) fail_call("rename", failing_rename, EIO);
    try {
        staged->commit();
        end.is_done = true;
    } catch (const std::exception&) {
        end.is_done = false; // why does not matter here
    }
    staged.reset();
    stop_failing_calls();
    end.lacked_memory = stop_failing();
    return end;
}

} // namespace

TEST_CASE("files put into place without memory are the old ones or the new ones", "[faults]") {
    constexpr std::size_t step = 5; // each takes a while, and waits for the disk
    std::size_t failed = 0;
    for (const bool all_after : {false, true})
        for (const std::size_t failing_rename : {0U, 3U})
            for (std::size_t n = 1;; n += step) {
                const temporary_folder folder;
                for (const auto& [name, text] : old_texts)
                    std::ofstream(folder / name) << text;
                const ending end = commit_without_memory(folder.path(), n, all_after, failing_rename);
                CAPTURE(n, all_after, failing_rename);
                { const staged_folder next(folder.path()); } // settles what is left
                const texts found = results_in(folder.path());
                CHECK((found == old_texts || found == new_texts));
                if (!end.lacked_memory) break;
                failed += end.is_done ? 0 : 1;
            }
    CHECK(failed > 0);
}
