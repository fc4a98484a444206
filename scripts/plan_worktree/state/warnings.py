"""What somebody should know before a stage goes on; nothing is refused for it.

A dependency may have moved on, and the plan's text may not be what the stage's owner has read, or
not what is committed. Statuses and ticks in it do not count: commands write those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from plan_worktree.plan.reading.wording import UNREAD, Reading, wording_of
from plan_worktree.planfiles.committed import is_edited
from plan_worktree.state.overview import Overview
from plan_worktree.state.status import StageReport

_WORDS = {
    "section": "its section",
    "goal": "the goal",
    "constraints": "the constraints",
    "conventions": "the conventions",
    "needs": "the section of what it needs",
}


def read_of(entry: StageReport) -> Reading:
    """Return what a stage's owner has read of the plan, as the claim or else the record says."""
    claim, done = entry.work.claim, entry.work.completion
    if claim:
        return claim.reading
    return done.reading if done else UNREAD


def changes_words(changed: Sequence[str]) -> str:
    """Return in words what of a plan has changed for a stage."""
    return ", ".join(_WORDS[name] for name in changed)


def warnings_of(seen: Overview, entry: StageReport) -> Iterator[str]:
    """Yield what somebody may want to mend before a stage's commands run. Raises GitError."""
    if entry.work.stale:
        sync = f"plan-worktree sync {quote(seen.opened.plan.plan_id)} {entry.stage.id}"
        yield (
            f"stage {entry.stage.id}: a dependency has moved on since: to take that in first, "
            f"{sync}"
        )
    yield from plan_warnings(seen, [entry])


def plan_warnings(seen: Overview, entries: Sequence[StageReport]) -> Iterator[str]:
    """Yield what somebody should know of the plan's text before stages go on. Raises GitError."""
    wording, plan = wording_of(seen.opened.document), quote(seen.opened.plan.plan_id)
    for entry in entries:
        if changed := read_of(entry).changed(wording.of(entry.stage)):
            what = f"the plan has changed since its owner read it ({changes_words(changed)})"
            yield f"stage {entry.stage.id}: {what}: plan-worktree brief {plan} {entry.stage.id}"
    if is_edited(seen.opened):
        root, path = quote(str(seen.facts.home.root)), quote(str(seen.opened.path))
        yield f"the plan has edits that are in no commit: git -C {root} diff -- {path}"
