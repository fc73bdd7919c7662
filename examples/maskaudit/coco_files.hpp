#pragma once

#include "region_files.hpp"

namespace maskaudit_program {

/// Writes both COCO files of images that fit them; see write_region_files.
void write_coco_files(const region_paths& paths, const std::vector<maskaudit::issue_region>& regions,
                      const region_facts& facts);

} // namespace maskaudit_program
