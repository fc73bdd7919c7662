"""A line on standard error that tells how far a call is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Callable, Iterator, Optional

Report = Callable[[int, int], None]


def _is_watched() -> bool:
    """Tells whether somebody sees the line change: at a terminal or in a notebook. In a log it would be a mess."""
    if sys.stderr is None:
        return False
    return "ipykernel" in sys.modules or sys.stderr.isatty()


@contextmanager
def shown(task: str, verbose: bool) -> Iterator[Optional[Report]]:
    """Gives what the core calls now and then with images done and images in all; None where nobody watches.

    The core calls it first when a call has taken 50 ms, so that of a short one nothing is seen. The line goes with the
    call.
    """
    if not verbose or not _is_watched():
        yield None
        return
    width = 0

    def write(text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # closed, or gone: no reason to stop

    def report(done: int, images: int) -> None:
        nonlocal width
        filled = 30 * done // images
        line = f"{task} [{'#' * filled}{'.' * (30 - filled)}] {100 * done // images:3d} %  {done}/{images}"
        width = max(width, len(line))
        write(f"\r{line:<{width}}")

    try:
        yield report
    finally:
        if width:
            write(f"\r{'':<{width}}\r")
