"""From what was named to a source: files read, the format recognised or refused.

Every failure is a `Refused` with the file, the place and what leads on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from plan_worktree.authoring.importing.formats import (
    gsd,
    openspec,
    plain,
    speckit,
    superpowers,
    taskmaster,
)
from plan_worktree.authoring.importing.meant_fences import read_meant
from plan_worktree.authoring.importing.source import File, Format, Given, Source, Unreadable
from plan_worktree.diagnostics import Diagnostic
from plan_worktree.plan.planfile import INFO_WORDS
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.source import read_source
from plan_worktree.project.refusal import Refused

# The first that recognises a source reads it; a plain plan is what no other is.
FORMATS: tuple[Format, ...] = (taskmaster, gsd, speckit, superpowers, openspec, plain)
NAMES = tuple(one.name for one in FORMATS)
_MOST_FILES = 200


def read(written: str, path: Path, wanted: str | None) -> tuple[Format, Source, Given]:
    """Read what lies at a path, which was `written` so, in the wanted format or in its own.

    Raises Refused.
    """
    given = _given(written, path)
    found = next(one for one in FORMATS if one.recognises(given))
    chosen = next((one for one in FORMATS if one.name == wanted), found)
    name = given.files[0].name
    if chosen is not found and not chosen.recognises(given):
        raise _not_so(written, chosen, found)
    try:
        source = chosen.read(given)
    except Unreadable as problem:
        raise Refused([f"{name}:{max(problem.line, 1)}:1: {problem}"]) from None
    if not source.tasks:
        raise Refused([f"{name}:1:1: {_no_tasks(chosen)}"])
    return chosen, source, given


def _not_so(written: str, chosen: Format, found: Format) -> Refused:
    looks = f"{written} is not {chosen.title}: it looks like {found.title}"
    return Refused([f"{looks}: plan-worktree import --from {found.name} {quote(written)}"])


def _no_tasks(chosen: Format) -> str:
    """Say what was looked for in vain."""
    if chosen is plain:
        return (
            "no steps are found here: number their headings (## Step 1: …), or list them below a "
            "heading Implementation"
        )
    return f"{chosen.title} without tasks: there is nothing to import"


def _given(written: str, path: Path) -> Given:
    """Return the files that a path stands for, read."""
    if path.is_dir():
        return Given(path, tuple(_in_folder(written, path)))
    main = _file(path, written)
    if _is_ours(main):
        ours = f"{written} is a plan of plan-worktree already"
        raise Refused([f"{ours}: plan-worktree validate {quote(written)}"])
    beside = openspec.BESIDE if path.name == openspec.TASKS else ()
    others = [path.with_name(name) for name in beside]
    found = [_file(other, other.name) for other in others if other.is_file()]
    return Given(path, (main, *found))


def _in_folder(written: str, path: Path) -> Iterator[File]:
    """Yield the files of a folder that belong together: a change, or a phase's plans."""
    names: Sequence[str] = sorted(entry.name for entry in path.iterdir() if entry.is_file())
    plans = [name for name in names if name.endswith(gsd.PLAN)]
    if not plans and openspec.TASKS in names:
        plans = [name for name in (openspec.TASKS, *openspec.BESIDE) if name in names]
    if not plans:
        lacks = f"{written} is a directory without a {openspec.TASKS} or a file *{gsd.PLAN}"
        raise Refused([f"{lacks}: name the file to import"])
    if len(plans) > _MOST_FILES:
        raise Refused(
            [f"{written} has {len(plans)} plans, more than {_MOST_FILES}: import one file"]
        )
    for name in plans:
        yield _file(path / name, f"{written.rstrip('/')}/{name}")


def _file(path: Path, name: str) -> File:
    source = read_source(path, name)
    if isinstance(source, Diagnostic):
        raise Refused([f"{source.file}:{source.line}:{source.column}: {source.message}"])
    is_json = source.text.lstrip()[:1] in ("{", "[") and path.suffix != ".md"
    document = (
        Document(source, (), (), (), (), (), (), frozenset(), "") if is_json else read_meant(source)
    )
    return File(path, name, document, is_json)


def _is_ours(file: File) -> bool:
    blocks = [f for f in file.document.fences if f.depth == 0 and f.words == INFO_WORDS]
    return any('"plan_id"' in fence.content for fence in blocks)
