"""Timing as ratios: two things measured in turn, in one run, on a machine that is noisy."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence


def ratio(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Return the median of the ratios ours/theirs, and both medians in milliseconds.

    The two take turns, so that what else the machine does hits both alike.
    """
    ours(), theirs()
    pairs = [(_timed(ours), _timed(theirs)) for _ in range(rounds)]
    middle = statistics.median(one / other for one, other in pairs)
    ours_ms, theirs_ms = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return middle, ours_ms, theirs_ms


def report(what: str, figures: tuple[float, float, float], limit: float) -> bool:
    """Print one line of figures; return whether the limit is kept."""
    middle, ours, theirs = figures
    verdict = "ok" if middle <= limit else "TOO SLOW"
    print(f"{what}: {middle:.2f} x (limit {limit} x; {ours:.1f} ms to {theirs:.1f} ms) {verdict}")
    return middle <= limit


def process(*command: str, cwd: str | None = None) -> Callable[[], object]:
    """Return a function that runs a command and throws its output away."""
    # An installed program has its byte code; a checkout that may not write any would be
    # compiled anew by every process, which is not what is to be measured.
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> object:
        return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, check=False)

    return run


def python(*arguments: str, cwd: str | None = None) -> Callable[[], object]:
    """Return a function that runs this Python with arguments."""
    return process(sys.executable, *arguments, cwd=cwd)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def finish(kept: Sequence[bool]) -> None:
    """Exit 1 when a limit was broken."""
    sys.exit(0 if all(kept) else 1)
