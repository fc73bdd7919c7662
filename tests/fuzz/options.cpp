#include "command_line.hpp"
#include "fuzz.hpp"

#include <cmath>
#include <string>
#include <vector>

// Any arguments, one a line, as the command line of the program: refused as such, or options that keep their rules. No
// command is run, and no file touched.

using namespace maskaudit_fuzz;
using namespace maskaudit_program;

namespace {

constexpr std::size_t most = 0x7FFFFFFF; // of a number that counts

void check(const help_text& help) { require(!help.text.empty(), "help has words"); }

void check(const audit_options& options) {
    require(!options.out.empty(), "results have a folder");
    require(std::isfinite(options.temperature) && options.temperature > 0, "a temperature is finite and above 0");
    require(options.downsample >= 1 && options.downsample <= most, "blocks have a pixel");
    for (const std::size_t count : {options.boundary_tolerance, options.min_area, options.regions, options.top,
                                    options.report_top, std::size_t{options.jobs}, std::size_t{options.save_every}})
        require(count <= most, "a count is what was asked for");
    require(!options.suggest || !options.suggest->empty(), "suggestions have a folder");
    require(options.report || options.report_top == 200, "--report-top needs --report");
    require(options.resume || options.save_every == 30, "--save-every needs --resume");
    require(!(options.quiet && options.json), "--json prints");
}

void check(const threshold_options& options) {
    require(options.threshold >= 0 && options.threshold <= 1, "a threshold is from 0 to 1");
    require(options.out.has_filename(), "the result has a file");
}

void check(const demo_options& options) { require(!options.out.empty(), "the scene has a folder"); }

std::string quoted(double number) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", number);
    return text;
}

/// A command line that asks for the same.
std::vector<std::string> spelled(const audit_options& options) {
    std::vector<std::string> arguments{"audit"};
    const auto put = [&](const std::string& name, const std::string& value) {
        arguments.push_back(name + "=" + value);
    };
    const auto put_path = [&](const std::string& name, const std::optional<std::filesystem::path>& path) {
        if (path) put(name, path->string());
    };
    const auto flag = [&](const std::string& name, bool is_set) {
        if (is_set) arguments.push_back(name);
    };
    put_path("--out", options.out);
    put_path("--images", options.images);
    put_path("--label-map", options.label_map);
    put_path("--classes", options.classes);
    put_path("--suggest", options.suggest);
    if (!options.labels_suffix.empty()) put("--labels-suffix", options.labels_suffix);
    if (!options.pred_probs_suffix.empty()) put("--pred-probs-suffix", options.pred_probs_suffix);
    if (!options.images_suffix.empty()) put("--images-suffix", options.images_suffix);
    for (const std::int64_t label : options.ignore_label)
        put("--ignore-label", std::to_string(label));
    put("--temperature", quoted(options.temperature));
    put("--downsample", std::to_string(options.downsample));
    put("--jobs", std::to_string(options.jobs));
    put("--boundary-tolerance", std::to_string(options.boundary_tolerance));
    put("--min-area", std::to_string(options.min_area));
    put("--regions", std::to_string(options.regions));
    put("--top", std::to_string(options.top));
    if (options.report) put("--report-top", std::to_string(options.report_top));
    if (options.resume) put("--save-every", std::to_string(options.save_every));
    flag("--logits", options.logits);
    flag("--report", options.report);
    flag("--pixel-scores", options.pixel_scores);
    flag("--resume", options.resume);
    flag("--quiet", options.quiet);
    flag("--json", options.json);
    arguments.insert(arguments.end(), {"--", options.labels.string(), options.pred_probs.string()});
    return arguments;
}

bool same(const audit_options& a, const audit_options& b) {
    const auto all = [](const audit_options& o) {
        return std::tie(o.labels, o.pred_probs, o.out, o.images, o.labels_suffix, o.pred_probs_suffix, o.images_suffix,
                        o.label_map, o.logits, o.ignore_label, o.temperature, o.downsample, o.jobs,
                        o.boundary_tolerance, o.min_area, o.regions, o.top, o.classes, o.pixel_scores, o.suggest,
                        o.report, o.report_top, o.resume, o.save_every, o.quiet, o.json);
    };
    return all(a) == all(b);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> arguments;
    for (std::string_view rest = text_of(data, size); !rest.empty();) {
        const std::size_t length = std::min(rest.find('\n'), rest.size());
        std::string argument(rest.substr(0, length));
        argument.resize(std::min(argument.size(), argument.find('\0'))); // the system ends it there
        arguments.push_back(std::move(argument));
        rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    std::optional<command> wanted;
    try {
        wanted = parse_command_line(arguments);
    } catch (const usage_error& error) {
        require(error.what()[0] != '\0', "an error has words");
    }
    if (!wanted) return 0;
    std::visit([](const auto& options) { check(options); }, *wanted);
    if (const auto* const audit = std::get_if<audit_options>(&*wanted)) {
        const command again = parse_command_line(spelled(*audit));
        require(same(std::get<audit_options>(again), *audit), "the same options in other words are the same");
    }
    return 0;
}
