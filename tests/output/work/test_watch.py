"""What moves at a terminal: status --watch, and the bars of setup."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Repo
from tests.world import PLAN_ID, Cli, hook, keep_from_checkout, set_up, shop, work

CLEAR = "\x1b[2J"


@dataclass
class Terminal:
    """A command that runs at a terminal of its own, and what it has shown there so far."""

    process: subprocess.Popen[bytes]
    master: int
    shown: str = field(default="")

    def wait_for(self, condition: Callable[[str], object], seconds: float = 300) -> str:
        """Read until what is shown fulfils a condition; return it."""
        end = time.monotonic() + seconds
        while not condition(self.shown):
            assert time.monotonic() < end, f"it was never shown:\n{self.shown}"
            assert self._read(0.2), f"it ended before that was shown:\n{self.shown}"
        return self.shown

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        while self._read(1.0):
            pass
        return self.process.wait(300)

    def _read(self, seconds: float) -> bool:
        """Read what comes within some seconds; tell whether more may come."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            part = os.read(self.master, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.shown += part.decode().replace("\r\n", "\n")
        return bool(part)


@contextmanager
def at_terminal(
    *args: str, cwd: Path, stdout: int | None = None, env: dict[str, str] | None = None
) -> Iterator[Terminal]:
    """Run the command at a terminal of 120 columns, its stdout maybe elsewhere."""
    master, slave = pty.openpty()

    def take_terminal() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it

    with subprocess.Popen(
        [sys.executable, "-m", "plan_worktree", *args],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "120", "TERM": "xterm-256color", **(env or {})},
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
        start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509
    ) as process:
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.kill()
            os.close(master)


def screens(shown: str) -> list[str]:
    """Split what was shown at every clearing of the screen; without colours."""
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", part) for part in shown.split(CLEAR)[1:]]


def test_status_watch_shows_what_changes_until_it_is_interrupted(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")

    with at_terminal("status", "--watch", cwd=repo.path) as terminal:
        terminal.wait_for(lambda shown: "core" in shown and "ready" in shown)
        work(repo, "core")
        terminal.wait_for(lambda shown: re.search("in-progress.*waiting", shown, re.DOTALL))
        terminal.type(b"\x03")
        code = terminal.finish()

    assert code == 130
    first, *_, last = (screen for screen in screens(terminal.shown) if "waiting" in screen)
    assert "in-progress" not in first
    assert re.search(r"^core +in-progress +not-started +1 ahead", last, re.MULTILINE)
    assert re.search(r"^api +waiting ", last, re.MULTILINE)
    assert terminal.shown.rstrip().endswith("interrupted; run the same command again to go on")
    assert "Traceback" not in terminal.shown


@pytest.mark.thorough
def test_status_watch_shows_a_screen_every_two_seconds(repo: Repo) -> None:
    shop(repo, "core")

    began = time.monotonic()
    with at_terminal("status", "--watch", cwd=repo.path) as terminal:
        terminal.wait_for(lambda shown: len(screens(shown)) >= 3)

    assert time.monotonic() - began > 3.5


def refused(result: Result) -> bool:
    said = "\nError: --watch needs a terminal, and goes without --json\n"
    return (result.exit_code, result.stdout) == (2, "") and result.stderr.endswith(said)


def test_status_watch_needs_a_terminal(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    assert refused(cli("status", "--watch", cwd=repo.path))
    assert refused(cli("status", "--watch", "--json", cwd=repo.path))


def test_status_watch_is_nothing_for_programs(repo: Repo) -> None:
    shop(repo, "core")

    with at_terminal("status", "--watch", "--json", cwd=repo.path) as terminal:
        code = terminal.finish()

    assert code == 2
    assert "Error: --watch needs a terminal, and goes without --json" in terminal.shown


def test_status_watch_needs_stdout_to_be_the_terminal(repo: Repo, tmp_path: Path) -> None:
    shop(repo, "core")

    with (
        (tmp_path / "file").open("wb") as file,
        at_terminal("status", "--watch", cwd=repo.path, stdout=file.fileno()) as terminal,
    ):
        code = terminal.finish()

    assert code == 2


def test_setup_shows_a_bar_for_each_stage_that_goes_away_again(repo: Repo, tmp_path: Path) -> None:
    for number in range(200):
        repo.write(f"files/{number}.txt", f"{number}\n")
    shop(repo, "core", "api")

    with (
        (tmp_path / "table").open("wb") as file,
        at_terminal("setup", PLAN_ID, cwd=repo.path, stdout=file.fileno()) as terminal,
    ):
        code = terminal.finish()

    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.shown).replace("\r", "\n").split("\n")
    for stage in ("core", "api"):
        assert any(re.match(rf"{stage} +\S*━.* 100%", line) for line in lines), terminal.shown
    table = (tmp_path / "table").read_text().splitlines()
    assert [line.split()[:2] for line in table] == [
        ["STAGE", "ACTION"], ["core", "created"], ["api", "created"],
    ]  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("variables", ({"NO_COLOR": "1"}, {"TERM": "dumb"}))
def test_a_setup_that_fails_at_a_terminal_says_why_below_its_bars(
    repo: Repo, variables: dict[str, str]
) -> None:
    shop(repo, "core")
    keep_from_checkout(repo, "core")
    said = r"printf 'no \033[31mred\n' >&2; exit 1"
    repo.git("config", "filter.store.smudge", said)

    with at_terminal("setup", PLAN_ID, cwd=repo.path, env=variables) as terminal:
        code = terminal.finish()

    assert code == 3
    assert "stage core failed: git read-tree" in terminal.shown
    assert "\nno \\x1b[31mred\n" in terminal.shown


@pytest.mark.second
def test_an_interrupted_setup_at_a_terminal_shows_the_cursor_again(repo: Repo) -> None:
    for number in range(200):
        repo.write(f"files/{number}.txt", f"{number}\n")
    shop(repo, "core")
    waiting = repo.path / ".git/waiting"
    hook(repo, "post-checkout", f"touch '{waiting}'; sleep 600")

    with at_terminal("setup", PLAN_ID, cwd=repo.path) as terminal:
        terminal.wait_for(lambda _: waiting.exists())
        terminal.type(b"\x03")
        code = terminal.finish()

    assert code == 130
    assert terminal.shown.count("\x1b[?25l") == terminal.shown.count("\x1b[?25h")
    assert terminal.shown.rstrip().endswith("interrupted; run the same command again to go on")
