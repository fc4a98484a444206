"""Commands of ours that run beside the workers: what lands, what is submitted, the plan's page.

One of a kind runs at a time; what happens meanwhile has it run once more.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from plan_worktree.gates.logs import end_of
from plan_worktree.gates.plain import last_line
from plan_worktree.git.process import environment
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.running.engines import own_command
from plan_worktree.running.workers.events import Event, Kind, event

_MOST_OUTPUT = 1 << 24
# The page of the plan is made anew at most so often, in seconds, and in times of what it took.
_PAGE_REST = (5.0, 20.0)


class Printed(NamedTuple):
    """What a command has printed, and the last line of what it said on stderr."""

    output: bytes
    error: str


class Lands(StrEnum):
    """What happens with complete stages while a run goes on."""

    NOT = "not"
    LAND = "land"
    SUBMIT = "submit"


class Beside:
    """One kind of command, run when it is `wanted`, with a rest of so many seconds in between.

    It rests also so many times as long as it took, so that a slow one keeps no machine busy.
    """

    def __init__(
        self, words: Sequence[str], where: Path, output: Path, rest: float, factor: float = 0.0
    ) -> None:
        self._words, self._where, self._output = words, where, output
        self._rest, self._factor = rest, factor
        self._process: subprocess.Popen[bytes] | None = None
        self._began = self._after = 0.0
        self.wanted = False

    @property
    def is_running(self) -> bool:
        """Whether one runs."""
        return self._process is not None

    def printed(self, *, may_start: bool) -> Printed | None:
        """Start one that is wanted; return what one has printed that has ended. Raises OSError."""
        now = time.monotonic()
        if self._process is None:
            if self.wanted and may_start and now >= self._after:
                self.wanted, self._began = False, now
                self._process = self._start()
            return None
        if self._process.poll() is None:
            return None
        rest = max(self._rest, self._factor * (now - self._began))
        self._process, self._after = None, now + rest
        with self._output.open("rb") as file:
            return Printed(file.read(_MOST_OUTPUT), last_line(end_of(self._errors)))

    @property
    def _errors(self) -> Path:
        return self._output.with_suffix(".log")

    def _start(self) -> subprocess.Popen[bytes]:
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            return subprocess.Popen(  # noqa: S603 - this very program
                own_command(self._words),
                cwd=self._where,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )

    def now(self) -> Printed | None:
        """Run it to its end, without a rest, and return what it has printed. Raises OSError."""
        for wanted in (False, True):
            self.wanted, self._after = wanted, 0.0
            said = self.printed(may_start=True)
            while self.is_running:
                time.sleep(0.05)
                said = self.printed(may_start=True)
        return said

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


class Landing:
    """What lands, or submits, complete stages; `trouble` says why it did nothing the last time."""

    def __init__(self, opened: Opened, folder: Path, lands: Lands) -> None:
        plan, self._lands = str(opened.path), lands
        merge = ("merge", plan, "--verify", "--json")
        words = merge if lands is Lands.LAND else ("submit", plan, "--json")
        self._command = Beside(words, opened.require_home().root, folder / "land.json", 1.0)
        self.wanted = True
        self.trouble: list[str] = []

    @property
    def wanted(self) -> bool:
        """Whether it is to be started, once it is not at work."""
        return self._command.wanted

    @wanted.setter
    def wanted(self, value: bool) -> None:
        self._command.wanted = value and self._lands is not Lands.NOT

    @property
    def is_running(self) -> bool:
        """Whether it is at work, so that home may change."""
        return self._command.is_running

    def go_on(self, *, may_start: bool) -> list[Event] | None:
        """Start it when it is wanted; return what it has done when it has ended. Raises OSError."""
        said = self._command.printed(may_start=may_start)
        if said is None:
            return None
        self.trouble = trouble(said)
        read = merged_events if self._lands is Lands.LAND else submitted_events
        return read(said.output)

    def end(self) -> None:
        """End it, if it is at work."""
        self._command.end()


class Page:
    """The plan's page, which stays current while a run goes on."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        home = opened.require_home()
        words = ("show", str(opened.path), "--format", "html")
        self._command = Beside(words, home.root, folder / "page.html", *_PAGE_REST)
        pages = home.git_directory / "plan-worktree" / "pages"
        self.path = pages / f"{opened.plan.plan_id}.html"
        self.wanted = True

    @property
    def wanted(self) -> bool:
        """Whether it is to be made anew."""
        return self._command.wanted

    @wanted.setter
    def wanted(self, value: bool) -> None:
        self._command.wanted = value

    def go_on(self, *, may_start: bool) -> None:
        """Make the page anew when that is wanted. Raises OSError."""
        self._write(self._command.printed(may_start=may_start))

    def finish(self) -> None:
        """Make the page as it stands at the end. Raises OSError."""
        self._write(self._command.now())

    def _write(self, page: Printed | None) -> None:
        if page and page.output:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_suffix(".new")
            draft.write_bytes(page.output)
            draft.replace(self.path)

    def end(self) -> None:
        """End what is at work on it."""
        self._command.end()


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


def trouble(said: Printed) -> list[str]:
    """Return why a command did nothing: what it was refused for, or with what it failed."""
    if refused := _read(said.output, "refused"):
        return [text for one in _objects(refused, "reasons") if (text := _text(one, "text"))]
    return [] if said.output.strip() else [said.error or "it failed and did not say why"]


def submitted_events(said: bytes) -> list[Event]:
    """Return what ``submit --json`` tells of each stage."""
    found = _read(said, "submit")
    return [
        event(Kind.NOTE, _submitted(one), stage=_text(one, "id"))
        for one in _objects(found, "stages")
    ]


def _submitted(one: dict[str, object]) -> str:
    request, reasons = one.get("request"), one.get("reasons")
    url = _text(request, "url") if isinstance(request, dict) else None
    said = [text for text in reasons if isinstance(text, str)] if isinstance(reasons, list) else []
    words = f"branch {_text(one, 'push') or '?'}, pull request {_text(one, 'action') or '?'}"
    return ": ".join(part for part in (words, url, "; ".join(said)) if part)


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
