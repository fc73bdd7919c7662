#pragma once

#include "text_file.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace maskaudit_program {

/// A JSON file of one object, written member by member, and long lists item by item, each on a line of its own: nothing
/// that has been written stays in memory. What is no UTF-8, as file names may be, gets replacement characters.
class json_file {
public:
    /// \throws maskaudit::file_error  when the file cannot be written, as from the other functions
    explicit json_file(std::filesystem::path path);

    void add(const std::string& name, const nlohmann::ordered_json& value);

    /// Begins a member that is a list; it ends where the next member begins, or the object ends.
    void begin_list(const std::string& name);
    void add_item(const nlohmann::ordered_json& item); ///< to the list begun last

    void finish(); ///< to be called once, at the end

private:
    void begin_member(const std::string& name);
    void end_list();

    text_writer file_;
    const char* before_member_ = "{\n";
    const char* before_item_ = "";
    bool in_list_ = false;
};

} // namespace maskaudit_program
