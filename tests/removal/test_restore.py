"""restore: what it lists, what it refuses, and what it prints."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.sampling import sampled
from tests.slots import slot_ref
from tests.support import PLANS, Repo
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    cell,
    follow,
    refs,
    row,
    set_up,
    shop,
    snapshot,
    work,
)

SAVED = f"refs/plan-worktree/{PLAN_ID}/saved/core/"


def ready(repo: Repo, cli: Cli, *stages: str) -> Repo:
    set_up(repo, cli, *(stages or ("core",)))
    return repo.stage(PLAN_ID, "core")


def save(repo: Repo, cli: Cli, text: str, *flags: str) -> str:
    """Remove a stage that has an untracked file, by force; return the time that was saved."""
    repo.stage(PLAN_ID, "core").write("draft.txt", text)
    result = cli("remove", PLAN_ID, "core", "--force", "--json", *flags, cwd=repo.path)
    assert result.exit_code == 0, result.output
    (stage,) = result.json()["stages"]
    assert str(stage["saved"]).startswith(SAVED)
    return str(stage["saved"]).removeprefix(SAVED)


def refused(repo: Repo, cli: Cli, *args: str) -> str:
    """Restore, which must refuse and leave every byte as it was; return what it says."""
    before = snapshot(repo.path.parent)
    result = cli("restore", PLAN_ID, "core", *args, cwd=repo.path)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert snapshot(repo.path.parent) == before
    return str(result.stderr)


def test_restore_brings_branch_files_and_pointer_back(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    tip = work(repo, "core")
    time = save(repo, cli, "half a sentence", "--delete-branch")
    kept = refs(repo)
    assert branch("core") not in repo.branches()

    result = cli("restore", PLAN_ID, "core", cwd=repo.path)

    assert result.exit_code == 0
    assert row(result, "core") == ["core", "restored", branch("core"), time, str(there.path)]
    assert there.read("draft.txt") == "half a sentence"
    assert there.git("symbolic-ref", "HEAD") == f"refs/heads/{branch('core')}"
    assert there.head() == tip
    assert (
        there.path / PLANS / "CURRENT_STAGE.md"
    ).resolve() == repo.path / f"{PLANS}/{PLAN_ID}.md"
    given = refs(repo)
    assert given.pop(slot_ref("core"))
    assert given == kept | {f"refs/heads/{branch('core')}": tip}
    assert "locked" not in repo.git("worktree", "list", "--porcelain")
    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "kept"


def test_restore_dry_run_prints_the_same_and_changes_no_byte(repo: Repo, cli: Cli) -> None:
    ready(repo, cli)
    save(repo, cli, "half a sentence", "--delete-branch")
    before = snapshot(repo.path.parent)

    dry = cli("restore", PLAN_ID, "core", "--dry-run", cwd=repo.path)

    assert dry.stdout.splitlines()[0].split()[:3] == ["STAGE", "WOULD", "BE"]
    assert snapshot(repo.path.parent) == before
    real = cli("restore", PLAN_ID, "core", cwd=repo.path)
    assert row(real, "core") == row(dry, "core")


def test_status_says_saved_until_the_stage_has_a_worktree_again(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    save(repo, cli, "half a sentence")

    shown = cli("status", PLAN_ID, cwd=repo.path)

    assert cell(shown, "core", "FLAGS") == "saved"
    assert "saved" not in row(shown, "api")
    cli("restore", PLAN_ID, "core", cwd=repo.path)
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "FLAGS") == "dirty"


def test_a_stage_that_has_a_worktree_is_not_restored_over_it(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    save(repo, cli, "half a sentence")
    cli("setup", PLAN_ID, cwd=repo.path)

    assert refused(repo, cli) == (
        f"refused: stage core: it has a worktree, {there.path}: "
        f"plan-worktree remove {PLAN_ID} core\n"
    )


def test_a_stage_whose_worktree_is_gone_by_hand_is_restored_after_the_advice(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli)
    save(repo, cli, "half a sentence")
    cli("setup", PLAN_ID, cwd=repo.path)
    shutil.rmtree(there.path)

    assert refused(repo, cli) == (
        f"refused: stage core: git still knows its worktree {there.path}, which is gone: "
        f"plan-worktree remove --gone {PLAN_ID} core\n"
    )

    assert cli("remove", "--gone", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert cli("restore", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert there.read("draft.txt") == "half a sentence"


@pytest.mark.parametrize("dry", ((), ("--dry-run",)))
def test_a_branch_that_has_moved_since_is_not_set_back(
    repo: Repo, cli: Cli, dry: tuple[str, ...]
) -> None:
    ready(repo, cli)
    save(repo, cli, "half a sentence")
    cli("setup", PLAN_ID, cwd=repo.path)
    tip = work(repo, "core")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    before = snapshot(repo.path.parent)

    result = cli("restore", PLAN_ID, "core", *dry, cwd=repo.path)

    assert result.exit_code == 1
    assert f"branch {branch('core')} has moved since it was saved: to look at" in result.stderr
    assert snapshot(repo.path.parent) == before
    assert repo.head(branch("core")) == tip
    assert follow(result, "git worktree add", repo.path).exit_code == 0
    aside = Repo(repo.stage(PLAN_ID, "core").path.with_name("core-saved"))
    assert aside.read("draft.txt") == "half a sentence"


def test_a_branch_of_somebody_else_is_not_taken(repo: Repo, cli: Cli) -> None:
    ready(repo, cli)
    save(repo, cli, "half a sentence", "--delete-branch")
    repo.git("update-ref", "-d", base_ref("core"))
    repo.git("branch", branch("core"))

    assert f"branch {branch('core')} exists and was not made by this plan" in refused(repo, cli)


def test_an_occupied_place_is_not_taken(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    save(repo, cli, "half a sentence")
    there.write("theirs.txt", "theirs\n")

    assert f"{there.path} exists and is no worktree of this plan" in refused(repo, cli)


def test_a_stage_of_which_nothing_is_saved_is_to_be_set_up(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    assert refused(repo, cli) == (
        f"refused: stage core: nothing of it is saved: plan-worktree setup {PLAN_ID} core\n"
    )


def test_a_time_at_which_nothing_was_saved_names_those_at_which_something_was(
    repo: Repo, cli: Cli
) -> None:
    ready(repo, cli)
    first = save(repo, cli, "half a sentence")
    cli("restore", PLAN_ID, "core", cwd=repo.path)
    second = save(repo, cli, "another half")

    result = cli("restore", PLAN_ID, "core", "--at", "20260101T000000.000000Z", cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: nothing of stage core was saved at 20260101T000000.000000Z; "
        f"there is {second}, {first}\n"
    )


@sampled("newest", (True, False), one_in=2)
def test_restore_takes_the_newest_or_what_was_saved_then(
    repo: Repo, cli: Cli, newest: bool
) -> None:
    there = ready(repo, cli)
    first = save(repo, cli, "half a sentence")
    cli("restore", PLAN_ID, "core", cwd=repo.path)
    save(repo, cli, "another half")
    at = () if newest else ("--at", first)

    assert cli("restore", PLAN_ID, "core", *at, cwd=repo.path).exit_code == 0

    assert there.read("draft.txt") == ("another half" if newest else "half a sentence")


def test_restore_needs_a_stage_that_is_in_the_plan(repo: Repo, cli: Cli) -> None:
    ready(repo, cli)

    nameless = cli("restore", PLAN_ID, cwd=repo.path)
    unknown = cli("restore", PLAN_ID, "cor", cwd=repo.path)

    assert (nameless.exit_code, unknown.exit_code) == (2, 2)
    assert nameless.stderr.endswith("\nError: name the stage to bring back, or ask with --list\n")
    assert unknown.stderr == 'Error: the plan has no stage "cor"; did you mean "core"?\n'


def test_restore_list_shows_all_that_is_saved_the_newest_first(repo: Repo, cli: Cli) -> None:
    ready(repo, cli, "core", "api")
    first = save(repo, cli, "half a sentence")
    cli("restore", PLAN_ID, "core", cwd=repo.path)
    tip = work(repo, "core")
    second = save(repo, cli, "another half")
    before = snapshot(repo.path.parent)

    result = cli("restore", PLAN_ID, "--list", cwd=repo.path)

    assert [line.split() for line in result.stdout.splitlines()] == [
        ["STAGE", "SAVED", "WHAT", "TIP", "REF"],
        ["core", second, "worktree", tip[:10], f"{SAVED}{second}"],
        ["core", first, "worktree", repo.head(f"{tip}~1")[:10], f"{SAVED}{first}"],
    ]
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z", second)
    assert snapshot(repo.path.parent) == before
    assert cli("restore", PLAN_ID, "api", "--list", cwd=repo.path).stderr == (
        "nothing is saved of this plan's stages\n"
    )


def test_restore_json_has_what_a_program_needs(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    tip = work(repo, "core")
    time = save(repo, cli, "half a sentence")

    listed = cli("restore", PLAN_ID, "--list", "--json", cwd=repo.path).json()
    result = cli("restore", PLAN_ID, "core", "--json", cwd=repo.path).json()

    one = {"id": "core", "time": time, "files": True, "tip": tip, "ref": f"{SAVED}{time}"}
    assert listed == {"kind": "saved", "version": 1, "saved": [one]}
    back = {
        "id": "core",
        "branch": branch("core"),
        "worktree": str(there.path),
        "saved": f"{SAVED}{time}",
    }
    (stage,) = result["stages"]
    assert (result["kind"], result["version"], result["dry_run"]) == ("restore", 1, False)
    assert {name: stage[name] for name in back} == back


def test_remove_gone_refuses_to_drop_what_was_staged_in_a_directory_that_was_moved(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli)
    there.write("README.md", "half a sentence")
    there.git("add", "README.md")
    moved = Repo(there.path.rename(repo.path.parent / "moved"))
    before = snapshot(repo.path.parent)

    result = cli("remove", PLAN_ID, "--gone", cwd=repo.path)

    assert result.exit_code == 1
    assert result.stderr.startswith(
        f"refused: stage core: the worktree {there.path} is gone, but changes were staged in it: "
        "if it was moved, git worktree repair ITS-NEW-PATH; to drop "
    )
    assert snapshot(repo.path.parent) == before
    repo.git("worktree", "repair", str(moved.path))
    assert moved.git("status", "--porcelain") == "M  README.md"


@pytest.mark.parametrize("left", ("nothing", "an empty folder", "its own file"))
def test_a_restoration_that_was_killed_while_it_was_taken_back_is_begun_again(
    repo: Repo, cli: Cli, left: str
) -> None:
    set_up(repo, cli, "core")
    repo.stage(PLAN_ID, "core").write("draft.txt", "draft\n")
    assert cli("remove", PLAN_ID, "core", "--force", cwd=repo.path).exit_code == 0
    path = repo.stage(PLAN_ID, "core").path
    draft = path.parent / f".{path.name}.plan-worktree-restoring" / path.name
    reason = "plan-worktree: being restored; if that was interrupted, run restore again"
    flags = ("--quiet", "--no-checkout", "--detach", "--lock", "--reason", reason)
    repo.git("worktree", "add", *flags, str(draft), "main")
    if left != "its own file":
        (draft / ".git").unlink()
    if left == "nothing":
        draft.rmdir()

    result = cli("restore", PLAN_ID, "core", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert repo.stage(PLAN_ID, "core").read("draft.txt") == "draft\n"
    assert not draft.parent.exists()
