"""Whether an owner is at work: what counts as a sign, and when nobody saw one for too long."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.state.repository import signs as module
from plan_worktree.state.repository.records import Claim
from plan_worktree.state.repository.signs import Signs, is_silent
from plan_worktree.worktrees.seen import SEEN
from tests.sampling import sampled
from tests.support import Repo
from tests.world import PLAN_ID, Cli, cell, claim_ref, set_up, work

TIMES = st.one_of(st.none(), st.floats(0, 2e9))


@given(st.lists(TIMES, max_size=3), st.floats(0, 2e9), st.floats(0, 1e6))
def test_silence_is_that_nothing_happened_in_the_last_minutes(
    times: list[float | None], now: float, limit: float
) -> None:
    known = [when for when in times if when is not None]
    newest = max(known, default=float("-inf"))

    assert is_silent(times, now, limit) == (now - newest >= limit)


@given(st.lists(TIMES, max_size=3), st.floats(0, 2e9))
def test_no_age_is_ever_negative(times: list[float | None], now: float) -> None:
    newest = module._newest(times, now)

    assert newest is None or newest <= now
    assert "-" not in Signs(newest, newest, None, False).words(now)


@pytest.mark.parametrize(
    ("signs", "words"),
    (
        (Signs(960, 460, 0, False), "seen 40 s ago, last change 9 min ago"),
        (Signs(960, 460, 0, True), "seen 40 s ago, last change 9 min ago, no process inside"),
        (Signs(1000, None, 1, False), "seen 0 s ago, 1 process inside"),
        (Signs(None, 1000 - 7200, 2, True), "last change 2 h ago, 2 processes inside"),
        (Signs(None, None, None, True), "never seen"),
    ),
)
def test_signs_are_said_as_far_as_they_are_known(signs: Signs, words: str) -> None:
    assert signs.words(1000) == words


@sampled(
    ("text", "seen"),
    (
        ('{"time": "2026-01-02T00:00:00Z"}', 1767312000.0),
        ('{"time": "2026-01-02T00:00:00Z", "seen": "2026-01-02T00:01:00Z"}', 1767312060.0),
        ('{"time": "2026-01-02T00:01:00Z", "seen": "2026-01-02T00:00:00Z"}', 1767312060.0),
        ('{"seen": "2026-01-02T01:00:00+01:00", "time": 7}', 1767312000.0),
        ('{"time": "2026-01-02T00:00:00"}', None),
        ('{"time": "0001-01-01T00:00:00+14:00", "seen": "9999-12-31T23:59:59-14:00"}', None),
        ('{"time": "never", "seen": null, "section": []}', None),
        ("no JSON", None),
    ),
    one_in=3,
)
def test_a_claim_says_when_its_owner_was_seen_also_one_of_another_version(
    text: str, seen: float | None
) -> None:
    assert Claim.read(text, "0" * 40).last_seen() == seen


def hours_ago(repo: Repo, stage: str = "core") -> Repo:
    """Make the claim, all signs and all files in a stage's worktree two hours old."""
    there, then = repo.stage(PLAN_ID, stage), time.time() - 7200
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then))
    held = json.loads(repo.git("cat-file", "blob", claim_ref(stage)))
    repo.write("claim.json", json.dumps(held | {"time": moment, "seen": moment}))
    repo.git("update-ref", claim_ref(stage), repo.git("hash-object", "-w", "claim.json"))
    (repo.path / "claim.json").unlink()
    entry = repo.path / ".git/worktrees" / stage
    for folder in (there.path, entry):
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (then, then), follow_symlinks=False)
    return there


def quiet(repo: Repo, cli: Cli, stage: str = "core") -> bool:
    stages = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    (found,) = (entry["quiet"] for entry in stages if entry["id"] == stage)
    assert isinstance(found, bool)
    return found


def started(repo: Repo, cli: Cli) -> Repo:
    set_up(repo, cli, "core", "api")
    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0
    return hours_ago(repo)


def test_an_owner_of_whom_nothing_was_seen_is_quiet_and_a_takeover_is_offered(
    repo: Repo, cli: Cli
) -> None:
    started(repo, cli)
    take = f"plan-worktree start {PLAN_ID} core --takeover"

    status = cli("status", PLAN_ID, cwd=repo.path)
    refused = cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)

    assert "quiet" in cell(status, "core", "FLAGS")
    seen = "seen 2 h ago, last change 2 h ago, no process inside"
    assert f"core: ada {seen}; to go on with it: {take}\n" in status.stdout
    assert f"{seen}: when that is you, --owner ada; when nobody works on it any more, {take}\n" in (
        refused.stderr
    )
    fields = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    assert fields[0]["seen_at"] == fields[0]["claimed_at"]
    assert (fields[1]["seen_at"], fields[1]["quiet"]) == (None, None)
    complete = cli("complete", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)
    assert complete.stderr.startswith("refused: stage core: it is claimed by ada on ")
    assert take in complete.stderr
    taken = cli(*take.split()[1:], "--owner", "bob", cwd=repo.path)
    assert taken.stderr.startswith(f"stage core is yours, taken over from ada, {seen}\n")
    assert not quiet(repo, cli)


def touch(path: Path) -> None:
    os.utime(path)


@pytest.mark.parametrize("sign", ("seen", "changed", "new", "in a new folder", "staged", "commit"))
def test_each_sign_of_life_alone_makes_an_owner_not_quiet(repo: Repo, cli: Cli, sign: str) -> None:
    there = started(repo, cli)
    there.write("new/deep/a.txt", "new\n")
    there.write("README.md", "changed\n")
    hours_ago(repo)
    assert quiet(repo, cli)
    entry = repo.path / ".git/worktrees/core"

    if sign == "seen":
        touch(entry / SEEN)
    elif sign == "changed":
        touch(there.path / "README.md")
    elif sign == "new":
        there.write("other.txt", "")
    elif sign == "in a new folder":
        touch(there.path / "new/deep/a.txt")
    elif sign == "staged":
        there.git("add", "README.md")
    else:
        there.git("commit", "--quiet", "--all", "-m", "done")

    assert not quiet(repo, cli)


def test_asking_is_no_sign_of_life(repo: Repo, cli: Cli) -> None:
    started(repo, cli)
    for command in ("status", "ready", "show", "conflicts", "validate"):
        cli(command, PLAN_ID, cwd=repo.path)

    assert quiet(repo, cli)


def test_a_claim_of_an_older_version_counts_as_seen_when_it_was_made(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    hours_ago(repo)
    (repo.path / ".git/worktrees/core" / SEEN).unlink()
    assert quiet(repo, cli)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    repo.write("claim", json.dumps({"owner": "ada", "host": "h", "time": now, "base": ""}))
    repo.git("update-ref", claim_ref("core"), repo.git("hash-object", "-w", "claim"))

    assert not quiet(repo, cli)


def test_whoever_asks_is_not_quiet(repo: Repo, cli: Cli) -> None:
    started(repo, cli)

    said = cli("status", PLAN_ID, cwd=repo.path, env={"PLAN_WORKTREE_OWNER": "ada"})

    assert "core: ada seen 2 h ago" in said.stdout
    assert "--takeover" not in said.stdout
    started(repo, cli)
    for odd in ("\x07", " ", "x" * 200):
        said = cli("status", PLAN_ID, cwd=repo.path, env={"PLAN_WORKTREE_OWNER": odd})
        assert "--takeover" in said.stdout


@pytest.mark.parametrize(("minutes", "is_quiet"), (("0", True), ("119", True), ("121", False)))
def test_the_setting_says_how_long(repo: Repo, cli: Cli, minutes: str, is_quiet: bool) -> None:
    started(repo, cli)
    repo.git("config", "planWorktree.quiet", minutes)

    assert quiet(repo, cli) == is_quiet


@sampled("value", ("-1", "soon", "1e3", "٣", "30 min", "9" * 7), one_in=3)
def test_a_bad_setting_is_refused_where_it_matters(repo: Repo, cli: Cli, value: str) -> None:
    set_up(repo, cli, "core", "api")
    repo.git("config", "planWorktree.quiet", value)
    assert cli("status", PLAN_ID, cwd=repo.path).exit_code == 0
    started = cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    assert started.exit_code == 0

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(
        r"refused: planWorktree.quiet is '.*', and not whole minutes: "
        r"git config planWorktree.quiet 30\n",
        result.stderr,
    )


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="the system does not tell")
def test_processes_inside_are_counted(repo: Repo, cli: Cli) -> None:
    there = started(repo, cli)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeper, cwd=there.path) as one:
        said = cli("status", PLAN_ID, cwd=repo.path).stdout
        one.kill()

    assert "last change 2 h ago, 1 process inside" in said


def test_where_the_system_does_not_tell_of_processes_nothing_is_said_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "can_tell", lambda: False)

    assert module.every_process() is None


def test_a_claim_without_a_worktree_has_the_signs_that_are_left(repo: Repo, cli: Cli) -> None:
    there = started(repo, cli)
    shutil.rmtree(there.path)

    said = cli("status", PLAN_ID, cwd=repo.path).stdout
    refused = cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)

    assert "core: ada seen 2 h ago; to go on" in said
    assert "seen 2 h ago: when that is you" in refused.stderr


def test_a_worktree_that_git_cannot_read_has_the_signs_that_are_left(repo: Repo, cli: Cli) -> None:
    there = started(repo, cli)
    (repo.path / ".git/worktrees/core/index").write_bytes(b"broken")

    refused = cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)

    assert "seen 2 h ago, last change 0 s ago" in refused.stderr
    assert there.path.exists()


def test_no_more_than_a_thousand_files_are_looked_at(tmp_path: Path) -> None:
    for number in range(1200):
        (tmp_path / f"{number}").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    assert len(module._modified([tmp_path / "link", tmp_path])) == 1000
    assert len(module._modified([tmp_path / "link", tmp_path / "gone"])) == 1


def test_who_built_a_stage_stays_after_the_claim(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    work(repo, "core", "src/core.txt")
    cli("complete", cwd=repo.stage(PLAN_ID, "core").path)

    status = cli("status", PLAN_ID, cwd=repo.path)

    assert cell(status, "core", "OWNER") == "by ada"
    entries = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    assert [entry["built_by"] for entry in entries] == ["ada", None]
    cli("mark", PLAN_ID, "core", "in-progress", cwd=repo.path)
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "OWNER") == "-"
