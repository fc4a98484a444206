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
from typing import IO

from plan_worktree.project.lock import HELD
from plan_worktree.project.variables import environment_with

# So many bytes of the output are read at once, at most.
_PIECE = 1 << 16
_NEVER = 1e9  # seconds
# Unless the user's environment says something else: nobody looks at the colours of a log
# (no-color.org), and many programs ask no question and draw no progress bar where CI is set.
_QUIET = {"NO_COLOR": "1", "CI": "true"}


class Command:
    """A command that runs. `take` gets its output, as it comes, in a thread of its own.

    `variables` are added to the environment (`stage_variables`). Where `take` raises an OSError
    the command is ended, and `wait` raises that error. It reads the file `given`; without one it
    gets no input.
    """

    def __init__(
        self,
        line: str,
        worktree: Path,
        variables: Mapping[str, str],
        take: Callable[[bytes], None],
        given: IO[bytes] | None = None,
    ) -> None:
        whole = _QUIET | environment_with(variables)
        whole.pop(HELD, None)  # another thread may hold the lock just now
        self._process = subprocess.Popen(  # noqa: S602 - the user's own command line
            line,
            shell=True,
            cwd=worktree,
            env=whole,
            stdin=subprocess.DEVNULL if given is None else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._take: Callable[[bytes], None] | None = take
        self._error: OSError | None = None
        self._reader = threading.Thread(target=self._relay, daemon=True)
        self._reader.start()

    def wait(self, timeout: float | None, *, leaves_some: bool = False) -> int | None:
        """Return its exit code (minus a signal's number); None when it took too many seconds.

        What it has left running in the background is ended, unless it may leave some. Raises the
        OSError of whoever took the output.
        """
        try:
            # With a limit it is polled: a wait without one may miss a signal that comes before it.
            code: int | None = self._process.wait(_NEVER if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            code = None
        if code is None or not leaves_some:
            self.end()
        self._reader.join(1.0)  # what it left running in the background may hold the pipe
        self._take = None
        if self._error:
            raise self._error
        return code

    def has_ended(self, seconds: float) -> bool:
        """Wait for its end for so many seconds, and tell whether it has come."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def ask_to_end(self) -> None:
        """Ask it to end, with everything it has started in its process group."""
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGTERM)
            else:
                self._process.terminate()

    def end(self) -> None:
        """End it, with everything it has started in its process group."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: only a zombie is left of it
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()

    def _relay(self) -> None:
        """Pass the output on. What comes when nobody takes it any more is thrown away."""
        output = self._process.stdout
        if output is None:  # pragma: no cover - it is a pipe
            return
        with output:
            for piece in iter(lambda: output.read1(_PIECE), b""):  # type: ignore[attr-defined]
                if take := self._take:
                    self._pass_on(take, piece)

    def _pass_on(self, take: Callable[[bytes], None], piece: bytes) -> None:
        try:
            take(piece)
        except OSError as error:
            self._take, self._error = None, error
            self.end()
        except ValueError:  # its file was just closed: `wait` has waited long enough
            self._take = None


def ended_words(line: str, code: int | None, timeout: float | None = None) -> str:
    """Say how a command ended that did not pass; without a code it took too many seconds."""
    if code is None:
        return f"took longer than {timeout:g} s: {line}"
    if code < 0:
        return f"was ended by signal {-code}: {line}"
    hint = " (there is no such command)" if code == 127 else ""
    return f"exit code {code}{hint}: {line}"


@contextmanager
def deferred_signals() -> Iterator[None]:
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
