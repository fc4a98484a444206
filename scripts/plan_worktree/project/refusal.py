"""Why a command will not act."""

from __future__ import annotations

from collections.abc import Iterable


class Refused(Exception):
    """Nothing was changed; each reason is a line for a person and ends with what fixes it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class BadArgument(ValueError):
    """The command line names something that does not exist, or cannot be; the message helps."""
