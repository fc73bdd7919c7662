"""Images of any size, one at a time."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
from typing import TYPE_CHECKING, Any, BinaryIO, Optional, Sequence, Union

import numpy as np

from . import _arrays, _core, _tables

if TYPE_CHECKING:
    import pandas

__all__ = ["Inspection", "LabelInspector"]


class Inspection:
    """What LabelInspector.finish has decided. Images count from 0 in the order of their indices.

    Attributes
    ----------
    confident_thresholds : numpy.ndarray, float64, (K,)
        Mean probability of the given class over the pixels given it, at least 2e-6.
    num_issues : int
        Issue pixels of all images.
    softmin_scores, num_pixel_issues_scores : numpy.ndarray, float64, (N,)
        From 0 (wrong) to 1 (right); 1 for an image without pixels that are not ignored.
    valid_pixels, issue_pixels : numpy.ndarray, int64, (N,)
        Pixels that are not ignored, and issues.
    num_images : int
    """

    def __init__(self, core: Any) -> None:
        self._core = core

    confident_thresholds: np.ndarray = property(lambda self: self._core.confident_thresholds)  # type: ignore
    num_issues: int = property(lambda self: self._core.num_issues)  # type: ignore
    softmin_scores: np.ndarray = property(lambda self: self._core.softmin_scores)  # type: ignore
    num_pixel_issues_scores: np.ndarray = property(lambda self: self._core.num_pixel_issues_scores)  # type: ignore
    valid_pixels: np.ndarray = property(lambda self: self._core.valid_pixels)  # type: ignore
    issue_pixels: np.ndarray = property(lambda self: self._core.issue_pixels)  # type: ignore
    num_images: int = property(lambda self: self._core.num_images)  # type: ignore

    def issues(self, n: int) -> np.ndarray:
        """Returns the issue mask of image n, bool, in its own shape; ValueError where there is no such image."""
        return self._core.issues(_arrays.count(n, "n", least=0))

    def keep_issues(self, n: int, mask: Any) -> None:
        """Takes out the issues of image n that are not in a mask of its shape.

        Counts and num_pixel_issues_scores are then of those kept.
        """
        mask = _arrays.boolean_mask(mask, "mask")
        self._core.keep_issues(_arrays.count(n, "n", least=0), mask)

    def common_label_issues(
        self,
        *,
        class_names: Optional[Sequence[str]] = None,
        exclude: Optional[Sequence[int]] = None,
        top: Optional[int] = None,
        verbose: bool = True,
    ) -> "Union[pandas.DataFrame, list[tuple[Any, Any, int]]]":
        """Counts issue pixels by given and predicted class, as maskaudit.common_label_issues does."""
        names = _arrays.names(class_names, len(self.confident_thresholds))
        rows = _tables.named(self._core.common_label_issues(_arrays.excluded(exclude)), names)
        return _tables.printed(rows, top, verbose)

    def __repr__(self) -> str:
        return f"<maskaudit.Inspection: {self.num_images} images, {self.num_issues} issue pixels>"


class LabelInspector:
    """Finds label issues in images of any size that come one at a time, in any order, each looked at once.

    Results are those of find_label_issues and get_label_quality_scores on all images at once, bit for bit; with
    downsampling softmin scores to a relative 1e-12. Of a pixel only what can still matter is kept, about 2 bytes where
    labels are mostly right, so that probabilities need not fit into memory.

    ::

        inspector = maskaudit.LabelInspector(num_classes=19, ignore_label=255)
        for labels, image in data:
            inspector.add(labels, model(image))
        found = inspector.finish()

    Several threads may use one, by turns. It can be pickled.

    Parameters
    ----------
    num_classes : int
        K, from 1 to 65536.
    ignore_label : int or iterable of int, optional
        Labels of pixels that take part in nothing.
    n_jobs : int, optional
        Threads within an image; None: one for every physical core.
    temperature : float, default 0.1
        Of the softmin scores, above 0.
    downsample, downsample_labels
        As for find_label_issues.
    normalized : bool, default True
        Probabilities of a pixel sum to one, so that less has to be kept. A pixel that shows otherwise is then an error;
        False takes any.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        ignore_label: Any = None,
        n_jobs: Optional[int] = None,
        temperature: float = 0.1,
        downsample: int = 1,
        downsample_labels: str = "mean",
        normalized: bool = True,
    ) -> None:
        self._core = _core.LabelInspector(
            _arrays.count(num_classes, "num_classes", least=0),
            _arrays.options(ignore_label, n_jobs),
            _arrays.number(temperature, "temperature"),
            _arrays.count(downsample, "downsample"),
            _arrays.is_majority(downsample_labels),
            bool(normalized),
        )

    @property
    def num_classes(self) -> int:
        """K, as given."""
        return self._core.num_classes

    @property
    def num_images(self) -> int:
        """Images added, merged and loaded so far."""
        return self._core.num_images

    def add(self, labels: Any, pred_probs: Any, index: Optional[int] = None) -> int:
        """Looks at an image, and returns its index.

        Parameters
        ----------
        labels : array_like, (H, W) or (...)
            Types as for find_label_issues, without an axis of images.
        pred_probs : array_like, (K, H, W) or (K, ...)
        index : int, optional
            Its number in the data set, which decides ties; the next after the largest so far unless given.

        Raises
        ------
        ValueError
            Where shapes or types do not fit, the index is taken, or a value cannot be used; the inspector is then as it
            was before. An error calls the image by its index.
        """
        labels, pred_probs = _arrays.labels_and_pred_probs(labels, pred_probs)
        return self._core.add(labels, pred_probs, None if index is None else _arrays.count(index, "index", least=0))

    def __iadd__(self, other: "LabelInspector") -> "LabelInspector":
        """Goes on as if this one had seen the other's images after its own.

        Images added with an index keep it, the others get the next one. ValueError where the two differ in classes or
        options, or an index is taken twice; this one is then as it was before.
        """
        if not isinstance(other, LabelInspector):
            return NotImplemented
        self._core.merge(other._core)
        return self

    def finish(self) -> Inspection:
        """Decides. Images may be added afterwards, and it be called again.

        Raises ValueError where the indices are not 0 to N-1.
        """
        return Inspection(self._core.finish())

    def issue_regions(
        self,
        found: Inspection,
        *,
        min_area: int = 1,
        top: int = 0,
        full_connectivity: bool = True,
        split_by_class: bool = True,
    ) -> "list[_core.IssueRegion]":
        """Returns connected regions of issue pixels, the most severe first.

        Parameters
        ----------
        found : Inspection
            What finish has returned, maybe without some of the issues (keep_issues).
        min_area : int, default 1
            Regions of fewer pixels are left out.
        top : int, default 0
            How many regions at most; 0: all.
        full_connectivity : bool, default True
            Pixels that share but a corner touch; otherwise they share a side.
        split_by_class : bool, default True
            Pixels of a region have one given and one predicted class.

        Returns
        -------
        list of IssueRegion
            With image, the box begin and end (half-open, an entry an axis), area, centroid, given_label,
            predicted_label, mean_quality and mean_predicted (mean probabilities of the two), severity (the sum over the
            pixels of the logarithm of their ratio) and runs, an array (runs, 2) of flat positions in the image and
            lengths, which are the pixels.
        """
        if not isinstance(found, Inspection):
            raise TypeError("found must be what finish() has returned")
        regions = _core.RegionOptions(
            _arrays.count(min_area, "min_area", least=0),
            _arrays.count(top, "top", least=0),
            bool(full_connectivity),
            bool(split_by_class),
        )
        return self._core.issue_regions(found._core, regions)

    def to_bytes(self) -> bytes:
        """Returns all that it knows, the same on every machine, with checksums."""
        import io

        state = io.BytesIO()
        self._core.save(state)
        return state.getvalue()

    @classmethod
    def from_bytes(cls, state: Any) -> "LabelInspector":
        """Returns an inspector that goes on as the one did whose to_bytes() this is, options included.

        Raises ValueError where the state is cut short, damaged or of another version. It may come from anywhere.
        """
        view = memoryview(state)
        inspector = cls.__new__(cls)
        inspector._core = _core.LabelInspector.load(view if view.c_contiguous else bytes(view))
        return inspector

    def save(self, file: "Union[str, os.PathLike[str], BinaryIO]") -> None:
        """Writes what to_bytes() returns to a binary file, or to one of that path, which appears when it is whole.

        Raises OSError where the file cannot be written; one of that path is then as it was.
        """
        if hasattr(file, "write"):
            self._core.save(file)
            return
        path = pathlib.Path(file)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")  # of this call alone
        try:
            with open(unfinished, "xb") as out:
                self._core.save(out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(unfinished, path)
        except OSError as error:
            if error.filename is None:
                raise
            raise OSError(error.errno, error.strerror, str(path)) from None  # which the caller has named
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink()  # not there any more where all went well

    @classmethod
    def load(cls, file: "Union[str, os.PathLike[str], BinaryIO]") -> "LabelInspector":
        """Reads what save() wrote. Raises what from_bytes() does, and OSError where the file cannot be read."""
        if hasattr(file, "read"):
            state = file.read()
            if isinstance(state, str):
                raise TypeError("file is open for text: it must be a binary one")
            return cls.from_bytes(state)
        with open(file, "rb") as opened:
            return cls.from_bytes(opened.read())

    def __reduce__(self) -> Any:
        return LabelInspector.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<maskaudit.LabelInspector: {self.num_classes} classes, {self.num_images} images>"
