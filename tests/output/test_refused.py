"""A refusal under --json is one object, with the exit code of the refusal."""

from __future__ import annotations

import pytest

from plan_worktree.project.refusal import Code
from tests.output.test_schemas import fits, schema
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, finish, set_up, shop, work


def reasons(repo: Repo, cli: Cli, *args: str, code: int = 1) -> list[tuple[str, list[str]]]:
    result = cli(*args, cwd=repo.path)
    assert result.stderr == ""
    found = fits("refused", result, code)["reasons"]
    assert all(command in one["text"] for one in found for command in one["commands"])
    return [(one["code"], one["commands"]) for one in found]


def test_the_schema_has_every_code() -> None:
    codes = schema("refused")["properties"]["reasons"]["items"]["properties"]["code"]["enum"]
    assert codes == sorted(Code)


@pytest.mark.second
def test_start_says_in_json_why_a_stage_cannot_be_had(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core", Stage("old", status="blocked"), "new:old", "by:api")
    start = ("start", PLAN_ID, "--owner", "ada", "--json")
    cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)
    mark = f"plan-worktree mark {PLAN_ID} old in-progress"

    take = f"plan-worktree start {PLAN_ID}"  # bob is at work
    assert reasons(repo, cli, *start, "core") == [("claimed", [take])]
    assert reasons(repo, cli, *start, "api") == [("waiting", [f"plan-worktree start {PLAN_ID}"])]
    assert reasons(repo, cli, *start, "old") == [("blocked", [mark])]
    assert reasons(repo, cli, *start, "new") == [("blocked", [mark])]
    wait = f"plan-worktree start {PLAN_ID} --wait"
    assert reasons(repo, cli, *start, code=4) == [("waiting", [wait])]
    finish(repo, cli, "core")
    again = f"plan-worktree mark {PLAN_ID} core in-progress"
    assert reasons(repo, cli, *start, "core") == [("complete", [again])]
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    own = f"plan-worktree start {PLAN_ID} api"
    assert reasons(repo, cli, *start, "by") == [("yours", [own])]


def test_every_stage_in_the_way_is_a_reason(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    for stage in ("core", "api"):
        repo.stage(PLAN_ID, stage).write("new.txt", "nobody's\n")

    found = reasons(repo, cli, "start", PLAN_ID, "--owner", "ada", "--json")

    assert found == [
        ("dirty", [f"plan-worktree start {PLAN_ID} {stage}"]) for stage in ("core", "api")
    ]


def test_an_invalid_plan_has_its_findings_as_reasons(repo: Repo, cli: Cli) -> None:
    path = repo.plan(PLAN_ID, Stage("core", branch="--force"), "b:c")
    check = f"plan-worktree validate {PLANS}/{PLAN_ID}.md"

    for args in (("status", PLAN_ID, "--json"), ("show", PLAN_ID, "--format", "json")):
        found = reasons(repo, cli, *args)
        assert found[-1] == ("invalid-plan", [check])
        assert {code for code, _ in found} == {"invalid-plan"}
        texts = [one["text"] for one in cli(*args, cwd=repo.path).json()["reasons"]]
        place = path.relative_to(repo.path)
        assert all(text.startswith(f"{place}:") for text in texts[:-1])
        assert any("error PW202" in text for text in texts)


def test_other_commands_refuse_in_json(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core", "elsewhere.txt")
    repo.stage(PLAN_ID, "core").write("more.txt", "more\n")

    see = f"git -C {repo.stage(PLAN_ID, 'core').path}"
    assert ("dirty", [f"{see} add --all"]) in reasons(repo, cli, "remove", PLAN_ID, "--json")
    complete = ("complete", PLAN_ID, "core")
    assert ("dirty", [f"{see} status"]) in reasons(repo, cli, *complete, "--json")
    land = ("merge", PLAN_ID, "core", "--json")
    assert reasons(repo, cli, *land) == [("other", [f"plan-worktree {' '.join(complete)}"])]


@pytest.mark.parametrize(
    ("args", "code"),
    ((("start", PLAN_ID, "nope"), 2), (("start", "nope"), 2), (("start", PLAN_ID, "--wait=x"), 2)),
)
def test_wrong_usage_is_told_to_people(
    repo: Repo, cli: Cli, args: tuple[str, ...], code: int
) -> None:
    shop(repo, "core")

    result = cli(*args, "--json", cwd=repo.path)

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr


def test_a_failure_of_git_is_told_to_people(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.write(".git/packed-refs", "this is no ref\n")

    result = cli("status", PLAN_ID, "--json", cwd=repo.path)

    assert (result.exit_code, result.stdout) == (3, "")
