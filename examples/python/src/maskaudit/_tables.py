"""Tables of which classes were given where others are predicted."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from . import _arrays


def named(rows: Any, names: Optional[Sequence[str]]) -> Any:
    """Puts names in the place of classes, where there are names."""
    if names is None:
        return rows
    return [(names[given], names[predicted], pixels) for given, predicted, pixels in rows]


def printed(rows: Any, top: Optional[int], verbose: bool) -> Any:
    """Prints the first rows, if wanted, and returns a frame of all."""
    if verbose:
        _print_swaps(rows, 10 if top is None else _arrays.count(top, "top", least=0))
    return _frame(rows)


def _print_swaps(rows: Any, top: int) -> None:
    for given, predicted, pixels in rows[:top]:
        print(f"given {given}, predicted {predicted}: {pixels} pixel{'' if pixels == 1 else 's'}")
    if len(rows) > top:
        print(f"and {len(rows) - top} more pairs of classes")


def _frame(rows: Any) -> Any:
    """Returns a DataFrame, or the rows where pandas is not installed. It takes long to import: only here, then."""
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows, columns=["given_label", "predicted_label", "num_pixel_issues"])
