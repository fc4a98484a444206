"""Clones of one bare repository work a plan together, through the real command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones import LIVE, bare, claim_of, do, finish, records, shared, take, tip
from tests.support import Repo, Stage, run
from tests.world import PLAN_ID, branch, declared, executable, follow, suggested


def test_a_stage_that_one_clone_has_is_refused_in_another(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    refused = take(two, "core", "bob", code=1)
    assert "it is claimed by ada on " in refused.stderr
    assert "since 2" in refused.stderr
    assert claim_of(bare(one), "core") == claim_of(two, "core") == "ada"
    assert declared(two)["core"] == "in-progress"
    assert "shared through origin, which answered" in do(two, "status", PLAN_ID).stdout


@pytest.mark.second
def test_the_same_name_in_another_clone_is_another_owner(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    assert "it is claimed by ada on " in take(two, "core", "ada", code=1).stderr
    assert "yours already" in take(one, "core", "ada").stderr


def test_work_that_was_completed_in_one_clone_is_gone_on_with_in_another(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    commit = finish(one, "core", "ada")
    assert records(one) == records(bare(one))
    assert tip(bare(one), "core") == commit
    take(two, "api", "bob")
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"
    assert commit in two.stage(PLAN_ID, "api").git("log", "--format=%H").splitlines()
    do(one, "status", PLAN_ID, "--fetch")
    assert declared(one) == declared(two)
    assert declared(one)["core"] == "complete"
    assert declared(one)["api"] == "in-progress"
    finish(two, "api", "bob")
    assert "shared through origin" in do(one, "ready", PLAN_ID, code=4).stderr
    do(one, "status", PLAN_ID, "--fetch")
    assert records(one) == records(two) == records(bare(one))
    do(one, "start", PLAN_ID, "--owner", "ada", code=5)


@pytest.mark.second
def test_what_another_stage_proves_while_a_completion_is_pushed_stays(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one", stages=(Stage("core", verify=("true",)), "docs"))
    take(one, "core")
    proofs, proof = f"{LIVE}/proofs", f'{{"tree": "{"1" * 40}", "gate": "{"2" * 64}"}}'
    record = f"printf '%s' '{{\"proofs\": [{proof}]}}' | git hash-object -w --stdin"
    executable(
        bare(one).path / "hooks" / "post-receive",
        f"""unset $(git rev-parse --local-env-vars)
cd '{one.path}' && git update-ref {proofs} $({record})""",
    )
    finish(one, "core")
    assert declared(one)["core"] == "complete"
    assert records(one) == records(bare(one))
    assert one.git("cat-file", "blob", proofs).count("tree") == 2


@pytest.mark.second
def test_a_completion_goes_on_whose_claim_was_renewed_while_it_was_pushed(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    take(one, "core")
    claim = f"{LIVE}/claim/core"
    executable(
        bare(one).path / "hooks" / "pre-receive",
        f"""rm -f "$0"
unset GIT_QUARANTINE_PATH $(git rev-parse --local-env-vars)
cd '{one.path}'
git update-ref {claim} $( (git cat-file blob {claim}; echo) | git hash-object -w --stdin)
echo not now >&2
exit 1""",
    )
    finish(one, "core")
    assert declared(one)["core"] == "complete"
    assert records(one) == records(bare(one))


def test_whoever_loses_a_stage_to_a_takeover_is_told_and_keeps_all(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    there = one.stage(PLAN_ID, "core")
    there.write("src/core.txt", "ada's\n")
    mine = there.commit("ada's")
    there.write("draft.txt", "not in a commit\n")
    taken = take(two, "core", "bob", "--takeover")
    assert "taken over" in taken.stderr
    assert "from ada" in taken.stderr
    commit = finish(two, "core", "bob")
    refused = do(one, "complete", PLAN_ID, "core", "--owner", "ada", code=1)
    assert "was yours (ada) and was completed by others" in refused.stderr
    assert there.head() == mine
    assert there.read("draft.txt") == "not in a commit\n"
    assert follow(refused, "git -C", one.path).exit_code == 0
    assert there.read("draft.txt") == "not in a commit\n"
    assert there.head() == mine
    assert tip(one, "core") == commit


def left_behind(folder: Path) -> tuple[Repo, Repo, str]:
    """Let a clone lose a stage that it has pushed to another one, which completes it."""
    one, two = shared(folder, "one", "two")
    take(one, "core", "ada")
    there = one.stage(PLAN_ID, "core")
    there.write("notes.txt", "ada's\n")
    there.commit("ada's")
    there.git("push", "--quiet", "origin", "HEAD")
    take(two, "core", "bob", "--takeover")
    return one, there, finish(two, "core", "bob", "--accept-scope", "notes")


def test_what_a_stage_needs_comes_to_a_clone_that_had_begun_it(tmp_path: Path) -> None:
    one, there, commit = left_behind(tmp_path)
    started = take(one, "api", "ada")
    assert "was brought forward to origin/" in started.stderr
    assert tip(one, "core") == commit == there.head()
    assert there.git("status", "--porcelain") == ""
    assert one.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"


@pytest.mark.second
def test_what_a_stage_needs_comes_to_a_branch_without_a_worktree(tmp_path: Path) -> None:
    one, there, commit = left_behind(tmp_path)
    one.git("worktree", "remove", str(there.path))
    take(one, "api", "ada")
    assert tip(one, "core") == commit


@pytest.mark.second
def test_where_somebody_still_works_nothing_is_brought_forward(tmp_path: Path) -> None:
    one, there, commit = left_behind(tmp_path)
    there.write("draft.txt", "not in a commit\n")
    refused = take(one, "api", "ada", code=1)
    assert "1 commit behind origin/" in refused.stderr
    assert follow(refused, f"git -C {there.path} merge", one.path).exit_code == 0
    assert (there.head(), there.read("draft.txt")) == (commit, "not in a commit\n")
    take(one, "api", "ada")


def test_a_hook_that_keeps_a_branch_back_hinders_no_other_command(tmp_path: Path) -> None:
    one, there, commit = left_behind(tmp_path)
    refuse = f"[ $1 = prepared ] && grep -q 'refs/heads/{branch('core')}$' && exit 1\nexit 0"
    hook = executable(one.path / ".git/hooks/reference-transaction", refuse)
    told = do(one, "mark", PLAN_ID, "api", "blocked")
    assert f"{branch('core')} cannot be brought forward to origin/" in told.stderr
    assert (declared(one)["api"], there.git("status", "--porcelain")) == ("blocked", "")
    hook.unlink()
    do(one, "mark", PLAN_ID, "api", "not-started")
    assert there.head() == commit


def test_who_lands_needs_no_worktree_of_what_others_have_built(tmp_path: Path) -> None:
    stages = ("core", "docs", "api:core")
    lead, bob, eve = shared(tmp_path, "lead", "bob", "eve", stages=stages)
    do(lead, "setup", PLAN_ID, "core")
    take(bob, "core", "bob")
    take(eve, "docs", "eve")
    done = finish(bob, "core", "bob"), finish(eve, "docs", "eve")
    do(lead, "status", PLAN_ID, "--fetch")
    # What lead has set up and nobody has used there has come forward; the other one is seen.
    assert (tip(lead, "core"), lead.stage(PLAN_ID, "core").read("src/core.txt")) == (
        done[0],
        "core\n",
    )
    assert "\n2  docs   .  -  .\n" in do(lead, "conflicts", PLAN_ID).stdout
    before = lead.git("for-each-ref")
    foreseen = do(lead, "merge", PLAN_ID, "--dry-run").stdout
    assert [line.split()[0] for line in foreseen.splitlines()[1:3]] == ["core", "docs"]
    assert lead.git("for-each-ref") == before
    landed = do(lead, "merge", PLAN_ID, "--verify")
    push = suggested(landed, "git -C")
    assert run(*push, cwd=tmp_path).exit_code == 0
    assert bare(lead).head("main") == lead.head("main")
    assert (lead.read("src/core.txt"), lead.read("src/docs.txt")) == ("core\n", "docs\n")
    brief = take(eve, "api", "eve").stdout
    assert "### core: Core\n\nIt has landed in `main`.\n" in brief
    finish(eve, "api", "eve")
    do(lead, "merge", PLAN_ID)
    assert lead.read("src/api.txt") == "api\n"
    delete = suggested(do(lead, "remove", PLAN_ID, "--merged"), "git -C")
    assert "feature/" not in lead.git("branch")
    assert run(*delete, cwd=tmp_path).exit_code == 0
    assert bare(lead).git("for-each-ref", "refs/heads/feature") == ""


@pytest.mark.second
def test_very_many_undeclared_files_are_shared_as_accepted(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    for number in range(1500):
        one.stage(PLAN_ID, "core").write(f"generated/{'long-' * 8}{number}.txt", "")
    finish(one, "core", "ada", "--accept-scope", "generated")
    status = do(two, "status", PLAN_ID, "--fetch")
    assert "no record of ours" not in status.stderr
    assert declared(two)["core"] == "complete"


@pytest.mark.second
def test_a_stage_that_was_lost_can_be_given_up_by_the_command_that_is_named(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    one.stage(PLAN_ID, "core").write("draft.txt", "not in a commit\n")
    take(two, "core", "bob", "--takeover")
    told = do(one, "sync", PLAN_ID)
    assert "was yours (ada) and is now claimed by bob on " in told.stderr
    do(one, *suggested(told, "plan-worktree remove")[1:])
    do(two, "status", PLAN_ID, "--fetch")
    assert claim_of(bare(one), "core") == claim_of(two, "core") == "bob"
    do(one, "restore", PLAN_ID, "core")
    assert one.stage(PLAN_ID, "core").read("draft.txt") == "not in a commit\n"


def test_what_a_person_declares_reaches_the_other_clones(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    do(one, "mark", PLAN_ID, "core", "blocked")
    assert "declared blocked" in take(two, "core", "bob", code=1).stderr
    do(one, "mark", PLAN_ID, "core", "complete")
    assert declared(one)["core"] == "complete"
    do(two, "status", PLAN_ID, "--fetch")
    assert declared(two)["core"] == "complete"
    do(two, "mark", PLAN_ID, "core", "not-started")
    do(one, "status", PLAN_ID, "--fetch")
    assert declared(one)["core"] == "not-started"
    assert records(one) == records(two) == records(bare(one)) == {}
    take(one, "core", "ada")
    finish(one, "core", "ada")
    do(two, "mark", PLAN_ID, "core", "in-progress")
    do(one, "status", PLAN_ID, "--fetch")
    assert declared(two)["core"] == "in-progress"
    assert declared(one)["core"] == "not-started"  # nobody has it: whoever wants may go on with it
    assert records(bare(one)) == {}


def test_that_a_stage_has_landed_is_shared_once_the_remote_has_it(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    finish(one, "core", "ada")
    one.git("commit", "--quiet", "--all", "--message", "statuses")
    do(one, "merge", PLAN_ID, "core")
    assert "landed/core" not in records(bare(one))
    do(two, "status", PLAN_ID, "--fetch")
    assert "landed/core" not in records(two)
    one.git("push", "--quiet", "origin", "main")
    do(one, "status", PLAN_ID, "--fetch")
    two.git("checkout", "--quiet", ".")
    two.git("pull", "--quiet", "--ff-only")
    do(two, "status", PLAN_ID, "--fetch")
    assert records(one) == records(two) == records(bare(one))
    shown = do(two, "status", PLAN_ID, "--json").json()
    assert [stage["state"] for stage in shown["stages"]] == ["merged", "ready"]
    do(one, "remove", PLAN_ID, "--merged")
    do(two, "status", PLAN_ID, "--fetch")
    assert declared(two)["core"] == declared(one)["core"] == "complete"
