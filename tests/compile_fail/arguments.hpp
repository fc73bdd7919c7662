#pragma once

#include <maskaudit/maskaudit.hpp>

namespace fine {
inline const xt::xtensor<int, 3> labels{{{0, 0, 1, 0}}};
inline const xt::xtensor<double, 4> pred_probs{{{{0.9, 0.8, 0.9, 0.7}}, {{0.1, 0.2, 0.1, 0.3}}}};
inline const xt::xtensor<bool, 3> issues{{{false, false, true, false}}};
} // namespace fine

namespace wrong {
inline const xt::xtensor<float, 3> labels{{{0, 0, 1, 0}}};
inline const xt::xtensor<int, 4> pred_probs{{{{9, 8, 9, 7}}, {{1, 2, 1, 3}}}};
inline const xt::xtensor<int, 3> issues{{{0, 0, 1, 0}}};
} // namespace wrong
