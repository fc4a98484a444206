"""A pull request as the forge has it, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `status` would pay for the forges that it has not asked
    from plan_worktree.landing.forges.protocol import Request


def request_words(request: Request) -> str:
    """Say where a request stands, such as "#7 open, approved, checks passing"."""
    return f"#{request.number} {', '.join(_words(request))}"


def _words(request: Request) -> Iterator[str]:
    if request.state != "open":
        by = f" as {request.merged_as[:7]}" if request.merged_as else ""
        yield f"{request.state}{by}"
        return
    yield "draft" if request.draft else "open"
    if request.review:
        yield request.review
    if request.checks:
        yield f"checks {request.checks}"


def request_fields(request: Request | None) -> dict[str, object] | None:
    """Return a request for JSON, None without one."""
    if request is None:
        return None
    return {
        "number": request.number,
        "url": request.url,
        "state": request.state,
        "draft": request.draft,
        "base": request.base,
        "review": request.review,
        "checks": request.checks,
        "merged_as": request.merged_as,
    }
