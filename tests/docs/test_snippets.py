"""What pages show of other tools' files is valid there, and does what the page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.docs.session import README
from tests.result import Result
from tests.sampling import sampled
from tests.support import ROOT, Repo, run, tool

INTEGRATIONS = ROOT / "skills/plan-worktree/references/integrations.md"
YAML = [block.text for page in (README, INTEGRATIONS) for block in blocks(page, "yaml")]


@sampled("text", [text for text in YAML if text.startswith("repos:")], one_in=3)
def test_pre_commit_accepts_the_configuration(text: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text)
    assert run(tool("pre-commit"), "validate-config", config) == Result(0, "", "")
    offered = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert re.findall(r"- id: (.*)", text) == re.findall(r"- id: (.*)", offered)


def test_the_page_names_the_files_that_the_hook_checks() -> None:
    (files,) = re.findall(
        r"^  files: (.*)", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE
    )
    assert f"`{files}`" in INTEGRATIONS.read_text()


@pytest.mark.thorough
def test_the_workflow_is_one_of_github_actions(tmp_path: Path) -> None:
    (text,) = [text for text in YAML if "runs-on" in text]
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(text)
    schema = ("--builtin-schema", "vendor.github-workflows")
    checked = run(tool("check-jsonschema"), *schema, workflow)
    assert checked.exit_code == 0, checked.output


def test_the_pages_name_the_versions_of_actions_that_our_workflow_runs() -> None:
    ours = re.findall(r"uses: (actions/\S+)", (ROOT / ".github/workflows/ci.yml").read_text())
    for text in YAML:
        assert set(re.findall(r"uses: (actions/\S+)", text)) <= set(ours)


@pytest.fixture
def findings(repo: Repo, cli: Callable[..., Result]) -> list[str]:
    repo.plan("2026-01-02-shop", "api:nobody", "ui", extra=1)
    told = cli("validate", cwd=repo.path)
    assert told.exit_code == 1
    return told.stdout.splitlines()


def test_the_problem_matcher_reads_every_finding(findings: list[str]) -> None:
    (task,) = next(json.loads(b.text) for b in blocks(INTEGRATIONS, "json") if "tasks" in b.text)[
        "tasks"
    ]
    pattern = task["problemMatcher"]["pattern"]
    for line in findings:
        found = re.fullmatch(pattern["regexp"], line)
        assert found, line
        assert found[pattern["file"]].endswith("2026-01-02-shop.md")
        assert int(found[pattern["line"]]) > 0
        assert found[pattern["severity"]] in {"error", "warning"}
        assert found[pattern["code"]].startswith("PW")


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_status_line_prints_what_is_said_of_the_sessions_folder(
    repo: Repo, cli: Callable[..., Result], tmp_path: Path
) -> None:
    repo.plan("2026-01-02-shop", "api", status="approved")
    text = next(b.text for b in blocks(INTEGRATIONS, "json") if "statusLine" in b.text)
    command = json.loads(text)["statusLine"]["command"]
    event = json.dumps({"workspace": {"current_dir": str(repo.path)}})
    path = f"{tool('plan-worktree').parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command], input=event, text=True, capture_output=True, cwd=tmp_path,
        env={**os.environ, "PATH": path}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "2026-01-02-shop: 1 ready\n")


def test_vims_format_is_that_of_a_finding(findings: list[str]) -> None:
    (block,) = blocks(INTEGRATIONS, "vim")
    assert "errorformat=%f:%l:%c:\\ %t%*[a-z]\\ %m" in block.text
    for line in findings:
        assert re.fullmatch(r"[^:]+:\d+:\d+: [ew][a-z]+ .+", line)


@pytest.mark.parametrize("page", (README, INTEGRATIONS), ids=lambda page: page.name)
def test_versions_in_pages_are_the_current_one(page: Path) -> None:
    text = (ROOT / "scripts/plan_worktree/__init__.py").read_text()
    (version,) = re.findall(r'__version__ = "(.*)"', text)
    assert set(re.findall(r"\bv(\d+\.\d+\.\d+)\b", page.read_text())) == {version}


def test_completion_is_set_up_with_what_the_program_prints() -> None:
    text = next(b.text for b in blocks(INTEGRATIONS, "text") if "bashrc" in b.text)
    for shell in ("bash", "zsh", "fish"):
        assert f"_PLAN_WORKTREE_COMPLETE={shell}_source plan-worktree" in text
