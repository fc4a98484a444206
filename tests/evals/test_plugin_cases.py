"""The evals as `claude plugin eval` reads them: made from ours, and nothing lost on the way."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.evals.plugin_cases import EVALS, SKILL, cases, write
from tests.evals.score import score
from tests.support import ROOT, Repo, run

WRITTEN = json.loads(EVALS.read_text())
MADE: dict[str, dict[str, Any]] = {name: case for name, case, _ in cases()}


def test_every_task_for_one_agent_and_every_trigger_is_a_case() -> None:
    alone = [task["name"] for task in WRITTEN["evals"] if "agents" not in task]
    assert len(alone) == 8
    assert list(MADE)[:8] == alone
    assert len(MADE) == 8 + len(WRITTEN["triggers"])


def test_each_assertion_is_asked_and_each_name_is_one_of_its_case() -> None:
    for task in WRITTEN["evals"]:
        if task["name"] in MADE:
            graders = MADE[task["name"]]["graders"]
            asked = [one["criteria"] for one in graders if one["type"] == "llm"]
            assert [text.split(". Judge by")[0] for text in asked] == task["assertions"]
            assert len({one["name"] for one in graders}) == len(graders)
            assert MADE[task["name"]]["execution"]["prompt"].endswith(task["prompt"])


def test_a_trigger_asks_whether_the_skill_was_loaded() -> None:
    call = '{"skill": "plan-worktree:plan-worktree", "args": ""}'
    assert re.search(SKILL["input_match"], call)
    assert not re.search(SKILL["input_match"], '{"skill": "other:plan-worktrees"}')
    for number, trigger in enumerate(WRITTEN["triggers"], start=1):
        case = MADE[f"trigger-{number:02}"]
        (grader,) = case["graders"]
        assert case["execution"]["prompt"] == trigger["query"]
        assert (grader["min"] == 1) is trigger["should_trigger"]
        assert grader.get("max") == (None if trigger["should_trigger"] else 0)


def test_what_is_written_is_yaml_and_replaces_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "repair-a-plan/graders").mkdir(parents=True)
    (tmp_path / "repair-a-plan/graders/old.md").touch()
    names = write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(names) == set(MADE)
    assert not (tmp_path / "repair-a-plan/graders").exists()
    for name, case in MADE.items():
        assert yaml.safe_load((tmp_path / name / "case.yaml").read_text()) == case


@pytest.mark.thorough
def test_a_scaffold_makes_the_sandbox_in_the_folder_of_the_run(tmp_path: Path) -> None:
    """The command starts it with PATH, and a home that has a name for git and nothing else."""
    write(tmp_path / "cases")
    place = tmp_path / "home/cwd"
    place.mkdir(parents=True)
    (tmp_path / "home/.gitconfig").write_text("[user]\nname = Eval\nemail = e@example.org\n")
    env = ("env", "-i", f"PATH={os.environ['PATH']}", f"HOME={tmp_path / 'home'}")
    made = run(*env, "bash", tmp_path / "cases/no-plan-needed/scaffold.sh", cwd=place)
    assert (made.exit_code, made.output) == (0, "")
    assert Repo(place / "repo").git("status", "--porcelain") == ""
    assert score("no-plan-needed", place)["There is no plan"]


@pytest.mark.registry
def test_claude_reads_every_case(tmp_path: Path) -> None:
    """It stops before the first run, since nobody is logged in there."""
    path = f"{ROOT / 'node_modules/.bin'}{os.pathsep}{os.environ['PATH']}"
    claude = shutil.which("claude", path=path)
    if claude is None:
        pytest.skip("claude is not installed")
    (tmp_path / ".claude-plugin").mkdir()
    manifest = {"name": "plan-worktree", "version": "0.1.0", "description": "x"}
    (tmp_path / ".claude-plugin/plugin.json").write_text(json.dumps(manifest))
    write(tmp_path / "evals")
    flags = ("--trust-plugin", "--scaffold", "--no-publish", "--runs", "1")
    env = {"HOME": str(tmp_path)}
    said = run(claude, "plugin", "eval", tmp_path, *flags, cwd=tmp_path, env=env).output
    assert f"{len(MADE)} cases ({2 * len(MADE)} runs)" in said, said
    assert "could not authenticate" in said
    assert "invalid case.yaml" not in said
