"""Which pixels are probably mislabelled."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from . import _arrays, _core, _progress

__all__ = ["find_label_issues"]


def find_label_issues(
    labels: Any,
    pred_probs: Any,
    *,
    batch_size: Optional[int] = None,
    n_jobs: Optional[int] = None,
    verbose: bool = True,
    downsample: int = 1,
    ignore_label: Any = None,
    downsample_labels: str = "mean",
) -> np.ndarray:
    """Finds the pixels whose label is probably wrong, by confident learning.

    The threshold of a class is the mean probability of the given class over the pixels given it. Pixels whose predicted
    class is another than the given one, with at least that class's threshold as probability, are counted; of the pixels
    with the lowest probability of their given class as many are issues, unless the given class is the predicted one.

    Parameters
    ----------
    labels : array_like, (N, H, W) or (N, ...)
        The class given to every pixel, from 0 to K-1, or an ignored label. Any integer type or bool.
    pred_probs : array_like, (N, K, H, W) or (N, K, ...)
        The model's probability of every class at every pixel, best of one that has not been trained on these labels:
        float16, float32, float64, or uint8 or uint16 as fractions of 255 or 65535. Read in place, in whatever order of
        axes, with whatever strides, of a memory-mapped file as well, and never copied as a whole.
    batch_size : int, optional
        Pixels that a thread takes at once. None is a good size; never changes a result.
    n_jobs : int, optional
        Threads; None: one for every physical core. Never changes a result.
    verbose : bool, default True
        Shows a bar on standard error, if that is a terminal or a notebook, in calls that take some time.
    downsample : int, default 1
        Decides on blocks of so many pixels along every axis, which must divide height and width.
    ignore_label : int or iterable of int, optional
        Labels of pixels that take part in nothing, such as void: 255, or [255, -1]. Not in cleanlab.
    downsample_labels : {"mean", "majority"}, default "mean"
        The label of a block: the mean of its label numbers, rounded half to even, as cleanlab has it, or its most
        frequent one. Not in cleanlab.

    Returns
    -------
    numpy.ndarray, bool, of the shape of labels
        True where the label is probably wrong.

    Raises
    ------
    ValueError
        Where shapes, types or downsample do not fit; for a label that is no class, or a probability below 0 or above 1
        by more than 1e-6, with image, pixel and value.
    KeyboardInterrupt
        Soon after Ctrl-C, at the end of the image that is being looked at.

    Notes
    -----
    Other than in cleanlab 2.9, of pixels that tie at the cutoff those that come first are issues, and labels that are
    no class, NaN and infinity are errors.
    """
    labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
    options = _arrays.options(ignore_label, n_jobs, batch_size)
    majority = _arrays.is_majority(downsample_labels)
    factor = _arrays.count(downsample, "downsample")
    with _progress.shown("find_label_issues", verbose) as report:
        return _core.find_label_issues(labels, pred_probs, factor, majority, options, report)
