"""What the issues are about, and what they look like."""

from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

import numpy as np

from . import _arrays, _core, _progress, _tables

if TYPE_CHECKING:
    import pandas

__all__ = ["common_label_issues", "display_issues", "filter_by_class"]


def common_label_issues(
    issues: Any,
    labels: Any,
    pred_probs: Any,
    *,
    class_names: Optional[Sequence[str]] = None,
    exclude: Optional[Sequence[int]] = None,
    top: Optional[int] = None,
    verbose: bool = True,
    ignore_label: Any = None,
    n_jobs: Optional[int] = None,
) -> "Union[pandas.DataFrame, list[tuple[Any, Any, int]]]":
    """Counts issue pixels by given and predicted class, the most frequent pair first.

    Parameters
    ----------
    issues : array_like of bool, (N, H, W) or (N, ...)
        As find_label_issues returns them. Labels and probabilities of other pixels may be anything.
    labels, pred_probs, ignore_label, n_jobs
        As for find_label_issues.
    class_names : sequence of str, optional
        A name for each of the K classes, to be printed and returned for its number.
    exclude : sequence of int, optional
        Predicted classes to leave out.
    top : int, optional
        How many pairs to print; None: 10. All are returned.
    verbose : bool, default True
        Prints the most frequent pairs, and shows a bar as find_label_issues does.

    Returns
    -------
    pandas.DataFrame
        Columns given_label, predicted_label and num_pixel_issues. Equally frequent pairs are in the order of the given,
        then the predicted class. Where pandas is not installed, a list of tuples of these three.

    Raises
    ------
    ValueError
        Where shapes or types do not fit, or for a label or probability at an issue pixel that cannot be used.
    """
    issues = _arrays.boolean_mask(issues)
    labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
    names = _arrays.names(class_names, _arrays.classes_of(pred_probs))
    options = _arrays.options(ignore_label, n_jobs)
    with _progress.shown("common_label_issues", verbose) as report:
        rows = _core.common_label_issues(issues, labels, pred_probs, _arrays.excluded(exclude), options, report)
    return _tables.printed(_tables.named(rows, names), top, verbose)


def filter_by_class(
    class_index: int,
    issues: Any,
    labels: Any,
    pred_probs: Any,
    *,
    ignore_label: Any = None,
    n_jobs: Optional[int] = None,
) -> np.ndarray:
    """Returns the issues whose given or predicted class is class_index; none, for a class that does not exist.

    Parameters
    ----------
    class_index : int
    issues, labels, pred_probs, ignore_label, n_jobs
        As for common_label_issues.

    Returns
    -------
    numpy.ndarray, bool, of the shape of labels

    Raises
    ------
    ValueError
        As common_label_issues does.
    """
    number = _arrays.integer(class_index, "class_index")
    issues = _arrays.boolean_mask(issues)
    labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
    no_class = 2**64 - 1
    options = _arrays.options(ignore_label, n_jobs)
    return _core.filter_by_class(number if 0 <= number < no_class else no_class, issues, labels, pred_probs, options)


def display_issues(
    issues: Any,
    *,
    labels: Any = None,
    pred_probs: Any = None,
    class_names: Optional[Sequence[str]] = None,
    exclude: Optional[Sequence[int]] = None,
    top: Optional[int] = None,
    folder: "Union[str, os.PathLike[str], None]" = None,
    images: Any = None,
    ignore_label: Any = None,
    n_jobs: Optional[int] = None,
    verbose: bool = True,
) -> "Union[list[np.ndarray], list[pathlib.Path]]":
    """Draws the images with the most issue pixels: given mask, predicted mask and issues side by side, with a legend.

    Images of equally many issues come in the order of their indices; those without any are left out.

    Parameters
    ----------
    issues : array_like of bool, (N, H, W)
        As find_label_issues returns them.
    labels, pred_probs : array_like, optional
        As for find_label_issues, of two axes an image. The mask of what is not given is grey all over.
    class_names : sequence of str, optional
        A name for each of the K classes, for the legend.
    exclude : sequence of int, optional
        Predicted classes whose issues are left out. Needs labels and pred_probs.
    top : int, optional
        How many images at most; None: 20, 0: all that have issues.
    folder : path, optional
        Where PNG files go, named after the index of their image: 000012.png. Made if it is missing. Not in cleanlab.
    images : array_like of uint8, (N, H, W, 3), optional
        The pictures that the masks are of, to be drawn with the issues outlined. Not in cleanlab.
    ignore_label : int or iterable of int, optional
        Labels of pixels that are drawn in grey and are no issues. Not in cleanlab.
    n_jobs, verbose
        As for find_label_issues. Not in cleanlab.

    Returns
    -------
    list of pathlib.Path with a folder, list of numpy.ndarray, uint8, (height, width, 3) without
        Most issue pixels first. cleanlab opens windows and returns nothing.

    Raises
    ------
    ValueError
        Where shapes or types do not fit, or for a label or probability that cannot be used.
    OSError
        Where the folder cannot be made or a file cannot be written.
    """
    issues = _arrays.boolean_mask(issues)
    top = 20 if top is None else _arrays.count(top, "top", least=0)
    photos = None if images is None else np.asarray(images)
    if labels is None or pred_probs is None:
        if exclude:
            raise ValueError("exclude is about predicted classes: labels and pred_probs must be given as well")
        from . import _partial_panels

        return _partial_panels.draw(issues, labels, pred_probs, class_names, top, folder, photos, ignore_label)

    labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
    names = _arrays.names(class_names, _arrays.classes_of(pred_probs)) or []
    options = _arrays.options(ignore_label, n_jobs)
    if exclude:
        issues = issues & ~_predicted_among(_arrays.excluded(exclude), issues, labels, pred_probs, ignore_label, n_jobs)
    display = _core.DisplayOptions(top, names, photos, labels)
    with _progress.shown("display_issues", verbose) as report:
        if folder is None:
            return _core.draw_issues(issues, labels, pred_probs, display, options, report)
        files = _core.write_issues(os.fsencode(folder), issues, labels, pred_probs, display, options, report)
        return [pathlib.Path(os.fsdecode(file)) for file in files]


def _predicted_among(
    classes: list[int], issues: np.ndarray, labels: np.ndarray, pred_probs: np.ndarray, ignore_label: Any, n_jobs: Any
) -> np.ndarray:
    """Flags the issue pixels that are predicted as one of these classes."""
    flagged = np.zeros(issues.shape, bool)
    num_classes = _arrays.classes_of(pred_probs)
    ignored = _arrays.ignored(ignore_label)
    if ignored:
        issues = issues & ~np.isin(labels, ignored)
    for number in classes:
        if num_classes is None or number >= num_classes:
            continue
        if num_classes == 1:
            return issues
        # Where every pixel is given another class, what filter_by_class finds is predicted as this one.
        other = np.broadcast_to(np.uint8(1 if number == 0 else 0), labels.shape)
        flagged |= filter_by_class(number, issues, other, pred_probs, n_jobs=n_jobs)
    return flagged
