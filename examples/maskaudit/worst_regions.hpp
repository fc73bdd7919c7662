#pragma once

#include "ranks.hpp"

#include <maskaudit/inspector.hpp>
#include <maskaudit/regions.hpp>

#include <cstddef>
#include <vector>

namespace maskaudit_program {

/// The regions of the images of all ranks, as label_inspector::issue_regions finds them of one; on the first rank.
/// Collective. \param first_image  of this rank
std::vector<maskaudit::issue_region> worst_regions(const maskaudit::label_inspector& inspector,
                                                   const maskaudit::inspection& own, std::size_t first_image,
                                                   const maskaudit::region_options& options, const ranks& group);

} // namespace maskaudit_program
