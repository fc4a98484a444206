"""PW601 to PW603: gates that are missing, misspelt or without force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plan_worktree.authoring.validate import validate
from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.suppress import Selection
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, path_without, plan_text, tool

PLAN_ID = "2026-01-02-shop"
GATE = "- [ ] Run `git diff --check`"
JUSTFILE = """\
mod sub

alias t := test

test *ARGS:
    true

_hidden:
    true

[private]
secret:
    true

test-all: test
    true
"""


@pytest.fixture
def project(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo.write("justfile", JUSTFILE)
    repo.write("sub/mod.just", "build:\n    true\n")
    repo.write("other/justfile", "deploy:\n    true\n")
    repo.commit("recipes")
    monkeypatch.setenv("PATH", str(tool("just").parent), prepend=os.pathsep)
    return repo


def checked(repo: Repo, text: str) -> list[Diagnostic]:
    path = repo.write(f"{PLANS}/{PLAN_ID}.md", text)
    (one,) = validate([str(path)], repo.path, selection=Selection(("PW6",)))
    return list(one.diagnostics)


def gates(*lines: str, verify: tuple[str, ...] = ()) -> str:
    """Return a plan of one stage with these lines under Validation."""
    text = plan_text(PLAN_ID, Stage("core", verify=verify))
    assert text.count(GATE) == 1
    return text.replace(GATE, "\n".join(lines))


@pytest.mark.parametrize(
    "command",
    (
        *("just", "just test", "just t", "just _hidden", "just secret", "just test-all"),
        *("just sub::build", "just test some arguments", "just --list", "just -n test"),
        *("just LEVEL=2 test", "just --verbose test --flag", "make nothing", "justice test"),
        *("just test && git diff --check", "just test || exit 1", "CI=1 just test"),
    ),
)
def test_a_recipe_that_is_there(project: Repo, command: str) -> None:
    assert checked(project, gates(f"- Run `{command}`")) == []


@pytest.mark.parametrize(
    ("command", "recipe"),
    (
        ("just tset", "tset"),
        ("just --verbose deploy", "deploy"),
        ("just LEVEL=2 deploy now", "deploy"),
        ("just sub::nothing", "sub::nothing"),
        ("just Test", "Test"),
    ),
)
def test_a_recipe_that_is_not_there_is_named(project: Repo, command: str, recipe: str) -> None:
    (found,) = checked(project, gates(f"- Run `{command}`"))

    assert found.code == "PW602"
    assert f'"{recipe}"' in found.message


def test_a_misspelt_recipe_gets_a_suggestion_and_any_other_the_way_to_the_list(
    project: Repo,
) -> None:
    near, far = checked(project, gates("- `just tset` and `just xyz`"))

    assert 'did you mean "test"?' in near.message
    assert "just --list" in far.message


@pytest.mark.parametrize(
    "command",
    (
        "just --justfile other/justfile deploy",
        "just -f other/justfile deploy",
        "just -d other -f other/justfile deploy",
        "just --set level 2 test",
        "just sub build",
        "just other/deploy",
        "just test; git diff --check",
        "just 'test'",
    ),
)
def test_forms_in_which_the_recipe_is_not_the_first_word(project: Repo, command: str) -> None:
    assert checked(project, gates(f"- Run `{command}`")) == []


@pytest.mark.parametrize(
    "command", ("just test && just tset", "cd src && just tset", "CI=1 just tset")
)
def test_a_recipe_further_on_is_looked_up_too(project: Repo, command: str) -> None:
    assert [one.code for one in checked(project, gates(f"- Run `{command}`"))] == ["PW602"]


@pytest.mark.parametrize("path", ("justfile", "Justfile", ".justfile", "tools/more.just"))
def test_a_stage_that_changes_a_justfile_may_bring_the_recipe(project: Repo, path: str) -> None:
    text = gates("- Run `just new`").replace("- Create: `src/core.txt`", f"- Modify: `{path}`")

    assert checked(project, text) == []


def test_a_recipe_of_a_stage_that_runs_beside_this_one_does_not_count(project: Repo) -> None:
    stages = Stage("core", modify=("justfile",)), Stage("api"), Stage("ui", ("core",))
    text = plan_text(PLAN_ID, *stages).replace(GATE, "- Run `just new`")

    (found,) = checked(project, text)

    assert found.line > text[: text.index("**Stage ID**: `api`")].count("\n")
    assert found.line < text[: text.index("**Stage ID**: `ui`")].count("\n")


@pytest.mark.parametrize("content", (None, "test:\n", "this is { no justfile", "mod gone\n"))
def test_without_a_readable_justfile_nothing_is_said(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tool("just").parent), prepend=os.pathsep)
    if content:
        repo.write("justfile", content)
    text = gates("- Run `just test`")

    assert checked(repo, text) == []


def test_without_just_nothing_is_said(
    project: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", path_without("just", tmp_path / "without just"))

    assert checked(project, gates("- Run `just tset`")) == []


def test_just_runs_nothing_of_the_justfile(project: Repo) -> None:
    project.write("justfile", "x := `touch ran`\n\n[confirm]\ntest:\n    touch ran\n")

    assert checked(project, gates("- Run `just test`")) == []
    assert not (project.path / "ran").exists()


@pytest.mark.parametrize(
    "command", ("just test || true", "just test; exit 0", "true", "git diff --check || :")
)
@pytest.mark.parametrize("place", ("marks", "fence", "verify", "plan"))
def test_a_gate_that_cannot_fail_is_found_in_every_place(
    project: Repo, command: str, place: str
) -> None:
    lines = {
        "marks": (f"- Run `{command}`",),
        "fence": ("```sh", command, "```"),
        "verify": ("- Look at it.",),
        "plan": ("- Run `just test`",),
    }[place]
    text = gates(*lines, verify=(command,) if place == "verify" else ())
    if place == "plan":
        text = text.replace('"status"', f'"verify": ["{command}"], "status"', 1)

    found = [one for one in checked(project, text) if one.code == "PW603"]

    (one,) = found
    assert command in one.message
    assert text.split("\n")[one.line - 1][one.column - 1 :].lstrip('"').startswith(command)


def test_a_stage_needs_a_gate_and_verify_is_one(project: Repo) -> None:
    assert [one.code for one in checked(project, gates("- Look at it."))] == ["PW601"]
    assert checked(project, gates("- Look at it.", verify=("just test",))) == []


def test_each_stage_needs_a_gate_of_its_own(project: Repo) -> None:
    text = plan_text(PLAN_ID, "core", "api").replace(GATE, "- Look at it.", 1)

    (found,) = checked(project, text)

    assert found.code == "PW601"
    assert '"core"' in found.message
    assert text.split("\n")[found.line - 1] == "#### Validation"


def test_a_section_without_validation_is_left_to_the_finding_about_that(project: Repo) -> None:
    text = plan_text(PLAN_ID, "core").replace("#### Validation", "#### Proof")

    assert checked(project, text) == []


def test_the_section_of_an_unknown_stage_is_left_to_the_finding_about_that(project: Repo) -> None:
    text = gates("- Look at it.").replace("**Stage ID**: `core`", "**Stage ID**: `cora`")

    assert checked(project, text) == []


def test_a_gate_that_is_nothing_but_true_is_not_to_lose_its_end(project: Repo) -> None:
    (found,) = checked(project, gates("- Run `true`"))

    assert "take its end off" not in found.message


@sampled(
    "lines",
    (
        "- Run `just " + "a" * 500_000 + "`",
        "- Run `just " + "-a " * 200_000 + "`",
        "- `just tset`\n" * 5_000,
        "- Run `just \x1b[31mred`",
    ),
    ids=("long", "options", "many", "colour"),
    one_in=4,
)
def test_hostile_gates_are_at_most_findings(project: Repo, lines: str) -> None:
    found = checked(project, gates(lines))

    assert {one.code for one in found} <= {"PW601", "PW602"}
    assert all(one.message.isprintable() for one in found)
