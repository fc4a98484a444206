"""brief: what somebody who works on a stage must know, and only that. Bounded in size."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.filelist import FileEntry, read_files
from plan_worktree.plan.parts.gates import read_gates
from plan_worktree.plan.parts.todo import Count, counts
from plan_worktree.plan.reading.approach import (
    CONSTRAINTS,
    GOAL,
    Conventions,
    conventions,
    part,
)
from plan_worktree.plan.reading.excerpts import Excerpt, excerpt
from plan_worktree.plan.reading.promises import promised
from plan_worktree.plan.reading.wording import Reading, wording_of
from plan_worktree.plan.sections import Section, read_sections
from plan_worktree.planfiles.arguments import plan_and_stage
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.ref_names import HEADS
from plan_worktree.stages.current import current_stage
from plan_worktree.state.branches.own_work import own_changes
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.state.repository.records import Claim
from plan_worktree.state.repository.slots import slot_of
from plan_worktree.state.status import DONE, StageReport, State

# Characters of the goal, of the constraints, and of the stage's own section.
_MOST_TEXT = 6_000
_MOST_SECTION = 60_000
# Of what one dependency promises, and all of them together.
_MOST_PROMISE = 3_000
_MOST_PROMISES = 12_000
_PARTS = ("goal", "constraints", "conventions", "section")
# Of what a dependency delivered, and of what others own.
_MOST_COMMITS = 20
_MOST_FILES = 60


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a dependency has done: its branch, its commits with subjects, its changed files.

    `head` is None when it was never set up. Lists are cut: `commits_left`, `files_left` say by
    how much. `promise` is what the section of one that is not done says it will bring.
    """

    stage: Stage
    state: State
    base: str | None
    head: str | None
    promise: Excerpt
    commits: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    commits_left: int = 0
    files_left: int = 0


class Note(NamedTuple):
    """What the owner of a stage says to those who build on it."""

    stage: str
    owner: str
    text: str


_Files = tuple[tuple[str, tuple[FileEntry, ...]], ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything about one stage. Texts are as the plan has them, cut where `cut` says so.

    `others` and `finished` are the files of stages that no dependency orders with this one: of
    those that are not done, and of those that are complete and have not landed. `changed` names
    what of the plan is otherwise than its owner has read it, `blocked` says why it was declared
    that the last time. `said_for` is a stage in whose brief
    the owner has had goal, constraints and conventions as they are now, None without one.
    """

    opened: Opened
    stage: Stage
    target: str | None
    worktree: Path | None
    slot: int | None
    base: str | None
    head: str | None
    claim: Claim | None
    goal: str
    constraints: str
    conventions: Conventions
    section: str
    cut: tuple[str, ...]
    files: tuple[FileEntry, ...]
    others: _Files
    finished: _Files
    delivered: tuple[Delivered, ...]
    notes: tuple[Note, ...]
    changed: tuple[str, ...]
    said_for: str | None
    gates: tuple[str, ...]
    state: State
    waiting_for: tuple[str, ...]
    stale: bool
    drift: str | None
    blocked: str | None
    todo: Count


def run_brief(written: str | None, name: str | None, start: Path) -> Brief:
    """Return the brief of a stage. Raises BadArgument, Refused and GitError.

    `written` and `name` mean what `plan_and_stage` says.
    """
    written, name = plan_and_stage((written, name), start)
    opened = open_plan(written, start)
    facts = facts_for_reading(opened)
    stage = current_stage(facts, name, start)
    seen = read_overview(opened, facts)
    return make_brief(seen, seen.report.of(stage))


def make_brief(seen: Overview, entry: StageReport) -> Brief:
    """Put a stage's brief together. Raises GitError."""
    opened, facts = seen.opened, seen.facts
    stage, branch = entry.stage, entry.work.branch
    document = opened.document
    sections = {section.stage_id: section for section in reversed(read_sections(document))}
    own = sections.get(stage.id)
    goal = part(document, GOAL, _MOST_TEXT)
    constraints = part(document, CONSTRAINTS, _MOST_TEXT)
    held = conventions(document, tuple(sections.values()))
    section = excerpt(document, range(own.first, own.last) if own else (), _MOST_SECTION)
    there, now = facts.worktree_of(stage), wording_of(document).of(stage)
    whole = {"goal": goal, "constraints": constraints, "section": section}
    cut = {name for name, said in whole.items() if said.is_cut}
    cut |= {"conventions"} if held.is_cut else set()
    unlanded = {e.stage.id for e in seen.report.stages if e.state is State.COMPLETE}
    undone = {e.stage.id for e in seen.report.stages if e.state not in DONE}
    validation = [gate.command for gate in read_gates(document, own)] if own else []
    return Brief(
        opened=opened,
        stage=stage,
        target=facts.target.removeprefix(HEADS) if facts.target else None,
        worktree=there.path if there else None,
        slot=slot_of(facts, stage),
        base=facts.base(stage),
        head=facts.head(stage),
        claim=entry.work.claim,
        goal=goal.text,
        constraints=constraints.text,
        conventions=held,
        section=section.text,
        cut=tuple(name for name in _PARTS if name in cut),
        files=tuple(read_files(document, own)) if own else (),
        others=tuple(_beside(seen, sections, stage, undone)),
        finished=tuple(_beside(seen, sections, stage, unlanded)),
        delivered=tuple(_delivered(seen, sections, stage)),
        notes=tuple(_notes(seen, stage)),
        changed=entry.work.claim.reading.changed(now) if entry.work.claim else (),
        said_for=_said_for(seen, entry, now),
        gates=tuple(dict.fromkeys((*stage.verify, *validation))),
        state=entry.state,
        waiting_for=entry.waiting_for,
        stale=bool(entry.work.stale and branch and branch.head == facts.head(stage)),
        drift=entry.work.drift,
        blocked=entry.work.blocked.note if entry.work.blocked else None,
        todo=counts(document).get(stage.id, Count(0, 0)),
    )


def _beside(
    seen: Overview, sections: Mapping[str, Section], stage: Stage, wanted: Container[str]
) -> Iterator[tuple[str, tuple[FileEntry, ...]]]:
    """Yield the files of each wanted stage that no dependency orders with this one."""
    graph, left = seen.opened.graph, _MOST_FILES
    for other in graph.order:
        related = graph.is_before(other, stage.id) or graph.is_before(stage.id, other)
        if other == stage.id or related or other not in sections or other not in wanted:
            continue
        files = read_files(seen.opened.document, sections[other])[: max(left, 0)]
        left -= len(files)
        if files:
            yield other, tuple(files)


def _notes(seen: Overview, stage: Stage) -> Iterator[Note]:
    """Yield the notes of all that a stage depends on, directly or not, in the plan's order."""
    for entry in seen.needed(stage):
        said = entry.work.completion
        if said and said.note:
            yield Note(entry.stage.id, said.owner, said.note)


def _said_for(seen: Overview, entry: StageReport, now: Reading) -> str | None:
    """Return another stage whose brief told its owner the same of the plan; None without one.

    That is a stage which the owner has completed, or claimed before this one.
    """
    claim = entry.work.claim
    if claim is None:
        return None
    for other in seen.report.stages:
        theirs, done = other.work.claim, other.work.completion
        if other.stage.id == entry.stage.id:
            continue
        if done and done.owner == claim.owner and done.reading.has_same_plan(now):
            return other.stage.id
        is_before = theirs and theirs[:2] == claim[:2] and theirs.time < claim.time
        if theirs and is_before and theirs.reading.has_same_plan(now):
            return other.stage.id
    return None


def _delivered(
    seen: Overview, sections: Mapping[str, Section], stage: Stage
) -> Iterator[Delivered]:
    facts, subjects, document = seen.facts, seen.history.subjects, seen.opened.document
    dependencies = seen.opened.graph.dependencies
    needed = [other for n in dependencies[stage.id] if (other := facts.plan.stage(n))]
    left = _MOST_PROMISES
    commits = {other.id: seen.own_commits(other) for other in needed}
    changes = own_changes(seen.ends, [name for name, own in commits.items() if own])
    for other in needed:
        own, files = commits[other.id], list(changes.get(other.id, {}).items())
        state, section = seen.report.of(other).state, sections.get(other.id)
        promise = Excerpt("", False)
        if section and state not in DONE:
            promise = promised(document, section, min(left, _MOST_PROMISE))
            left -= len(promise.text)
        yield Delivered(
            other,
            state,
            facts.base(other),
            facts.last_tip(other) if facts.base(other) else None,
            promise,
            tuple((commit, subjects[commit]) for commit in own[:_MOST_COMMITS]),
            tuple(files[:_MOST_FILES]),
            max(len(own) - _MOST_COMMITS, 0),
            max(len(files) - _MOST_FILES, 0),
        )
