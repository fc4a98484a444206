"""What a forge is asked for: to tell what pull requests there are, to open one, to change one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable


class ForgeError(Exception):
    """A forge, or the program that speaks to it, failed. `str()` is fit for a person."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pull request as it is to be: from branch `head` into branch `base` (short names).

    `was_draft` says that it may have been a draft before, because it needed several stages.
    """

    head: str
    base: str
    title: str
    body: str
    draft: bool
    was_draft: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A pull request as the forge has it.

    `state` is "open", "closed" or "merged". `commit` is the tip that the forge knows of its branch,
    `merged_as` the commit that it became in `base`. `review` and `checks` are one word each, None
    where the forge says nothing.
    """

    number: int
    url: str
    state: str
    draft: bool
    head: str
    base: str
    title: str
    body: str
    commit: str
    review: str | None = None
    checks: str | None = None
    merged_as: str | None = None


class Change(NamedTuple):
    """What of a pull request is to be other than it is; None leaves it."""

    base: str | None = None
    title: str | None = None
    body: str | None = None
    draft: bool | None = None

    @property
    def is_none(self) -> bool:
        """Whether nothing is to be changed."""
        return all(value is None for value in self)


class Told(Protocol):
    """A forge that is only told things, with a push: it says nothing of its pull requests."""

    @property
    def name(self) -> str:
        """What the forge is called in settings and in JSON."""

    def push_options(self, wanted: Wanted, *, is_new: bool) -> tuple[str, ...]:
        """Return what a push of the branch has to carry; `is_new` says that it is the first one."""

    def by_hand(self, wanted: Wanted) -> str:
        """Say where a person finds or opens the pull request."""


@runtime_checkable
class Telling(Protocol):
    """A forge that can be asked for pull requests, and changes them."""

    @property
    def name(self) -> str:
        """What the forge is called in settings and in JSON."""

    def is_installed(self) -> bool:
        """Tell whether the program that asks it is there."""

    def look(self, branches: Sequence[str]) -> Mapping[str, Request]:
        """Return the pull request of each branch that has one: the open one, else the newest.

        Raises ForgeError.
        """

    def create(self, wanted: Wanted) -> Request:
        """Open a pull request. Raises ForgeError, also when there is one already."""

    def change(self, request: Request, change: Change) -> None:
        """Change a pull request. Raises ForgeError."""

    def reopen(self, request: Request) -> str:
        """Return the command that opens a closed pull request again."""


Forge: TypeAlias = Told | Telling
