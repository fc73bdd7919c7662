"""Which images are probably badly labelled."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from . import _arrays, _core, _progress

__all__ = ["get_label_quality_scores", "issues_from_scores"]


def get_label_quality_scores(
    labels: Any,
    pred_probs: Any,
    *,
    method: str = "softmin",
    batch_size: Optional[int] = None,
    n_jobs: Optional[int] = None,
    verbose: bool = True,
    temperature: float = 0.1,
    downsample: int = 1,
    ignore_label: Any = None,
    downsample_labels: str = "mean",
) -> tuple[np.ndarray, np.ndarray]:
    """Scores every image and every pixel from 0 (wrong) to 1 (right).

    Parameters
    ----------
    labels, pred_probs, batch_size, n_jobs, verbose, ignore_label
        As for find_label_issues.
    method : {"softmin", "num_pixel_issues"}, default "softmin"
        How an image is scored: "softmin" by a mean of its pixel scores in which the lowest weigh most,
        "num_pixel_issues" by the share of its pixels that find_label_issues finds fine.
    temperature : float, default 0.1
        Of softmin, above 0: towards 0 the worst pixel decides, towards infinity the mean. Others do without.
    downsample, downsample_labels
        Of num_pixel_issues, as for find_label_issues. Others do without.

    Returns
    -------
    image_scores : numpy.ndarray, float64, (N,)
        1 for an image without pixels that are not ignored.
    pixel_scores : numpy.ndarray, of the shape of labels
        The probability of the given class; 1 where the label is ignored. float64 if pred_probs are, float32 otherwise.

    Raises
    ------
    ValueError
        Where shapes or types do not fit, for a method that does not exist, a temperature that is not above 0, a label
        that is no class, or a probability below 0 or above 1 by more than 1e-6 among those that are read: softmin reads
        those of the given classes.
    KeyboardInterrupt
        Soon after Ctrl-C, at the end of the image that is being looked at.

    Notes
    -----
    Other than in cleanlab 2.9, labels that are no class, NaN and infinity are errors.
    """
    if method not in ("softmin", "num_pixel_issues"):
        raise ValueError(f"method is {method!r}: it must be 'softmin' or 'num_pixel_issues'")
    labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
    options = _arrays.options(ignore_label, n_jobs, batch_size)
    majority = _arrays.is_majority(downsample_labels)
    factor = _arrays.count(downsample, "downsample")
    temperature = _arrays.number(temperature, "temperature")
    with _progress.shown("get_label_quality_scores", verbose) as report:
        if method == "softmin":
            return _core.softmin_scores(labels, pred_probs, temperature, options, report)
        return _core.num_pixel_issues_scores(labels, pred_probs, factor, majority, options, report)


def issues_from_scores(
    image_scores: Any, pixel_scores: Any = None, threshold: float = 0.1, *, cleanlab_2_9: bool = False
) -> np.ndarray:
    """Returns what has a score below a threshold: pixels where pixel scores are given, images otherwise.

    Parameters
    ----------
    image_scores : array_like, (N,)
        Any numbers.
    pixel_scores : array_like, (N, H, W) or (N, ...), optional
        Any numbers.
    threshold : float, default 0.1
        From 0 to 1.
    cleanlab_2_9 : bool, default False
        Without pixel scores, returns the next image in the ranking too, as cleanlab 2.9 does against what its
        documentation says: so one at least, if there is any.

    Returns
    -------
    numpy.ndarray
        With pixel scores bool, of their shape: True below the threshold. Without, indices of the images with a score
        below it, the lowest score first, of equal scores the lower index first.

    Raises
    ------
    ValueError
        Where shapes or types do not fit, the threshold is not from 0 to 1, or a score is NaN.
    """
    images = _arrays.scores(image_scores, "image_scores", np.float64)
    threshold = _arrays.number(threshold, "threshold")
    if pixel_scores is None:
        return _core.images_below(images, threshold, bool(cleanlab_2_9))
    pixels = _arrays.scores(pixel_scores, "pixel_scores", np.float32, np.float64)
    return _core.pixels_below(images, pixels, threshold)
