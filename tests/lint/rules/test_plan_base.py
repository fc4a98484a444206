"""PW309 in real repositories: which bases are branches, and where nobody can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.authoring.validate import validate
from plan_worktree.lint.suppress import Selection
from tests.project.test_home import gits
from tests.remotes import clone, origin
from tests.support import PLANS, Repo, plan_text, run
from tests.world import PLAN_ID, Cli, shop

PLAN = f"{PLANS}/{PLAN_ID}.md"
UNKNOWN = "choose one that git branch lists, or make it: git branch"


def findings(repo: Repo, base: str = "", **metadata: str) -> list[str]:
    """Return what is said of a plan with this base; without one, of the plan that is there."""
    if base:
        repo.write(PLAN, plan_text(PLAN_ID, "core", base=base, **metadata))
    (one,) = validate([PLAN], repo.path, selection=Selection(("PW309",)))
    return [f"{found.severity} {found.message}" for found in one.diagnostics]


def shared_with(repo: Repo, *branches: str) -> None:
    """Give a project a remote that has main and these branches, and fetch them."""
    origin(repo)
    for name in branches:
        repo.git("push", "--quiet", "origin", f"main:refs/heads/{name}")
    repo.git("fetch", "--quiet")


def checkout(repo: Repo, *options: str) -> Repo:
    """Clone what a project's remote has as continuous integration does: by its address."""
    place = repo.path.parent / "ci"
    url = f"file://{repo.git('remote', 'get-url', 'origin').strip()}"
    assert run("git", "clone", "--quiet", *options, url, place, cwd=repo.path).exit_code == 0
    return Repo(place)


@pytest.mark.parametrize("base", ("main", "release/1.0", "größe", "a\u0085b", "a\u2028b", "a;b"))
def test_a_base_that_is_a_local_branch_is_no_finding(repo: Repo, base: str) -> None:
    if base != "main":
        repo.git("branch", base)

    assert findings(repo, base) == []


def test_a_packed_branch_is_a_branch(repo: Repo) -> None:
    repo.git("branch", "release")
    repo.git("pack-refs", "--all")

    assert findings(repo, "release") == []


def test_a_missing_base_is_an_error_at_its_value(repo: Repo, cli: Cli) -> None:
    path = shop(repo, "core", base="nowhere").path / PLAN
    lines = path.read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if '"base": "nowhere"' in text)

    result = cli("validate", PLAN, cwd=repo.path)

    why = f'error PW309 base "nowhere" is not a branch here: {UNKNOWN} nowhere COMMIT'
    assert f"{PLAN}:{line}:11: {why}" in result.stdout
    assert result.exit_code == 1
    repo.git("branch", "nowhere", "HEAD")
    assert cli("validate", PLAN, cwd=repo.path).exit_code == 0


def test_a_missing_base_is_quoted_in_the_command_that_makes_it(repo: Repo) -> None:
    (found,) = findings(repo, "x;y")

    assert found.endswith("git branch 'x;y' COMMIT")


@pytest.mark.parametrize("where", ("local", "remote"))
def test_a_base_that_is_misspelt_is_told_the_branch_that_is_meant(repo: Repo, where: str) -> None:
    repo.git("branch", "develop")
    shared_with(repo, "develop")
    if where == "remote":
        repo.git("branch", "--quiet", "-D", "develop")

    assert findings(repo, "develp") == [
        'error base "develp" is not a branch here; did you mean "develop"?'
    ]
    assert findings(repo, "develop") == []


def test_a_misspelt_base_is_seen_among_very_many_branches(repo: Repo) -> None:
    made = "".join(f"create refs/heads/feature/{number} HEAD\n" for number in range(1000))
    run("git", "update-ref", "--stdin", cwd=repo.path, stdin=made)

    assert findings(repo, "mian") == [
        'error base "mian" is not a branch here; did you mean "main"?'
    ]


def test_the_branch_of_a_stage_is_never_suggested(repo: Repo) -> None:
    repo.git("branch", f"feature/{PLAN_ID}-core")

    (found,) = findings(repo, f"feature/{PLAN_ID}-cor")

    assert "did you mean" not in found


@pytest.mark.parametrize(("base", "other"), (("api/of/the/next/one", "api"), ("w", "w/on/it")))
def test_a_base_that_git_could_not_make_is_told_to_be_another(
    repo: Repo, base: str, other: str
) -> None:
    repo.git("branch", other)

    why = f'cannot be one beside the branch "{other}": choose another'
    assert findings(repo, base) == [f'error base "{base}" is not a branch here, and {why}']


def test_what_git_calls_a_remote_branch_is_told_the_local_one(repo: Repo) -> None:
    shared_with(repo)

    why = "is a branch of a remote, and a base is a local branch's name"
    assert findings(repo, "origin/main") == [
        f'error base "origin/main" {why}: write "base": "main"'
    ]
    assert findings(repo, "main") == []


def test_what_git_calls_a_remote_branch_is_told_how_to_make_the_local_one(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", base="origin/develop")
    shared_with(repo, "develop")

    result = cli("validate", PLAN, cwd=repo.path)

    make = "git branch --track develop origin/develop"
    assert f'write "base": "develop", and make that branch: {make}' in result.stdout
    assert run(*make.split(), cwd=repo.path).exit_code == 0
    shop(repo, "core", base="develop")
    assert cli("validate", PLAN, cwd=repo.path).exit_code == 0
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0


def test_a_remote_branch_that_cannot_be_made_here_is_told_to_be_another(repo: Repo) -> None:
    shared_with(repo, "work")
    repo.git("branch", "work/on-it")

    (found,) = findings(repo, "origin/work")

    assert found.endswith('"work" cannot be one beside the branch "work/on-it": choose another')


def test_a_local_branch_may_be_called_like_a_remote_one(repo: Repo) -> None:
    shared_with(repo)
    repo.git("branch", "origin/main")

    assert findings(repo, "origin/main") == []


def test_a_remote_may_have_a_slash_in_its_name(repo: Repo) -> None:
    shared_with(repo, "develop")
    repo.git("remote", "rename", "origin", "team/one")

    assert findings(repo, "develop") == []
    (found,) = findings(repo, "team/one/main")
    assert found.endswith('write "base": "main"')


def test_the_default_branch_of_a_remote_is_no_branch_of_its_own(repo: Repo) -> None:
    shared_with(repo)
    repo.git("remote", "set-head", "origin", "main")

    (found,) = findings(repo, "origin/HEAD")

    assert "HEAD, and make" not in found
    assert '"base": "HEAD"' not in found


def test_a_base_that_only_the_remote_has_is_left_to_setup(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", base="develop")
    shared_with(repo, "develop")

    assert cli("validate", "--strict", "--select", "PW309", PLAN, cwd=repo.path).exit_code == 0
    refused = cli("setup", PLAN_ID, cwd=repo.path)
    assert "is only on origin: git branch --track develop origin/develop" in refused.stderr


def test_what_remains_of_a_remote_that_was_taken_away_does_not_count(repo: Repo) -> None:
    repo.git("update-ref", "refs/remotes/gone/develop", "HEAD")

    (found,) = findings(repo, "develop")

    assert 'base "develop" is not a branch here' in found


@pytest.mark.parametrize("status", ("complete", "abandoned"))
def test_the_base_of_a_plan_that_is_over_may_be_gone(repo: Repo, status: str) -> None:
    assert findings(repo, "nowhere", status=status) == []


@pytest.mark.parametrize("base", ("main", "another"))
def test_without_any_commit_there_is_no_finding(tmp_path: Path, base: str) -> None:
    run("git", "init", "--quiet", "-b", "main", tmp_path / "project")

    assert findings(Repo(tmp_path / "project"), base) == []


def test_outside_a_repository_there_is_no_finding(tmp_path: Path) -> None:
    assert findings(Repo(tmp_path), "nowhere") == []


def test_a_base_that_git_refuses_is_pw301_alone(repo: Repo) -> None:
    assert findings(repo, "main..main") == []


@pytest.mark.parametrize("depth", ("--depth=1", "--no-single-branch"))
@pytest.mark.parametrize("head", ("a branch", "detached", "detached, and no branch"))
def test_a_checkout_of_continuous_integration_never_fails_over_a_right_base(
    repo: Repo, cli: Cli, depth: str, head: str
) -> None:
    shop(repo, "core", base="main")
    shared_with(repo, "topic")
    ci = checkout(repo, depth, "--branch=topic")
    if head != "a branch":
        ci.git("checkout", "--quiet", "--detach")
    if head == "detached, and no branch":
        ci.git("branch", "--quiet", "-D", "topic")

    result = cli("validate", "--strict", "--select", "PW309", cwd=ci.path)

    assert "main" not in ci.branches()
    assert (result.exit_code, result.stdout.count("PW309")) == (0, 0), result.output


def test_a_base_that_no_clone_can_have_is_found_where_all_branches_were_fetched(
    repo: Repo,
) -> None:
    shop(repo, "core", base="origin/main")
    shared_with(repo)
    second = clone(repo, "second")
    assert findings(second) == findings(repo) != []
    second.git("checkout", "--quiet", "--detach")
    second.git("branch", "--quiet", "-D", "main")

    (found,) = findings(second)

    assert found.endswith("make that branch: git branch --track main origin/main")


@pytest.mark.parametrize("command", ("setup", "status", "merge", "conflicts"))
def test_other_commands_say_themselves_what_is_wrong_with_the_base(
    repo: Repo, cli: Cli, command: str
) -> None:
    shop(repo, "core", base="nowhere")

    result = cli(command, PLAN_ID, cwd=repo.path)

    assert "the target branch nowhere does not exist: " in result.output
    assert "git branch nowhere COMMIT" in result.output
    assert "PW309" not in result.output
    assert ("not set up" in result.stdout or "core" in result.stdout) == (command == "status")


def test_a_base_costs_one_process_and_without_one_nothing(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core")
    without = gits(cli, "validate", PLAN, cwd=repo.path, trace=tmp_path / "trace")
    for number in range(3):
        repo.plan(f"2026-01-03-other-{number}", "core", base="main")
    shop(repo, "core", base="main")
    shared_with(repo)
    one = gits(cli, "validate", PLAN, cwd=repo.path, trace=tmp_path / "trace")
    every = gits(cli, "validate", cwd=repo.path, trace=tmp_path / "trace")

    assert without == ["ls-tree", "rev-parse"]
    assert one == ["for-each-ref", *without]
    assert every.count("for-each-ref") == 1
