#pragma once

#include "fingerprint.hpp"
#include "folder_lock.hpp"
#include "image_set.hpp"
#include "ranks.hpp"

#include <maskaudit/inspector.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace maskaudit_program {

/// What an audit knows of the images it has looked at, kept in a hidden folder beside its results until it is done, so
/// that one that was killed can go on.
///
///     .maskaudit-state/run.json            what must be the same for that
///     .maskaudit-state/000000000.part      a line of JSON, and the state of an inspector: of some images from that on
///     .maskaudit-state/pixel_scores/...    of these images
///
/// Every file appears under its name when it is whole and on the disk. Ranks share the folder: each keeps its own
/// images, and the first all else.
class resume_state {
public:
    /// Opens what an earlier run has left in the folder of the results, or makes a place for it. Collective.
    /// \param options  of which those that decide what is found must be the same, as must the number of ranks
    /// \throws maskaudit::file_error  where that run had other options, or is still at work
    resume_state(const std::filesystem::path& out, const audit_options& options, const image_set& images,
                 const ranks& group);
    resume_state(const resume_state&) = delete;
    resume_state& operator=(const resume_state&) = delete;
    ~resume_state(); ///< keeps what has been saved

    /// The images of this rank, as the earlier run dealt them out, if there was one.
    const image_range& own() const noexcept { return own_; }

    /// Whether the earlier run, if there was one, had found nothing else.
    bool sums_to_one() const { return run_["sums_to_one"]; }

    /// Forgets what has been saved; to be called on all ranks.
    void start_anew(bool sums_to_one);

    /// Adds the images that have been saved, which are the first of this rank, to an inspector without any. Damaged
    /// parts are told, and dropped: their images are to be looked at again. \throws maskaudit::file_error  where the
    /// files of such an image have changed since
    void load_into(maskaudit::label_inspector& inspector, const image_set& images);

    bool is_due() const; ///< whether it is time to save

    /// Takes down what the files of the next image are like, before it is looked at.
    void note(const image_set& images, std::size_t n);

    /// Saves the images looked at since the last time: they are on the disk when this returns, and so must their pixel
    /// scores be before.
    /// \throws maskaudit::file_error  also where a file is not any more what it was when it was noted
    void append(const maskaudit::label_inspector& recent, const image_set& images);

    /// The file for the pixel scores of image n; its folder is made.
    std::filesystem::path pixel_scores(const image_set& images, std::size_t n) const;

    const std::filesystem::path& path() const noexcept { return folder_; }
    std::size_t num_images() const noexcept { return num_images_; } ///< of this rank that have been saved, and fit
    void forget() noexcept { num_images_ = 0; }                     ///< that there are any

    void remove() noexcept; ///< once all is done; on the first rank

private:
    using clock = std::chrono::steady_clock;

    void lock();
    void open();
    void let_go() noexcept;
    void require_same_run(const nlohmann::ordered_json& before) const;
    [[noreturn]] void refuse_changed(const image_set& images, std::size_t n) const;
    std::vector<std::filesystem::path> parts() const;
    std::filesystem::path part_path(std::size_t first) const; ///< of the part that begins with this image
    std::filesystem::path pixel_scores_path(const image_set& images, std::size_t n) const;
    bool load_part(maskaudit::label_inspector& inspector, const image_set& images, const std::filesystem::path& part);

    std::filesystem::path folder_;
    nlohmann::ordered_json run_;
    image_range own_{};
    bool is_first_; // rank
    folder_lock lock_{};
    bool is_ours_ = false; // to be removed by this process, if it comes to that
    std::size_t num_images_ = 0;
    std::vector<std::string> noted_{}; // of the images since then, and maybe of one that was then refused
    clock::duration interval_;
    clock::time_point saved_ = clock::now();
};

} // namespace maskaudit_program
