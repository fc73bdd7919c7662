/// \file
/// maskaudit finds label errors in semantic segmentation masks.
///
/// Give it the masks people drew, `labels` (N, H, W), and a model's class probabilities, `pred_probs` (N, K, H, W):
///
/// \code
/// auto issues = maskaudit::find_label_issues(labels, pred_probs);           // (N, H, W): true where wrong
/// auto scores = maskaudit::get_label_quality_scores(labels, pred_probs);    // for every image and every pixel
/// auto worst = maskaudit::issues_from_scores(scores.image_scores, 0.5);     // images to look at first
/// auto swaps = maskaudit::common_label_issues(issues, labels, pred_probs);  // which class was taken for which
/// \endcode
///
/// | header         | what for                                                                      |
/// |----------------|-------------------------------------------------------------------------------|
/// | filter.hpp     | find_label_issues, and the backends it takes                                  |
/// | rank.hpp       | get_label_quality_scores, issues_from_scores                                  |
/// | summary.hpp    | common_label_issues, filter_by_class                                          |
/// | regions.hpp    | issue_regions, away_from_boundaries, suggested_labels                         |
/// | inspector.hpp  | label_inspector: images of any size, one at a time, looked at once; mergeable |
/// | logits.hpp     | softmax_over_classes: raw scores in place of probabilities                    |
/// | options.hpp    | ignored labels, threads, progress                                             |
/// | data_error.hpp | what is thrown; error.hpp adds what is thrown for files                       |
///
/// Arrays are any xtensor expressions: containers, adaptors over foreign memory and views are read in place by their
/// strides; lazy expressions are evaluated one image at a time. Labels are of any integer type or bool, probabilities
/// float, double, half, or 8 or 16 bits of fixed point. Every probability is read once, with the widest vectors that
/// the processor has, and nothing has to be set for it when compiling: issues are the same whatever it has, softmin
/// scores to a relative 1e-12.
///
/// Not included, since not everybody needs what they take to compile: npy.hpp, files in NumPy's format read in place,
/// and dataset.hpp, folders of files, which are components of their own and need Boost and libpng; label_map.hpp, raw
/// ids turned into classes; and coco.hpp, regions as annotation tools read them.
#pragma once

/// \namespace maskaudit
/// All that is public. What is in the namespace detail, or in the folder of that name, may change at any time.

#include <maskaudit/detail/compiler.hpp>

#include <maskaudit/data_error.hpp>
#include <maskaudit/filter.hpp>
#include <maskaudit/inspector.hpp>
#include <maskaudit/logits.hpp>
#include <maskaudit/options.hpp>
#include <maskaudit/rank.hpp>
#include <maskaudit/regions.hpp>
#include <maskaudit/summary.hpp>
