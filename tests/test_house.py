"""The package is a house: CONTRIBUTING shows its rooms from top to bottom; the code keeps to it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import pytest

from tests.support import ROOT

PACKAGE = ROOT / "scripts" / "plan_worktree"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


class Module(NamedTuple):
    """A module of the package: its path below the package, its room and its syntax tree."""

    path: str
    room: str
    tree: ast.Module


class Import(NamedTuple):
    """One name that a module imports from the package."""

    module: str
    name: str


def rooms() -> dict[str, str]:
    """Return what CONTRIBUTING's picture says of each room, from top to bottom."""
    (picture,) = re.findall(r"^```text house\n(.*?)^```", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    lines = (line.strip().split(maxsplit=1) for line in picture.splitlines())
    return {name.removesuffix("/"): said for name, said in lines}


HOUSE = rooms()
FLOOR = {room: number for number, room in enumerate(reversed(HOUSE))}


def room_of(path: str) -> str:
    """Return the room of a module: the innermost folder that the picture names, or the file."""
    parts = path.split("/")
    found = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
    return next((name for name in found if name in HOUSE), parts[0])


def modules() -> Iterator[Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        yield Module(name, room_of(name), ast.parse(path.read_text(encoding="utf-8")))


MODULES = tuple(module for module in modules() if not module.path.startswith("__"))
BY_PATH = {module.path: module for module in MODULES}
# What starts git; the other names of git/process.py may be used in every room.
DOOR = {"run", "start", "failure"}


def imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("plan_worktree"):
            below = (node.module or "").removeprefix("plan_worktree").lstrip(".")
            for name in node.names:
                yield Import(below, name.name)


def target_room(found: Import) -> str | None:
    """Return the room that an import leads to; None for the package itself."""
    dotted = f"{found.module}.{found.name}".lstrip(".").replace(".", "/")
    for path in (f"{dotted}.py", f"{found.module.replace('.', '/')}.py"):
        if path in BY_PATH:
            return BY_PATH[path].room
    return room_of(f"{dotted}/__init__.py") if (PACKAGE / dotted).is_dir() else None


def test_a_module_imports_from_its_own_room_and_from_rooms_below() -> None:
    assert [why for module in MODULES for why in upward(module)] == []


def upward(module: Module) -> Iterator[str]:
    """Yield the imports that lead to a room above a module's own."""
    for found in imports(module):
        room = target_room(found)
        if room is not None and FLOOR[room] > FLOOR[module.room]:
            yield f"{module.path} imports {found}"


def test_every_module_can_be_imported_before_all_others() -> None:
    needed = {module.path: set(needed_at_once(module)) for module in MODULES}
    try:
        tuple(TopologicalSorter(needed).static_order())
    except CycleError as circle:
        pytest.fail(f"these import each other: {circle.args[1]}")


def needed_at_once(module: Module) -> Iterator[str]:
    """Yield the modules that a module imports when it is imported itself."""
    top = ast.Module([node for node in module.tree.body if isinstance(node, ast.ImportFrom)], [])
    for found in imports(module._replace(tree=top)):
        dotted = f"{found.module}.{found.name}".lstrip(".").replace(".", "/")
        paths = (f"{dotted}.py", f"{found.module.replace('.', '/')}.py")
        yield from (path for path in paths if path in BY_PATH)


def test_git_is_started_in_its_own_room_alone() -> None:
    found = [why for module in MODULES if not in_git(module) for why in git_arguments(module)]
    assert found == []


def in_git(module: Module) -> bool:
    return module.room.partition("/")[0] == "git"


def git_arguments(module: Module) -> Iterator[str]:
    """Yield where a module gets hold of the door to git, or spells a command line of it."""
    for name in imports(module):
        if name == Import("git", "process") or (name.module == "git.process" and name.name in DOOR):
            yield f"{module.path} imports {name}: call a verb of git/ instead"
    for node in ast.walk(module.tree):
        first = node.elts[0] if isinstance(node, ast.List | ast.Tuple) and node.elts else None
        if isinstance(first, ast.Constant) and first.value == "git":
            yield f"{module.path}:{first.lineno} spells a command line of git"


def test_every_room_is_in_the_picture_and_every_room_of_the_picture_exists() -> None:
    found = {module.room for module in MODULES}
    assert found == set(HOUSE)


@pytest.mark.parametrize("room", [room for room in HOUSE if not room.endswith(".py")])
def test_a_room_opens_with_the_sentence_that_the_picture_has(room: str) -> None:
    opening = ast.get_docstring(BY_PATH[f"{room}/__init__.py"].tree) or ""
    assert opening.split("\n")[0] == HOUSE[room]


def test_a_room_has_at_most_twelve_modules_but_the_one_with_a_file_a_verb() -> None:
    counts = Counter(module.path.rpartition("/")[0] for module in MODULES)
    counts -= Counter({room: 1 for room in HOUSE if not room.endswith(".py")})  # its __init__.py
    crowded = {room for room, count in counts.items() if count > 12}
    assert crowded == {"commands"}


def test_no_module_has_outgrown_its_room() -> None:
    modules = [*(PACKAGE / module.path for module in MODULES), *PACKAGE.parent.glob("*.py")]
    sizes = {path: len(path.read_text().splitlines()) for path in modules}
    assert {path: size for path, size in sizes.items() if size > 300} == {}


def test_the_ways_that_contributing_names_exist() -> None:
    named = re.findall(r"`([\w./-]+/[\w.-]*)`", map_of_changes())
    assert len(named) >= 150
    for path in named:
        assert any((top / path).exists() for top in (ROOT, PACKAGE)), path


def test_the_names_that_contributing_has_of_files_are_defined_there() -> None:
    found = re.findall(r"`([\w./-]+\.py)` \(((?:`\w+`(?:, )?)+)\)", map_of_changes())
    assert len(found) >= 40
    for path, names in found:
        defined = {name for node in BY_PATH[path].tree.body for name in names_of(node)}
        assert set(re.findall(r"\w+", names)) <= defined, path


def map_of_changes() -> str:
    """Return the rows of CONTRIBUTING's tables that say what to open."""
    return "\n".join(re.findall(r"^\| .+ \| .+ \|$", CONTRIBUTING, re.MULTILINE))


def names_of(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
