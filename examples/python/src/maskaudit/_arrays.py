"""Brings arguments into the form that the core takes, without copying pred_probs."""

from __future__ import annotations

import operator
from typing import Any, Mapping, Sequence

import numpy as np

from . import _core

#: Types of labels that the core does not read, and what they are copied to.
_READ_INSTEAD = {"i1": np.int32, "i2": np.int32, "u4": np.int64}


def labels_and_pred_probs(labels: Any, pred_probs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Returns both as arrays that the core can read: pred_probs as they lie in memory, labels maybe as a copy."""
    pred_probs = np.asarray(pred_probs)
    if not pred_probs.flags.aligned:
        raise ValueError(
            "pred_probs do not lie at multiples of their size in memory: copy them, or give LabelInspector a copy of "
            "one image at a time"
        )
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iub":
        return labels, pred_probs  # the core tells what labels have to be
    if not pred_probs.dtype.isnative:  # which the core reads with labels of one type alone
        if labels.dtype.kind == "u" and labels.size and labels.max() > np.iinfo(np.int64).max:
            raise ValueError("labels of 2**63 and more cannot be read beside pred_probs in the other byte order")
        return labels.astype(np.int64, copy=False), pred_probs
    wanted = _READ_INSTEAD.get(labels.dtype.str[1:], labels.dtype.newbyteorder("="))
    return np.require(labels, wanted, "A"), pred_probs


def boolean_mask(issues: Any, name: str = "issues") -> np.ndarray:
    """Returns a mask whose bytes are 0 or 1, which the core relies on."""
    issues = np.asarray(issues)
    if issues.dtype != np.bool_:
        raise ValueError(f"{name} are of type {issues.dtype}: they must be bool, as in {name} != 0")
    as_bytes = issues.view(np.uint8)
    return issues if as_bytes.size == 0 or as_bytes.max() <= 1 else as_bytes != 0


def scores(values: Any, name: str, *kept: type) -> np.ndarray:
    """Returns scores as they are where their type is one of those, and else as float64."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} are of type {values.dtype}: they must be numbers")
    if values.dtype.isnative and values.flags.aligned and values.dtype.type in kept:
        return values
    return values.astype(np.float64)


def options(ignore_label: Any = None, n_jobs: Any = None, batch_size: Any = None) -> _core.Options:
    """Makes the core's options. None stands for its defaults: no label, all cores, a good size."""
    return _core.Options(
        ignored=ignored(ignore_label),
        n_jobs=0 if n_jobs is None else count(n_jobs, "n_jobs", most=2**32 - 1),
        batch_size=0 if batch_size is None else count(batch_size, "batch_size"),
    )


def ignored(ignore_label: Any) -> list[int]:
    """Returns the labels to ignore."""
    if ignore_label is None:
        return []
    is_collection = np.iterable(ignore_label) and not isinstance(ignore_label, (str, bytes))
    ignored_values = [integer(value, "ignore_label") for value in (ignore_label if is_collection else [ignore_label])]
    for value in ignored_values:
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"ignore_label is {value}: it must fit 64 bits")
    return ignored_values


def integer(value: Any, name: str) -> int:
    """Returns an int; TypeError, in the name of the argument, for what is none."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}: it must be an integer") from None


def number(value: Any, name: str) -> float:
    """Returns a float; TypeError, in the name of the argument, for what is none."""
    if isinstance(value, str):
        raise TypeError(f"{name} is {value!r}: it must be a number")
    try:
        return float(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}: it must be a number") from None


def count(value: Any, name: str, least: int = 1, most: int = 2**63 - 1) -> int:
    """Returns an int in a range; ValueError for another."""
    counted = integer(value, name)
    if counted < least:
        raise ValueError(f"{name} is {counted}: it must be at least {least}")
    if counted > most:
        raise ValueError(f"{name} is {counted}: it must be at most {most}")
    return counted


def listed(values: Any, name: str, what: str) -> list[Any]:
    """Returns a list; TypeError, in the name of the argument, for what is none. Texts and mappings have other elements."""
    if isinstance(values, (str, bytes, Mapping)) or not np.iterable(values):
        raise TypeError(f"{name} is {values!r}: it must be a list of {what}")
    return list(values)


def is_majority(downsample_labels: str) -> bool:
    """Tells which label blocks have."""
    if downsample_labels not in ("mean", "majority"):
        raise ValueError(f"downsample_labels is {downsample_labels!r}: it must be 'mean' or 'majority'")
    return downsample_labels == "majority"


def excluded(exclude: "Sequence[int] | None") -> list[int]:
    """Returns classes to leave out; numbers that no class has leave out none."""
    if exclude is None:
        return []
    classes = [integer(value, "exclude") for value in listed(exclude, "exclude", "classes")]
    return [k for k in classes if 0 <= k < 2**63]


def names(class_names: "Sequence[str] | None", num_classes: "int | None") -> "list[str] | None":
    """Returns names of classes, one each where it is known how many there are."""
    if class_names is None:
        return None
    texts = [str(name) for name in listed(class_names, "class_names", "names, one a class")]
    if num_classes is not None and len(texts) != num_classes:
        raise ValueError(
            f"there are {len(texts)} class names, pred_probs have {num_classes} classes: there must be one name a class"
        )
    return texts


def classes_of(pred_probs: "np.ndarray | None") -> "int | None":
    """Returns K of an array (N, K, ...); None for one that has no such axis, which the core refuses."""
    return None if pred_probs is None or pred_probs.ndim < 2 else pred_probs.shape[1]
