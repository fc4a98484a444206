"""A command line of the user's, run by the shell in a worktree with its output passed on.

It gets no input, and a process group of its own: when it takes too long, or we are interrupted,
it ends with all that it has started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from plan_worktree.git.process import environment

# A line longer than this, in bytes, is passed on in pieces.
_LONGEST_LINE = 1024 * 1024
_NEVER = 1e9  # seconds


def stage_variables(home: Path, plan_id: str, stage_id: str) -> dict[str, str]:
    """Return what a command that works for a stage finds in its environment.

    `home` is the root of the worktree that holds the plan.
    """
    return {
        "PLAN_WORKTREE_HOME": str(home),
        "PLAN_WORKTREE_PLAN": plan_id,
        "PLAN_WORKTREE_STAGE": stage_id,
    }


class Command:
    """A command that runs. `say` gets its output, line by line, whatever the bytes.

    `variables` are added to the environment (`stage_variables`).
    """

    def __init__(
        self, line: str, worktree: Path, variables: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S602 - the user's own command line
            line,
            shell=True,
            cwd=worktree,
            env={**environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._relay, args=(say,), daemon=True)
        self._reader.start()

    def wait(self, timeout: float | None) -> int | None:
        """Return its exit code (minus a signal's number); None when it took too many seconds."""
        try:
            # With a limit it is polled: a wait without one may miss a signal that comes before it.
            code: int | None = self._process.wait(_NEVER if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            code = None
            self.end()
        self._reader.join(1.0)  # what it left running in the background may hold the pipe
        return code

    def end(self) -> None:
        """End it, with everything it has started."""
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()

    def _relay(self, say: Callable[[str], None]) -> None:
        output = self._process.stdout
        if output is not None:
            for raw in iter(lambda: output.readline(_LONGEST_LINE), b""):
                # Nobody may listen any more; the command must not wait for that.
                with suppress(OSError, ValueError):
                    say(raw.decode("utf-8", "surrogateescape").rstrip("\r\n"))


@contextmanager
def shell_command(
    line: str, worktree: Path, variables: Mapping[str, str], say: Callable[[str], None]
) -> Iterator[Command]:
    """Start a command that ends with the block, however that ends."""
    command = None
    try:
        with _deferred_signals():  # else one could come between its start and our knowing of it
            command = Command(line, worktree, variables, say)
        yield command
    except BaseException:
        if command:
            command.end()
        raise


def ended_words(line: str, code: int | None, timeout: float | None = None) -> str:
    """Say how a command ended that did not pass; without a code it took too many seconds."""
    if code is None:
        return f"took longer than {timeout:g} s: {line}"
    if code < 0:
        return f"was ended by signal {-code}: {line}"
    hint = " (there is no such command)" if code == 127 else ""
    return f"exit code {code}{hint}: {line}"


@contextmanager
def _deferred_signals() -> Iterator[None]:
    """Let requests to end come after the block; what is started in it heeds them as ever."""
    names = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    handlers = {n: h for n in names if n is not None and callable(h := signal.getsignal(n))}
    come: list[int] = []
    if threading.current_thread() is threading.main_thread():
        for number in handlers:
            signal.signal(number, lambda sent, _: come.append(sent))
    else:  # a signal goes to the main thread
        handlers = {}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    for number in come:
        signal.raise_signal(number)
