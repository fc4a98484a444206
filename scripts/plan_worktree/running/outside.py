"""Whether an agent has changed something outside of its worktree, as far as git tells.

Looked at are home's status and HEAD, and the heads of stages that nobody works on. What a person
changes there meanwhile looks the same, so all of it is told as facts, and nothing is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.objects.commits import head_commit
from plan_worktree.git.process import GitError
from plan_worktree.git.worktrees import changes
from plan_worktree.planfiles.committed import path_in
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.ref_names import claim_ref, completed_ref
from plan_worktree.state.repository.facts import facts_for_reading

# So many paths are named.
_MOST = 10


class Settled(NamedTuple):
    """A stage that nobody has claimed: its head, and the commit that was completed, if one was."""

    head: str
    completed: str | None


class Look(NamedTuple):
    """What was seen: home's commit and changes in no commit, and stages that are `settled`."""

    commit: str
    changed: frozenset[str]
    settled: Mapping[str, Settled]


def look(opened: Opened) -> Look:
    """Look at home and the stages' branches. Raises GitError."""
    home = opened.require_home()
    facts = facts_for_reading(opened)
    settled = {}
    for stage in opened.plan.stages:
        done = facts.refs.get(completed_ref(facts.plan, stage))
        head = facts.head(stage)
        if head and claim_ref(facts.plan, stage) not in facts.refs:
            settled[stage.id] = Settled(head, _completed(done.text) if done else None)
    found = changes(home.root)
    plans = _plans(opened)
    changed = (path for path in (*found.tracked, *found.untracked) if not _is_in(path, plans))
    return Look(head_commit(home.root), frozenset(changed), settled)


def strayed(before: Look, now: Look, opened: Opened, touched: Collection[str]) -> list[str]:
    """Return what has changed outside of worktrees that are worked in, in words; else nothing.

    `touched` are the stages that were worked on between the two looks.
    """
    return [*_at_home(before, now, opened), *_in_stages(before, now, touched)]


def _at_home(before: Look, now: Look, opened: Opened) -> Iterator[str]:
    root = opened.require_home().root
    if new := sorted(now.changed - before.changed):
        yield f"in {root}, in no commit: {_some(new)}"
    if before.commit == now.commit:
        return
    try:
        paths = changed_files(root, before.commit, now.commit)
    except GitError:
        paths = {}
    plans = _plans(opened)
    if others := sorted(path for path in paths if not _is_in(path, plans)):
        yield f"{root} stands on another commit, {now.commit[:10]}, which changes {_some(others)}"


def _in_stages(before: Look, now: Look, touched: Collection[str]) -> Iterator[str]:
    for name, stage in now.settled.items():
        then = before.settled.get(name)
        if then and then.head == stage.head:
            continue
        moved = then is not None and then.completed == stage.completed and name not in touched
        expected = stage.completed or (then.head if then and moved else None)
        if expected and expected != stage.head:
            how = f"has moved from {expected[:10]} to {stage.head[:10]}"
            yield f"stage {name}, which nobody works on, {how}"


def _completed(text: str) -> str | None:
    """Return the commit that was completed, by the record of that."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    commit = said.get("commit") if isinstance(said, dict) else None
    return commit if isinstance(commit, str) else None


def _plans(opened: Opened) -> str:
    """Return the folder of the plans, from home's root: what lies there is edited by us."""
    home = opened.require_home()
    inside = path_in(home.root, home.plans_folder()) or path_in(home.root, opened.path) or ""
    return inside.rstrip("/")


def _is_in(path: str, plans: str) -> bool:
    # A folder that git does not know at all stands for the plans in it.
    return path == plans or path.startswith(f"{plans}/") or f"{plans}/".startswith(path)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return f"{', '.join(paths[:_MOST])}{more}"
