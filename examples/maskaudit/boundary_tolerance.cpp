#include "boundary_tolerance.hpp"

#include "interrupt.hpp"
#include "progress_bar.hpp"

#include <maskaudit/regions.hpp>

namespace maskaudit_program {

void drop_boundary_issues(maskaudit::inspection& found, audit_inputs& inputs, std::size_t radius, bool quiet) {
    progress_bar progress("leaving out borders", inputs.own.size(), quiet);
    for (std::size_t n = 0; n < found.images.size(); ++n) {
        throw_if_interrupted();
        const std::vector<std::size_t>& shape = found.images[n].shape;
        if (!found.images[n].positions.empty()) {
            std::vector<std::size_t> data_set{1};
            data_set.insert(data_set.end(), shape.begin(), shape.end());
            xt::xarray<bool> issues = found.issues(n);
            xt::xarray<std::int64_t> labels = inputs.class_labels(inputs.own.first + n);
            issues.reshape(data_set);
            labels.reshape(data_set);
            xt::xarray<bool> inner = maskaudit::away_from_boundaries(issues, labels, radius, {.n_jobs = 1});
            inputs.require_readable(inputs.own.first + n);
            inner.reshape(shape);
            found.keep_issues(n, inner);
        }
        progress.advance(count_of(shape));
    }
}

} // namespace maskaudit_program
