"""A remote that is no forge we know: branches are pushed, and a person opens requests."""

from __future__ import annotations

from plan_worktree.landing.forges.protocol import Wanted


class Plain:
    """A remote that has branches and nothing else that we know of."""

    name = "none"

    def push_options(self, wanted: Wanted, *, is_new: bool) -> tuple[str, ...]:  # noqa: ARG002 - as all
        """Return nothing: nobody would read it."""
        return ()

    def by_hand(self, wanted: Wanted) -> str:
        """Name the two branches: where such a remote shows them is not known."""
        draft = " as a draft" if wanted.draft else ""
        return f"open it by hand{draft}: from {wanted.head} into {wanted.base}"
