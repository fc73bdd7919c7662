#include "pixel_scores.hpp"

#include "interrupt.hpp"

#include <type_traits>

namespace maskaudit_program {
namespace {

/// Scores are computed as doubles where probabilities are, otherwise as floats.
bool in_double(const image_set& images) { return images.pred_probs_facts().type.ends_with("f8"); }

/// Calls f<type of the scores>(file, shape) where the scores of all images go to one file.
template <class F>
void with_one_file(const pixel_score_target& target, const image_set& images, F f) {
    const auto* const file = std::get_if<std::filesystem::path>(&target);
    if (file == nullptr) return;
    const std::vector<std::size_t> shape = images.labels_facts().shape;
    if (in_double(images))
        f.template operator()<double>(*file, shape);
    else
        f.template operator()<float>(*file, shape);
}

} // namespace

void make_pixel_scores(const pixel_score_target& target, const image_set& images) {
    with_one_file(target, images,
                  []<class T>(const auto& file, const auto& shape) { maskaudit::create_npy<T>(file, shape); });
}

pixel_score_writer::pixel_score_writer(const pixel_score_target& target, const image_set& images,
                                       const image_range& own)
    : target_(target) {
    with_one_file(target, images, [&]<class T>(const auto& file, const auto& shape) {
        all_.emplace<maskaudit::npy_writer<T>>(file, shape, part_of(shape, own));
    });
}

template <class T>
void pixel_score_writer::write(std::size_t n, const xt::xarray<T>& scores) {
    if (auto* const all = std::get_if<maskaudit::npy_writer<T>>(&all_))
        all->append(scores);
    else
        maskaudit::write_npy(std::get<1>(target_)(n), scores);
}

void pixel_score_writer::finish() {
    const auto finish = [](auto& writer) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(writer)>, std::monostate>) writer.finish();
    };
    std::visit(finish, all_);
}

template void pixel_score_writer::write(std::size_t, const xt::xarray<float>&);
template void pixel_score_writer::write(std::size_t, const xt::xarray<double>&);

void join_pixel_scores(const pixel_score_target& parts, const std::filesystem::path& file, const image_set& images,
                       const image_range& own) {
    const pixel_score_target target = file;
    pixel_score_writer writer(target, images, own);
    for (std::size_t n = own.first; n < own.end; ++n) {
        throw_if_interrupted();
        const maskaudit::npy_view scores(std::get<1>(parts)(n));
        if (in_double(images))
            writer.write(n, scores.read<double>());
        else
            writer.write(n, scores.read<float>());
    }
    writer.finish();
}

} // namespace maskaudit_program
