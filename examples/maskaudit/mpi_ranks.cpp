#include "interrupt.hpp"
#include "ranks.hpp"

#include <fmt/format.h>
#include <maskaudit/mpi.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <limits>
#include <mpi.h>
#include <new>
#include <stdexcept>
#include <utility>

namespace maskaudit_program {
namespace {

constexpr int failure_tag = 1;
constexpr int text_tag = 2;

class mpi_ranks : public ranks {
public:
    mpi_ranks() {
        int threads = 0, own = 0, all = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &threads);
        MPI_Comm_rank(MPI_COMM_WORLD, &own);
        MPI_Comm_size(MPI_COMM_WORLD, &all);
        rank_ = static_cast<std::size_t>(own);
        count_ = static_cast<std::size_t>(all);
        if (threads < MPI_THREAD_FUNNELED) throw std::runtime_error("MPI allows no threads");
        announcements_.resize(count_, MPI_REQUEST_NULL);
    }
    ~mpi_ranks() override { MPI_Finalize(); }

    std::size_t rank() const override { return rank_; }
    std::size_t count() const override { return count_; }

    bool another_has_failed() const override {
        int is_there = 0;
        MPI_Iprobe(MPI_ANY_SOURCE, failure_tag, MPI_COMM_WORLD, &is_there, MPI_STATUS_IGNORE);
        return is_there != 0;
    }

    void together(const std::function<void()>& f) const override {
        bool failed = false;
        const auto announce = [&] {
            failed = true;
            for (std::size_t other = 0; other < count_; ++other)
                if (other != rank_)
                    MPI_Isend(nullptr, 0, MPI_BYTE, static_cast<int>(other), failure_tag, MPI_COMM_WORLD,
                              &announcements_[other]);
        };
        const auto announced = [&] {
            try {
                throw_if_interrupted();
                f();
            } catch (const std::bad_alloc&) {
                announce();
                throw std::runtime_error("not enough memory");
            } catch (const interrupted& stop) {
                announce();
                throw std::runtime_error(fmt::format("ended by signal {} ({})", stop.signal, strsignal(stop.signal)));
            } catch (...) {
                announce();
                throw;
            }
        };
        try {
            maskaudit::collectively(MPI_COMM_WORLD, announced);
        } catch (const maskaudit::rank_error& error) {
            all_know_ = true;
            take_announcements(failed);
            throw_if_interrupted();
            std::rethrow_if_nested(error); // of this rank, whose own words need no rank
            throw;
        }
    }

    std::uint64_t sum(std::uint64_t mine) const override {
        std::uint64_t all = 0;
        MPI_Allreduce(&mine, &all, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
        return all;
    }

    std::string from_first(const std::string& text) const override {
        std::uint64_t size = text.size();
        MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
        std::string result;
        together([&] { result = is_first() ? text : std::string(size, '\0'); });
        in_chunks(result, [](char* data, int bytes) { MPI_Bcast(data, bytes, MPI_BYTE, 0, MPI_COMM_WORLD); });
        return result;
    }

    std::vector<std::string> gather(std::string mine) const override {
        std::vector<std::uint64_t> sizes(count_);
        const std::uint64_t size = mine.size();
        MPI_Gather(&size, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
        std::vector<std::string> all;
        on_first([&] {
            all.resize(count_);
            for (std::size_t from = 1; from < count_; ++from)
                all[from].resize(sizes[from]);
        });
        if (!is_first()) {
            send(mine);
            return {};
        }
        all.front() = std::move(mine);
        for (std::size_t from = 1; from < count_; ++from)
            receive(all[from], from);
        return all;
    }

    maskaudit::inspection finish(const maskaudit::label_inspector& inspector) const override {
        maskaudit::collective_inspection found;
        knowing([&] { found = maskaudit::collective_finish(inspector, MPI_COMM_WORLD); });
        return std::move(found.own);
    }

    std::vector<maskaudit::label_swap> swaps(const maskaudit::inspection& own) const override {
        std::vector<maskaudit::label_swap> rows;
        knowing([&] {
            rows = maskaudit::collective_common_label_issues(own, MPI_COMM_WORLD,
                                                             {.top = std::numeric_limits<std::size_t>::max()});
        });
        return rows;
    }

    int fail(std::string_view message, int status) const noexcept override {
        if (is_first() || !all_know_) ranks::fail(message, status);
        if (count_ > 1 && !all_know_) MPI_Abort(MPI_COMM_WORLD, status);
        MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
        return status;
    }

private:
    /// Calls what throws rank_error on all ranks or on none.
    template <class F>
    void knowing(F f) const {
        try {
            f();
        } catch (const maskaudit::rank_error&) {
            all_know_ = true;
            throw;
        }
    }

    /// Receives what announce() has sent, so that nothing is left over.
    void take_announcements(bool failed) const {
        const std::uint64_t others = sum(failed ? 1 : 0) - (failed ? 1 : 0);
        for (std::uint64_t taken = 0; taken < others; ++taken)
            MPI_Recv(nullptr, 0, MPI_BYTE, MPI_ANY_SOURCE, failure_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Waitall(static_cast<int>(count_), announcements_.data(), MPI_STATUSES_IGNORE);
    }

    /// Calls f(data, bytes) for parts of a text that MPI takes.
    template <class F>
    static void in_chunks(std::string& text, F f) {
        constexpr std::size_t most = std::size_t{1} << 30;
        for (std::size_t at = 0; at < text.size(); at += most)
            f(text.data() + at, static_cast<int>(std::min(most, text.size() - at)));
    }

    static void send(std::string& text) {
        in_chunks(text, [](char* data, int bytes) { MPI_Send(data, bytes, MPI_BYTE, 0, text_tag, MPI_COMM_WORLD); });
    }

    static void receive(std::string& text, std::size_t rank) {
        in_chunks(text, [&](char* data, int bytes) {
            MPI_Recv(data, bytes, MPI_BYTE, static_cast<int>(rank), text_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        });
    }

    std::size_t rank_ = 0, count_ = 1;
    mutable std::vector<MPI_Request> announcements_{}; // as many as ranks, so that a failure needs no memory
    mutable bool all_know_ = false;                    // that one of them has failed
};

std::string mpi_version() {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
    int length = 0;
    MPI_Get_library_version(text.data(), &length);
    return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace

std::unique_ptr<ranks> join_ranks() {
    if (!started_by_mpirun()) return std::make_unique<ranks>();
    auto group = std::make_unique<mpi_ranks>();
    if (const std::size_t told = ranks_by_mpirun(); group->count() == 1 && told > 1)
        throw std::runtime_error(fmt::format("mpirun started {} processes, but MPI knows of one: they must be of the "
                                             "same MPI, and this program was built with\n{}",
                                             told, mpi_version()));
    return group;
}

} // namespace maskaudit_program
