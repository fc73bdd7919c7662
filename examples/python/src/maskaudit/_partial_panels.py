"""Draws issues where labels or probabilities are not given, for display_issues."""

from __future__ import annotations

import os
import pathlib
from typing import Any, Optional

import numpy as np

from . import _arrays, _core


def draw(
    issues: np.ndarray,
    labels: Any,
    pred_probs: Any,
    class_names: Any,
    top: int,
    folder: Any,
    photos: Optional[np.ndarray],
    ignore_label: Any,
) -> Any:
    """Does what display_issues does, image by image."""
    if issues.ndim != 3:
        raise ValueError(f"issues have shape {issues.shape}: only images of two axes, (N, H, W), can be drawn")
    if labels is not None:
        labels = np.asarray(labels)
        if labels.shape != issues.shape:
            raise ValueError(f"issues has shape {issues.shape}, labels has {labels.shape}: they must be the same")
        ignored = np.isin(labels, _arrays.ignored(ignore_label))
        _require_classes(labels, ignored)
        issues = issues & ~ignored
    if pred_probs is not None:
        pred_probs = np.asarray(pred_probs)
        if pred_probs.ndim != 4 or (len(pred_probs), *pred_probs.shape[2:]) != issues.shape or not pred_probs.shape[1]:
            raise ValueError(f"issues has shape {issues.shape}, pred_probs {pred_probs.shape}: it must be (N, K, H, W)")
    names = _arrays.names(class_names, None if pred_probs is None else pred_probs.shape[1]) or []
    if photos is not None and photos.shape != (*issues.shape, 3):
        raise ValueError(f"images have shape {photos.shape}: they must be {(*issues.shape, 3)}, (N, H, W, 3)")

    counts = np.count_nonzero(issues, axis=(1, 2))
    worst = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    drawn = []
    for n in worst[: top or None]:
        given = np.full(issues.shape[1:], -1, np.int32)
        predicted = given.copy()
        if labels is not None:
            given[~ignored[n]] = labels[n][~ignored[n]]
        if pred_probs is not None:
            predicted[...] = _predicted(pred_probs[n], n)
        photo = None if photos is None else photos[n]
        drawn.append((n, _core.draw_panels(issues[n], given, predicted, photo, names)))
    if folder is None:
        return [panels for _, panels in drawn]

    os.makedirs(folder, exist_ok=True)
    digits = max(6, len(str(len(issues) - 1)))
    files = [pathlib.Path(folder) / f"{n:0{digits}d}.png" for n, _ in drawn]
    for file, (_, panels) in zip(files, drawn):
        _core.write_png(os.fsencode(file), panels)
    return files


def _predicted(pred_probs: np.ndarray, n: int) -> np.ndarray:
    kind = pred_probs.dtype.kind
    if kind not in "fu" or pred_probs.dtype.itemsize > (8 if kind == "f" else 2):
        raise ValueError(f"pred_probs are of type {pred_probs.dtype}: they must be floats, or fixed point")
    slack = 1e-6
    if kind == "f" and not (pred_probs.min() >= -slack and pred_probs.max() <= 1 + slack):
        raise ValueError(f"pred_probs: image {n}: values must be from 0 to 1")
    return pred_probs.argmax(axis=0)


def _require_classes(labels: np.ndarray, ignored: np.ndarray) -> None:
    if labels.dtype.kind not in "iub":
        raise ValueError(f"labels are of type {labels.dtype}: they must be integers or bool")
    most_classes = 65536
    bad = ((labels < 0) | (labels >= most_classes)) & ~ignored
    if bad.any():
        n, *pixel = np.argwhere(bad)[0].tolist()
        value = labels[(n, *pixel)]
        raise ValueError(
            f"labels: image {n}, pixel {tuple(pixel)}: {value} must be a class from 0 to {most_classes - 1}, or be "
            "ignored (ignore_label)"
        )
