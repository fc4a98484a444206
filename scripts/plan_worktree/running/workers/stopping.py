"""How a worker or a run is asked to end: once to finish what it is at, twice at once.

Asked once, nothing new is begun. Where only time is lost (nothing is at work but waiting) once is
enough to end at once. Whoever supervises a worker holds its standard input: when that ends, by a
word or because the supervisor was killed, it is as if the worker had been asked.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# What a supervisor writes to a worker that shall begin nothing new, and finish what it is at.
DRAIN = "drain"
_MOST = 1024


class Stop:
    """What was asked of this process. `times` counts the requests to end."""

    def __init__(self) -> None:
        self.times = 0
        self.drained = False
        self._is_waiting = False
        self._signal = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether it was asked to end."""
        return self.times > 0

    @property
    def nothing_new(self) -> bool:
        """Whether nothing new may begin."""
        return self.asked or self.drained

    def ask(self, _number: int = 0, _frame: object = None) -> None:
        """Take a request, from a signal; the second, or one while it waits, interrupts at once."""
        self.times += 1
        self._signal.set()
        if self._is_waiting or self.times > 1:
            raise KeyboardInterrupt

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let one request interrupt the block, in which nothing is lost. Raises KeyboardInterrupt.

        It may be entered when the request was made already.
        """
        self._is_waiting = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._is_waiting = False

    def pause(self, seconds: float) -> bool:
        """Wait, and tell whether a request came before the time was over."""
        return self._signal.wait(seconds)

    def heed_signals(self) -> None:
        """Take the requests that come as signals."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # Under nohup a hang-up is ignored.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.ask)

    def heed_supervisor(self) -> None:
        """Take what a supervisor says on standard input, and its end."""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        # Not sys.stdin: its lock, held here, would be missed when the process ends.
        with suppress(OSError):
            while said := os.read(0, _MOST):
                self.drained |= DRAIN.encode() in said
        os.kill(os.getpid(), signal.SIGTERM)
