"""mark without STAGE: the plan's own status, and which of several readings a few words get."""

from __future__ import annotations

import pytest
from filelock import FileLock

from plan_worktree.commands import mark as command
from plan_worktree.plan.model import PlanStatus, StageStatus
from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, plan_text
from tests.world import (
    LOCK,
    PLAN_ID,
    Cli,
    declared,
    finish,
    set_up,
    shop,
    snapshot,
    start,
    suggested,
)

PLAN = f"{PLANS}/{PLAN_ID}.md"


def mark(repo: Repo, cli: Cli, *words: str, stage: str | None = None) -> Result:
    """Run the command at home, or in a stage's worktree."""
    return cli("mark", *words, cwd=repo.stage(PLAN_ID, stage).path if stage else repo.path)


def test_the_command_knows_the_statuses_that_plans_may_have() -> None:
    assert list(StageStatus) == list(command._STAGE)
    assert list(PlanStatus) == list(command._PLAN)


@pytest.mark.parametrize("status", PlanStatus)
@pytest.mark.parametrize("before", PlanStatus)
def test_mark_writes_the_plans_own_status_and_not_a_byte_besides(
    repo: Repo, cli: Cli, before: str, status: str
) -> None:
    shop(repo, "core", status=before)
    text = repo.read(PLAN)

    result = mark(repo, cli, PLAN_ID, status)

    assert result.exit_code == 0
    already = " already" if status == before else ""
    assert result.stdout.splitlines()[0] == f"plan {PLAN_ID} is {status}{already}"
    assert repo.read(PLAN) == text.replace(f'"status": "{before}"', f'"status": "{status}"', 1)


def test_approving_names_what_comes_next(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = mark(repo, cli, PLAN_ID, "approved")

    assert result.stdout.splitlines()[1].startswith(
        "commit it (where clones share it, push it, too)"
    )
    assert result.stdout.splitlines()[1].endswith(f"then: plan-worktree setup {PLAN_ID}")
    repo.commit("approved")
    assert cli(*suggested(result, "plan-worktree")[1:], cwd=repo.path).exit_code == 0


def test_a_dry_run_writes_nothing(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    before = snapshot(repo.path)

    result = mark(repo, cli, PLAN_ID, "approved", "--dry-run")

    assert result.stdout == f"plan {PLAN_ID} would be approved\n"
    assert snapshot(repo.path) == before


@pytest.mark.parametrize(
    ("old", "new", "code"),
    (
        ("#### Why", "#### Reason", "PW404"),  # a warning
        ("Adds the Core part.", "TBD", "PW406"),
        ("**Branch**: `feature", "**Branch**: `other", "PW403"),  # an error
    ),
)
def test_a_plan_with_findings_is_not_approved(
    repo: Repo, cli: Cli, old: str, new: str, code: str
) -> None:
    shop(repo, "core")
    repo.write(PLAN, repo.read(PLAN).replace(old, new))
    before = snapshot(repo.path)

    for words in (("approved",), ("approved", "--dry-run")):
        result = mark(repo, cli, PLAN_ID, *words)

        assert (result.exit_code, result.stdout) == (1, "")
        lines = result.stderr.splitlines()
        assert [line.split()[2] for line in lines[:-1]] == [code]
        assert lines[0].startswith(f"{PLAN}:")
        named = f"plan-worktree validate --strict {PLAN}"
        assert (
            lines[-1] == f"refused: a plan with findings is not approved; fix them, then: {named}"
        )
    assert snapshot(repo.path) == before
    command = suggested(result, "plan-worktree validate --strict")
    assert cli(*command[1:], cwd=repo.path).exit_code == 1


def test_an_approved_plan_is_judged_again(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", status="approved")
    repo.write(PLAN, repo.read(PLAN).replace("#### Why", "#### Reason"))

    assert mark(repo, cli, PLAN_ID, "approved").exit_code == 1


def test_a_finding_that_is_ignored_with_a_reason_does_not_count(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    text = repo.read(PLAN).replace("#### Why", "#### Reason")
    ignored = "<!-- plan-worktree: ignore PW404 told by its name -->\n### Stage 1"
    repo.write(PLAN, text.replace("### Stage 1", ignored))

    assert mark(repo, cli, PLAN_ID, "approved").exit_code == 0


@pytest.mark.parametrize(
    ("status", "code"), (("in-progress", 1), ("complete", 1), ("abandoned", 0))
)
def test_a_draft_with_placeholders_may_be_abandoned_but_not_begun(
    repo: Repo, cli: Cli, status: str, code: int
) -> None:
    shop(repo, "core")
    repo.write(PLAN, repo.read(PLAN).replace("Adds the Core part.", "TBD"))

    result = mark(repo, cli, PLAN_ID, status)

    assert result.exit_code == code
    assert ("it has placeholders, so it stays a draft" in result.stderr) == bool(code)
    assert declared(repo)[""] == ("draft" if code else status)


def test_words_that_both_have_are_the_plans_behind_a_plan_and_the_stages_behind_a_stage(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", status="approved")

    for place in (None, "core"):
        assert mark(repo, cli, PLAN_ID, "complete", stage=place).exit_code == 0
        assert declared(repo) == {"core": "not-started", "api": "not-started", "": "complete"}
        mark(repo, cli, PLAN_ID, "approved", stage=place)
    assert mark(repo, cli, PLAN_ID, "core", "complete").exit_code == 0
    assert declared(repo)["core"] == "complete"


def test_in_a_stages_worktree_a_stage_or_nothing_means_a_stage(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "shop", "api", status="approved")  # the plan's id has "shop" in it, too

    assert mark(repo, cli, "complete", stage="api").stdout == "stage api is complete\n"
    assert mark(repo, cli, "shop", "complete", stage="api").stdout == "stage shop is complete\n"
    assert mark(repo, cli, "shop", "complete").stdout == f"plan {PLAN_ID} is complete\n"
    assert mark(repo, cli, "abandoned").stdout == f"plan {PLAN_ID} is abandoned\n"


@sampled(
    ("place", "words", "said"),
    (
        (
            None,
            (PLAN_ID, "blocked"),
            "blocked is a status of a stage: name that behind the plan, one of core, api; a",
        ),
        (
            "core",
            (PLAN_ID, "blocked"),
            "blocked is a status of a stage: name that behind the plan, one of core, api; a",
        ),
        ("core", ("approved",), f"of a plan: plan-worktree mark {PLAN_ID} approved; a stage is"),
        ("core", ("core", "draft"), f"of a plan: plan-worktree mark {PLAN_ID} draft"),
        (None, (PLAN_ID, "core", "approved"), "'approved' is not one of 'not-started'"),
        (None, (PLAN_ID, "done"), "'done' is not one of"),
        (None, (), "Missing argument STATUS"),
        (None, (PLAN_ID, "core", "x", "blocked"), "unexpected extra argument (blocked)"),
        (None, ("core", "approved"), 'no plan matches "core"'),
        (None, (PLAN_ID, "complete", "--landed", "main"), "--landed goes with a stage"),
        (None, (PLAN_ID, "draft", "--landed", "main"), "--landed goes with the status complete"),
    ),
    one_in=3,
)
def test_what_cannot_be_is_wrong_usage_and_changes_nothing(
    repo: Repo, cli: Cli, place: str | None, words: tuple[str, ...], said: str
) -> None:
    set_up(repo, cli, "core", "api")
    before = snapshot(repo.path)

    result = mark(repo, cli, *words, stage=place)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert snapshot(repo.path) == before


def test_a_key_that_is_written_in_escapes_is_found(repo: Repo, cli: Cli) -> None:
    text = plan_text(PLAN_ID, "core").replace('"status": "draft"', '"\\u0073tatus": "dr\\u0061ft"')
    repo.write(PLAN, text)
    repo.commit()

    assert mark(repo, cli, PLAN_ID, "approved").exit_code == 0

    assert '"\\u0073tatus": "approved"' in repo.read(PLAN)


@pytest.mark.second
def test_a_plan_that_gets_a_finding_meanwhile_is_not_approved(repo: Repo) -> None:
    shop(repo, "core")
    path = repo.path / PLAN
    with FileLock(repo.path / ".git" / LOCK):
        process = start("mark", PLAN_ID, "approved", cwd=repo.path)
        assert process.stderr
        assert "waiting" in process.stderr.readline()
        path.write_text(path.read_text().replace("#### Why", "#### Reason"))
    assert process.wait(60) == 1
    assert "PW404" in process.communicate()[1]

    assert declared(repo)[""] == "draft"


def test_of_several_plans_one_has_to_be_named_where_no_stage_is_worked_on(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core")
    repo.plan("2026-01-02-other", Stage("web", branch="feature/web", worktree_path="../w"))

    for words in (("complete",), ("core", "complete")):
        assert mark(repo, cli, *words).exit_code == 2
    assert mark(repo, cli, "other", "complete").stdout == "plan 2026-01-02-other is complete\n"


def test_an_abandoned_plan_is_taken_up_again_with_the_command_that_start_names(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, Stage("core", create=("src/core.txt",)), status="abandoned")

    result = cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    assert result.exit_code == 1
    assert cli(*suggested(result, "plan-worktree mark")[1:], cwd=repo.path).exit_code == 0

    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0
    finish(repo, cli, "core")
