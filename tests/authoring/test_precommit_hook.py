"""Real pre-commit with the hook that .pre-commit-hooks.yaml offers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Repo, Shared, copy_checkout, plan_text, registry_environment, run, tool

pytestmark = pytest.mark.registry

GOOD = ".claude/plans/2026-01-02-good.md"
BROKEN = ".claude/plans/2026-01-02-broken.md"


@dataclass(frozen=True)
class Offer:
    """A commit of this repository that projects name, and the variables pre-commit needs."""

    repo: Repo
    rev: str
    env: dict[str, str]


@pytest.fixture(scope="session")
def offer(shared: Shared) -> Offer:
    def publish(path: Path) -> None:
        repo = Repo(copy_checkout(path))
        repo.git("init", "--quiet")
        repo.commit("everything")

    repo = Repo(shared("offer", publish))
    home = {
        "PRE_COMMIT_HOME": str(repo.path.with_name("shared-pre-commit")),
        "PRE_COMMIT_COLOR": "never",
        "PYTHONPATH": "",
    }
    return Offer(repo, repo.head(), registry_environment() | home)


@dataclass(frozen=True)
class Project:
    """Somebody's repository that uses the hook."""

    repo: Repo
    offer: Offer

    def pre_commit(self, *args: str | Path) -> Result:
        result = run(tool("pre-commit"), *args, cwd=self.repo.path, env=self.offer.env)
        assert "Traceback" not in result.output, result.output
        return result

    def write(self, path: str, *stages: str) -> None:
        """Stage a plan for the next commit."""
        self.repo.write(path, plan_text(Path(path).stem, *stages))
        self.repo.git("add", "--all")


@pytest.fixture
def project(repo: Repo, offer: Offer) -> Project:
    use = {"repo": str(offer.repo.path), "rev": offer.rev, "hooks": [{"id": "plan-validate"}]}
    # JSON is YAML, and needs no quoting of our own.
    repo.write(".pre-commit-config.yaml", json.dumps({"repos": [use]}))
    repo.commit("use the hook")
    return Project(repo, offer)


@pytest.mark.soak
def test_a_run_over_all_files_fails_with_the_code_of_the_broken_plan(project: Project) -> None:
    project.write(GOOD, "api", "ui:api")
    project.write(BROKEN, "api:nobody")
    result = project.pre_commit("run", "plan-validate", "--all-files")
    assert result.exit_code == 1
    assert f"{BROKEN}:" in result.stdout
    assert "PW202" in result.stdout
    assert GOOD not in result.stdout


def test_a_good_plan_passes(project: Project) -> None:
    project.write(GOOD, "api", "ui:api")
    result = project.pre_commit("run", "plan-validate")
    assert result.exit_code == 0, result.output
    assert "Passed" in result.stdout


def test_a_commit_of_a_broken_plan_is_refused(project: Project) -> None:
    before = project.repo.head()
    assert project.pre_commit("install").exit_code == 0
    project.write(BROKEN, "api:nobody")
    refused = run("git", "commit", "-m", "x", cwd=project.repo.path, env=project.offer.env)
    assert refused.exit_code == 1
    assert "PW202" in refused.output
    assert project.repo.head() == before


def test_a_commit_of_a_good_plan_is_made_from_inside_a_worktree_too(project: Project) -> None:
    assert project.pre_commit("install").exit_code == 0
    project.repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(project.repo.path.parent / "linked")
    linked.write(GOOD, plan_text(Path(GOOD).stem, "api"))
    linked.git("add", "--all")
    made = run("git", "commit", "-m", "x", cwd=linked.path, env=project.offer.env)
    assert made.exit_code == 0, made.output
    assert "Passed" in made.output


@pytest.mark.parametrize(
    "path",
    (BROKEN, ".claude/plans/with spaces.md", ".claude/plans/done/2025-12-31-old.md"),
)
def test_a_plan_is_checked_wherever_it_lies_below_the_plans_folder(
    project: Project, path: str
) -> None:
    project.write(path, "api:nobody")
    result = project.pre_commit("run", "plan-validate")
    assert result.exit_code == 1
    assert f"{path}:" in result.stdout


@pytest.mark.parametrize(
    "path",
    (
        "README.md",
        "docs/2026-01-02-plan.md",
        ".claude/plans/notes.txt",
        ".claude/plans/plan.md.orig",
        ".claude/plans-old/2026-01-02-plan.md",
        "vendor/.claude/plans/2026-01-02-plan.md",
        "xclaude/plans/2026-01-02-plan.md",
    ),
)
def test_a_file_that_is_not_a_plan_is_left_alone(project: Project, path: str) -> None:
    project.write(path, "api:nobody")
    result = project.pre_commit("run", "plan-validate")
    assert result.exit_code == 0, result.output
    assert "no files to check" in result.stdout
