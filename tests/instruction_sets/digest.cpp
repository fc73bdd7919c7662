#include <maskaudit/maskaudit.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

// Prints what the library finds in random scenes: numbers that must not depend on the instruction set, the compiler's
// options or the number of threads, and softmin scores, which may by a relative 1e-12.
//
// digest                    prints a line for every number
// digest FILE               compares with what another run has printed
// digest --instruction-set  prints the instruction set in use: the best one of this machine unless told otherwise

namespace {

using engine = std::mt19937_64;

std::size_t below(engine& random, std::size_t bound) { return random() % bound; }

/// Masks in runs as long as `run`, probabilities that follow them but for errors; with -0, values within the slack, and
/// ties. Made without the standard library's distributions, which differ between its implementations.
template <class Label, class T>
struct scene {
    scene(engine& random, std::size_t images, std::size_t classes, std::vector<std::size_t> shape, std::size_t run,
          bool normalized) {
        std::size_t pixels = 1;
        for (const std::size_t extent : shape)
            pixels *= extent;
        shape.insert(shape.begin(), images);
        labels = xt::xarray<Label>::from_shape(shape);
        shape.insert(shape.begin() + 1, classes);
        pred_probs = xt::xarray<T>::from_shape(shape);
        // In integers, and one division: what compilers may fuse would make other scenes.
        std::vector<std::uint64_t> weights(classes);
        std::vector<double> p(classes);
        std::size_t given = 0, seen = 0, ignored_end = 0;
        for (std::size_t i = 0; i < images * pixels; ++i) {
            if (below(random, run) == 0) given = below(random, classes);
            if (below(random, run) == 0) seen = below(random, 4) == 0 ? below(random, classes) : given;
            std::uint64_t sum = 1;
            for (std::uint64_t& weight : weights)
                sum += weight = below(random, 4096) * below(random, 4096);
            const std::uint64_t boost = sum * below(random, 768) / 256;
            weights[seen] += boost;
            sum += boost;
            for (std::size_t k = 0; k < classes; ++k)
                p[k] = static_cast<double>(normalized ? weights[k] : below(random, 1U << 30)) /
                       static_cast<double>(normalized ? sum : 1U << 30);
            if (below(random, 8) == 0) p[below(random, classes)] = below(random, 2) == 0 ? -0.0 : -1e-7;
            if (below(random, 8) == 0) p[below(random, classes)] = p[seen] = 0.25;
            for (std::size_t k = 0; k < classes; ++k)
                pred_probs.data()[(i / pixels * classes + k) * pixels + i % pixels] = static_cast<T>(p[k]);
            if (below(random, run * 10) == 0) ignored_end = i + 1 + below(random, 3 * run); // one alone, or many
            labels.data()[i] = i < ignored_end ? Label{100} : static_cast<Label>(given);
        }
    }

    xt::xarray<Label> labels;
    xt::xarray<T> pred_probs;
};

struct number {
    std::string name;
    bool exact;
    double value;
};

class digest {
public:
    std::vector<number> numbers;

    void add(const std::string& name, bool exact, double value) { numbers.push_back({prefix + name, exact, value}); }

    template <class Array>
    void add_all(const std::string& name, bool exact, const Array& values) {
        for (const auto value : values)
            add(name, exact, static_cast<double>(value));
    }

    /// A number that changes with any of the values and their order.
    template <class Array>
    void add_hash(const std::string& name, const Array& values) {
        std::uint64_t hash = 0xCBF29CE484222325;
        for (const auto value : values)
            hash = (hash ^ std::bit_cast<std::uint64_t>(static_cast<double>(value))) * 0x100000001B3;
        add(name, true, static_cast<double>(hash >> 12));
    }

    std::string prefix;
    int rounds = 0;
};

template <class Label, class T>
void look(digest& out, engine& random, std::size_t classes, const std::vector<std::size_t>& shape, std::size_t run,
          bool normalized) {
    const int round = out.rounds++;
    out.prefix = std::to_string(round) + " ";
    const scene<Label, T> data(random, 2, classes, shape, run, normalized);
    const maskaudit::options opts{
        .ignore_label = 100, .n_jobs = static_cast<unsigned>(1 + round % 3), .batch_size = round % 4 == 0 ? 1U : 0U};
    const auto issues = maskaudit::find_label_issues(data.labels, data.pred_probs, opts);
    out.add_hash("issues", issues);
    const auto soft = maskaudit::get_label_quality_scores(data.labels, data.pred_probs, opts);
    out.add_hash("pixel_scores", soft.pixel_scores);
    out.add_all("softmin", false, soft.image_scores);
    const auto count =
        maskaudit::get_label_quality_scores(data.labels, data.pred_probs, maskaudit::num_pixel_issues{}, opts);
    out.add_all("num_pixel_issues", true, count.image_scores);
    out.add_hash("of_class", maskaudit::filter_by_class(1, issues, data.labels, data.pred_probs, opts));
    for (const auto& swap : maskaudit::common_label_issues(issues, data.labels, data.pred_probs, {}, opts))
        out.add(
            "swap", true,
            static_cast<double>((swap.given_label * 1000 + swap.predicted_label) * 1000000 + swap.num_pixel_issues));

    // Transposed, so that neither classes nor pixels lie densely; and in blocks.
    const xt::xarray<T> last(xt::transpose(data.pred_probs));
    out.add_hash("strided", maskaudit::find_label_issues(data.labels, xt::transpose(last), opts));
    if (data.labels.shape(1) % 2 == 0 && data.labels.dimension() == 2)
        out.add_hash("blocks", maskaudit::find_label_issues(data.labels, data.pred_probs,
                                                            maskaudit::confident_learning{.downsample = 2}, opts));

    maskaudit::label_inspector inspector(
        classes, {.ignore_label = opts.ignore_label, .n_jobs = opts.n_jobs, .temperature = 0.02, .normalized = false});
    for (std::size_t n = 0; n < 2; ++n)
        inspector.add(xt::view(data.labels, n), xt::view(data.pred_probs, n));
    const maskaudit::inspection found = inspector.finish();
    out.add_all("thresholds", true, found.confident_thresholds);
    out.add_all("issue_pixels", true, found.issue_pixels);
    out.add_all("inspector_softmin", false, found.softmin_scores);
}

template <class Label, class T>
void look_at_shapes(digest& out, engine& random) {
    for (const std::size_t run : {3U, 200U})
        for (const bool normalized : {true, false}) {
            look<Label, T>(out, random, 2, {1}, run, normalized);
            look<Label, T>(out, random, 3, {77}, run, normalized);
            look<Label, T>(out, random, 8, {64, 5}, run, normalized);
            look<Label, T>(out, random, 5, {1000}, run, normalized);
            look<Label, T>(out, random, 19, {128, 65}, run, normalized); // more than a chunk, and a rest
            look<Label, T>(out, random, 33, {3, 7, 11}, run, normalized);
        }
}

/// Logits: probabilities must be the same bits, whichever way they are asked for.
template <class T>
void look_at_logits(digest& out, engine& random, std::size_t classes, const std::vector<std::size_t>& shape) {
    const int round = out.rounds++;
    out.prefix = "logits " + std::to_string(round) + " ";
    scene<std::uint16_t, T> data(random, 2, classes, shape, 20, true);
    for (T& logit : data.pred_probs) // from weights to any numbers, some of them far apart, by exact operations
    {
        const T far = below(random, 16) == 0 ? 8 : 1;
        logit = static_cast<T>(below(random, 1U << 24)) / T{1 << 20} * far - 4 * logit;
    }
    const maskaudit::options opts{
        .ignore_label = 100, .n_jobs = static_cast<unsigned>(1 + round % 3), .batch_size = round % 4 == 0 ? 1U : 0U};
    const auto pred_probs = maskaudit::softmax_over_classes(data.pred_probs);
    out.add_hash("issues", maskaudit::find_label_issues(data.labels, pred_probs, opts));
    const auto soft = maskaudit::get_label_quality_scores(data.labels, pred_probs, opts);
    out.add_hash("pixel_scores", soft.pixel_scores);
    out.add_all("softmin", false, soft.image_scores);
    const xt::xarray<T> last(xt::transpose(data.pred_probs));
    const auto strided = maskaudit::softmax_over_classes(xt::transpose(last));
    const auto count = maskaudit::get_label_quality_scores(data.labels, strided, maskaudit::num_pixel_issues{}, opts);
    out.add_hash("strided", count.pixel_scores);
    out.add_all("num_pixel_issues", true, count.image_scores);
    if (std::all_of(shape.begin(), shape.end(), [](std::size_t extent) { return extent % 5 == 0; }))
        out.add_hash("blocks", maskaudit::find_label_issues(data.labels, pred_probs,
                                                            maskaudit::confident_learning{.downsample = 5}, opts));
    if (count.pixel_scores != soft.pixel_scores) throw std::runtime_error("a probability depends on how it is read");

    maskaudit::label_inspector inspector(classes, {.ignore_label = opts.ignore_label, .n_jobs = opts.n_jobs});
    for (std::size_t n = 0; n < 2; ++n)
        inspector.add(xt::view(data.labels, n), maskaudit::softmax_over_classes(xt::view(data.pred_probs, n)));
    out.add_all("thresholds", true, inspector.finish().confident_thresholds);
}

std::vector<number> look_at_everything() {
    digest out;
    engine random(7);
    look_at_shapes<std::uint8_t, float>(out, random);
    look_at_shapes<std::int16_t, float>(out, random);
    look_at_shapes<std::uint32_t, float>(out, random);
    look_at_shapes<std::int64_t, float>(out, random);
    look_at_shapes<std::int8_t, double>(out, random);
    look_at_shapes<std::int32_t, double>(out, random);
    look_at_shapes<std::uint64_t, double>(out, random);
    for (const std::size_t classes : {1U, 2U, 3U, 19U, 64U, 1000U}) {
        look_at_logits<float>(out, random, classes, {65, classes < 100 ? 140U : 2U});
        look_at_logits<double>(out, random, classes, {classes < 100 ? 3001U : 77U});
    }
    return out.numbers;
}

/// Reads numbers back, and says where they differ.
int compare(const std::string& path, const std::vector<number>& numbers) {
    std::ifstream file(path);
    int differences = 0;
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line); ++lines) {
        if (lines == numbers.size()) throw std::runtime_error(path + " has more numbers");
        const number& mine = numbers[lines];
        const std::size_t end = line.rfind(' ');
        const double other = std::stod(line.substr(end + 1)); // hexadecimal, and so exact
        const double slack = mine.exact ? 0 : (std::max)(1e-12 * std::abs(other), 1e-15);
        if (line.substr(0, end) == mine.name && std::abs(mine.value - other) <= slack) continue;
        if (++differences <= 10) std::printf("%s: here %s %.17g\n", line.c_str(), mine.name.c_str(), mine.value);
    }
    if (lines != numbers.size()) throw std::runtime_error(path + " has fewer numbers, or cannot be read");
    std::printf("%zu numbers compared, %d differ\n", lines, differences);
    return differences == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::string argument = argc > 1 ? argv[1] : "";
        if (argument == "--instruction-set") {
            constexpr const char* names[] = {"sse2", "avx2", "avx512"};
            std::puts(names[static_cast<int>(maskaudit::detail::chosen_instruction_set())]);
            return 0;
        }
        const std::vector<number> numbers = look_at_everything();
        if (!argument.empty()) return compare(argument, numbers);
        for (const number& line : numbers)
            std::printf("%s %a\n", line.name.c_str(), line.value);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
