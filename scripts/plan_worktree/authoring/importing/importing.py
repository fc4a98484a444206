"""import: a plan that another tool wrote becomes a plan of ours, never over one that exists."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from shlex import quote

from plan_worktree.authoring.importing.arrows import ordered
from plan_worktree.authoring.importing.carry import carried_text, fenced, one_line
from plan_worktree.authoring.importing.formats import plain
from plan_worktree.authoring.importing.losses import Loss, losses
from plan_worktree.authoring.importing.outline import plain as plain_text
from plan_worktree.authoring.importing.reading import read
from plan_worktree.authoring.importing.source import Format, Source, Task, Unreadable
from plan_worktree.authoring.importing.write import Head, Staged, render, staged
from plan_worktree.authoring.new import author, check_slug, write_once
from plan_worktree.diagnostics import Severity
from plan_worktree.lint.check import METADATA_RULES, check
from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.source import MAX_BYTES
from plan_worktree.planfiles.find import absolute, plans_folder
from plan_worktree.project.home import Home, find_home_for_reading
from plan_worktree.project.names import DEFAULT_PLACE
from plan_worktree.project.refusal import Refused

# A stage takes more than a kilobyte, and a plan has four megabytes at most.
_MOST_TASKS = 4_000
_MOST_SLUG = 60
_MOST_NAME = 100
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}-")
# Where files of a system lie; below any other first folder a path is meant from the top of the
# repository.
_TOP_FOLDERS = frozenset(
    ("Users", "Volumes", "etc", "home", "mnt", "opt", "private", "root", "tmp", "usr", "var")
)
# Names of files and folders that say what something is, and not what it is about.
_GENERIC = frozenset(
    ("tasks", "task", "plan", "plans", "todo", "implementation", "taskmaster", "docs", "specs")
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What was imported. `path` is where the plan is, or would be; `text` the plan's text.

    `exists` when a dry run found another plan there, so that none would be written.
    `left_out` are the lines of the source that the plan does not have.
    """

    path: Path
    exists: bool
    format: Format
    title: str
    stages: tuple[Staged, ...]
    waves: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    left_out: tuple[Loss, ...]
    text: str


def import_plan(
    written: str, wanted: str | None, start: Path, *, slug: str | None = None, dry_run: bool
) -> Imported:
    """Import a file or folder, and write the plan unless it is a dry run.

    `wanted` names a format, None means the one the source has; `slug` names the plan, None means
    as the source is named. Raises BadArgument, Refused, GitError, OSError.
    """
    if slug is not None:
        check_slug(slug, f"plan-worktree import {quote(written)} --slug")
    source_path = absolute(start / written)
    chosen, source, given = read(written, source_path, wanted)
    if len(source.tasks) > _MOST_TASKS:
        many = f"{written} has {len(source.tasks):,} tasks, more than a plan has room for"
        raise Refused([f"{many}: import a part of it"])
    home = find_home_for_reading(start)
    try:
        tasks, notes = ordered(source.tasks, lambda path: _located(home, path))
    except Unreadable as problem:
        raise Refused([f"{written}:{max(problem.line, 1)}:1: {problem}"]) from None
    today = datetime.now().astimezone().date().isoformat()
    slug = slug or _slug(source_path, source, chosen)
    path = plans_folder(home) / f"{today}-{slug}.md"
    title = _cut(one_line(source.title)) or slug.replace("-", " ").capitalize()
    origin = f"{chosen.title}, {one_line(source_path.name)}"
    place = home.place() if home else DEFAULT_PLACE
    head = Head(path.stem, today, author(start), title, origin, place)
    stages = staged([replace(t, task=_named(t.task)) for t in tasks], list(_ids(source.tasks)))
    text, file = _safe_text(head, stages, source)
    waves = file.graph.waves if file.graph else ()
    exists = dry_run and os.path.lexists(path)
    if not dry_run:
        write_once(path, text, "choose another name with --slug, or edit the plan")
    return Imported(
        path=path,
        exists=exists,
        format=chosen,
        title=title,
        stages=tuple(stages),
        waves=waves,
        notes=(*source.notes, *notes),
        left_out=losses(given, text),
        text=text,
    )


def _located(home: Home | None, path: str) -> tuple[str, bool]:
    """Return a path from the top of the repository, and whether it is there.

    Plans also write absolute paths, and ``/src/a.py`` for what lies at the top.
    """
    if home is None:
        return path, False
    if path.startswith("/"):
        below = path.removeprefix(f"{home.root}/")
        top = path.split("/")[1]
        path = path[1:] if below == path and top not in _TOP_FOLDERS else below
    return path, not path.startswith("/") and os.path.lexists(home.root / path)


def _named(task: Task) -> Task:
    """Return a task with a title that fits a line; where it did not, What begins with the whole."""
    title = _cut(task.title)
    is_said = title == task.title or task.title in one_line(plain_text(task.what))
    what = (
        task.what if is_said else "\n\n".join(filter(None, (carried_text(task.title), task.what)))
    )
    return replace(task, title=title, what=what)


def _cut(text: str) -> str:
    """Return a title that fits a line."""
    if len(text) <= _MOST_NAME:
        return text
    return text[: _MOST_NAME - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "\u2026"


def _slug(path: Path, source: Source, chosen: Format) -> str:
    """Return the slug of a plan: from the source's file name, its folder's or its title.

    A plain plan's file often has a name made up by a program: there the title comes first.
    """
    title = re.sub(r"\s*\b(?:implementation )?plan$", "", source.title, flags=re.IGNORECASE)
    stem = _DATE.sub("", path.stem if path.is_file() else path.name)
    names = [stem, *(parent.name for parent in list(path.parents)[:3])]
    words = [_slugged(name) for name in names if _slugged(name) not in _GENERIC]
    candidates = [_slugged(title), *words] if chosen is plain else [*words, _slugged(title)]
    candidates.insert(0, _slugged(source.slug))
    return next((one for one in candidates if one), "imported")


def _slugged(text: str) -> str:
    slug = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
    if len(slug) <= _MOST_SLUG:
        return slug
    return slug[: _MOST_SLUG + 1].rpartition("-")[0] or slug[:_MOST_SLUG]


def _ids(tasks: Sequence[Task]) -> Iterator[str]:
    """Yield an id for each stage: the source's own name, made a valid one, and never twice."""
    taken: set[str] = set()
    for number, task in enumerate(tasks, 1):
        clean = re.sub(r"[^a-z0-9_-]+", "-", task.id.lower())[:50].strip("-_") or f"stage-{number}"
        found, count = clean, 1
        while found in taken:
            count += 1
            found = f"{clean}-{count}"
        taken.add(found)
        yield found


def _safe_text(head: Head, stages: list[Staged], source: Source) -> tuple[str, PlanFile]:
    """Return the plan's text and how it reads; where carried text would break it, it is fenced."""
    text = render(head, stages, source.parts)
    problem, file = _problem(text, stages)
    if problem:
        quoted = [replace(stage, task=_fenced(stage.task)) for stage in stages]
        text = render(head, quoted, {place: fenced(one) for place, one in source.parts.items()})
        problem, file = _problem(text, stages)
    if problem:
        raise Refused([f"the source makes no valid plan: {problem}"])
    return text, file


def _fenced(task: Task) -> Task:
    return replace(
        task,
        what=fenced(task.what),
        why=fenced(task.why),
        how=fenced(task.how),
        validation=fenced(task.validation),
        todo=fenced(task.todo),
    )


def _problem(text: str, stages: Sequence[Staged]) -> tuple[str, PlanFile]:
    """Return what keeps a text from being the plan of these stages, "" when nothing does."""
    raw = text.encode("utf-8", "replace")
    file = loads(raw, "plan")
    if len(raw) > MAX_BYTES:
        return (
            f"its {len(stages)} stages would take {len(raw) // 1024:,} KiB: import a part of it",
            file,
        )
    errors = [d for d in check(file, None, rules=METADATA_RULES) if d.severity is Severity.ERROR]
    if errors:
        return errors[0].message, file
    found = read_sections(file.document) if file.document else []
    if [section.stage_id for section in found] != [stage.id for stage in stages]:
        return "a text in it reads as a stage's section", file
    return "", file
