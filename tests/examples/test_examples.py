"""Every code has plans that break it and plans that do not, checked in a real repository.

The folder CODE holds whole plans. `bad*.md` breaks that rule and no other; its last line says at
which places, counted by hand: `<!-- expect: LINE:COLUMN SEVERITY, … -->`. `good*.md` is as like it
as can be and has no finding at all. `NAME.beside.md` is another plan in the same plans folder.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from plan_worktree.authoring.validate import validate
from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.codes import CODES
from tests.support import PLANS, Repo, new_repo, plan_worktree, tool

EXAMPLES = Path(__file__).parent
BAD = sorted(p for p in EXAMPLES.glob("PW*/bad*.md") if ".beside." not in p.name)
GOOD = sorted(p for p in EXAMPLES.glob("PW*/good*.md") if ".beside." not in p.name)

# What the examples say of the repository they lie in.
PROJECT = {
    ".gitignore": "/.worktrees/\n",
    "docs/index.md": "# Greeting\n",
    "docs/usage.md": "# Usage\n",
    "justfile": "test:\n    true\n\nlint *ARGS:\n    true\n",
    "src/greet.py": "def greet(): ...\n",
    "src/names.py": "NAMES = []\n",
    "tests/test_greet.py": "def test_greet(): ...\n",
}
BRANCHES = ("release/hello", "stable")

# Findings of other codes, where one fault cannot be written without the other.
COMPANIONS = {
    # The convention asks for small letters, so two names that differ only by case break it.
    "PW302/bad-case": {"PW306"},
    # A stage that does not wait for the one that creates its file can run together with it.
    "PW502/bad-dependency-missing": {"PW501"},
}

Place = tuple[int, int, str]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Return the project that all examples lie in, one after the other."""
    repo = new_repo(tmp_path_factory.mktemp("examples") / "project")
    for path, content in PROJECT.items():
        repo.write(path, content)
    repo.commit("a program that greets")
    for branch in BRANCHES:
        repo.git("branch", branch)
    return repo


@pytest.fixture(autouse=True)
def _recipes_can_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tool("just").parent), prepend=os.pathsep)


def findings(project: Repo, example: Path) -> tuple[Diagnostic, ...]:
    shutil.rmtree(project.path / PLANS, ignore_errors=True)
    plan = project.write(f"{PLANS}/2026-01-02-greeting.md", example.read_bytes())
    beside = example.with_suffix(".beside.md")
    if beside.exists():
        project.write(f"{PLANS}/2026-01-05-guide.md", beside.read_bytes())
    with sharing(project) if example.parent.name == "PW408" else nullcontext():
        (checked,) = validate([str(plan)], project.path)
    return (*checked.diagnostics, *(proved(project) if example.parent.name == "PW604" else ()))


@contextmanager
def sharing(project: Repo) -> Iterator[None]:
    """Let a clone have done one stage, and be at work on the other, when the remote was asked."""
    folder, commit = "refs/plan-worktree-remote/origin/2026-01-02-greeting", project.head()
    names = [f"{folder}/{record}" for record in ("completed/hello", "claim/hello", "claim/HELLO")]
    other = project.git("rev-parse", f"{commit}^{{tree}}")
    project.git("remote", "add", "origin", "../origin.git")
    project.git("config", "planWorktree.remote", "origin")
    for name in names:
        project.git("update-ref", name, commit)
    project.git("update-ref", f"{folder}/claim/bye", other)
    names.append(f"{folder}/claim/bye")
    (project.path / ".git/plan-worktree.asked.2026-01-02-greeting").touch()
    yield
    for name in names:
        project.git("update-ref", "-d", name)
    (project.path / ".git/plan-worktree.asked.2026-01-02-greeting").unlink()
    project.git("remote", "remove", "origin")
    project.git("config", "--unset", "planWorktree.remote")


def proved(project: Repo) -> list[Diagnostic]:
    """Return what is found when the gates run before the work, in a copy of the project."""
    copy = project.path.parent / "copy" / "project"
    shutil.copytree(project.path, copy)
    result = plan_worktree("setup", "greeting", "--prove-gates", cwd=copy)
    shutil.rmtree(copy.parent)
    assert result.exit_code == 0, result.output
    lines = re.finditer(r"(?m)^(.+?):(\d+):(\d+): (\w+) (PW604) (.+)$", result.stderr)
    return [
        Diagnostic(name, int(line), int(column), code, text, Severity(severity))
        for name, line, column, severity, code, text in (found.groups() for found in lines)
    ]


def expected(example: Path) -> list[Place]:
    # Bytes that are not UTF-8 may well be what the example is about.
    last = example.read_bytes().decode("utf-8", "replace").splitlines()[-1]
    found = re.fullmatch(r"<!-- expect: (.+) -->", last)
    assert found, f"{name(example)} does not end with the places of its findings"
    places = []
    for place in found[1].split(", "):
        read = re.fullmatch(r"(\d+):(\d+) (error|warning)", place)
        assert read, f"{name(example)}: {place}"
        places.append((int(read[1]), int(read[2]), read[3]))
    return places


@pytest.mark.parametrize("example", BAD, ids=name)
def test_a_bad_example_has_its_code_where_it_says_and_no_other(
    project: Repo, example: Path
) -> None:
    code = example.parent.name
    found = findings(project, example)
    places = [(one.line, one.column, one.severity.value) for one in found if one.code == code]

    assert places == expected(example), found
    assert {one.code for one in found} - {code} == COMPANIONS.get(name(example), set()), found


@pytest.mark.parametrize("example", GOOD, ids=name)
def test_a_good_example_has_no_finding_not_even_a_warning(project: Repo, example: Path) -> None:
    assert findings(project, example) == ()


def test_every_code_has_a_bad_and_a_good_example() -> None:
    assert {path.parent.name for path in BAD} == set(CODES)
    assert {path.parent.name for path in GOOD} == set(CODES)


def test_every_file_of_the_examples_is_used() -> None:
    used = {EXAMPLES / "test_examples.py", *BAD, *GOOD}
    used |= {path.with_suffix(".beside.md") for path in used}
    present = {path for path in EXAMPLES.rglob("*") if path.is_file()}
    assert {path for path in present if "__pycache__" not in path.parts} <= used
