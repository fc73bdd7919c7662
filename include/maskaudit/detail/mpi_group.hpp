#pragma once

#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/checksum.hpp>
#include <maskaudit/detail/inspector_state.hpp>
#include <maskaudit/detail/sums.hpp>
#include <maskaudit/inspector.hpp>
#include <maskaudit/rank_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <mpi.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What decide() needs of the processes that share images, by MPI.

namespace maskaudit::detail {

inline void require_success(int code, const char* call) {
    if (code == MPI_SUCCESS) return; // as a rule MPI ends the program instead, unless its user asked for codes
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(code, text.data(), &length);
    throw std::runtime_error(std::string(call) + ": " + std::string(text.data(), static_cast<std::size_t>(length)));
}

inline int message_size(std::size_t count) {
    if (count > static_cast<std::size_t>((std::numeric_limits<int>::max)()))
        refuse("MPI takes no message of " + std::to_string(count) + " numbers");
    return static_cast<int>(count);
}

/// The ranks of a communicator, which share the images in their order. All functions are collective.
class mpi_group {
public:
    explicit mpi_group(MPI_Comm comm) : comm_(comm) {
        int is_initialized = 0, is_finalized = 0, is_inter = 0;
        MPI_Initialized(&is_initialized);
        MPI_Finalized(&is_finalized);
        if (is_initialized == 0 || is_finalized != 0) refuse("MPI must be initialised, and not be finalized yet");
        if (comm == MPI_COMM_NULL) refuse("comm is MPI_COMM_NULL: it must be a communicator");
        require_success(MPI_Comm_test_inter(comm, &is_inter), "MPI_Comm_test_inter");
        if (is_inter != 0) refuse("comm is an intercommunicator: it must be of one group");
        require_success(MPI_Comm_rank(comm, &rank_), "MPI_Comm_rank");
        require_success(MPI_Comm_size(comm, &size_), "MPI_Comm_size");
    }

    /// Calls f; where it throws on any rank, throws rank_error on all.
    template <class F>
    void run(F f) const {
        notice note{size_, {}};
        std::exception_ptr failure;
        try {
            f();
        } catch (const rank_error& error) { // that ended ranks of another communicator, or of this one before
            failure = std::current_exception();
            note.write(error.rank(), "", error.what());
        } catch (const std::exception& error) {
            failure = std::current_exception();
            note.write(rank_, prefix().data(), error.what());
        } catch (...) {
            failure = std::current_exception();
            note.write(rank_, prefix().data(), "an exception that is no std::exception");
        }
        int first = failure ? rank_ : size_;
        reduce(&first, 1, MPI_INT, MPI_MIN);
        if (first == size_) return;
        const bool is_mine = first == rank_;
        require_success(MPI_Bcast(&note, sizeof note, MPI_BYTE, first, comm_), "MPI_Bcast");
        if (!is_mine) throw rank_error(note.rank, note.text.data());
        try {
            std::rethrow_exception(failure);
        } catch (const rank_error&) {
            throw;
        } catch (...) {
            std::throw_with_nested(rank_error(note.rank, note.text.data()));
        }
    }

    /// Whether it is so on all ranks.
    bool for_all(bool mine) const {
        int all = mine ? 1 : 0;
        reduce(&all, 1, MPI_INT, MPI_MIN);
        return all != 0;
    }

    /// Adds those of the other ranks.
    void add_to(std::span<std::uint64_t> numbers) const {
        reduce(numbers.data(), numbers.size(), MPI_UINT64_T, MPI_SUM);
    }

    /// The sums of all ranks. A total is sent as four numbers, of 32 bits but for the signed highest, which add up
    /// without a carry.
    class_sums sum(const class_sums& mine) const {
        constexpr std::size_t limbs = 4, limb_bits = 32, fields = limbs + 1;
        std::vector<std::uint64_t> numbers;
        std::vector<class_total> totals;
        run([&] {
            totals.resize(mine.totals().size());
            for (const class_total& total : mine.totals()) {
                const class_total::wide all = total.all();
                for (std::size_t limb = 0; limb + 1 < limbs; ++limb)
                    numbers.push_back(static_cast<std::uint32_t>(all >> (limb * limb_bits)));
                numbers.push_back(static_cast<std::uint64_t>(all >> ((limbs - 1) * limb_bits)));
                numbers.push_back(total.count);
            }
        });
        add_to(numbers);
        for (std::size_t k = 0; k < totals.size(); ++k) {
            const std::uint64_t* const from = numbers.data() + k * fields;
            totals[k].sum = static_cast<std::int64_t>(from[limbs - 1]);
            for (std::size_t limb = limbs - 1; limb-- > 0;)
                totals[k].sum = (totals[k].sum << limb_bits) + static_cast<std::int64_t>(from[limb]);
            totals[k].count = from[limbs];
        }
        return class_sums(std::move(totals));
    }

    /// The sum of what count() gives on the lower ranks.
    template <class Count>
    std::uint64_t sum_before(Count count) const {
        std::uint64_t mine = 0, before = 0;
        run([&] { mine = count(); });
        require_success(MPI_Exscan(&mine, &before, 1, MPI_UINT64_T, MPI_SUM, comm_), "MPI_Exscan");
        return rank_ == 0 ? 0 : before; // which MPI leaves undefined
    }

    /// The numbers of all ranks, in their order.
    std::vector<std::uint64_t> gather(const std::vector<std::uint64_t>& mine) const {
        std::vector<int> counts, begins;
        std::vector<std::uint64_t> all;
        run([&] {
            message_size(mine.size());
            counts.resize(static_cast<std::size_t>(size_));
            begins.resize(counts.size());
        });
        const int count = static_cast<int>(mine.size());
        require_success(MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, comm_), "MPI_Allgather");
        run([&] {
            std::size_t end = 0;
            for (std::size_t rank = 0; rank < counts.size(); ++rank) {
                begins[rank] = message_size(end);
                end += static_cast<std::size_t>(counts[rank]);
            }
            all.resize(end);
        });
        require_success(MPI_Allgatherv(mine.data(), count, MPI_UINT64_T, all.data(), counts.data(), begins.data(),
                                       MPI_UINT64_T, comm_),
                        "MPI_Allgatherv");
        return all;
    }

    /// What an inspector on each rank has found; `before` are the images on lower ranks.
    inspection finish(const label_inspector& inspector, std::size_t before) const {
        options_hash hash;
        run([&] {
            inspector_options opts = inspector.options_;
            opts.n_jobs = 0; // which may differ
            write_options(hash, inspector.num_classes_, opts);
        });
        std::array<std::uint64_t, 2> most{hash.value, ~hash.value};
        reduce(most.data(), most.size(), MPI_UINT64_T, MPI_MAX);
        if (most[0] != ~most[1])
            refuse("inspectors of all ranks must have the same number of classes and the same options");
        return inspector.finish_among<inspection>(*this, before);
    }

private:
    /// What is said of the rank that failed; without memory of its own, which might not be had.
    struct notice {
        int rank;
        std::array<char, 16384> text;

        void write(int failed, std::string_view before, std::string_view message) {
            rank = failed;
            text.fill('\0');
            before.copy(text.data(), text.size() - 1);
            message.copy(text.data() + before.size(), text.size() - 1 - before.size());
        }
    };

    struct options_hash {
        std::uint64_t value = 0;

        void put(auto... fields) {
            const auto add = [&](auto field) {
                std::array<std::byte, sizeof field> bytes;
                to_little_endian(field, bytes.data());
                value = xxh64::of(bytes, value);
            };
            (add(fields), ...);
        }
    };

    /// Puts in the place of numbers what the operation makes of those of all ranks.
    void reduce(void* numbers, std::size_t count, MPI_Datatype type, MPI_Op operation) const {
        require_success(MPI_Allreduce(MPI_IN_PLACE, numbers, static_cast<int>(count), type, operation, comm_),
                        "MPI_Allreduce");
    }

    std::array<char, 32> prefix() const {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "rank %d: ", rank_);
        return text;
    }

    MPI_Comm comm_;
    int rank_ = 0, size_ = 0;
};

} // namespace maskaudit::detail
