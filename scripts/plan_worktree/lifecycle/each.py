"""setup --each: a command in every new worktree, several at once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
    run = _Run(command, timeout, say, [], threading.Event())
    with ThreadPoolExecutor(cores()) as pool:
        ends = [pool.submit(_one, run, place) for place in places]
        try:
            return [end.result() for end in ends]
        except BaseException:  # interrupted: a terminal does not tell groups of their own
            run.interrupted.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for process in run.started:
                _end(process)
            raise


@dataclass(frozen=True, slots=True)
class _Run:
    """What the commands of one run share."""

    command: str
    timeout: float | None
    say: Say
    started: list[subprocess.Popen[bytes]]
    interrupted: threading.Event


def _one(run: _Run, place: tuple[str, Path]) -> Ended:
    stage, worktree = place
    process = subprocess.Popen(  # noqa: S602 - the user's own command line, meant for a shell
        run.command,
        shell=True,
        cwd=worktree,
        env=git.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    run.started.append(process)
    if run.interrupted.is_set():  # just before it was in the list
        _end(process)
    reader = threading.Thread(target=_relay, args=(process, stage, run.say), daemon=True)
    reader.start()
    try:
        code: int | None = process.wait(run.timeout)
    except subprocess.TimeoutExpired:
        code = None
        _end(process)
    reader.join(1.0)  # what it left running in the background may hold the pipe
    return Ended(stage, code)


def _relay(process: subprocess.Popen[bytes], stage: str, say: Say) -> None:
    for line in process.stdout or ():
        say(stage, line.decode("utf-8", "surrogateescape").rstrip("\r\n"))


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
