#pragma once

#include "folder_lock.hpp"
#include "ranks.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace maskaudit_program {

/// Files that appear in a folder all together or not at all.
///
/// They are made in a hidden folder within it, so that a rename puts them into place, and commit() does that. Whatever
/// goes wrong before leaves the folder as it was, or not there if it was not. What a run that was killed has left the
/// next one settles: see leftovers.hpp.
///
/// Ranks share one: the first makes all that is to be made, and its object must outlive what others write.
class staged_folder {
public:
    /// Settles what earlier runs have left, and makes the folder and its parents where they are missing, and checks
    /// that it can be written to. Collective.
    /// \param inputs  files that must not be replaced, and folders in which none must be
    /// \throws maskaudit::file_error
    explicit staged_folder(std::filesystem::path folder, std::vector<std::filesystem::path> inputs = {},
                           const ranks& group = ranks());
    staged_folder(const staged_folder&) = delete;
    staged_folder& operator=(const staged_folder&) = delete;
    ~staged_folder();

    /// Plans a file, "issues/street.png" say; to be called before any long work, as it checks that the file may be put
    /// there. To be called on all ranks, of which the others only learn where it is.
    /// \return where to write it \throws maskaudit::file_error  where its name is that of a folder, of an input
    /// or in one
    std::filesystem::path add(const std::string& name);

    /// Where a file will be after commit(), which is where a path that is not of this object's making is already.
    std::filesystem::path final_path(const std::filesystem::path& path) const;

    const std::filesystem::path& path() const noexcept { return folder_; }
    const std::vector<std::string>& names() const noexcept { return names_; }

    /// To be called on every rank that has written files, where there are several: what it wrote is on the disk then.
    /// \throws maskaudit::file_error
    void write_through() const;

    /// Puts all planned files into place, in the place of any of the same names. Signals that arrive meanwhile wait. To
    /// be called on the first rank.
    /// \throws interrupted            if a signal has been noted before
    /// \throws maskaudit::file_error  when that fails; the folder is then as it was before, or, where putting it back
    ///         fails too, the next run puts the new files into place
    void commit();

private:
    void make_folders();
    void make_staging();
    void require_outside_inputs() const;
    void sync_names() const;
    void make_parents(const std::filesystem::path& target);
    void put_into_place(const std::string& name);
    void put_back(const std::string& name) noexcept;
    void clean_up() noexcept;

    std::filesystem::path folder_;
    std::vector<std::filesystem::path> inputs_;
    bool is_first_;                                     // rank
    std::vector<std::filesystem::path> made_folders_{}; // parents first
    std::filesystem::path staging_{};
    folder_lock lock_{};                // of staging_: without it, it would be taken for a leftover
    std::filesystem::path new_files_{}; // within staging_
    std::filesystem::path old_files_{}; // within staging_: those that new ones take the place of
    std::vector<std::string> names_{};
    bool committed_ = false;
    bool is_half_done_ = false; // commit() failed, and so did putting the old files back
};

} // namespace maskaudit_program
