"""Finds label errors in semantic segmentation masks.

The functions of ``cleanlab.segmentation``, with its names, arguments and defaults, over numpy arrays that are read
where they lie: a script changes its import and nothing else.

=============================  =======================================================================
``get_label_quality_scores``   a score from 0 (wrong) to 1 (right) for every image and every pixel
``issues_from_scores``         the images, or pixels, with a score below a threshold
``find_label_issues``          the pixels that are probably mislabelled
``common_label_issues``        which classes were given where the model sees which others
``filter_by_class``            the issues of one class
``display_issues``             images with their masks side by side, as PNG files or arrays
``LabelInspector``             images of any size, one at a time; results that merge and can be saved
=============================  =======================================================================

They are also in the modules ``filter``, ``rank`` and ``summary``, as in ``cleanlab.segmentation``.

Where it differs from cleanlab 2.9 on purpose:

* A label that is no class raises ``ValueError``, which names image, pixel and value, unless it is an ignored label
  (``ignore_label=255``). cleanlab takes -1 for the last class.
* So does NaN, infinity, or a probability below 0 or above 1 by more than 1e-6, where it is read.
* Of pixels that tie at the cutoff of ``find_label_issues`` those that come first are issues.
* ``issues_from_scores`` without pixel scores returns the images below the threshold, and not one more;
  ``cleanlab_2_9=True`` asks for that one.
* ``n_jobs=None`` takes all cores, in threads of one process. Results depend on neither ``n_jobs`` nor ``batch_size``.
* ``display_issues`` writes files or returns arrays; it opens no window.
"""

from ._core import IssueRegion, __version__
from .filter import find_label_issues
from .inspector import Inspection, LabelInspector
from .rank import get_label_quality_scores, issues_from_scores
from .summary import common_label_issues, display_issues, filter_by_class

__all__ = [
    "Inspection",
    "IssueRegion",
    "LabelInspector",
    "__version__",
    "common_label_issues",
    "display_issues",
    "filter_by_class",
    "find_label_issues",
    "get_label_quality_scores",
    "issues_from_scores",
]
