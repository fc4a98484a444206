"""GitLab, through the push options that its own documentation describes ("Push options").

A push option is one line, and reaches GitLab only with a push that moves a branch. Title and
description go with the first push alone: a later one would overwrite what people have written. A
draft is made ready by a title without "Draft:", since there is no option for that.
"""

from __future__ import annotations

from urllib.parse import quote

from plan_worktree.diagnostics import printable
from plan_worktree.landing.forges.protocol import Wanted

# Bytes: what git sends of an option is one packet (gitprotocol-common(5), "pkt-line": 65,516).
_LONGEST = 60_000


class GitLab:
    """A project on GitLab; `address` is that of its page."""

    name = "gitlab"

    def __init__(self, address: str | None) -> None:
        self._address = address

    def push_options(self, wanted: Wanted, *, is_new: bool) -> tuple[str, ...]:
        """Return the options that open a merge request, or change the one that there is."""
        found = ["merge_request.create", f"merge_request.target={_line(wanted.base)}"]
        if is_new:
            found.append(f"merge_request.title={_line(wanted.title)}")
            # GitLab shows it as Markdown, where a tag breaks a line; every version reads that.
            text = "<br>".join(_line(line) for line in wanted.body.splitlines())
            raw = text.encode("utf-8", "replace")[:_LONGEST]
            found.append(f"merge_request.description={raw.decode('utf-8', 'ignore')}")
        if wanted.draft:
            found.append("merge_request.draft")
        elif not is_new and wanted.was_draft:
            found.append(f"merge_request.title={_line(wanted.title)}")
        return tuple(found)

    def by_hand(self, wanted: Wanted) -> str:
        """Return the page that shows the branch's merge request, or opens it."""
        if self._address is None:
            return f"see GitLab for the merge request from {wanted.head} into {wanted.base}"
        head = f"merge_request%5Bsource_branch%5D={quote(wanted.head, safe='')}"
        base = f"merge_request%5Btarget_branch%5D={quote(wanted.base, safe='')}"
        return f"where there is none yet: {self._address}/-/merge_requests/new?{head}&{base}"


def _line(text: str) -> str:
    """Return a text that is one line: git refuses a push option with a line feed."""
    return printable(text)
