"""No name, wherever it comes from, drives the terminal: every command, stdout and stderr."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, new_repo, plan_worktree
from tests.world import PLAN_ID, branch, hook, shop, work

EVIL = "\x1b[31mred\x1b]0;title\x07\r\x9b2J\u202eback\x7f"
# A carriage return in a directory's name is a story of its own.
FOLDER = EVIL.replace("\x9b", "").replace("\r", "")


def output(*args: str | Path, cwd: Path) -> str:
    """Run the command; nothing but newlines and printable text may come out of it."""
    text = plan_worktree(*args, cwd=cwd).output
    no_text = "\ufffd"  # what is read in place of bytes that are none
    raw = sorted({char for char in text if char == no_text or not char.isprintable()} - {"\n"})
    assert raw == [], f"{args} prints {raw}"
    return text


@sampled(
    "args",
    (
        (EVIL,),
        ("ls", f"--{EVIL}"),
        ("setup", EVIL),
        ("setup", f"{EVIL}.md"),
        ("setup", PLAN_ID, EVIL),
        ("status", f"{EVIL}/x"),
        ("validate", EVIL),
        ("validate", f"{EVIL}.md"),
        ("validate", "--format", EVIL),
        ("new", EVIL),
        ("new", "x", "--title", EVIL),
        ("new", "x", "--stage", EVIL),
        ("new", "x", "--stage", f"a:{EVIL}"),
        ("new", "x", "--stage", f"a:b:{EVIL}"),
        ("show", "--format", EVIL),
        ("demo", EVIL),
    ),
    one_in=4,
)
def test_arguments_are_shown_escaped(repo: Repo, args: tuple[str, ...]) -> None:
    shop(repo, "core")

    assert output(*args, cwd=repo.path)


@pytest.mark.parametrize("command", ("ls", "status", "show", "new"))
def test_extra_arguments_are_shown_escaped(repo: Repo, command: str) -> None:
    shop(repo, "core")
    name = () if command == "ls" else ("x",)

    output(command, *name, EVIL, cwd=repo.path)


@sampled(
    "args",
    (
        ("validate",),
        ("setup", PLAN_ID),
        ("status", PLAN_ID),
        ("show", PLAN_ID),
        ("show", PLAN_ID, "--format", "dot"),
        ("show", PLAN_ID, "--format", "mermaid"),
        ("show", PLAN_ID, "--format", "json"),
        ("remove", PLAN_ID),
    ),
    one_in=2,
)
def test_texts_of_a_plan_are_shown_escaped(repo: Repo, args: tuple[str, ...]) -> None:
    shop(repo, Stage("core", name=EVIL), author=EVIL)

    output(*args, cwd=repo.path)


@pytest.mark.parametrize(
    "args",
    (
        ("validate",),
        ("validate", "--format", "github"),
        ("validate", "--format", "json"),
        ("setup", PLAN_ID),
        ("ls",),
        ("ls", "--json"),
    ),
)
def test_texts_of_a_plan_full_of_faults_are_shown_escaped(
    repo: Repo, args: tuple[str, ...]
) -> None:
    evil = Stage(EVIL, (EVIL,), EVIL, EVIL, EVIL, EVIL, extra={EVIL: EVIL})
    shop(repo, evil, author=EVIL, base=EVIL, status=EVIL, **{EVIL: EVIL})

    output(*args, cwd=repo.path)


def test_names_of_plan_files_are_shown_escaped(repo: Repo) -> None:
    shop(repo, "core")
    plan = repo.path / PLANS / f"{PLAN_ID}.md"
    plan.rename(plan.with_name(f"{EVIL}.md"))
    repo.write(f"{PLANS}/bad {EVIL}.md", "```json metadata\n{\n```\n")

    for args in (
        ("ls",),
        ("ls", "--json"),
        ("validate",),
        ("validate", "--format", "github"),
        ("validate", "--format", "json"),
        ("setup", "nope"),
        ("setup",),
        ("status", PLAN_ID),
        ("setup", PLAN_ID),
        ("setup", f"bad {EVIL}"),
    ):
        output(*args, cwd=repo.path)


@pytest.mark.second
def test_names_of_directories_are_shown_escaped(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / FOLDER / "project")
    shop(repo, "core", "api")

    for args in (("setup", PLAN_ID), ("status", PLAN_ID), ("ls",), ("demo", "x"), ("demo", "x")):
        output(*args, cwd=repo.path)
    work(repo, "core")
    repo.stage(PLAN_ID, "api").write(EVIL, "untracked\n")
    assert "red" in output("remove", PLAN_ID, cwd=repo.path)
    repo.stage(PLAN_ID, "api").git("switch", "--quiet", "--create", "aside")
    assert "red" in output("setup", PLAN_ID, cwd=repo.path)


@pytest.mark.parametrize("name", ("a\rb", "a\r\nb"))
def test_a_carriage_return_in_a_directory_is_part_of_its_name(tmp_path: Path, name: str) -> None:
    repo = new_repo(tmp_path / name / "project")
    shop(repo, "core")

    assert "created" in output("setup", PLAN_ID, cwd=repo.path)


def test_the_path_that_new_prints_does_not_drive_a_terminal(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / FOLDER / "project")

    output("new", "login", cwd=repo.path)


def untracked(there: Repo) -> None:
    there.write(EVIL, "new\n")


def changed(there: Repo) -> None:
    there.write(EVIL, "new\n")
    there.git("add", "--all")


def locked(there: Repo) -> None:
    there.git("worktree", "lock", "--reason", EVIL, str(there.path))


@pytest.mark.parametrize("spoil", (untracked, changed, locked))
def test_what_git_reports_of_a_worktree_is_shown_escaped(
    repo: Repo, spoil: Callable[[Repo], None]
) -> None:
    shop(repo, "core")
    output("setup", PLAN_ID, cwd=repo.path)
    spoil(repo.stage(PLAN_ID, "core"))

    assert "\\x1b[31mred" in output("remove", PLAN_ID, cwd=repo.path)


def test_a_file_name_cannot_forge_a_line(repo: Repo) -> None:
    shop(repo, "core")
    output("setup", PLAN_ID, cwd=repo.path)
    repo.stage(PLAN_ID, "core").write("x\nrefused: stage api: rm -rf /", "new\n")

    assert len(output("remove", PLAN_ID, cwd=repo.path).splitlines()) == 1


@pytest.mark.parametrize("command", ("setup", "remove"))
def test_what_git_and_hooks_say_is_shown_escaped(repo: Repo, command: str) -> None:
    shop(repo, "core")
    if command == "remove":
        output("setup", PLAN_ID, cwd=repo.path)
    noise = "printf '\\033[31mred\\033]0;t\\007\\r\\233' >&2; exit 1"
    hook(repo, "reference-transaction", noise)
    hook(repo, "post-checkout", noise)

    said = output(command, PLAN_ID, cwd=repo.path)

    assert "stage core failed: git " in said
    assert "\\x1b[31mred\\x1b]0;t\\x07" in said
    assert (branch("core") in repo.branches()) is (command == "remove")


@pytest.mark.second
def test_bytes_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    repo = new_repo(tmp_path / name / "project")
    shop(repo, "core")
    (repo.path / PLANS / os.fsdecode(b"bad\xff.md")).write_text("```json metadata\n{\n```\n")

    for args in (
        ("setup", PLAN_ID),
        ("setup", PLAN_ID, "--json"),
        ("status", PLAN_ID),
        ("status", PLAN_ID, "--json"),
        ("ls",),
        ("ls", "--json"),
        ("validate",),
        ("validate", "--format", "json"),
        ("validate", "--format", "github"),
        ("remove", PLAN_ID),
    ):
        output(*args, cwd=repo.path)
