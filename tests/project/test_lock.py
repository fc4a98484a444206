"""The repository's lock, and the locks of git that its holder waits for."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from plan_worktree.git import refs as gitrefs
from plan_worktree.project.home import home_at
from plan_worktree.project.lock import patiently, repository_lock
from plan_worktree.project.refusal import Refused
from tests.sampling import sampled
from tests.support import Repo
from tests.world import LOCK, PLAN_ID, Cli, hook, shop, start, wait_for


@pytest.mark.usefixtures("foreign_git")
def test_a_lock_that_another_git_holds_is_waited_for_in_every_language(repo: Repo) -> None:
    held = repo.write(".git/refs/plan-worktree/it's.lock", "")
    command = ("create", "refs/plan-worktree/it's", repo.head())
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        held.unlink()

    patiently(lambda: gitrefs.update_refs(repo.path, [command]), tell)

    assert len(told) == 1
    assert repo.head("refs/plan-worktree/it's") == repo.head()


@pytest.mark.second
def test_what_a_hook_has_left_running_waits_for_the_next_holder_of_the_lock(
    repo: Repo, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(repo, "core")
    inherited = tmp_path / "inherited"
    hook(repo, "post-checkout", f'echo "$PLAN_WORKTREE_LOCK_HELD" >"{inherited}"')
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    monkeypatch.setenv("PLAN_WORKTREE_LOCK_HELD", inherited.read_text().strip())

    with FileLock(repo.path / ".git" / LOCK):
        process = start("setup", PLAN_ID, cwd=repo.path)
        assert process.stderr is not None
        first = process.stderr.readline()
    said = process.communicate()

    assert "waiting for another plan-worktree" in first
    assert process.returncode == 0, said


def note_of(repo: Repo) -> Path:
    return repo.path / ".git/plan-worktree.running"


def test_who_waits_hears_who_holds_the_lock_what_it_does_and_since_when(
    repo: Repo, tmp_path: Path
) -> None:
    shop(repo, "core")
    gate, seen = tmp_path / "gate", tmp_path / "seen"
    hook(repo, "post-checkout", f"touch '{seen}'; while [ ! -e '{gate}' ]; do sleep 0.05; done")
    holder = start("setup", PLAN_ID, "core", "--each", "echo secret", cwd=repo.path)
    wait_for(seen.exists)

    process = start("mark", PLAN_ID, "core", "blocked", cwd=repo.path)
    assert process.stderr is not None
    first = process.stderr.readline()
    gate.touch()
    ends = [one.communicate(timeout=300) for one in (holder, process)]

    words = f"setup {PLAN_ID} core: process {holder.pid}, for "
    assert re.fullmatch(rf"waiting for another plan-worktree \({words}\d+ s\)…\n", first), first
    assert (holder.returncode, process.returncode) == (0, 0), ends
    assert not note_of(repo).exists()


@pytest.mark.second
@sampled(
    "note",
    (b"", b"garbage", b"\xff\xfe\x00", b"12", b"12 x", b"9" * 5000, b"1 2 a\nb", b"\x1b[2J 1 2"),
    one_in=4,
)
def test_a_note_that_nobody_can_read_names_nobody(repo: Repo, note: bytes) -> None:
    shop(repo, "core")
    note_of(repo).write_bytes(note)

    first, code = waits(repo)

    assert first == "waiting for another plan-worktree that is changing this repository…\n"
    assert code == 0


@sampled(
    ("note", "words"),
    (
        (b"12 34", "(at work: process 12, for "),
        (b"12 99999999999999999999 merge p", "(merge p: process 12, for 0 s)…"),
        (b"12 34 merge \x1b[2Jp", r"(merge \x1b[2Jp: process 12, for "),
        (b"12 34 merge " + b"p" * 5000, f"(merge {'p' * 988}: process 12, for "),
    ),
    one_in=2,
)
def test_a_note_of_another_version_or_from_the_future_is_shown_safely(
    repo: Repo, note: bytes, words: str
) -> None:
    shop(repo, "core")
    note_of(repo).write_bytes(note)

    first, code = waits(repo)

    assert first.startswith(f"waiting for another plan-worktree {words}")
    assert code == 0


def waits(repo: Repo) -> tuple[str, int]:
    """Let a command wait for the lock; return what it says first, and how it ends."""
    with FileLock(repo.path / ".git" / LOCK):
        process = start("mark", PLAN_ID, "core", "blocked", cwd=repo.path)
        assert process.stderr is not None
        first = process.stderr.readline()
    process.communicate(timeout=300)
    return first, process.returncode


def test_a_thread_waits_for_another_one_of_its_process_and_for_itself_never(repo: Repo) -> None:
    home = home_at(repo.path, repo.path / ".git")
    waited: list[str] = []

    def other() -> None:
        with repository_lock(home, waited.append):
            waited.append("got it")

    thread = threading.Thread(target=other)
    with repository_lock(home, waited.append):
        with pytest.raises(Refused, match="holds the lock"), repository_lock(home, waited.append):
            pass
        thread.start()
        wait_for(lambda: waited != [])
        assert waited[0].startswith("waiting for another plan-worktree")
    thread.join()
    assert waited[1:] == ["got it"]
