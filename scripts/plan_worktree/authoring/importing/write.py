"""A source's tasks under the template's headings.

The template is read as any other plan: its sections, and the placeholders of a stage, are those
of the file that `new` fills in, so that both change together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from plan_worktree.authoring.importing.arrows import Ordered
from plan_worktree.authoring.importing.outline import ELSEWHERE, Chapter, chapters
from plan_worktree.authoring.importing.source import FileUse, Task
from plan_worktree.authoring.new import metadata_text, stage_entry
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.plan.planfile import INFO_WORDS, load
from plan_worktree.plan.sections import FILES
from plan_worktree.plan.text.document import Document, within
from plan_worktree.resources import PLAN_TEMPLATE, resource

_TRACKING = re.compile(r"- \[ \] Stage (?:\d+|N): ")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of a plan. `origin` names the format and the file it came from.

    Worktrees are below `place`.
    """

    plan_id: str
    created: str
    author: str
    title: str
    origin: str
    place: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A task that has become a stage: with the stage's id, and its arrows by other stages' ids."""

    id: str
    task: Task
    after: Mapping[str, str]


def staged(tasks: Sequence[Ordered], ids: Sequence[str]) -> list[Staged]:
    """Give every task its stage's id."""
    return [
        Staged(stage_id, one.task, {ids[place]: why for place, why in one.after.items()})
        for stage_id, one in zip(ids, tasks, strict=True)
    ]


def render(head: Head, stages: Sequence[Staged], parts: Mapping[str, str]) -> str:
    """Return the text of a plan. Raises FileNotFoundError when there is no template."""
    document = _template()
    found = chapters(document)
    fence = next(fence for fence in document.fences if fence.words == INFO_WORDS)
    first = next(chapter for chapter in found if chapter.level == 2)
    top = _rows(document, range(fence.line + 1)).replace("[TITLE]", head.title)
    metadata = metadata_text(
        head.plan_id, head.created, head.author, [_entry(head, stage) for stage in stages]
    )
    between = _rows(document, range(fence.line + 1 + fence.content.count("\n"), first.line))
    body = "\n\n".join(_sections(document, found, head, stages, parts))
    origin = f"<!-- Imported from {_comment(head.origin)}. -->\n\n"
    pieces = (_common(top, head), metadata, f"{between.strip()}\n\n{origin}{body}")
    return "\n".join(pieces) + "\n"


@lru_cache(maxsize=1)
def _template() -> Document:
    template = load(resource(PLAN_TEMPLATE))
    if template.document is None:  # pragma: no cover - only in a damaged installation
        raise FileNotFoundError(template.problems[0].message)
    return template.document


def _rows(document: Document, lines: range) -> str:
    return "\n".join(document.source.lines[lines.start : lines.stop])


def _common(text: str, head: Head) -> str:
    return text.replace("YYYY-MM-DD-short-slug", head.plan_id)


def _comment(text: str) -> str:
    """Return a text that can stand in a comment."""
    return text.replace("--", "-\u200b-").replace(">", "&gt;")


# --- the plan's sections -------------------------------------------------------------------------


def _sections(
    document: Document,
    found: list[Chapter],
    head: Head,
    stages: Sequence[Staged],
    parts: Mapping[str, str],
) -> Iterator[str]:
    """Yield the plan's sections: the source's text where there is one, else the template's."""
    replaced = ""  # the section whose own subsections the source's text stands for
    for chapter in (c for c in found if c.level in (2, 3)):
        if re.match(r"Stage \d", chapter.title):
            continue
        heading = f"{'#' * chapter.level} {chapter.title}"
        text = parts.get(chapter.title, "")
        if chapter.level == 2:
            replaced = chapter.title if text else ""
        elif replaced and not text:
            continue
        text = text or _common(_own(document, chapter, stages), head)
        yield f"{heading}\n\n{text}".rstrip()
        if chapter.title == "Implementation Stages":
            yield (
                "\n\n---\n\n".join(
                    _section(number, stage, head) for number, stage in enumerate(stages, 1)
                )
                + "\n\n---"
            )
    if parts.get(ELSEWHERE):
        yield f"## {ELSEWHERE}\n\n{parts[ELSEWHERE]}"


def _own(document: Document, chapter: Chapter, stages: Sequence[Staged]) -> str:
    """Return the template's text of a section, the list that tracks stages filled in."""
    rows = _rows(document, chapter.own).strip().removesuffix("---").strip().split("\n")
    if not any(_TRACKING.match(row) for row in rows):
        return "\n".join(rows)
    return "\n".join(_tracked(number, stage) for number, stage in enumerate(stages, 1))


def _tracked(number: int, stage: Staged) -> str:
    mark = "x" if stage.task.status is StageStatus.COMPLETE else " "
    return f"- [{mark}] Stage {number}: {stage.task.title} - See Stage {number} TODO above"


# --- a stage -------------------------------------------------------------------------------------


def _entry(head: Head, stage: Staged) -> dict[str, object]:
    entry = stage_entry(head.plan_id, stage.id, stage.task.title, head.place)
    entry |= {"status": stage.task.status.value, "depends_on": list(stage.after)}
    if stage.task.commands:
        entry["verify"] = list(stage.task.commands)
    if stage.after:
        entry["x-because"] = dict(stage.after)
    return entry


def _section(number: int, stage: Staged, head: Head) -> str:
    task, empty = stage.task, _placeholders()
    entry = stage_entry(head.plan_id, stage.id, task.title, head.place)
    fields = (
        f"### Stage {number}: {task.title}\n\n"
        f"**Stage ID**: `{stage.id}`\n"
        f"**Branch**: `{entry['branch']}`\n"
        f"**Status**: {task.status.value.replace('-', ' ').title()}\n"
        f"**Dependencies**: {', '.join(stage.after) or 'None'}"
    )
    blocks = [fields]
    if stage.after:
        because = "\n".join(f"{other}: {_comment(why)}" for other, why in stage.after.items())
        blocks.append(f"<!-- It comes after\n{because}\n-->")
    how = task.how or ("" if task.todo else empty["How"])
    listed = "\n".join(map(_file, task.files)) or empty[FILES]
    blocks += [
        f"#### What\n\n{task.what or empty['What']}",
        f"#### Why\n\n{task.why or empty['Why']}",
    ]
    blocks.append("\n\n".join(part for part in ("#### How", how, f"**{FILES}**:", listed) if part))
    blocks.append(f"#### Validation\n\n{_validation(task, empty['Validation'])}")
    blocks.append(f"#### TODO for Stage {number}\n\n{task.todo or empty['TODO']}")
    return "\n\n".join(blocks)


def _file(use: FileUse) -> str:
    verb = "Test" if use.change is Change.EITHER else (use.change or Change.MODIFY).value.title()
    return f"- {verb}: `{use.path}`"


def _validation(task: Task, empty: str) -> str:
    """Return what proves a task; where the source has no command, the template asks for one."""
    commands = "\n".join(f"- [ ] Run `{command}`" for command in task.commands)
    wanted = "" if commands or "`" in task.validation else empty
    return "\n\n".join(part for part in (task.validation, commands or wanted) if part)


@lru_cache(maxsize=1)
def _placeholders() -> dict[str, str]:
    """Return the template's placeholders for the parts of a stage: those of its first stage."""
    document = _template()
    found = chapters(document)
    stage = next(chapter for chapter in found if re.match(r"Stage \d", chapter.title))
    parts = {
        chapter.title.partition(" for ")[0]: chapter.own
        for chapter in found
        if chapter.level == 4 and chapter.line in stage.all
    }
    how = parts.pop("How")
    label = next(f for f in within(document.fields, how) if f.name == FILES)
    after = next(f.line for f in within(document.fields, range(label.line + 1, how.stop)))
    texts = {name: _without_comments(_rows(document, lines)) for name, lines in parts.items()}
    texts["How"] = _without_comments(_rows(document, range(how.start, label.line)))
    texts[FILES] = _without_comments(_rows(document, range(label.line + 1, after)))
    texts["Validation"] = texts["Validation"].split("\n")[0]
    return texts


def _without_comments(text: str) -> str:
    text = re.sub(r"<!--(?:(?!-->).)*-->", "", text, flags=re.DOTALL)
    return re.sub(r"\n---\s*\Z", "", text.strip()).strip()
