"""When an owner was last seen: who renews that, how often, and what never happens by it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from plan_worktree.worktrees.seen import SEEN, last_seen, note_owner, renew, renew_around
from tests.forks import Forks, forks
from tests.kills import copied
from tests.sampling import sampled
from tests.support import Repo, Stage, new_repo
from tests.world import PLAN_ID, Cli, claim_ref, refs, set_up, work

ADA = {"PLAN_WORKTREE_OWNER": "ada"}
BOB = {"PLAN_WORKTREE_OWNER": "bob"}


def note(repo: Repo, stage: str) -> Path:
    """Return the file that says when the owner of a stage was seen."""
    return repo.path / ".git/worktrees" / stage / SEEN


def claimed(repo: Repo, cli: Cli, *stages: str) -> Repo:
    """Let ada start some stages, an hour ago as far as the file tells."""
    set_up(repo, cli, *(stages or ("core",)))
    for stage in stages or ("core",):
        assert cli("start", PLAN_ID, stage, "--owner", "ada", cwd=repo.path).exit_code == 0
        age(note(repo, stage))
    return repo.stage(PLAN_ID, (stages or ("core",))[0])


def age(path: Path, seconds: float = 3600) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def is_renewed(path: Path) -> bool:
    return abs(time.time() - path.stat().st_mtime) < 60


@sampled(
    "command",
    (
        ("status",), ("brief",), ("todo",), ("todo", "1"), ("ready",), ("sync",), ("show",),
        ("complete",), ("mark", "in-progress"), ("validate",), ("conflicts",), ("start",),
    ),
    ids=" ".join,
    one_in=4,
)  # fmt: skip
def test_every_command_in_the_worktree_renews_it(
    repo: Repo, cli: Cli, command: tuple[str, ...]
) -> None:
    there = claimed(repo, cli)

    cli(*command, cwd=there.path, env=ADA)

    assert is_renewed(note(repo, "core"))


def test_a_command_without_a_name_counts_for_whoever_works_in_the_worktree(
    repo: Repo, cli: Cli
) -> None:
    there = claimed(repo, cli, "core", "api")
    there.write("deep/er/file", "")

    cli("status", cwd=there.path / "deep/er")

    assert is_renewed(note(repo, "core"))
    assert not is_renewed(note(repo, "api"))


def test_a_refused_start_in_the_worktree_is_no_sign_of_its_owner(repo: Repo, cli: Cli) -> None:
    there = claimed(repo, cli)

    assert cli("start", cwd=there.path).exit_code == 1

    assert not is_renewed(note(repo, "core"))


def test_a_name_counts_from_everywhere_for_all_that_it_has(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, "core", "api")

    cli("status", PLAN_ID, cwd=repo.path, env=ADA)

    assert is_renewed(note(repo, "core"))
    assert is_renewed(note(repo, "api"))


def test_others_count_nowhere(repo: Repo, cli: Cli) -> None:
    there = claimed(repo, cli)

    cli("status", PLAN_ID, cwd=repo.path)
    cli("status", PLAN_ID, cwd=repo.path, env=BOB)
    cli("status", cwd=there.path, env=BOB)

    assert not is_renewed(note(repo, "core"))


def test_it_is_renewed_at_most_once_a_minute_and_after_a_clock_was_set_back(tmp_path: Path) -> None:
    note_owner(tmp_path, "ada", "here")
    path = tmp_path / SEEN
    for seconds, renews in ((59, False), (61, True), (-3600, True)):
        age(path, seconds)
        before = path.stat().st_mtime
        renew(tmp_path)
        assert (path.stat().st_mtime != before) == renews


def test_what_is_noted_of_another_owner_says_nothing(tmp_path: Path) -> None:
    note_owner(tmp_path, "ada", "here")

    assert last_seen(tmp_path, "ada", "here") is not None
    assert last_seen(tmp_path, "bob", "here") is None
    assert last_seen(tmp_path, "ada", "there") is None
    (tmp_path / SEEN).write_bytes(b"\xff\xfe")
    assert last_seen(tmp_path, "ada", "here") is None


def test_nothing_fails_and_nothing_is_made_where_nobody_has_started(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")

    renew(tmp_path)
    renew_around(tmp_path, None)
    renew_around(tmp_path, ("ada", "here"))
    renew_around(tmp_path / "gone", ("ada", "here"))
    note_owner(tmp_path / "gone", "ada", "here")

    assert [path.name for path in tmp_path.iterdir()] == [".git"]


def test_a_submodule_in_the_worktree_belongs_to_it(tmp_path: Path) -> None:
    entry = tmp_path / "project/.git/worktrees/core"
    entry.mkdir(parents=True)
    (entry / "commondir").write_text("../..\n")
    module = tmp_path / "core/lib"
    (entry / "modules/lib").mkdir(parents=True)
    module.mkdir(parents=True)
    (tmp_path / "core/.git").write_text(f"gitdir: {entry}\n")
    (module / ".git").write_text("gitdir: ../../project/.git/worktrees/core/modules/lib\n")
    note_owner(entry, "ada", "here")
    for owner in (None, ("ada", "here")):
        age(entry / SEEN)

        renew_around(module, owner)

        assert is_renewed(entry / SEEN)


def test_start_again_renews_the_claim_itself_and_keeps_since_when_it_is_held(
    repo: Repo, cli: Cli
) -> None:
    claimed(repo, cli)
    blob = json.loads(repo.git("cat-file", "blob", claim_ref("core")))
    assert blob["seen"] == blob["time"]
    old = blob | {"time": "2020-01-02T03:04:05Z", "seen": "2020-01-02T04:04:05Z", "later": [1]}
    repo.write("claim.json", json.dumps(old))
    repo.git("update-ref", claim_ref("core"), repo.git("hash-object", "-w", "claim.json"))

    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)

    now = json.loads(repo.git("cat-file", "blob", claim_ref("core")))
    assert (now["time"], now["base"]) == (old["time"], old["base"])
    assert now["seen"] > blob["time"][:10]


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as found:
        yield found


@pytest.mark.second
@pytest.mark.parametrize("ending", ("complete", "takeover", "mark"))
def test_sixteen_renewals_beside_whoever_ends_a_claim_neither_stop_it_nor_bring_it_back(
    forked: Forks, tmp_path: Path, cli: Cli, ending: str
) -> None:
    project = set_up(new_repo(tmp_path / "a/project"), cli, Stage("core", create=("core.txt",)))
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=project.path)
    work(project, "core")
    age(note(project, "core"))
    repo = copied(tmp_path / "a", tmp_path / "b")
    there = repo.stage(PLAN_ID, "core")
    ends = {
        "complete": ("complete", PLAN_ID, "core", "--owner", "ada"),
        "takeover": ("start", PLAN_ID, "core", "--takeover", "--owner", "bob"),
        "mark": ("mark", PLAN_ID, "core", "not-started"),
    }[ending]

    readers = [("brief",), ("status",), ("todo",), ("show",)] * 4
    results = forked.together(*readers, ends, cwd=there.path)

    assert [result.exit_code for result in results] == [0] * 17, results
    held = refs(repo).get(claim_ref("core"))
    assert (held is not None) == (ending == "takeover")
    if held:
        assert json.loads(repo.git("cat-file", "blob", held))["owner"] == "bob"
        assert note(repo, "core").read_text().startswith("bob\n")
