"""merge: lands complete stages in the target, dependencies first.

Everything is checked and predicted before the first change. A stage that conflicts stops it
there: what landed before it stays, and nothing of it was begun. Run again, it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from plan_worktree import git
from plan_worktree.githistory import changed_files
from plan_worktree.gitmerge import scratch_objects, signs_commits
from plan_worktree.lifecycle.acting import acting
from plan_worktree.lifecycle.declare import declare
from plan_worktree.lifecycle.facts import Facts, read_facts
from plan_worktree.lifecycle.landable import find_landable
from plan_worktree.lifecycle.landing import (
    land_detached,
    land_in_home,
    settle,
    withdraw,
)
from plan_worktree.lifecycle.landing_place import dirt_in_home, require_free, require_place
from plan_worktree.lifecycle.look import Look, look
from plan_worktree.lifecycle.opened import Opened, open_plan, select
from plan_worktree.lifecycle.planned import How, Landing
from plan_worktree.lifecycle.preview import Preview
from plan_worktree.lifecycle.refs import HEADS
from plan_worktree.lifecycle.shell import ended_words, running
from plan_worktree.lifecycle.status import State
from plan_worktree.plan.model import Stage

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asks for; `detached` lands without a working tree."""

    plan: str | None
    stages: tuple[str, ...]
    how: How
    detached: bool = False
    verify: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stage at which it stopped, the files that conflict, and why, with what mends it.

    `failed` says that git or the environment failed, and nothing speaks against the stage.
    """

    stage: Stage
    files: tuple[str, ...]
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """What landed, by which commit (None in a dry run); `left` is what is not there yet."""

    opened: Opened
    target: str
    landed: tuple[tuple[Stage, str | None], ...]
    stopped: Stopped | None
    left: tuple[tuple[Stage, State], ...]


def run_merge(asked: Asked, start: Path, say: Say, waiting: Say) -> Merged:
    """Land the named stages, or all that are complete.

    `say` gets what verify commands print. Raises BadArgument, Refused, git.GitError and OSError.
    """
    git.require_version()
    found = open_plan(asked.plan, start)
    with acting(found, waiting, dry_run=asked.dry_run) as (opened, facts):
        select(opened.plan, asked.stages)
        seen = look(opened, facts)
        stages = find_landable(seen, asked.stages)
        if stages:
            require_place(opened, facts, detached=asked.detached)
        landed: list[tuple[Stage, str | None]] = []
        stopped = _land_all(seen, stages, asked, landed, say, waiting)
        if not asked.dry_run:
            seen = look(opened, read_facts(facts.home, opened.plan))
            declare(opened.path, opened.file, {}, seen.merged)
        done = {stage.id for stage, _ in landed}
        left = [
            (e.stage, e.state)
            for e in seen.report.stages
            if e.state is not State.MERGED and e.stage.id not in done
        ]
        target = (facts.target or "").removeprefix(HEADS)
        return Merged(opened, target, tuple(landed), stopped, tuple(left))


def _land_all(
    seen: Look,
    stages: Sequence[Stage],
    asked: Asked,
    landed: list[tuple[Stage, str | None]],
    say: Say,
    waiting: Say,
) -> Stopped | None:
    """Land stages until one stops it; `landed` gets each."""
    facts, left = seen.facts, list(stages)
    at = facts.target_commit or ""
    while left:
        with scratch_objects(facts.home.git_directory, needed=asked.dry_run) as variables:
            sign = (asked.detached or asked.how is How.REBASE) and signs_commits(facts.home.root)
            foretold = Preview(seen, asked.how, variables, sign and not asked.dry_run)
            landings = list(foretold.of(left, at))
        if not (asked.dry_run or asked.detached):
            require_free(facts, at, landings)
        for landing in landings:
            if landing.reason:
                return Stopped(landing.stage, landing.files, landing.reason)
            if asked.dry_run:
                landed.append((landing.stage, None))
                left.pop(0)
                continue
            waiting(f"landing {landing.stage.id}")
            try:
                commit, whole = _land(seen.opened, facts, _from(landing, at), asked, say, waiting)
            except _Unproved as unproved:
                return Stopped(landing.stage, (), str(unproved))
            except git.GitError as error:
                again = f"when that is mended: plan-worktree merge {quote(facts.plan.plan_id)}"
                reason = f"git {error.command[0]} fails:\n{error.said}\n{again}"
                return Stopped(landing.stage, (), reason, failed=True)
            landed.append((landing.stage, commit))
            left.pop(0)
            at, facts = commit, _moved(facts, commit)
            if not whole:
                break  # the rest may not be as it was predicted
            if asked.verify and left and (why := list(dirt_in_home(seen.opened, facts.home.root))):
                return Stopped(left[0], (), why[0])  # commands of this stage have left it
    return None


def _from(landing: Landing, at: str) -> Landing:
    """Return a landing from where the target is really now: git has made its own commits."""
    after = at if landing.after == landing.before else landing.after
    return replace(landing, before=at, after=after)


class _Unproved(Exception):
    """The merged result did not pass a stage's commands; it was taken back."""


def _land(
    opened: Opened, facts: Facts, landing: Landing, asked: Asked, say: Say, waiting: Say
) -> tuple[str, bool]:
    """Land a stage; return the commit, and whether all of it is as it was predicted."""
    root = facts.home.root
    changed = changed_files(root, landing.before, landing.tree)
    # Attributes decide how everything after them is merged.
    plain = not any(path.endswith(".gitattributes") for path in changed)
    if asked.detached:
        return land_detached(facts, landing, waiting), True
    lines = landing.stage.verify if asked.verify else ()
    prove = bool(lines) and landing.after != landing.before
    commit = land_in_home(facts, opened.path, landing, asked.how, waiting, prove=prove)
    if prove:
        try:
            failed = _failure(root, lines, say)
        except BaseException:
            withdraw(facts.home, waiting)
            raise
        if failed is None:
            settle(facts.home)
        else:
            raise _Unproved(_unproved_words(facts, landing.stage, failed, commit, waiting))
    return commit, plain and _tree(facts, commit) == landing.tree


def _unproved_words(facts: Facts, stage: Stage, failed: str, commit: str, waiting: Say) -> str:
    """Take a landing back whose commands do not pass, and say what became of it."""
    again = f"plan-worktree complete {quote(facts.plan.plan_id)} {stage.id}"
    if withdraw(facts.home, waiting):
        return f"merged, it does not pass, and was taken back: {failed}: mend it, then {again}"
    show = f"git -C {quote(str(facts.home.root))} log {commit[:10]}^.."
    return f"merged, it does not pass: {failed}; it stays, since more was done there: {show}"


def _failure(root: Path, lines: Sequence[str], say: Say) -> str | None:
    """Run commands on what home has now; say how the first one failed, if one did.

    Raises OSError.
    """
    for line in lines:
        say(f"$ {line}")
        with running(line, root, say) as command:
            code = command.wait(None)
        if code != 0:
            return ended_words(line, code)
    return None


def _moved(facts: Facts, commit: str) -> Facts:
    """Return the facts after the target has moved to a commit."""
    name = facts.target or ""
    ref = facts.refs[name]._replace(object_id=commit, tree="", parents=())
    return replace(facts, refs=facts.refs | {name: ref})


def _tree(facts: Facts, commit: str) -> str:
    return git.run(facts.home.root, "rev-parse", f"{commit}^{{tree}}").stdout.strip()
