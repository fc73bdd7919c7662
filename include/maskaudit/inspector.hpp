/// \file
/// Images of any size, one at a time, each looked at once; results that merge.
///
/// \code
/// maskaudit::label_inspector inspector(num_classes, {.ignore_label = 255});
/// for (const auto& [labels, image] : data) inspector.add(labels, model(image));   // probabilities need not be stored
/// const maskaudit::inspection found = inspector.finish();
/// found.softmin_scores(0); found.num_issues; found.issues(0);
/// for (const auto& region : inspector.issue_regions(found, {.top = 10})) ...      // what to look at, worst first
///
/// inspector.save(file);                                              // and, in another run of the program:
/// auto resumed = maskaudit::label_inspector::load(file);             // goes on, or is merged with others by +=
/// \endcode
#pragma once

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/detail/argument_rules.hpp>
#include <maskaudit/detail/arrays.hpp>
#include <maskaudit/detail/batch.hpp>
#include <maskaudit/detail/evidence.hpp>
#include <maskaudit/filter.hpp>
#include <maskaudit/options.hpp>
#include <maskaudit/regions.hpp>
#include <maskaudit/summary.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <set>
#include <vector>

namespace maskaudit::detail {
class mpi_group;
}

namespace maskaudit {

/// How a label_inspector looks at images; each member may be left out.
struct inspector_options {
    ignored_labels ignore_label{};  ///< pixels with one of these labels take part in nothing
    unsigned n_jobs = 0;            ///< worker threads within an image; 0: one for every physical core
    double temperature = 0.1;       ///< of the softmin scores, above 0
    confident_learning confident{}; ///< how issues are decided: downsampling
    /// Probabilities of a pixel sum to one, as a softmax gives them: an agreeing pixel with q > 1/2 + 1/64 can then
    /// never matter and is not kept. A pixel that shows otherwise is a data_error. false keeps every q.
    bool normalized = true;
};

/// What label_inspector found. Images count from 0 in the order of their indices.
struct inspection {
    xt::xtensor<double, 1> confident_thresholds{};    ///< (K): mean self-confidence of every class, at least 2e-6
    std::uint64_t num_issues = 0;                     ///< issue pixels of all images
    xt::xtensor<double, 1> softmin_scores{};          ///< (N), from 0 (wrong) to 1 (right); 1 without valid pixels
    xt::xtensor<double, 1> num_pixel_issues_scores{}; ///< (N): 1 - issues / valid pixels; 1 without valid pixels
    xt::xtensor<std::uint64_t, 1> valid_pixels{};     ///< (N): pixels that are not ignored
    xt::xtensor<std::uint64_t, 1> issue_pixels{};     ///< (N)

    /// The issue mask of image n, in its own shape (S...).
    /// \throws std::invalid_argument where there is no such image
    xt::xarray<bool> issues(std::size_t n) const;

    /// Takes out the issues of image n that are not in the mask: counts and num_pixel_issues_scores are then of those
    /// kept. So what away_from_boundaries() or an eye has left is what all the rest is about.
    /// \param mask  (S...), boolean
    /// \throws std::invalid_argument where there is no such image, or shapes do not fit
    template <detail::boolean_array Mask>
    void keep_issues(std::size_t n, const Mask& mask);
    /// \cond
    template <class Mask> // one that does not fit
    void keep_issues(std::size_t, const Mask&) {
        detail::explain_issues<Mask>();
    }
    /// \endcond

    /// Issue pixels by given and predicted class, as maskaudit::common_label_issues counts them.
    std::vector<label_swap> common_label_issues(const summary_options& summary = {}) const;

    /// Pixels of an image, each with its given and predicted class.
    struct image_issues {
        std::vector<std::size_t> shape{};       ///< (S...)
        std::vector<std::size_t> positions{};   ///< flat positions in the image, ascending
        std::vector<std::uint16_t> given{};     ///< the class of each in the mask
        std::vector<std::uint16_t> predicted{}; ///< the class of each of the highest probability
    };
    std::vector<image_issues> images{}; ///< (N): the issues

private:
    void require_image(std::size_t n) const;
};

/// Finds label issues in images of any size that come one at a time, in any order.
///
/// Only what can still matter is kept: of a pixel whose predicted class is not the given one 16 bytes (24 for double),
/// of one that agrees with q <= 1/2 + 1/64 8 bytes (16 for double) or, where these are many, of every pixel 4 (8), of
/// the rest nothing. Where d of n pixels in N images disagree and a agree with such a q, that is about
///
///     16 d + min(8 a, 4 n) + n / 100 + 400 N bytes       (double: 24 d + min(16 a, 8 n) + n / 100 + 400 N)
///
/// and what is left of a last piece, as memory is taken in pieces that grow to 32 MiB. With downsampling that goes for
/// blocks, always in double, and a pixel whose predicted class is not the given one takes 8 bytes more.
///
/// Results are those of find_label_issues and get_label_quality_scores on all images at once, bit for bit; with
/// downsampling, softmin scores to a relative 1e-12, since the sums then run over other chunks.
///
/// An object is for one thread at a time; to use several, give each its own and merge them with +=.
class label_inspector {
public:
    /// Begins without images.
    /// \throws std::invalid_argument where num_classes is not from 1 to 65536, or temperature or downsample not above 0
    explicit label_inspector(std::size_t num_classes, inspector_options opts = {});

    /// Looks at an image: labels (S...) and pred_probs (K, S...), types as for find_label_issues; no axis of a batch.
    ///
    /// \param index  its number in the data set, which decides ties; the next after the largest so far unless given
    /// \return the index
    /// \throws std::invalid_argument where shapes do not fit, or the index is taken
    /// \throws data_error for values that cannot be used; after any exception the inspector is as it was before
    template <detail::label_array Labels, detail::probability_array PredProbs>
    std::size_t add(const Labels& labels, const PredProbs& pred_probs, std::optional<std::size_t> index = {});

    /// The same, and writes the pixel scores, the self-confidence q, to an array of the caller of shape (S...), whose
    /// content is unspecified after an exception.
    template <detail::score_array PixelScores, detail::label_array Labels, detail::probability_array PredProbs>
    std::size_t add_to(PixelScores&& pixel_scores, const Labels& labels, const PredProbs& pred_probs,
                       std::optional<std::size_t> index = {});

    /// \cond
    // Twins for arguments that do not fit.
    template <class Labels, class PredProbs, class Index = std::size_t>
        requires(!detail::usable_image<Labels, PredProbs, Index>)
    std::size_t add(const Labels&, const PredProbs&, const Index& = {}) {
        detail::explain_image<Labels, PredProbs, Index>();
        return 0;
    }
    template <class PixelScores, class Labels, class PredProbs, class Index = std::size_t>
        requires(!detail::score_array<PixelScores> || !detail::usable_image<Labels, PredProbs, Index>)
    std::size_t add_to(PixelScores&&, const Labels&, const PredProbs&, const Index& = {}) {
        detail::explain_score_memory<PixelScores>();
        detail::explain_image<Labels, PredProbs, Index>();
        return 0;
    }
    /// \endcond

    /// As if this one had seen the other's images after its own: those added with an index keep it, the others get the
    /// next one.
    /// \throws std::invalid_argument where the two differ in classes or options (n_jobs aside), or an index is taken
    ///         twice; this one is then as it was before
    label_inspector& operator+=(const label_inspector& other);

    /// Writes all that it knows, about as many bytes as it takes in memory: the same on every machine, with checksums.
    /// The stream must be binary. What it buffers is not flushed, so look at it again after closing it.
    /// \throws state_error where the stream fails, unless it throws itself
    template <std::derived_from<std::ostream> Stream>
    void save(Stream& out) const;

    /// Reads what save() wrote: an inspector that goes on as that one would, options included. The stream must be
    /// binary, and is left right behind the state, where another may follow. All is checked, damage and values alike,
    /// and memory is only taken for what has been read: a state may come from anywhere.
    /// \throws state_error where the state is cut short, damaged, of another version or not one that save() can have
    ///         written, unless the stream throws itself; where the stream then stands is unspecified
    template <std::derived_from<std::istream> Stream>
    static label_inspector load(Stream& in);

    std::size_t num_classes() const noexcept { return num_classes_; }  ///< K, as given
    std::size_t num_images() const noexcept { return images_.size(); } ///< added, merged and loaded so far

    /// Decides. Images may be added afterwards, and it be called again.
    /// \throws std::invalid_argument where the indices are not 0..N-1
    template <std::same_as<inspection> Found = inspection>
    Found finish() const;

    /// The issues of all images as regions, as maskaudit::issue_regions finds them, bit for bit: labels and
    /// probabilities are not needed again. With downsampling q and p are the means of the block that a pixel is in,
    /// by which it was judged; where that agrees with its label, p is q.
    ///
    /// \param found    what finish() has returned, maybe without some of the issues (inspection::keep_issues)
    /// \param regions  region_options: what makes a region, and which of them to return
    /// \throws std::invalid_argument where `found` has other images, or issues that this inspector has not found
    template <std::same_as<region_options> Options = region_options>
    std::vector<issue_region> issue_regions(const inspection& found, const Options& regions = {}) const;

    /// All pixels of an image whose predicted class is not the given one, issues and others: with its labels, the
    /// predicted class of every pixel that is not ignored.
    /// \throws std::invalid_argument where there is no image of this index
    template <class Pixels = inspection::image_issues>
    Pixels disagreements(std::size_t index) const;

private:
    struct entry {
        std::size_t index;
        bool index_was_given;
        detail::any_evidence evidence;
    };

    static std::size_t take_index(std::set<std::size_t>& taken, std::optional<std::size_t> wanted);
    void require_mergeable(const label_inspector& other) const;
    detail::all_evidence evidence_by_index(std::size_t first) const;

    /// \cond
    friend class detail::mpi_group; // whose ranks finish together
    /// \endcond
    template <class Found, class Group>
    Found finish_among(const Group& group, std::size_t before) const; // so many images are of others, and come first
    template <class Found>
    Found found_by(const auto& decision, const detail::all_evidence& images) const;

    template <class T, class Labels, class PredProbs>
    std::size_t add_image(const Labels& labels, const PredProbs& pred_probs, std::optional<std::size_t> index,
                          const detail::score_sink<T>& sink);
    template <class T>
    detail::findings look(detail::batch<T>& data, const detail::score_sink<T>& sink);

    std::size_t num_classes_;
    inspector_options options_;
    detail::class_sums sums_;
    detail::piecewise_memory memory_; // of the evidence
    std::vector<entry> images_;       // in the order they came
    std::set<std::size_t> taken_;     // their indices
};

} // namespace maskaudit

#include <maskaudit/detail/inspected_pixels.hpp>
#include <maskaudit/detail/inspector_impl.hpp>
#include <maskaudit/detail/inspector_state.hpp>
