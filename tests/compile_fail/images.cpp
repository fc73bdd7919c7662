#include "arguments.hpp"

#include <maskaudit/label_map.hpp>

// Images one at a time.

namespace image {
const xt::xtensor<int, 2> labels{{0, 0, 1, 0}};
const xt::xtensor<double, 3> pred_probs{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}};
} // namespace image

#if CASE == 0
void call(maskaudit::label_inspector& inspector, maskaudit::inspection& found, const maskaudit::label_map& classes) {
    xt::xarray<double> scores = xt::zeros<double>({1, 4});
    inspector.add(image::labels, image::pred_probs);
    inspector.add(image::labels, image::pred_probs, {});
    inspector.add(image::labels, image::pred_probs, 7);
    inspector.add_to(scores, image::labels, image::pred_probs, std::optional<std::size_t>(8));
    inspector.add(classes.apply(image::labels), image::pred_probs);
    found.keep_issues(0, xt::not_equal(image::labels, 0));
}
#elif CASE == 1 // the index of an image must be an integer | the index of an image must be an integer
void call(maskaudit::label_inspector& inspector) {
    inspector.add(image::labels, image::pred_probs, "street_000012");
    inspector.add(image::labels, image::pred_probs, 1.5);
}
#elif CASE == 2 // scores are written to arrays of float or double that lie in memory | pred_probs must be an xtensor
void call(maskaudit::label_inspector& inspector) {
    inspector.add_to(xt::cast<float>(image::labels), image::labels, image::pred_probs);
    inspector.add(image::labels, wrong::pred_probs);
}
#elif CASE == 3 // a mask of issues must be an xtensor expression of bool | labels must be an xtensor expression
void call(maskaudit::inspection& found, const maskaudit::label_map& classes) {
    found.keep_issues(0, image::labels);
    classes.apply(image::pred_probs);
}
#endif
