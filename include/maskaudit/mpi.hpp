/// \file
/// The images of many processes, each with a share of them: the answer of one process that has them all.
///
/// \code
/// maskaudit::label_inspector inspector(num_classes, {.ignore_label = 255});
/// maskaudit::collectively(comm, [&] {                                // what a rank throws ends all of them
///     for (const auto& [labels, image] : share_of(rank)) inspector.add(labels, model(image));
/// });
/// const auto found = maskaudit::collective_finish(inspector, comm);  // on all ranks: own images, judged among all
/// found.own.issues(0); found.first_image; found.num_images; found.num_issues;
/// maskaudit::collective_common_label_issues(found, comm);            // the swaps of all ranks, on each of them
/// \endcode
///
/// MPI is the caller's to initialise and to finalize: with MPI_THREAD_FUNNELED at least, unless n_jobs is 1. Calls of
/// it are made on the caller's thread, and all of them are collective: pending messages of the communicator are not
/// touched.
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/inspector.hpp>
#include <maskaudit/rank_error.hpp>
#include <maskaudit/summary.hpp>

#include <cstddef>
#include <cstdint>
#include <mpi.h>
#include <vector>

namespace maskaudit {

/// Calls f() on every rank. Where it throws on one, all ranks throw: none is left waiting for another.
///
/// Collective. f may use MPI itself, but may throw only where no other rank waits for it.
///
/// \throws rank_error on all ranks, with one message, where f throws on any
/// \throws std::invalid_argument where MPI is not initialised, or comm is MPI_COMM_NULL or an intercommunicator
template <class F>
void collectively(MPI_Comm comm, F f);

/// What the inspectors of all ranks have found.
struct collective_inspection {
    inspection own{};             ///< of this rank's images, with the thresholds of all; num_issues are its own
    std::size_t first_image = 0;  ///< images on lower ranks: of all images, own's image n is number first_image + n
    std::size_t num_images = 0;   ///< of all ranks
    std::uint64_t num_issues = 0; ///< of all ranks
};

/// Decides over the images of all ranks: the answer of one inspector that has added them in the order of ranks, bit for
/// bit, ties included. What is sent does not depend on the number of pixels: 40 bytes a class and, two times for float
/// and four times otherwise, a histogram of 512 KiB are added up.
///
/// Collective. Indices of images, if they are given, are those of the whole, so that errors name them, or on a rank its
/// own from 0 on; a rank may have no image.
///
/// \param inspector  this rank's, with the same classes and options (n_jobs aside) on all
/// \throws std::invalid_argument on all ranks, where classes or options differ; else as collectively()
/// \throws rank_error on all ranks, where label_inspector::finish would throw on one
inline collective_inspection collective_finish(const label_inspector& inspector, MPI_Comm comm);

/// Issue pixels of all ranks by given and predicted class, as inspection::common_label_issues counts them; the same on
/// every rank. Collective.
/// \throws rank_error as collectively() does
inline std::vector<label_swap> collective_common_label_issues(const collective_inspection& found, MPI_Comm comm,
                                                              const summary_options& summary = {});

/// The same for what each rank has of its own, collective_inspection::own.
inline std::vector<label_swap> collective_common_label_issues(const inspection& own, MPI_Comm comm,
                                                              const summary_options& summary = {});

} // namespace maskaudit

#include <maskaudit/detail/mpi_impl.hpp>
