#pragma once

#include "packing.hpp"

#include <maskaudit/inspector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace maskaudit_program {

/// The processes that share the images of an audit, in their order. An object of this class is a process by itself; see
/// join_ranks() for those that mpirun has started.
class ranks {
public:
    ranks() = default;
    ranks(const ranks&) = delete;
    ranks& operator=(const ranks&) = delete;
    virtual ~ranks() = default;

    virtual std::size_t rank() const { return 0; }  ///< of this process, from 0 on
    virtual std::size_t count() const { return 1; } ///< processes
    bool is_first() const { return rank() == 0; }

    /// Within together(), for work that takes long and would be in vain. Not collective.
    virtual bool another_has_failed() const { return false; }

    // All that follows but fail() is collective, and none of it may be called within together().

    /// Calls f on every rank. Where f throws on one, all ranks throw: that one the same exception, the others one with
    /// its words.
    virtual void together(const std::function<void()>& f) const { f(); }

    /// The same, for what the first rank does for all.
    void on_first(const std::function<void()>& f) const {
        together([&] {
            if (is_first()) f();
        });
    }

    virtual std::uint64_t sum(std::uint64_t mine) const { return mine; } ///< of all ranks

    /// What the first rank has, on all of them.
    virtual std::string from_first(const std::string& text) const { return text; }

    /// The same for a vector.
    template <class T>
    std::vector<T> from_first(const std::vector<T>& values) const {
        const std::string packed = from_first(packed_together(values));
        std::vector<T> result;
        together([&] { unpacking(packed).get(result); });
        return result;
    }

    /// On the first rank what each has, in their order; on the others nothing.
    virtual std::vector<std::string> gather(std::string mine) const;

    /// The same for elements of one vector.
    template <class T>
    std::vector<T> gather(const std::vector<T>& mine) const {
        const std::vector<std::string> packed = gather(packed_together(mine));
        std::vector<T> all;
        together([&] {
            for (const std::string& text : packed) {
                std::vector<T> part;
                unpacking(text).get(part);
                all.insert(all.end(), part.begin(), part.end());
            }
        });
        return all;
    }

    /// What an inspector on each has found among all images.
    virtual maskaudit::inspection finish(const maskaudit::label_inspector& inspector) const;

    /// Issue pixels of all ranks by classes, all rows.
    virtual std::vector<maskaudit::label_swap> swaps(const maskaudit::inspection& own) const;

    /// To be called as the last thing by a rank that fails. Where all fail together, the first one tells why; where
    /// this one does by itself, it tells why and ends the others. An empty message is not told.
    ///
    /// \return the status to exit with, that of the first rank: mpirun takes it from whichever ends first
    virtual int fail(std::string_view message, int status) const noexcept;

private:
    template <class T>
    std::string packed_together(const std::vector<T>& values) const {
        packing packed;
        together([&] { packed.put(values); });
        return packed.take();
    }
};

bool started_by_mpirun();      ///< or by another program for that
std::size_t ranks_by_mpirun(); ///< how many processes that has started, where it says so; else 1

/// Joins the processes that mpirun has started along with this one. To be called once, before anything else that sets
/// handlers of signals; when the object goes, so does MPI.
/// \throws std::runtime_error  where there are such, and the program was built without MPI, or with another one
std::unique_ptr<ranks> join_ranks();

} // namespace maskaudit_program
