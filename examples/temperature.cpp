#include <maskaudit/maskaudit.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdio>
#include <string>

// What the temperature of the softmin score does, as a table: the one of the guide (docs/temperature.md).

/// The score of an image of two classes, all labels 0: a model that gives `rest` to all pixels but one, which has `q`.
double score(std::size_t side, double rest, double q, double temperature) {
    const auto labels = xt::xtensor<int, 3>({1, side, side}, 0);
    auto pred_probs = xt::xtensor<double, 4>({1, 2, side, side}, 1 - rest);
    xt::view(pred_probs, 0, 0) = rest;
    pred_probs(0, 0, 0, 0) = q;
    pred_probs(0, 1, 0, 0) = 1 - q;
    return maskaudit::get_label_quality_scores(labels, pred_probs, maskaudit::softmin{temperature}).image_scores(0);
}

// Temperature; one wrong pixel of 100; one of 10000; 100 pixels that the model is unsure of.
const std::string expected = R"(
| 0.01 | 0.050 | 0.050 | 0.600 |
| 0.1  | 0.061 | 0.547 | 0.600 |
| 0.2  | 0.521 | 0.942 | 0.600 |
| 0.5  | 0.898 | 0.949 | 0.600 |
| 10   | 0.940 | 0.950 | 0.600 |
)";

int main() {
    std::string table = "\n";
    for (const double t : {0.01, 0.1, 0.2, 0.5, 10.0}) {
        std::array<char, 100> row{};
        std::snprintf(row.data(), row.size(), "| %-4g | %.3f | %.3f | %.3f |\n", t, score(10, 0.95, 0.05, t),
                      score(100, 0.95, 0.05, t), score(10, 0.6, 0.6, t));
        table += row.data();
    }
    std::printf("%s", table.c_str());
    assert(table == expected);
}
