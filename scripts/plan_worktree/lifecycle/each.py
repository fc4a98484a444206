"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from plan_worktree import git
from plan_worktree.cores import cores

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended for a stage; `code` is None when it took too long."""

    stage: str
    code: int | None


def run_each(
    command: str, places: Sequence[tuple[str, Path]], timeout: float | None, say: Say
) -> list[Ended]:
    """Run a shell command in the worktrees of stages; `say` gets stage and line of its output.

    A command that has not ended after `timeout` seconds is ended, with all it has started.
    """
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda place: _run(command, place[0], place[1], timeout, say), places))


def _run(command: str, stage: str, worktree: Path, timeout: float | None, say: Say) -> Ended:
    process = subprocess.Popen(  # noqa: S602 - the user's own command line, meant for a shell
        command,
        shell=True,
        cwd=worktree,
        env=git.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    reader = threading.Thread(target=_relay, args=(process, stage, say), daemon=True)
    reader.start()
    try:
        code: int | None = process.wait(timeout)
    except subprocess.TimeoutExpired:
        code = None
        _end(process)
    except BaseException:
        _end(process)
        raise
    reader.join(1.0)  # what it left running in the background may hold the pipe
    return Ended(stage, code)


def _relay(process: subprocess.Popen[bytes], stage: str, say: Say) -> None:
    for line in process.stdout or ():
        say(stage, line.decode("utf-8", "surrogateescape").rstrip("\r\n"))


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
