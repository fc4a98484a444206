"""``tasks.json`` of Task Master (github.com/eyaltoledano/claude-task-master).

Tasks stand under ``tasks``, at the top or below the name of a tag, of which ``master`` is the
usual one. A task becomes a stage, its subtasks the stage's list of things to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from plan_worktree.authoring.importing.carry import carried_text, one_line
from plan_worktree.authoring.importing.prose import changed_files
from plan_worktree.authoring.importing.source import (
    Given,
    Need,
    Source,
    Task,
    Unreadable,
    each_once,
)
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.text.jsontext import JsonProblem, parse

name = "task-master"
title = "a Task Master tasks.json"

_STATUS = {
    "done": StageStatus.COMPLETE,
    "completed": StageStatus.COMPLETE,
    "complete": StageStatus.COMPLETE,
    "in-progress": StageStatus.IN_PROGRESS,
    "review": StageStatus.IN_PROGRESS,
    "blocked": StageStatus.BLOCKED,
    "deferred": StageStatus.BLOCKED,
}
_LEFT_OUT = ("cancelled", "canceled")
Json = dict[str, object]


def recognises(given: Given) -> bool:
    """Tell a file by its being a JSON object or list."""
    return given.files[0].text.lstrip()[:1] in ("{", "[")


def read(given: Given) -> Source:
    """Read the tasks of one tag. Raises Unreadable for what is no list of tasks."""
    file = given.files[0]
    try:
        value = parse(file.text).value
    except JsonProblem as problem:
        line = file.text.count("\n", 0, problem.offset) + 1
        raise Unreadable(f"is no JSON: {problem.message}", line) from None
    tag, top, others = _tag(value)
    raw = _objects(top.get("tasks"))
    notes = [f"left out: the tag {json.dumps(other)}" for other in others]
    cancelled = [one for one in raw if _text(one.get("status")) in _LEFT_OUT]
    notes += [f"left out: task {_key(one)}, which is cancelled" for one in cancelled]
    gone = {_key(one) for one in cancelled}
    tasks = tuple(_task(one, gone) for one in raw if _key(one) not in gone)
    metadata = top.get("metadata", top.get("meta"))
    about = metadata if isinstance(metadata, dict) else {}
    said = _text(about.get("description"))
    name = _text(about.get("projectName")) or ("" if tag == "master" else tag)
    return Source(
        one_line(name), tasks, {"Overview": carried_text(said)} if said else {}, tuple(notes)
    )


def _tag(value: object) -> tuple[str, Json, list[str]]:
    """Return the tag to read, its object, and the names of the other tags that have tasks."""
    if isinstance(value, list):
        return "master", {"tasks": value}, []
    top = value if isinstance(value, dict) else {}
    if isinstance(top.get("tasks"), list):
        return "master", top, []
    tags = {
        key: one for key, one in top.items() if isinstance(one, dict) and _objects(one.get("tasks"))
    }
    if not tags:
        raise Unreadable('has no list "tasks"')
    tag = "master" if "master" in tags else next(iter(tags))
    return tag, tags[tag], [other for other in tags if other != tag]


def _task(raw: Json, gone: set[str]) -> Task:
    key = _key(raw)
    subtasks = _objects(raw.get("subtasks"))
    texts = [_text(raw.get(part)) for part in ("title", "description", "details")]
    texts += [
        _text(one.get(part)) for one in subtasks for part in ("title", "description", "details")
    ]
    what = _text(raw.get("description")) or _text(raw.get("title"))
    priority = _text(raw.get("priority"))
    return Task(
        key=f"task {key}",
        id=f"task-{key.replace('.', '-')}",
        title=one_line(_text(raw.get("title"))) or f"Task {key}",
        line=1,
        status=_STATUS.get(_text(raw.get("status")), StageStatus.NOT_STARTED),
        what="\n\n".join(
            part
            for part in (carried_text(what), priority and f"Priority: {carried_text(priority)}")
            if part
        ),
        how=carried_text(_text(raw.get("details"))),
        validation=carried_text(_text(raw.get("testStrategy"))),
        todo="\n".join(row for one in subtasks for row in _item(one, key)),
        files=each_once(use for text in texts for use in changed_files(text)),
        needs=tuple(_needs(raw, gone)),
    )


def _needs(raw: Json, gone: set[str]) -> Iterator[Need]:
    """Yield the tasks that a task depends on; of a subtask that is named, its task."""
    for dependency in _list(raw.get("dependencies")):
        key = str(dependency).partition(".")[0] if isinstance(dependency, str | int | float) else ""
        if key and key not in gone and key != _key(raw):
            yield Need(f"task {key}", "the source's dependencies name it")


def _item(raw: Json, key: str) -> Iterator[str]:
    """Yield a subtask as an item, with its texts below."""
    mark = "x" if _STATUS.get(_text(raw.get("status"))) is StageStatus.COMPLETE else " "
    yield f"- [{mark}] {key}.{_key(raw)} {carried_text(one_line(_text(raw.get('title'))))}"
    needed = ", ".join(
        str(one) for one in _list(raw.get("dependencies")) if isinstance(one, str | int)
    )
    if needed:
        yield f"  (after {carried_text(one_line(needed))})"
    for part in ("description", "details", "testStrategy"):
        if text := carried_text(_text(raw.get(part))):
            yield ""
            yield from (f"  {row}".rstrip() for row in text.split("\n"))
    if any(_text(raw.get(part)) for part in ("description", "details", "testStrategy")):
        yield ""


def _key(raw: Json) -> str:
    value = raw.get("id")
    return one_line(str(value)) if isinstance(value, int | str) else ""


def _objects(value: object) -> list[Json]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
