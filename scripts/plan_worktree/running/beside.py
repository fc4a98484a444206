"""Commands of ours that run beside the workers: what lands, what is submitted, the plan's page.

One of a kind runs at a time; what happens meanwhile has it run once more.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from plan_worktree.git.process import environment
from plan_worktree.running.engines import own_command
from plan_worktree.running.workers.events import Event, Kind, event

_MOST_OUTPUT = 1 << 24


class Beside:
    """One kind of command; at most once in `rest` seconds. It is run when it is `wanted`."""

    def __init__(self, words: Sequence[str], where: Path, output: Path, rest: float = 0.0) -> None:
        self._words, self._where, self._output, self._rest = words, where, output, rest
        self._process: subprocess.Popen[bytes] | None = None
        self._after = 0.0
        self.wanted = False

    @property
    def is_running(self) -> bool:
        """Whether one runs."""
        return self._process is not None

    def go_on(self, *, may_start: bool = True) -> bytes | None:
        """Start one that is wanted; return what one has printed that has ended. Raises OSError."""
        now = time.monotonic()
        if self._process is None:
            if self.wanted and may_start and now >= self._after:
                self.wanted = False
                self._process = self._start()
            return None
        if self._process.poll() is None:
            return None
        self._process, self._after = None, now + self._rest
        with self._output.open("rb") as file:
            return file.read(_MOST_OUTPUT)

    def _start(self) -> subprocess.Popen[bytes]:
        log = self._output.with_suffix(".log")
        with self._output.open("wb") as output, log.open("wb") as errors:
            return subprocess.Popen(  # noqa: S603 - this very program
                own_command(self._words),
                cwd=self._where,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def end(self) -> None:
        """End it, as an interrupt does, if it runs."""
        if process := self._process:
            with suppress(OSError):
                process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._process = None


def merged_events(said: bytes) -> list[Event]:
    """Return what ``merge --json`` tells: which stages have landed, and which cannot, and why."""
    found = _read(said, "merge")
    landed = [
        event(Kind.LANDED, "it has landed", stage=_text(one, "stage"), commit=_text(one, "commit"))
        for one in _objects(found, "landed")
    ]
    stopped = [one for one in [found.get("stopped")] if isinstance(one, dict)]
    held = [
        event(
            Kind.NOT_LANDED,
            _text(one, "reason") or "it does not land",
            stage=_text(one, "stage"),
            log=_text(one, "log"),
        )
        for one in (*_objects(found, "culprits"), *stopped)
    ]
    return landed + held


def submitted_events(said: bytes) -> list[Event]:
    """Return what ``submit --json`` tells of each stage."""
    found = _read(said, "submit")
    return [
        event(Kind.NOTE, f"submit: {_text(one, 'action') or 'done'}", stage=_text(one, "id"))
        for one in _objects(found, "stages")
    ]


def _read(said: bytes, kind: str) -> dict[str, object]:
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("kind") == kind else {}


def _objects(found: dict[str, object], key: str) -> list[dict[str, object]]:
    value = found.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(one: dict[str, object], key: str) -> str | None:
    value = one.get(key)
    return value if isinstance(value, str) and value else None
