"""Why a command will not act: reasons for people, with what programs need of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class Code(StrEnum):
    """What a reason is about, for programs. Public, as the outputs under ``--json`` are."""

    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    CLAIMED = "claimed"
    COMPLETE = "complete"
    CONFLICT = "conflict"
    DIRTY = "dirty"
    DONE = "done"
    INVALID_PLAN = "invalid-plan"
    MERGED = "merged"
    OTHER = "other"
    REJECTED = "rejected"
    UNREACHED = "unreached"
    WAITING = "waiting"
    YOURS = "yours"


class Reason(str):
    """A line for a person that ends with what helps, a code, and the commands that it names.

    `lasting` is what stays the same of it until something happens: it has no ages, which change
    while somebody waits, and nothing that helps whoever does not wait.
    """

    __slots__ = ("code", "commands", "lasting")
    code: Code
    commands: tuple[str, ...]
    lasting: str

    def __new__(
        cls, text: str, code: Code = Code.OTHER, *commands: str, lasting: str = ""
    ) -> Reason:
        """Return the reason; without `commands` it has the command that the text ends with.

        Without `lasting`, the whole text lasts.
        """
        made = super().__new__(cls, text)
        made.code, made.commands = code, commands or _last_command(text)
        made.lasting = lasting or text
        return made


# Commands in the words of a shell, to the end of the text, with no sign of a sentence in them.
_WORD = r"""(?:[\w./:@=+^~%{}-]|'[^']*'|"[^"]*")+"""
_ONE = rf"(?:plan-worktree|git)(?: {_WORD})+"
_COMMAND = re.compile(rf"{_ONE}(?: && {_ONE})*")
# Words behind which a sentence goes on; none of them is a word of a command that is advised.
_PROSE = frozenset({"and", "brings", "or", "then", "to", "when"})


def _last_command(text: str) -> tuple[str, ...]:
    """Return the command behind a text's last colon, where there is one and nothing else."""
    end = text.rpartition(": ")[2]
    is_command = _COMMAND.fullmatch(end) and _PROSE.isdisjoint(end.split())
    return (end,) if is_command else ()


def about(subject: str, why: str) -> Reason:
    """Return a reason that says what it is about: code and commands stay what they were."""
    reason = why if isinstance(why, Reason) else Reason(why)
    lasting = f"{subject}: {reason.lasting}"
    return Reason(f"{subject}: {reason}", reason.code, *reason.commands, lasting=lasting)


class Refused(Exception):
    """Nothing was changed; each reason is a line for a person and ends with what fixes it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(r if isinstance(r, Reason) else Reason(r) for r in reasons)
        super().__init__("\n".join(self.reasons))

    def is_about(self, *codes: Code) -> bool:
        """Tell whether every reason has one of these codes."""
        return all(reason.code in codes for reason in self.reasons)


class NotYet(Refused):
    """There is nothing to take now; others are at work, and when they are done there may be."""


class NothingLeft(Refused):
    """There is nothing to take any more: every stage is complete or merged."""


class BadArgument(ValueError):
    """The command line names something that does not exist, or cannot be; the message helps."""
