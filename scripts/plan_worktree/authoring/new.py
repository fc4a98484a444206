"""new: today's plan from the template, every field filled that can be derived.

The template's own structure decides where things go: its metadata block and its stage sections
are found by the parser that reads plans, so the template can be edited like any other plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from getpass import getuser
from pathlib import Path

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.git import repository
from plan_worktree.git.process import GitError
from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import INFO_WORDS, PlanFile, load, loads
from plan_worktree.plan.text.inline import code_span
from plan_worktree.planfiles.find import plans_folder
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.project.home import Home, find_home_for_reading
from plan_worktree.project.names import DEFAULT_PLACE
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.resources import PLAN_TEMPLATE, resource

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = "[Component/Feature Name]"
_GATE = "- [ ] Run [the command that tests this stage alone]"
_TRACKING_ITEM = re.compile(r"\[ \] Stage (\d+|N): ")


@dataclass(frozen=True, slots=True)
class NewStage:
    """A stage as the command line gives it. Without a name the template's placeholder stays.

    `verify` are the commands that prove it; without any, the template's placeholder stays.
    """

    id: str
    name: str | None
    depends_on: tuple[str, ...]
    verify: tuple[str, ...] = ()


TEMPLATE_STAGES = (NewStage("stage-1", None, ()), NewStage("stage-2", None, ("stage-1",)))


def write_plan(
    slug: str, title: str | None, stages: Sequence[str], start: Path, verify: Sequence[str] = ()
) -> Path:
    """Write a new plan and return its path.

    In the `verify` commands of all stages, ``{id}`` stands for the stage's id. Raises BadArgument,
    Refused, GitError and OSError.
    """
    check_slug(slug, "plan-worktree new")
    home = find_home_for_reading(start)
    today = datetime.now().astimezone().date().isoformat()
    path = plans_folder(home) / f"{today}-{slug}.md"
    text = render(
        plan_id=path.stem,
        created=today,
        author=author(start),
        title=_one_line(title or _in_words(slug), "title"),
        stages=_verified([parse_stage(stage) for stage in stages] or TEMPLATE_STAGES, verify),
        place=home.place() if home else DEFAULT_PLACE,
    )
    file = loads(text.encode(), path.name)
    if home and home.place() != DEFAULT_PLACE:
        _check_place(file, home)
    errors = _errors(file)
    if errors:
        raise BadArgument("; ".join(found.message for found in errors))
    write_once(path, text, "choose another slug, or edit it")
    return path


def _check_place(file: PlanFile, home: Home) -> None:
    """Raise Refused where planWorktree.place is no place for worktrees."""
    for found in check(file, view_of(home)):
        if found.code == "PW304":
            change = "git config planWorktree.place ../worktrees"
            raise Refused([f"planWorktree.place: {found.message}; or: {change}"])


def check_slug(slug: str, command: str) -> None:
    """Raise BadArgument for what is no slug, with the `command` that takes a better one."""
    if not _SLUG.fullmatch(slug):
        better = "-".join(re.findall(r"[a-z0-9]+", slug.lower()))
        hint = f": {command} {better}" if better else ""
        raise BadArgument(f"a slug is lower-case words joined by dashes{hint}")


def write_once(path: Path, text: str, advice: str) -> None:
    """Write a new file. Raises Refused, with the advice, where there is one; and OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Refused([f"{path} exists already: {advice}"]) from None


def parse_stage(written: str) -> NewStage:
    """Read ``ID[:NAME[:DEP,DEP]]``. Raises BadArgument."""
    stage_id, _, rest = written.partition(":")
    name, _, needed = rest.partition(":")
    depends_on = tuple(dep.strip() for dep in needed.split(",") if dep.strip())
    return NewStage(
        stage_id.strip(), _one_line(name.strip() or _in_words(stage_id), "stage name"), depends_on
    )


def _verified(stages: Sequence[NewStage], verify: Sequence[str]) -> list[NewStage]:
    """Give every stage its commands. Raises BadArgument."""
    commands = [_one_line(command.strip(), "verify command") for command in verify]
    if not all(commands):
        raise BadArgument("a verify command is empty")
    return [
        replace(stage, verify=tuple(command.replace("{id}", stage.id) for command in commands))
        for stage in stages
    ]


def render(
    plan_id: str, created: str, author: str, title: str, stages: Sequence[NewStage], place: str
) -> str:
    """Fill the template. Raises FileNotFoundError when the installation lacks it."""
    template = load(resource(PLAN_TEMPLATE))
    document = template.document
    if document is None:  # pragma: no cover - only in a damaged installation
        raise FileNotFoundError(template.problems[0].message)

    def common(text: str) -> str:
        return text.replace("YYYY-MM-DD-short-slug", plan_id).replace("[plan-id]", plan_id)

    lines = [common(line) for line in document.source.lines]
    sections = [h.line for h in document.headings if re.match(r"Stage \d", h.text)]
    after = next(h.line for h in document.headings if h.line > sections[-1] and h.level < 3)
    pattern = "\n".join(document.source.lines[sections[0] : sections[1]])
    tracking = [item.line for item in document.items if _TRACKING_ITEM.match(item.text)]
    fence = next(fence for fence in document.fences if fence.words == INFO_WORDS)
    fence_end = fence.line + 1 + fence.content.count("\n")

    numbered = list(enumerate(stages, 1))
    # From the bottom up, so that line numbers above stay right.
    lines[tracking[0] : tracking[-1] + 1] = [
        f"- [ ] Stage {number}: {stage.name or _NAME} - See Stage {number} TODO above"
        for number, stage in numbered
    ]
    lines[sections[0] : after] = [
        _with_gates(common(_section(pattern, number, stage)), stage) for number, stage in numbered
    ]
    lines[fence.line + 1 : fence_end] = [_metadata(plan_id, created, author, stages, place)]
    top = "\n".join(lines[: fence.line + 1]).replace("[TITLE]", title)
    return "\n".join((top, *lines[fence.line + 1 :], ""))


def _section(pattern: str, number: int, stage: NewStage) -> str:
    text = pattern.replace("Stage 1", f"Stage {number}").replace("stage-1", stage.id)
    needed = ", ".join(stage.depends_on) or "None"
    text = text.replace("**Dependencies**: None", f"**Dependencies**: {needed}")
    return text.replace(_NAME, stage.name or _NAME)


def _with_gates(section: str, stage: NewStage) -> str:
    gates = "\n".join(f"- [ ] Run {code_span(command)}" for command in stage.verify)
    return section.replace(_GATE, gates or _GATE)


def _metadata(
    plan_id: str, created: str, author: str, stages: Sequence[NewStage], place: str
) -> str:
    entries = [
        stage_entry(plan_id, stage.id, stage.name or _NAME, place)
        | {"depends_on": list(stage.depends_on)}
        | ({"verify": list(stage.verify)} if stage.verify else {})
        for stage in stages
    ]
    return metadata_text(plan_id, created, author, entries)


def stage_entry(plan_id: str, stage_id: str, name: str, place: str) -> dict[str, object]:
    """Return a stage's metadata up to its status; its worktree is below `place`."""
    return {
        "id": stage_id,
        "name": name,
        "branch": f"feature/{plan_id}-{stage_id}",
        "worktree_path": f"{place}/{plan_id}/{stage_id}",
        "status": "not-started",
    }


def metadata_text(
    plan_id: str, created: str, author: str, stages: Sequence[Mapping[str, object]]
) -> str:
    """Return the JSON of a draft's metadata block."""
    top = {"plan_id": plan_id, "created": created, "author": author, "status": "draft"}
    text = json.dumps(top | {"stages": stages}, indent=2, ensure_ascii=False)
    # Short lists read better on one line.
    return re.sub(r"\[\n\s+((?:\"(?:[^\"\\\n]|\\.)*\",?\s+)+)\]", _joined, text)


def _joined(found: re.Match[str]) -> str:
    return f"[{' '.join(line.strip(' ') for line in found[1].strip().split(chr(10)))}]"


def author(start: Path) -> str:
    """Return who writes a plan here: git's user, else the system's."""
    try:
        name = repository.settings(start, r"^user\.name$").get("user.name", "").strip()
    except GitError:  # a plan can be written where there is no git
        name = ""
    try:
        name = name or getuser()
    except (KeyError, OSError):  # a user id that has no name, as in containers
        name = "unknown"
    return name.encode("utf-8", "replace").decode()


def _errors(file: PlanFile) -> list[Diagnostic]:
    return [found for found in check(file, None) if found.severity is Severity.ERROR]


def _in_words(name: str) -> str:
    words = re.sub(r"[-_]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _one_line(text: str, what: str) -> str:
    if not text.isprintable():
        raise BadArgument(f"the {what} has a control character or a line break in it")
    return text
