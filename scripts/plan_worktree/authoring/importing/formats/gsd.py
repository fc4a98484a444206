"""Plans of Get Shit Done (github.com/gsd-build/get-shit-done): ``.planning/phases/NN-name/``.

A file ``NN-MM-PLAN.md`` has YAML at its top (``depends_on``, ``files_modified``) and elements
such as ``<objective>`` and ``<task>``. Of a phase's folder each plan becomes a stage, and the
summary beside it says that it is complete; of one file each task does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent

from plan_worktree.authoring.importing.carry import IN_PLAN, carried_text, one_line
from plan_worktree.authoring.importing.outline import front_matter, plain
from plan_worktree.authoring.importing.prose import listed_files
from plan_worktree.authoring.importing.source import (
    File,
    FileUse,
    Given,
    Need,
    Source,
    Task,
    each_once,
)
from plan_worktree.plan.model import StageStatus

name = "gsd"
title = "a GSD plan"

PLAN, SUMMARY = "-PLAN.md", "-SUMMARY.md"

_TASK = re.compile(r"<task\b([^>\n]*)>")
_KEY = re.compile(r"([A-Za-z_]\w*)[ \t]*:[ \t]*(.*)")
_LABEL = re.compile(
    r"^(?:\*\*)?(Purpose|Output)(?:\*\*)?[ \t]*:(?:\*\*)?[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE
)


def recognises(given: Given) -> bool:
    """Tell a plan by its objective and tasks in elements, or by the keys at its top."""
    file = given.files[0]
    keys = _front(file)
    return ("depends_on" in keys and "files_modified" in keys) or (
        "<objective>" in file.text and _TASK.search(file.text) is not None
    )


def read(given: Given) -> Source:
    """Read a phase, or one plan of it."""
    if given.path.is_dir():
        return _phase(given)
    file = given.files[0]
    front, objective = _front(file), _element(file.text, "objective")
    tasks = tuple(_tasks(file))
    outside = front.get("depends_on", [])
    parts = {
        "Overview": carried_text(objective, IN_PLAN),
        "Success Criteria": carried_text(_element(file.text, "success_criteria"), IN_PLAN),
        "Manual Testing": carried_text(_element(file.text, "verification"), IN_PLAN),
        "References": carried_text(_element(file.text, "context"), IN_PLAN),
        "Upstream Dependencies": "\n".join(f"- [ ] {carried_text(one)}" for one in outside),
    }
    notes = tuple(f"it depends on plan {one}, which is not in this file" for one in outside)
    slug = f"{_phase_name(file.path.resolve().parent.name)}-{_plan_key(file)}"
    kept = {place: text for place, text in parts.items() if text}
    return Source(_title(objective, file), tasks, kept, notes, slug)


def _phase(given: Given) -> Source:
    plans = [file for file in given.files if file.path.name.endswith(PLAN)]
    names = {_plan_key(file): file for file in plans}
    tasks = tuple(_plan(file, set(names)) for file in plans)
    words = _phase_name(given.path.resolve().name).replace("-", " ").strip()
    return Source(words[:1].upper() + words[1:], tasks)


def _phase_name(folder: str) -> str:
    return re.sub(r"^\d+(?:\.\d+)*-", "", folder)


def _plan_key(file: File) -> str:
    return file.path.name.removesuffix(PLAN)


def _plan(file: File, known: set[str]) -> Task:
    front, key = _front(file), _plan_key(file)
    objective = _element(file.text, "objective")
    labels = {found[1].lower(): found[2] for found in _LABEL.finditer(objective)}
    blocks = list(_task_blocks(file.text))
    names = [_name_of(body, kind, number) for number, (kind, body, _) in enumerate(blocks, 1)]
    how = [
        f"**{one_line(plain(title))}**\n\n{_action(body)}"
        for title, (_, body, _) in zip(names, blocks, strict=True)
    ]
    checks = [_check(body) for _, body, _ in blocks]
    done = (file.path.parent / f"{key}{SUMMARY}").is_file()
    mark = "x" if done else " "
    return Task(
        key=key,
        id=f"plan-{key}",
        title=_title(objective, file),
        line=1,
        status=StageStatus.COMPLETE if done else StageStatus.NOT_STARTED,
        what=carried_text(_LABEL.split(objective)[0]),
        why=carried_text(labels.get("purpose", "")),
        how=carried_text("\n\n".join(how)),
        validation=carried_text(
            "\n\n".join(c for c in (*checks, _element(file.text, "verification")) if c)
        ),
        todo="\n".join(f"- [{mark}] {carried_text(one_line(plain(title)))}" for title in names),
        files=each_once(_files(front.get("files_modified", []), blocks)),
        needs=tuple(_needs(front.get("depends_on", []), key, known)),
        commands=tuple(command for _, body, _ in blocks for command in _automated(body)),
    )


def _needs(written: list[str], key: str, known: set[str]) -> Iterator[Need]:
    """Yield the plans that a plan depends on; a number alone is one of the same phase."""
    phase = key.rpartition("-")[0]
    for one in written:
        short = one.removesuffix(".md").removesuffix("-PLAN")
        full = short if short in known or not phase else f"{phase}-{short.zfill(2)}"
        yield Need(full if full in known else short, "its depends_on names it")


def _tasks(file: File) -> Iterator[Task]:
    """Yield the tasks of one plan. A checkpoint that blocks waits for all before it."""
    done = (file.path.parent / f"{_plan_key(file)}{SUMMARY}").is_file()
    gate: list[str] = []  # the last checkpoint
    since: list[str] = []  # it, and the tasks behind it
    for number, (kind, body, offset) in enumerate(_task_blocks(file.text), 1):
        blocks = "checkpoint" in kind
        waits = since if blocks else gate
        key = f"{'checkpoint' if blocks else 'task'} {number}"
        why = "a checkpoint comes after what is before it, and before what is after it"
        action = _action(body)
        yield Task(
            key=key,
            id=f"task-{number}",
            title=one_line(re.sub(r"^Task\s+\d+\s*:\s*", "", plain(_name_of(body, kind, number)))),
            line=file.text.count("\n", 0, offset) + 1,
            status=StageStatus.COMPLETE if done else StageStatus.NOT_STARTED,
            what=carried_text(
                _element(body, "done")
                or _element(body, "what-built")
                or _name_of(body, kind, number)
            ),
            how=carried_text(action),
            validation=carried_text(_check(body)),
            files=each_once(_files([], [(kind, body, offset)])),
            needs=tuple(Need(one, why) for one in waits),
            commands=tuple(_automated(body)),
        )
        gate = [key] if blocks else gate
        since = [key] if blocks else [*since, key]


def _task_blocks(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the attributes, the content and the place of every task element."""
    at = 0
    while found := _TASK.search(text, at):
        end = text.find("</task>", found.end())
        end = len(text) if end < 0 else end
        yield found[1], text[found.end() : end], found.start()
        at = end


def _name_of(body: str, kind: str, number: int) -> str:
    for tag in ("name", "decision", "what-built", "action"):
        if said := _element(body, tag):
            return said.split("\n")[0][:120]
    return f"Task {number}{' (checkpoint)' if 'checkpoint' in kind else ''}"


def _action(body: str) -> str:
    """Return what a task says is to be done: of a checkpoint, all that it asks."""
    parts = [_element(body, tag) for tag in ("behavior", "action", "implementation")]
    if not any(parts):
        parts = [
            _element(body, tag) for tag in ("context", "options", "instructions", "how-to-verify")
        ]
    return "\n\n".join(part for part in parts if part)


def _check(body: str) -> str:
    verify = re.sub(r"</?automated>", "", _element(body, "verify"))
    commands = set(_automated(body))
    verify = "\n".join(row for row in verify.split("\n") if row.strip() not in commands)
    return "\n\n".join(part for part in (verify.strip(), _element(body, "done")) if part)


def _automated(body: str) -> Iterator[str]:
    """Yield the command that a task's verification marks as automated."""
    command = _element(_element(body, "verify"), "automated")
    if command and "\n" not in command and not command.upper().startswith("MISSING"):
        yield command.strip("`")


def _files(listed: list[str], blocks: list[tuple[str, str, int]]) -> Iterator[FileUse]:
    texts = [*listed]
    for _, body, _ in blocks:
        texts += re.split(r"[,\n]", _element(body, "files"))
    for text in texts:
        entry = text.strip().strip("-").strip()
        marked = entry if "`" in entry or " " in entry else f"`{entry}`"
        if entry:
            yield from listed_files(marked)


def _element(text: str, tag: str) -> str:
    """Return the content of the first element of a name, "" when there is none."""
    start = text.find(f"<{tag}>")
    if start < 0:
        return ""
    end = text.find(f"</{tag}>", start)
    return _dedented(text[start + len(tag) + 2 : end if end >= 0 else len(text)])


def _dedented(text: str) -> str:
    return dedent(text.strip("\n")).strip()


def _title(objective: str, file: File) -> str:
    first = one_line(plain(objective.split("\n", maxsplit=1)[0]))
    sentence = re.split(r"(?<=[.!?])\s", first, maxsplit=1)[0].rstrip(".")
    return sentence or _plan_key(file)


def _front(file: File) -> dict[str, list[str]]:
    """Return the lists and values at the top of a plan: the part of YAML that these files use."""
    rows = file.document.source.lines[1 : max(front_matter(file.document.source.lines) - 1, 1)]
    found: dict[str, list[str]] = {}
    key = ""
    for row in rows:
        if pair := _KEY.match(row):
            key, value = pair[1], pair[2].partition(" #")[0].strip()
            found[key] = _values(value)
        elif key and row.lstrip().startswith("- "):
            found[key] += _values(row.lstrip()[2:].strip())
        elif row.strip() and not row.startswith(" "):
            key = ""
    return found


def _values(value: str) -> list[str]:
    """Return the values of ``[a, "b"]``, or of a single scalar."""
    inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    parts = inner.split(",") if inner is not value else [value]
    return [part.strip().strip("\"'") for part in parts if part.strip().strip("\"'")]
