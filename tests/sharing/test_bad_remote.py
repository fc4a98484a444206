"""A remote that does not take what it gets, and one whose refs somebody has tampered with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clones import LIVE, bare, claim_of, clone, do, finish, records, shared, take
from tests.sampling import sampled
from tests.support import Repo, run
from tests.world import PLAN_ID, branch, declared, executable, suggested


def blob(repo: Repo, text: str) -> str:
    return run("git", "hash-object", "-w", "--stdin", cwd=repo.path, stdin=text).stdout.strip()


def claimed(repo: Repo, stage: str, **said: object) -> None:
    """Let a bare repository have a claim that says something."""
    repo.git("update-ref", f"{LIVE}/claim/{stage}", blob(repo, json.dumps(said)))


def test_a_remote_that_takes_branches_alone_is_said_and_work_goes_on_here(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    script = 'while read old new ref; do case $ref in refs/heads/*) ;; *) echo "heads only" >&2; '
    executable(bare(one).path / "hooks/pre-receive", f"{script}exit 1;; esac; done")
    refused = take(one, "core", "ada", code=1)
    assert "origin does not take the claim (heads only): to claim in this clone alone" in (
        refused.stderr
    )
    do(one, *suggested(refused, "plan-worktree start")[1:], "--setup", "--owner", "ada")
    there = one.stage(PLAN_ID, "core")
    there.write("src/core.txt", "core\n")
    there.commit("core")
    done = do(one, "complete", PLAN_ID, "core", "--owner", "ada")
    assert "warning: origin does not take this (heads only): what was done is recorded here" in (
        done.stderr
    )
    assert declared(one)["core"] == "complete"
    assert records(bare(one)) == {}


def test_a_claim_that_cannot_be_one_is_said_with_the_command_that_drops_it(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    there = bare(one)
    there.git("update-ref", f"{LIVE}/claim/core", there.head("main"))
    refused = take(one, "core", "ada", code=1)
    drop = f"git -C {one.path} push origin --delete {LIVE}/claim/core"
    assert f"origin has no record of ours as {LIVE}/claim/core: to drop it there, {drop}" in (
        refused.stderr
    )
    assert run("sh", "-c", drop, cwd=tmp_path).exit_code == 0
    take(one, "core", "ada")
    there.git("update-ref", f"{LIVE}/claim/api", blob(there, "x" * 100_000))
    assert f"as {LIVE}/claim/api: to drop it" in do(one, "sync", PLAN_ID).stderr
    assert claim_of(one, "core") == "ada"


@sampled(
    "said",
    (
        {},
        {"owner": "\x1b[31mred\x07", "host": "\x1b]0;title\x07", "time": "soon"},
        {"owner": "a' $(touch x)\n", "host": ["h"], "clone": "../..", "time": "9999-12-31T00:00Z"},
        {"owner": "ada", "host": "h" * 1000, "reading": 7, "seen": "2999-01-01T00:00:00Z"},
    ),
    one_in=3,
)
def test_a_claim_that_says_anything_is_somebody_elses(
    tmp_path: Path, said: dict[str, object]
) -> None:
    (one,) = shared(tmp_path, "one")
    claimed(bare(one), "core", **said)
    refused = take(one, "core", "ada", code=1)
    assert "it is claimed by " in refused.stderr
    assert "\x1b" not in refused.stderr
    assert "\x1b" not in do(one, "status", PLAN_ID).output
    do(one, "status", PLAN_ID, "--json")
    take(one, "core", "ada", "--takeover")
    assert claim_of(bare(one), "core") == "ada"


@pytest.mark.second
def test_a_claim_of_an_older_version_is_of_another_clone(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two", stages=("core", "api"))
    one.git("config", "--unset", "planWorktree.remote")
    take(one, "core", "ada")
    one.git("config", "planWorktree.remote", "origin")
    assert "yours" in take(one, "core", "ada").stderr
    assert claim_of(bare(one), "core") == "ada"
    said = json.loads(one.git("cat-file", "blob", f"{LIVE}/claim/core"))
    assert "claimed by ada" in take(two, "core", "ada", code=1).stderr
    old = {name: value for name, value in said.items() if name != "clone"}
    claimed(bare(one), "api", **old)
    assert "claimed by ada" in take(two, "api", "ada", code=1).stderr


@pytest.mark.second
def test_records_of_stages_that_the_plan_does_not_have_are_left_alone(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    there = bare(one)
    claimed(there, "core-2", owner="x")
    claimed(there, "nobody", owner="x")
    there.git("update-ref", f"{LIVE}/unknown/core", there.head("main"))
    take(one, "core", "ada")
    finish(one, "core", "ada")
    assert "claim/nobody" in records(there)
    assert "claim/nobody" not in records(one)
    assert declared(one) == {"": "in-progress", "core": "complete", "api": "not-started"}


@pytest.mark.soak
def test_a_remote_with_ten_thousand_refs_is_no_slower_twice(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    there = bare(one)
    some = blob(there, "{}")
    names = [f"{LIVE}/{kind}/s{n}" for kind in ("claim", "completed") for n in range(5_000)]
    script = "".join(f"create {name} {some}\n" for name in names)
    assert run("git", "update-ref", "--stdin", cwd=there.path, stdin=script).exit_code == 0
    take(one, "core", "ada")
    finish(one, "core", "ada")
    assert set(records(one)) == {"completed/core", "verified/core"}


def test_a_completion_that_is_far_too_large_is_none(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    there = bare(one)
    for kind in ("claim", "completed"):
        there.git("update-ref", f"{LIVE}/{kind}/core", blob(there, "x" * 100_000))
    told = do(one, "status", PLAN_ID, "--fetch")
    assert f"as {LIVE}/completed/core: to drop it" in told.stderr
    assert declared(one)["core"] == "in-progress"
    do(two, "sync", PLAN_ID)
    assert declared(two)["core"] == "not-started"


def test_an_answer_that_has_only_a_part_of_a_push_is_asked_for_again(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    commit = finish(one, "core", "ada")
    # Who reads refs while they are written may see the completion and not yet the branch.
    torn = f"git -c transfer.hideRefs=refs/heads/{branch('core')} upload-pack"
    script = f"""[ -e '{tmp_path}/asked' ] && exec git-upload-pack "$@"
touch '{tmp_path}/asked'; exec {torn} "$@\""""
    upload_pack = executable(tmp_path / "upload-pack", script)
    two.git("config", "remote.origin.uploadpack", str(upload_pack))
    take(two, "api", "bob")
    assert two.stage(PLAN_ID, "api").head("HEAD~0") == commit
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"


def test_a_setting_that_names_no_remote_is_said(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    one.git("config", "planWorktree.remote", "hub")
    refused = take(one, "core", "ada", code=1)
    assert "planWorktree.remote names hub, and there is no such remote" in refused.stderr
    assert "git remote add hub URL" in refused.stderr
    assert "git config --unset planWorktree.remote" in refused.stderr


@pytest.mark.thorough
def test_plans_are_shared_through_the_remote_that_is_named(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    hub = tmp_path / "shared/hub.git"
    one.git("clone", "--quiet", "--bare", str(bare(one).path), str(hub))
    two = clone(tmp_path / "shared", "two", str(hub))
    one.git("remote", "add", "hub", str(hub))
    one.git("config", "planWorktree.remote", "hub")
    take(one, "core", "ada")
    assert records(bare(one)) == {}
    assert "claimed by ada" in take(two, "core", "bob", code=1).stderr
    finish(one, "core", "ada")
    take(two, "api", "bob")
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"


def test_a_target_that_was_pushed_by_force_is_said(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    two.git("commit", "--quiet", "--amend", "--message", "another plan")
    two.write("other.txt", "other\n")
    two.git("add", "other.txt")
    two.git("commit", "--quiet", "--amend", "--no-edit")
    two.git("push", "--quiet", "--force", "origin", "main")
    refused = take(one, "core", "ada", code=1)
    assert "both have commits of their own" in refused.stderr
    assert records(bare(one)) == {}


@pytest.mark.second
def test_a_clock_that_is_hours_off_makes_nobody_quiet_by_itself(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    said = json.loads(one.git("cat-file", "blob", f"{LIVE}/claim/core"))
    for year in ("1999", "2999"):
        late = {**said, "time": f"{year}-01-01T00:00:00Z", "seen": f"{year}-01-01T00:00:00Z"}
        claimed(bare(one), "core", **late)
        refused = take(two, "core", "bob", code=1)
        assert ("--takeover" in refused.stderr) is (year == "1999")
    do(one, "sync", PLAN_ID)
    assert "yours" in take(one, "core", "ada").stderr


@pytest.mark.second
def test_a_copy_of_a_clone_is_another_clone(tmp_path: Path) -> None:
    (one,) = shared(tmp_path, "one")
    do(one, "status", PLAN_ID, "--fetch")
    copy = tmp_path / "shared/copy/project"
    copy.parent.mkdir()
    assert run("cp", "-a", str(one.path), str(copy)).exit_code == 0
    take(one, "core", "ada")
    assert "claimed by ada" in take(Repo(copy), "core", "ada", code=1).stderr
    moved = Repo(one.path.rename(one.path.with_name("moved")))
    moved.git("worktree", "repair", str(one.stage(PLAN_ID, "core").path))
    assert "yours" in do(moved, "start", PLAN_ID, "core", "--owner", "ada").stderr
