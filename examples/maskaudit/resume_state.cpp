#include "resume_state.hpp"

#include "leftovers.hpp"
#include "streams.hpp"
#include "sync.hpp"
#include "table.hpp"
#include "text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <maskaudit/error.hpp>

#include <algorithm>
#include <fstream>
#include <new>
#include <ostream>
#include <streambuf>
#include <system_error>
#include <vector>

namespace maskaudit_program {
namespace {

namespace fs = std::filesystem;
using maskaudit::file_error;
using maskaudit::label_inspector;
using nlohmann::ordered_json;

constexpr const char* part_extension = ".part";

ordered_json run_of(const audit_options& options, const std::vector<std::size_t>& shares) {
    ordered_json map;
    if (options.label_map) {
        fingerprint content;
        for (const std::string& line : read_lines(*options.label_map))
            content.add(line);
        map = content.text();
    }
    return {{"version", program_version},
            {"ignore_label", options.ignore_label},
            {"label_map", map},
            {"logits", options.logits},
            {"temperature", options.temperature},
            {"downsample", options.downsample},
            {"pixel_scores", options.pixel_scores},
            {"shares", shares},
            {"sums_to_one", true}};
}

/// Passes on to a file what is written to a stream.
class file_buffer : public std::streambuf {
public:
    explicit file_buffer(text_writer& file) : file_(file) {}

private:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        file_.write({text, static_cast<std::size_t>(size)});
        return size;
    }

    int_type overflow(int_type letter) override {
        const char text = traits_type::to_char_type(letter);
        if (!traits_type::eq_int_type(letter, traits_type::eof())) file_.write({&text, 1});
        return traits_type::not_eof(letter);
    }

    text_writer& file_;
};

/// Writes a file that appears under its name when it is whole and on the disk.
template <class Write>
void write_whole(const fs::path& path, Write write) {
    const fs::path unfinished = path.string() + ".tmp";
    try {
        text_writer file(unfinished);
        file_buffer buffer(file);
        std::ostream stream(&buffer);
        stream.exceptions(std::ios::badbit); // lets through what the file throws
        write(stream);
        file.finish();
        sync(unfinished);
        fs::rename(unfinished, path);
    } catch (...) {
        std::error_code ignored;
        fs::remove(unfinished, ignored); // where there is no room, it would take some
        throw;
    }
    sync(path.parent_path());
}

} // namespace

resume_state::resume_state(const fs::path& out, const audit_options& options, const image_set& images,
                           const ranks& group)
    : folder_(out / ".maskaudit-state"), is_first_(group.is_first()),
      interval_(std::chrono::seconds(options.save_every)) {
    try {
        group.on_first([&] {
            lock();
            is_ours_ = true;
            run_ = run_of(options, deal_out(images, group.count()));
            open();
        });
        const std::string run = group.from_first(run_.dump());
        group.together([&] {
            run_ = ordered_json::parse(run);
            own_ = share_of(group.rank(), run_["shares"].get<std::vector<std::size_t>>(), images);
            if (own_.first > own_.end || own_.end > images.num_images()) refuse_changed(images, images.num_images());
        });
    } catch (...) {
        let_go();
        throw;
    }
}

resume_state::~resume_state() { let_go(); }

void resume_state::lock() {
    using outcome = folder_lock::outcome;
    outcome locked = outcome::gone;
    while (locked == outcome::gone) { // when another run has just come to its end
        fs::create_directories(folder_);
        locked = lock_.try_lock(folder_);
    }
    if (locked == outcome::of_another) throw file_error(folder_, "a folder for this run alone", "another run at work");
}

void resume_state::let_go() noexcept {
    try {
        if (is_ours_ && parts().empty()) remove(); // nothing to go on from
    } catch (...) {
        // Out of memory: an empty state is as good as none.
    }
}

void resume_state::open() {
    const fs::path path = folder_ / "run.json";
    if (!fs::exists(path)) {
        start_anew(true);
        return;
    }
    std::ifstream file(path, std::ios::binary);
    const ordered_json before = ordered_json::parse(file, nullptr, false);
    require_same_run(before);
    run_ = before;
}

void resume_state::require_same_run(const ordered_json& before) const {
    const std::string hint = "; remove it to start anew";
    const ordered_json shares = before.is_object() ? before.value("shares", ordered_json()) : ordered_json();
    const auto is_image = [](const ordered_json& begin) { return begin.is_number_unsigned(); };
    if (!shares.is_array() || !std::all_of(shares.begin(), shares.end(), is_image) ||
        !before.value("sums_to_one", ordered_json()).is_boolean())
        throw file_error(folder_, "the state of an audit", "another run.json" + hint);
    if (const std::size_t ranks = run_["shares"].size(), found = shares.size(); found != ranks)
        throw file_error(
            folder_, fmt::format("the state of an audit on {}", counted(ranks, "rank")),
            fmt::format("that of one on {0}: go on with mpirun -n {0}, or remove it to start anew", found));
    if (before.value("label_map", ordered_json()) != run_["label_map"])
        throw file_error(folder_, "the state of an audit with this label map", "with another, or none" + hint);
    for (const auto& [option, value] : run_.items())
        if (option != "sums_to_one" && option != "shares" && before.value(option, ordered_json()) != value)
            throw file_error(folder_, fmt::format("the state of an audit with {} {}", option, value.dump()),
                             before.value(option, ordered_json()).dump() + hint);
}

void resume_state::start_anew(bool sums_to_one) {
    run_["sums_to_one"] = sums_to_one;
    num_images_ = 0;
    if (!is_first_) return;
    for (const fs::path& part : parts()) // before what they rely on is changed
        fs::remove(part);
    write_whole(folder_ / "run.json", [&](std::ostream& file) { file << run_.dump() << '\n'; });
}

std::vector<fs::path> resume_state::parts() const {
    std::vector<fs::path> parts;
    std::error_code ignored; // what is gone has none
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored))
        if (entry.path().extension() == part_extension) parts.push_back(entry.path());
    return parts;
}

fs::path resume_state::part_path(std::size_t first) const {
    return folder_ / fmt::format("{:09}{}", first, part_extension);
}

void resume_state::load_into(label_inspector& inspector, const image_set& images) {
    num_images_ = 0;
    noted_.clear();
    // What comes after the images of this rank is the next one's, and after those of the last one should be nothing.
    const auto may_be_ours = [&] { return num_images_ < own_.size() || own_.end == images.num_images(); };
    while (may_be_ours() && load_part(inspector, images, part_path(own_.first + num_images_))) {}
    saved_ = clock::now();
}

void resume_state::refuse_changed(const image_set& images, std::size_t n) const {
    const std::string hint = "; remove it to start anew";
    if (n >= own_.end || n >= images.num_images())
        throw file_error(folder_, fmt::format("the state of at most {} images", images.num_images()), "more" + hint);
    throw file_error(folder_,
                     fmt::format("image {} to be the one that was looked at, with {} and {}", n,
                                 images.labels_path(n).string(), images.pred_probs_path(n).string()),
                     "that it has changed since, or its time has" + hint);
}

bool resume_state::load_part(label_inspector& inspector, const image_set& images, const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    try {
        std::string line;
        std::getline(file, line);
        const ordered_json about = ordered_json::parse(line, nullptr, false);
        if (!about.is_object() || !about.value("files", ordered_json()).is_array())
            throw std::invalid_argument("its first line tells no files");
        const auto files = about["files"].get<std::vector<std::string>>();
        const std::size_t first = own_.first + num_images_, end = first + files.size();
        for (std::size_t n = first; n < end; ++n)
            if (n >= own_.end || images.stamp(n) != files[n - first]) refuse_changed(images, n);
        const label_inspector part = label_inspector::load(file);
        if (part.num_images() != files.size() || files.empty()) throw std::invalid_argument("another number of images");
        if (run_["pixel_scores"])
            for (std::size_t n = first; n < end; ++n)
                if (const fs::path scores = pixel_scores_path(images, n); !fs::is_regular_file(scores))
                    throw std::runtime_error(scores.string() + " is missing");
        inspector += part;
        num_images_ += files.size();
        return true;
    } catch (const file_error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        tell(fmt::format("{}: damaged ({}); going on from image {}", path.string(), error.what(),
                         own_.first + num_images_));
        return false;
    }
}

bool resume_state::is_due() const { return clock::now() - saved_ >= interval_; }

void resume_state::note(const image_set& images, std::size_t n) { noted_.push_back(images.stamp(n)); }

void resume_state::append(const label_inspector& recent, const image_set& images) {
    const std::size_t count = recent.num_images();
    noted_.resize(count); // the last one may have been refused
    for (std::size_t i = 0; i < count; ++i)
        if (const std::size_t n = own_.first + num_images_ + i; images.stamp(n) != noted_[i])
            throw file_error(images.pred_probs_path(n),
                             "a file that stays as it is, as must " + images.labels_path(n).string(),
                             "that one of them was changed while the audit ran");
    if (run_["pixel_scores"]) sync_all(folder_); // the names of their files
    write_whole(part_path(own_.first + num_images_), [&](std::ostream& file) {
        file << ordered_json{{"files", noted_}}.dump() << '\n';
        recent.save(file);
    });
    num_images_ += count;
    noted_.clear();
    saved_ = clock::now();
}

fs::path resume_state::pixel_scores_path(const image_set& images, std::size_t n) const {
    return folder_ / "pixel_scores" / ((images.has_names() ? images.name(n) : std::to_string(n)) + ".npy");
}

fs::path resume_state::pixel_scores(const image_set& images, std::size_t n) const {
    fs::path path = pixel_scores_path(images, n);
    fs::create_directories(path.parent_path());
    return path;
}

void resume_state::remove() noexcept {
    // At once, as half of it must not be gone on from: under this name it is a leftover.
    is_ours_ = false;
    num_images_ = 0;
    try {
        std::error_code error;
        const fs::path leftover = folder_.parent_path() / (std::string(staging_prefix) + "remove");
        fs::rename(folder_, leftover, error);
        fs::remove_all(error ? folder_ : leftover, error);
    } catch (...) {
        // Out of memory: the next run settles it.
    }
}

} // namespace maskaudit_program
