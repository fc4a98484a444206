"""A plan that this version has checked against the schema is not checked again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import plan_worktree.planfiles.checked as checked_plans
from plan_worktree.planfiles.checked import is_checked, record_checked
from tests.sampling import sampled
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, shop

# Runs a command in a process of its own, and says at the end what that has imported.
LISTENING = """
import json, sys
from plan_worktree.cli import main
code = main()
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


def record(repo: Repo) -> Path:
    return repo.path / ".git" / "plan-worktree" / "checked"


def imported(repo: Repo, *words: str) -> set[str]:
    command = (sys.executable, "-c", LISTENING, *words)
    done = subprocess.run(command, cwd=repo.path, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@sampled("words", (("ready",), ("brief", PLAN_ID, "core"), ("status",)), one_in=3)
def test_a_command_on_a_plan_that_was_checked_does_not_load_the_schema_s_checker(
    repo: Repo, words: tuple[str, ...]
) -> None:
    shop(repo)

    assert "jsonschema" in imported(repo, *words)
    assert "jsonschema" not in imported(repo, *words)


@pytest.mark.second
def test_a_plan_of_one_byte_more_is_checked_again(repo: Repo) -> None:
    shop(repo)
    imported(repo, "ready")
    plan = repo.path / PLANS / f"{PLAN_ID}.md"
    plan.write_bytes(plan.read_bytes() + b"\n")

    assert "jsonschema" in imported(repo, "ready")


def test_what_another_version_has_checked_is_checked_again(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_checked(repo.path / ".git", b"a plan")
    assert is_checked(repo.path / ".git", b"a plan")

    monkeypatch.setattr(checked_plans, "__version__", "9.9")

    assert not is_checked(repo.path / ".git", b"a plan")


def test_a_plan_with_an_error_is_never_recorded(repo: Repo, cli: Cli) -> None:
    shop(repo)
    plan = repo.path / PLANS / f"{PLAN_ID}.md"
    plan.write_text(plan.read_text().replace('"author"', '"autor"'))

    for _ in range(2):
        refused = cli("status", cwd=repo.path)
        assert refused.exit_code == 1
        assert 'lacks "author"' in refused.stderr

    assert not record(repo).exists()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "damage", (b"", b"\xff\xfe\0\n", b"short\n" * 200, b"f" * 100_000, b"0" * 64 + b"\nhalf a lin")
)
def test_a_damaged_record_says_nothing_and_is_made_anew(
    repo: Repo, cli: Cli, damage: bytes
) -> None:
    shop(repo)
    record(repo).parent.mkdir()
    record(repo).write_bytes(damage)

    assert cli("status", cwd=repo.path).exit_code == 0

    assert "jsonschema" not in imported(repo, "status")


def test_where_the_record_cannot_be_written_the_command_works_all_the_same(
    repo: Repo, cli: Cli
) -> None:
    shop(repo)
    (repo.path / ".git" / "plan-worktree").write_text("a file where the folder should be\n")

    for _ in range(2):
        assert cli("status", cwd=repo.path).exit_code == 0


def test_the_record_keeps_the_plans_that_were_checked_last(repo: Repo) -> None:
    git_directory = repo.path / ".git"
    for number in range(150):
        record_checked(git_directory, b"%d" % number)

    assert is_checked(git_directory, b"149")
    assert not is_checked(git_directory, b"0")
    assert record(repo).stat().st_size < 10_000


def test_what_depends_on_the_repository_is_checked_every_time(repo: Repo, cli: Cli) -> None:
    shop(repo)
    assert cli("status", cwd=repo.path).exit_code == 0
    link = repo.path.parent / "worktrees"
    link.symlink_to(repo.path / ".git", target_is_directory=True)

    refused = cli("status", cwd=repo.path)

    assert refused.exit_code == 1
    assert "PW304" in refused.stderr
