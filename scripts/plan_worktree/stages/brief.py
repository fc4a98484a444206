"""brief: what somebody who works on a stage must know, and only that. Bounded in size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.filelist import FileEntry, read_files
from plan_worktree.plan.parts.gates import read_gates
from plan_worktree.plan.parts.todo import Count, counts
from plan_worktree.plan.sections import Section, read_sections
from plan_worktree.plan.text.document import Document
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.ref_names import HEADS
from plan_worktree.stages.current import current_stage
from plan_worktree.state.branches.own_work import own_changes
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.state.repository.records import Claim
from plan_worktree.state.status import StageReport, State

# Characters of the goal, of the constraints, and of the stage's own section.
_MOST_TEXT = 6_000
_MOST_SECTION = 60_000
# Of what a dependency delivered, and of what others own.
_MOST_COMMITS = 20
_MOST_FILES = 60


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a dependency has done: its branch, its commits with subjects, its changed files.

    `head` is None when it was never set up. Lists are cut: `commits_left`, `files_left` say by
    how much.
    """

    stage: Stage
    base: str | None
    head: str | None
    commits: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    commits_left: int = 0
    files_left: int = 0


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything about one stage. Texts are as the plan has them, cut where `cut` says so."""

    opened: Opened
    stage: Stage
    target: str | None
    worktree: Path | None
    base: str | None
    head: str | None
    claim: Claim | None
    goal: str
    constraints: str
    section: str
    cut: tuple[str, ...]
    files: tuple[FileEntry, ...]
    others: tuple[tuple[str, tuple[FileEntry, ...]], ...]
    delivered: tuple[Delivered, ...]
    gates: tuple[str, ...]
    state: State
    waiting_for: tuple[str, ...]
    stale: bool
    drift: str | None
    todo: Count


def run_brief(written: str | None, name: str | None, start: Path) -> Brief:
    """Return the brief of a stage. Raises BadArgument, Refused and GitError."""
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
    goal, goal_cut = _part(document, "overview")
    constraints, constraints_cut = _part(document, "requirements")
    section, section_cut = "", False
    if own:
        section, section_cut = _cut(document, range(own.first, own.last), _MOST_SECTION)
    there = facts.worktree_of(stage)
    parts = (("goal", goal_cut), ("constraints", constraints_cut), ("section", section_cut))
    validation = [gate.command for gate in read_gates(document, own)] if own else []
    return Brief(
        opened=opened,
        stage=stage,
        target=facts.target.removeprefix(HEADS) if facts.target else None,
        worktree=there.path if there else None,
        base=facts.base(stage),
        head=facts.head(stage),
        claim=entry.work.claim,
        goal=goal,
        constraints=constraints,
        section=section,
        cut=tuple(name for name, is_cut in parts if is_cut),
        files=tuple(read_files(document, own)) if own else (),
        others=tuple(_others(document, opened.graph, _unlanded(seen, sections), stage)),
        delivered=tuple(_delivered(seen, stage)),
        gates=tuple(dict.fromkeys((*stage.verify, *validation))),
        state=entry.state,
        waiting_for=entry.waiting_for,
        stale=bool(entry.work.stale and branch and branch.head == facts.head(stage)),
        drift=entry.work.drift,
        todo=counts(document).get(stage.id, Count(0, 0)),
    )


def _unlanded(seen: Overview, sections: dict[str, Section]) -> dict[str, Section]:
    return {name: section for name, section in sections.items() if name not in seen.merged}


def _others(
    document: Document, graph: Graph, sections: dict[str, Section], stage: Stage
) -> Iterator[tuple[str, tuple[FileEntry, ...]]]:
    """Yield the files of each stage that can run beside this one."""
    left = _MOST_FILES
    for other in graph.order:
        related = graph.is_before(other, stage.id) or graph.is_before(stage.id, other)
        if other == stage.id or related or other not in sections:
            continue
        files = read_files(document, sections[other])[: max(left, 0)]
        left -= len(files)
        if files:
            yield other, tuple(files)


def _delivered(seen: Overview, stage: Stage) -> Iterator[Delivered]:
    facts, subjects = seen.facts, seen.history.subjects
    dependencies = seen.opened.graph.dependencies
    needed = [other for n in dependencies[stage.id] if (other := facts.plan.stage(n))]
    commits = {other.id: seen.own_commits(other) for other in needed}
    changes = own_changes(seen.ends, [name for name, own in commits.items() if own])
    for other in needed:
        own, files = commits[other.id], list(changes.get(other.id, {}).items())
        yield Delivered(
            other,
            facts.base(other),
            facts.last_tip(other) if facts.base(other) else None,
            tuple((commit, subjects[commit]) for commit in own[:_MOST_COMMITS]),
            tuple(files[:_MOST_FILES]),
            max(len(own) - _MOST_COMMITS, 0),
            max(len(files) - _MOST_FILES, 0),
        )


def _part(document: Document, title: str) -> tuple[str, bool]:
    """Return the text below a heading of the plan, without the heading."""
    tops = [heading for heading in document.headings if heading.depth == 0]
    for index, heading in enumerate(tops):
        words = heading.text.casefold().strip("# 0123456789.*_").split()
        if words[:1] != [title]:
            continue
        ends = (other.line for other in tops[index + 1 :] if other.level <= heading.level)
        last = next(ends, len(document.source.lines))
        first = heading.line + 1
        if not document.source.lines[heading.line].lstrip(" ").startswith("#"):  # underlined
            first += heading.text.count("\n") + 1
        return _cut(document, range(first, last), _MOST_TEXT)
    return "", False


def _cut(document: Document, lines: range, most: int) -> tuple[str, bool]:
    """Return lines as they are written, at most so many characters; a fence that is cut is closed.

    Blank lines and rules at the end are left out, and comments that stand by themselves.
    """
    comments = _comment_lines(document)
    numbers = [number for number in lines if number not in comments]
    texts = [document.source.lines[number] for number in numbers]
    length, count = 0, 0
    for text in texts:
        length += len(text) + 1
        if length > most:
            break
        count += 1
    # A line longer than all there is room for is shown as far as it goes.
    kept = list(texts[:count]) or [text[:most] for text in texts[:1]]
    while kept and kept[-1].strip() in ("", "---", "***", "___"):
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    is_cut = count < len(texts)
    if is_cut:
        kept += _closing(document, lines.start, numbers[count])
    return "\n".join(kept), is_cut


def _comment_lines(document: Document) -> set[int]:
    """Return the numbers of the lines that are comments, which a rendered plan does not show."""
    comments = (
        block
        for block in document.html
        if block.depth == 0
        and block.text.startswith("<!--")
        and block.text.rstrip().endswith("-->")
    )
    return {
        number
        for block in comments
        for number in range(block.line, block.line + block.text.rstrip().count("\n") + 1)
    }


def _closing(document: Document, first: int, end: int) -> Sequence[str]:
    """Return the line that closes the fence a cut goes through."""
    for fence in document.fences:
        stop = fence.line + fence.content.count("\n") + 1
        if first <= fence.line < end <= stop:
            before = document.source.lines[fence.line][: fence.column]
            prefix = "".join(char if char == ">" else " " for char in before)  # of a quote
            return (prefix + fence.marker,)
    return ()
