"""A stage's brief: Markdown for whoever works on it, or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from shlex import quote

from plan_worktree.diagnostics import printable
from plan_worktree.output.counts import count_words
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import write
from plan_worktree.output.work.brief_json import brief_fields, change_of
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.parts.filelist import FileEntry
from plan_worktree.plan.text.inline import code_span
from plan_worktree.project.variables import ports_words
from plan_worktree.stages.brief import Brief, Delivered
from plan_worktree.state.status import State
from plan_worktree.state.warnings import changes_words

# Tabs, and the spaces of Unicode (category Zs).
_SPACES = re.compile("([\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])")
# Characters of all notes together.
_MOST_NOTES = 8_000


def show_brief(brief: Brief, as_json: bool, *, full: bool) -> None:
    """Print a brief; with `full` also what its reader was told of the plan before."""
    if as_json:
        emit("brief", brief_fields(brief))
        return
    for line in _lines(brief, full=full):
        write(_harmless(line))


def brief_text(brief: Brief) -> str:
    """Return a whole brief as text, as `show_brief` prints it."""
    return "".join(f"{_harmless(line)}\n" for line in _lines(brief, full=True))


def _harmless(line: str) -> str:
    # Spaces of all kinds are harmless, and the text is to be read as it was written.
    return "".join(p if p.isspace() else printable(p) for p in _SPACES.split(line))


def _lines(brief: Brief, *, full: bool) -> Iterator[str]:
    yield f"# Stage {brief.stage.id}: {brief.stage.name}"
    yield ""
    yield from _where(brief)
    for note in _notes(brief, full=full):
        yield ""
        yield f"> {note}"
    if brief.said_for is None or full:
        yield from _part(brief, "Goal of the plan", brief.goal, "goal")
        yield from _part(brief, "Constraints", brief.constraints, "constraints")
        yield from _part(brief, "Conventions", _conventions(brief), "conventions")
    yield from _part(brief, "Your stage", brief.section, "section")
    yield from ("", "## Files", "")
    yield from _files(brief)
    if brief.delivered:
        yield from ("", "## What this builds on")
        for one in brief.delivered:
            yield from _of_dependency(one, brief.target)
    if brief.notes:
        yield from ("", "## Notes of those who built it", "")
        yield from _owners_notes(brief)
    yield from ("", "## Gates", "")
    yield from _gates(brief)
    yield from ("", "## How to finish", "")
    yield from _finish(brief)


def _part(brief: Brief, title: str, text: str, name: str) -> Iterator[str]:
    if text:
        yield from ("", f"## {title}", "")
        yield from text.split("\n")
    if name in brief.cut:
        yield from ("", f"(cut here; all of it is in {brief.opened.path})")


def _conventions(brief: Brief) -> str:
    return "\n\n".join(f"### {one.title}\n\n{one.text}" for one in brief.conventions.parts)


def _gates(brief: Brief) -> Iterator[str]:
    proved, own, whole = brief.stage.verify, brief.gates, brief.opened.plan.verify
    others = [gate for gate in own if gate not in proved]
    groups = (
        ("`complete` runs these in the worktree, and each must pass:", proved),
        ("Run these in the worktree yourself, as Validation says:", others),
        ("Whoever lands it runs these as well, so run them first:", whole),
    )
    lines = [
        line
        for title, gates in groups
        if gates
        for line in (title, "", *(f"- {code_span(gate)}" for gate in gates), "")
    ]
    yield from lines[:-1] or ["The plan names no command. Test your work, and say how."]


def _where(brief: Brief) -> Iterator[str]:
    yield f"- Plan: {brief.opened.path}"
    yield f"- Worktree: {brief.worktree or 'none yet'}"
    yield f"- Branch: `{brief.stage.branch}`, to land in `{brief.target or '?'}`"
    if brief.base:
        yield f"- Base: {brief.base}"
    if brief.slot is not None:
        yield f"- Slot: {brief.slot}, {ports_words(brief.slot)}"
    if brief.todo.total:
        yield f"- TODO: {count_words(brief.todo)} done"
    if brief.claim:
        since = f" since {brief.claim.time}" if brief.claim.time else ""
        yield f"- Claimed by: {brief.claim.owner} on {brief.claim.host}{since}"


def _notes(brief: Brief, *, full: bool) -> Iterator[str]:
    plan = quote(brief.opened.plan.plan_id)
    if brief.said_for is not None and not full:
        yield (
            f"The plan's goal, constraints and conventions are those in your brief of "
            f"{brief.said_for}; to read them again: `plan-worktree brief {plan} {brief.stage.id} "
            "--full`"
        )
    if brief.changed:
        yield f"Changed in the plan since you claimed this stage: {changes_words(brief.changed)}."
    if brief.drift:
        yield f"Drift: {brief.drift}"
    if brief.waiting_for:
        yield f"Not to be started yet: it waits for {', '.join(brief.waiting_for)}."
    if brief.stale:
        yield (
            "A dependency has work that this branch lacks. Take it in before you go on: "
            f"`plan-worktree sync {plan} {brief.stage.id}`"
        )
    if brief.stage.status == StageStatus.BLOCKED:
        why = f": {brief.blocked}" if brief.blocked else "."
        yield f"The plan declares this stage blocked{why}"
    elif brief.blocked:
        yield f"This stage was blocked before: {brief.blocked}"


def _files(brief: Brief) -> Iterator[str]:
    if brief.files:
        yield "Change only these:"
        yield ""
        yield from (f"- {entry.change}: {code_span(entry.path)}" for entry in brief.files)
    else:
        yield "The plan lists no files for this stage."
    own = {entry.path for entry in brief.files}
    shared = [(n, [one for one in files if one.path in own]) for n, files in brief.others]
    others = [(n, [one for one in files if one.path not in own]) for n, files in brief.others]
    for title, stages in (
        ("Some of them are changed beside this stage as well; expect a conflict there:", shared),
        ("Not these, which stages that run beside this one own:", others),
    ):
        if any(files for _, files in stages):
            yield from ("", title, "")
            yield from _owned(stages)
    if brief.finished:
        nor = "Nor" if any(files for _, files in others) else "Not"
        of = "of stages that are complete and not landed; your branch lacks their work:"
        yield from ("", f"{nor} these, {of}", "")
        yield from _owned(brief.finished)


def _owned(stages: Sequence[tuple[str, Sequence[FileEntry]]]) -> Iterator[str]:
    for name, files in stages:
        if files:
            yield f"- {name}: " + ", ".join(code_span(entry.path) for entry in files)


def _owners_notes(brief: Brief) -> Iterator[str]:
    left = _MOST_NOTES
    for number, note in enumerate(brief.notes):
        left -= len(note.text)
        if left < 0:
            name = f"{quote(brief.opened.plan.plan_id)} {brief.stage.id}"
            yield f"- and {len(brief.notes) - number} more: plan-worktree brief {name} --json"
            return
        yield f"- {note.stage}{f' ({note.owner})' if note.owner else ''}: {note.text}"


def _of_dependency(one: Delivered, target: str | None) -> Iterator[str]:
    yield from ("", f"### {one.stage.id}: {one.stage.name}", "")
    if one.promise.text or one.promise.is_cut:
        yield from (f"It is {one.state}. Its section promises:", "")
        yield from one.promise.text.split("\n")
        if one.promise.is_cut:
            yield from ("", "(cut here; the rest is in its section of the plan)")
        yield ""
    if not one.commits:
        where = "No commits of its own." if one.head else "Not set up here; its branch is unknown."
        yield f"It has landed in `{target}`." if one.state is State.MERGED else where
        return
    yield f"`{one.stage.branch}`{f' at {one.head}' if one.head else ''}"
    yield ""
    yield from (f"- {commit[:10]} {subject}" for commit, subject in one.commits)
    if one.commits_left:
        yield f"- and {one.commits_left} more"
    yield ""
    yield "Changed files:"
    yield ""
    yield from (f"- {change_of(letter)}: {code_span(path)}" for path, letter in one.files)
    if one.files_left:
        yield f"- and {one.files_left} more: git diff --stat {one.base} {one.head}"


def _finish(brief: Brief) -> Iterator[str]:
    plan = quote(brief.opened.plan.plan_id)
    name = f"{plan} {brief.stage.id}"
    steps = [
        "Work in the worktree, and commit on its branch. Leave the plan's copy there as it is.",
        f"When a dependency has moved on: `plan-worktree sync {name}`",
        (
            f"When all is committed and the gates pass: `plan-worktree complete {name}`. It runs "
            "the stage's `verify` commands, checks the files, and marks the stage. What those "
            'who build on it should know and the plan does not say: `--note "TEXT"`.'
        ),
        f"When something is in the way for good: `plan-worktree mark {name} blocked`",
        f"Then take the next stage: `plan-worktree start {plan} --wait`",
    ]
    if not brief.files:
        steps[2] += " A stage that only looks, and has nothing to commit, adds `--empty`."
    if brief.todo.total:
        steps.insert(
            1,
            f"When an item of your TODO list is done: `plan-worktree todo {name} N…`. N is its "
            "number there, from 1; without N the items are listed with their numbers. Other boxes "
            "of the plan are its owner's.",
        )
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))
