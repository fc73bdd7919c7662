#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

namespace maskaudit_program {
namespace {

constexpr std::string_view ignore_option = "--ignore-label";

/// The number that a text is, all of it: no octal, no spaces, nothing cut to a range.
template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() ||
        (text.size() > 1 && text[0] == '0' && std::isdigit(text[1])))
        return std::nullopt;
    return value;
}

/// Turns "--out=" into "--out" and an empty value. CLI11 takes it for an option without one, whose value then is
/// whatever follows: an option, say, where a variable of a shell is not set.
std::vector<std::string> empty_values_apart(const std::vector<std::string>& arguments,
                                            const std::vector<const CLI::App*>& commands) {
    const auto takes_value = [&](const std::string& name) {
        return std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) {
            const CLI::Option* const option = command->get_option_no_throw(name);
            return option != nullptr && option->get_items_expected_max() > 0;
        });
    };
    std::vector<std::string> result;
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    for (auto next = arguments.begin(); next != end; ++next) {
        const std::string name = next->substr(0, next->find('='));
        if (name.starts_with("--") && name + "=" == *next && takes_value(name))
            result.insert(result.end(), {name, ""});
        else
            result.push_back(*next);
    }
    result.insert(result.end(), end, arguments.end());
    return result;
}

/// Turns "--ignore-label 255 -1" into "--ignore-label 255 --ignore-label -1". An option of several values would
/// otherwise swallow the names of the files that follow it.
std::vector<std::string> one_value_an_option(const std::vector<std::string>& arguments) {
    std::vector<std::string> result;
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    for (auto next = arguments.begin(); next != end;) {
        const std::string& argument = *next++;
        result.push_back(argument);
        if (argument == ignore_option && next != end)
            result.push_back(*next++);
        else if (!argument.starts_with(std::string(ignore_option) + "="))
            continue;
        for (; next != end && number<std::int64_t>(*next); ++next)
            result.insert(result.end(), {std::string(ignore_option), *next});
    }
    result.insert(result.end(), end, arguments.end());
    return result;
}

void require(bool holds, const std::string& option, const std::string& rule) {
    if (!holds) throw CLI::ValidationError(option + " " + rule);
}

/// An option whose value is a number, kept within a rule. CLI11's own conversions take "010" as 8 and cut what is too
/// large.
template <class T, class Holds>
CLI::Option* add_number(CLI::App& app, const std::string& name, const std::string& rule, Holds holds,
                        std::function<void(T)> store, const std::string& help) {
    return app.add_option_function<std::string>(
        name,
        [=](const std::string& text) {
            const std::optional<T> value = number<T>(text);
            require(value && holds(*value), name,
                    fmt::format("is {}, must be {}", text.empty() ? "empty" : text, rule));
            store(*value);
        },
        help);
}

CLI::Option* add_path(CLI::App& app, const std::string& name, std::filesystem::path& path, const std::string& help) {
    return app.add_option_function<std::string>(
        name, [&path](const std::string& text) { path = text; }, help);
}

CLI::Option* add_path(CLI::App& app, const std::string& name, std::optional<std::filesystem::path>& path,
                      const std::string& help) {
    return app.add_option_function<std::string>(
        name, [&path](const std::string& text) { path = text; }, help);
}

void add_text(CLI::App& app, const std::string& name, std::string& text, const std::string& help) {
    app.add_option_function<std::string>(
           name, [&text](const std::string& value) { text = value; }, help)
        ->option_text("TEXT");
}

CLI::App* add_audit(CLI::App& program, audit_options& options) {
    CLI::App* const app = program.add_subcommand("audit", "Find the label errors of a data set");
    add_path(*app, "labels", options.labels,
             "The masks: a .npy file of integers (N, H, W), or of any other number of axes; or a folder with a .png or "
             ".npy file an image")
        ->required()
        ->option_text("LABELS");
    add_path(*app, "pred_probs", options.pred_probs,
             "The model's class probabilities: a .npy file (N, K, H, W), or a folder with a .npy file (K, H, W) an "
             "image, named as its labels")
        ->required()
        ->option_text("PRED_PROBS");
    add_path(*app, "--out", options.out, "Folder for the results; made if it is missing")
        ->required()
        ->option_text("DIR (required)");
    app->add_option_function<std::vector<std::string>>(
           std::string(ignore_option),
           [&options](const std::vector<std::string>& texts) {
               for (const std::string& text : texts) {
                   const auto label = number<std::int64_t>(text);
                   require(
                       label.has_value(), std::string(ignore_option),
                       fmt::format("is {}, must be a whole number of at most 64 bits", text.empty() ? "empty" : text));
                   options.ignore_label.push_back(*label);
               }
           },
           "Labels that mark pixels without a class: 255, or 255 -1; with --label-map classes that it gives")
        ->allow_extra_args(false)
        ->option_text("INT ...");
    add_path(*app, "--label-map", options.label_map,
             "CSV file of lines such as 7,0 and 0,ignore: what labels stand for in the files, and their class")
        ->option_text("FILE");
    app->add_flag("--logits", options.logits, "PRED_PROBS are logits, a model's scores before its softmax");
    add_path(*app, "--images", options.images,
             "The pictures, for --report and as a column of images.csv: a folder of .png or .jpg files, named as the "
             "labels or, where these are one array, as many as images, in the order of their names; or, for --report, "
             "a .npy file (N, H, W, 3) or (N, H, W) of uint8")
        ->option_text("DIR|FILE");
    add_text(*app, "--labels-suffix", options.labels_suffix,
             "What follows the name of an image in the names of its labels, before the extension, as in "
             "NAME_gtFine_labelIds.png");
    add_text(*app, "--pred-probs-suffix", options.pred_probs_suffix, "The same in the names of its probabilities");
    add_text(*app, "--images-suffix", options.images_suffix, "The same in the name of its picture");
    add_path(*app, "--classes", options.classes, "Text file with the names of the classes, one a line")
        ->option_text("FILE");
    add_number<double>(
        *app, "--temperature", "finite and above 0", [](double t) { return std::isfinite(t) && t > 0; },
        [&](double t) { options.temperature = t; },
        "Of the softmin score, above 0; near 0 only the worst pixel counts (default: 0.1)")
        ->option_text("T");
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    add_number<std::int64_t>(
        *app, "--downsample", fmt::format("from 1 to {}", most), [=](std::int64_t f) { return f >= 1 && f <= most; },
        [&](std::int64_t f) { options.downsample = static_cast<std::size_t>(f); },
        "Decide by blocks of F x F pixels; must divide the images (default: 1)")
        ->option_text("F");
    const auto count = [=](std::int64_t n) { return n >= 0 && n <= most; };
    const std::string count_rule = fmt::format("from 0 to {}", most);
    add_number<std::int64_t>(
        *app, "--jobs", count_rule, count, [&](std::int64_t n) { options.jobs = static_cast<unsigned>(n); },
        "Threads; 0: one for every physical core (default: 0)")
        ->option_text("N");
    add_number<std::int64_t>(
        *app, "--boundary-tolerance", count_rule, count,
        [&](std::int64_t r) { options.boundary_tolerance = static_cast<std::size_t>(r); },
        "Take no pixel for an issue that is at most R pixels from a border of the mask (default: 0)")
        ->option_text("R");
    add_number<std::int64_t>(
        *app, "--min-area", count_rule, count,
        [&](std::int64_t pixels) { options.min_area = static_cast<std::size_t>(pixels); },
        "Leave out regions of fewer pixels (default: 1)")
        ->option_text("PIXELS");
    add_number<std::int64_t>(
        *app, "--regions", count_rule, count, [&](std::int64_t n) { options.regions = static_cast<std::size_t>(n); },
        "Regions to write at most, the most severe ones; 0: all (default: 10000)")
        ->option_text("N");
    add_path(*app, "--suggest", options.suggest,
             "Folder for the masks as they would be with the predicted class at issues, in the form that they came in")
        ->option_text("DIR");
    app->add_flag("--report", options.report,
                  "Write report.html, to look through images and regions in a browser, and to mark regions");
    add_number<std::int64_t>(
        *app, "--report-top", count_rule, count,
        [&](std::int64_t n) { options.report_top = static_cast<std::size_t>(n); },
        "With --report: regions to show at most, and worst images beside those of them (default: 200)")
        ->option_text("N");
    add_number<std::int64_t>(
        *app, "--top", count_rule, count, [&](std::int64_t n) { options.top = static_cast<std::size_t>(n); },
        "Rows of the printed tables, and of worst_images in summary.json; CSV files have all (default: 10)")
        ->option_text("N");
    app->add_flag("--pixel-scores", options.pixel_scores, "Write the score of every pixel, too");
    app->add_flag("--resume", options.resume,
                  "Keep what has been found in the folder of the results until all is done; go on from there if an "
                  "earlier run with --resume was stopped, or killed");
    add_number<std::int64_t>(
        *app, "--save-every", count_rule, count, [&](std::int64_t s) { options.save_every = static_cast<unsigned>(s); },
        "With --resume: seconds between saves; 0: after every image (default: 30)")
        ->option_text("SECONDS");
    auto* const quiet = app->add_flag("--quiet", options.quiet, "Nothing but warnings and errors");
    app->add_flag("--json", options.json, "Print summary.json instead of tables")->excludes(quiet);
    return app;
}

CLI::App* add_threshold(CLI::App& program, threshold_options& options) {
    CLI::App* const app = program.add_subcommand("threshold", "List the images, or mark the pixels, that score low");
    add_path(*app, "image_scores", options.image_scores, "Scores of the images, (N): softmin_scores.npy of an audit")
        ->required()
        ->option_text("IMAGE_SCORES.npy");
    add_path(*app, "--pixel-scores", options.pixel_scores,
             "Scores of the pixels, (N, H, W): pixel_scores.npy of an audit")
        ->option_text("FILE");
    add_number<double>(
        *app, "--threshold", "from 0 to 1", [](double t) { return t >= 0 && t <= 1; },
        [&](double t) { options.threshold = t; }, "Scores below it count, from 0 to 1 (default: 0.1)")
        ->option_text("T");
    add_path(*app, "--out", options.out,
             "A .npy file for the indices of images, lowest score first; with --pixel-scores a mask (N, H, W)")
        ->required()
        ->option_text("FILE (required)");
    app->add_flag("--quiet", options.quiet, "No summary and no progress");
    return app;
}

void check(const threshold_options& options) {
    require(options.out.has_filename(), "--out", "must be the name of a file");
}

CLI::App* add_demo(CLI::App& program, demo_options& options) {
    CLI::App* const app = program.add_subcommand("demo", "Make a small scene with known label errors, and audit it");
    add_path(*app, "--out", options.out, "Folder for the scene and the results; made if it is missing")
        ->required()
        ->option_text("DIR (required)");
    add_number<std::uint64_t>(
        *app, "--seed", "from 0 to 18446744073709551615", [](std::uint64_t) { return true; },
        [&](std::uint64_t seed) { options.seed = seed; }, "Another number makes another scene (default: 1)")
        ->option_text("N");
    app->add_flag("--quiet", options.quiet, "No summary and no progress");
    return app;
}

} // namespace

command parse_command_line(const std::vector<std::string>& arguments) {
    CLI::App program("maskaudit finds label errors in semantic segmentation masks.", "maskaudit");
    program.set_version_flag("--version", std::string("maskaudit ") + program_version);
    program.footer("Exit status: 0 done, 1 data or a file is bad, 2 the command line is bad.\n"
                   "'maskaudit COMMAND --help' tells more about a command.");
    audit_options audit;
    threshold_options threshold;
    demo_options demo;
    const CLI::App* const audit_command = add_audit(program, audit);
    const CLI::App* const threshold_command = add_threshold(program, threshold);
    const CLI::App* const demo_command = add_demo(program, demo);

    try {
        std::vector<std::string> reversed =
            one_value_an_option(empty_values_apart(arguments, {audit_command, threshold_command, demo_command}));
        // CLI11 takes them from the back.
        std::reverse(reversed.begin(), reversed.end());
        program.parse(reversed);
        if (audit_command->parsed()) {
            require(!audit.out.empty(), "--out", "must not be empty");
            require(audit.resume || audit_command->count("--save-every") == 0, "--save-every", "needs --resume");
            require(audit.report || audit_command->count("--report-top") == 0, "--report-top", "needs --report");
            require(!audit.suggest || !audit.suggest->empty(), "--suggest", "must not be empty");
            return audit;
        }
        if (threshold_command->parsed()) {
            check(threshold);
            return threshold;
        }
        if (demo_command->parsed()) {
            require(!demo.out.empty(), "--out", "must not be empty");
            return demo;
        }
    } catch (const CLI::Success& help) {
        std::ostringstream text;
        program.exit(help, text, text);
        return help_text{text.str()};
    } catch (const CLI::ParseError& error) {
        const auto commands = program.get_subcommands();
        throw usage_error(fmt::format("{}\nTry 'maskaudit {}--help'.", error.what(),
                                      commands.empty() ? "" : commands.back()->get_name() + " "));
    }
    throw usage_error("a command is needed: audit, threshold or demo\n\n" + program.help());
}

} // namespace maskaudit_program
