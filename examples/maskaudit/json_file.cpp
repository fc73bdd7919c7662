#include "json_file.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace maskaudit_program {
namespace {

using nlohmann::ordered_json;

std::string on_one_line(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

json_file::json_file(std::filesystem::path path) : file_(std::move(path)) {}

void json_file::add(const std::string& name, const ordered_json& value) {
    begin_member(name);
    file_.write(on_one_line(value));
}

void json_file::begin_list(const std::string& name) {
    begin_member(name);
    file_.write("[");
    before_item_ = "\n";
    in_list_ = true;
}

void json_file::add_item(const ordered_json& item) {
    file_.write(before_item_);
    file_.write(on_one_line(item));
    before_item_ = ",\n";
}

void json_file::finish() {
    end_list();
    file_.write("\n}\n");
    file_.finish();
}

void json_file::begin_member(const std::string& name) {
    end_list();
    file_.write(before_member_);
    file_.write(on_one_line(name) + ": ");
    before_member_ = ",\n";
}

void json_file::end_list() {
    if (in_list_) file_.write("]");
    in_list_ = false;
}

} // namespace maskaudit_program
