"""restore --push: saved work goes to another clone when that is asked for, and is checked there."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from plan_worktree.git import refs as gitrefs
from plan_worktree.removal.foreign import faults
from plan_worktree.state.repository.facts import Saved
from tests import remotes
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, branch, cell, refs, row, shop, work

SAVED = f"refs/plan-worktree/{PLAN_ID}/saved/core/"


class Clones(NamedTuple):
    """Two clones that share a plan; the first has removed a stage with a draft in it."""

    one: Repo
    other: Repo
    saved: str


@pytest.fixture
def clones(repo: Repo, cli: Cli) -> Clones:
    shop(repo, "core")
    remotes.origin(repo)
    other = remotes.clone(repo, "other")
    for clone in (repo, other):
        clone.git("config", "planWorktree.remote", "origin")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    work(repo, "core")
    repo.stage(PLAN_ID, "core").write("draft.txt", "half a sentence")
    assert cli("remove", PLAN_ID, "core", "--force", cwd=repo.path).exit_code == 0
    (saved,) = (name for name in refs(repo) if name.startswith(SAVED))
    return Clones(repo, other, saved)


def there(clones: Clones) -> list[str]:
    listed = clones.one.git("ls-remote", "origin", f"{SAVED}*").splitlines()
    return [line.split()[1] for line in listed]


def test_saved_work_stays_in_its_clone_until_it_is_pushed(clones: Clones, cli: Cli) -> None:
    one, other, saved = clones
    cli("status", PLAN_ID, "--fetch", cwd=one.path)
    assert there(clones) == []
    told = cli("restore", PLAN_ID, "core", cwd=other.path)
    assert told.exit_code == 1
    assert "nothing of it is saved" in told.stderr

    assert row(cli("restore", PLAN_ID, "core", "--push", "--dry-run", cwd=one.path), "core")[1] == (
        "pushed"
    )
    assert there(clones) == []
    before = refs(one)
    told = cli("restore", PLAN_ID, "core", "--push", cwd=one.path)
    assert told.exit_code == 0, told.output
    assert row(told, "core")[1] == "pushed"
    assert there(clones) == [saved]
    assert refs(one).items() >= before.items()
    again = cli("restore", PLAN_ID, "core", "--push", "--json", cwd=one.path)
    assert again.json()["stages"][0]["action"] == "kept"

    told = cli("restore", PLAN_ID, "core", cwd=other.path)

    assert told.exit_code == 0, told.output
    stage = other.stage(PLAN_ID, "core")
    assert stage.read("draft.txt") == "half a sentence"
    assert stage.git("symbolic-ref", "--short", "HEAD") == branch("core")
    assert stage.head() == one.head(branch("core"))
    assert cell(cli("status", PLAN_ID, cwd=other.path), "core", "STATE") == "in-progress"


def test_without_sharing_it_names_the_command_that_begins_it(clones: Clones, cli: Cli) -> None:
    clones.one.git("config", "--unset", "planWorktree.remote")
    told = cli("restore", PLAN_ID, "core", "--push", cwd=clones.one.path)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "this clone shares nothing: plan-worktree init share" in told.stderr


@pytest.mark.thorough
def test_a_rebase_in_progress_stays_in_its_clone(clones: Clones, cli: Cli) -> None:
    one, _, saved = clones
    forge(one, saved, {"state/rebase-merge/git-rebase-todo": "exec touch owned\n"})
    told = cli("restore", PLAN_ID, "core", "--push", cwd=one.path)
    assert told.exit_code == 1
    assert "it holds rebase-merge/git-rebase-todo of its git directory" in told.stderr
    assert there(clones) == []


def forge(repo: Repo, saved: str, notes: dict[str, str], *, path: str = "draft.txt") -> None:
    """Make a saved snapshot hold other notes, and its draft at another path."""
    tree = repo.git("rev-parse", f"{saved}^3^{{tree}}")
    for name, text in notes.items():
        tree = with_blob(repo, tree, name.split("/"), text)
    files = with_blob(repo, repo.git("rev-parse", f"{saved}^{{tree}}"), path.split("/"), "evil\n")
    body = ("-p", f"{saved}^1", "-p", f"{saved}^2")
    part = repo.git("commit-tree", "-m", "plan-worktree: notes", tree)
    subject = repo.git("log", "-1", "--format=%s", saved)
    repo.git("update-ref", saved, repo.git("commit-tree", "-m", subject, *body, "-p", part, files))


def with_blob(repo: Repo, tree: str, path: list[str], text: str) -> str:
    """Return a tree with a file more; git lets any name pass here."""
    listed = repo.git("ls-tree", tree).splitlines() if tree else []
    rest = [line for line in listed if line.partition("\t")[2] != path[0]]
    if len(path) == 1:
        made = run("git", "hash-object", "-w", "--stdin", cwd=repo.path, stdin=text).stdout.strip()
        entry = f"100644 blob {made}\t{path[0]}"
    else:
        below = [line.split()[2] for line in listed if line.partition("\t")[2] == path[0]]
        inner = with_blob(repo, below[0] if below else "", path[1:], text)
        entry = f"040000 tree {inner}\t{path[0]}"
    lines = "\n".join([*rest, entry]) + "\n"
    return run("git", "mktree", cwd=repo.path, stdin=lines).stdout.strip()


HOSTILE: tuple[tuple[str, dict[str, str], str], ...] = (
    ("config.worktree of its git dir", {"state/config.worktree": "[core]\nfsmonitor = x\n"}, "a"),
    ("commondir of its git directory", {"state/commondir": "/evil\n"}, "a"),
    ("../../config of its git directory", {"state/../../config": "[core]\n"}, "a"),
    ("the path ../evil", {"notes/files": "100644 644 ../evil\0"}, "../evil"),
    ("the path .GIT/hooks/x", {"notes/files": "100644 644 .GIT/hooks/x\0"}, ".GIT/hooks/x"),
    ("it/config, which leads", {}, ".g\u200cit/config"),
    ("files has gone.txt, and", {"notes/files": "100644 644 gone.txt\0"}, "a"),
    ("list of files cannot be read", {"notes/files": "what\0"}, "a"),
    ("list of conflicts cannot be read", {"notes/conflicts": "1 2 3\0"}, "a"),
    ("the path ../../evil", {"notes/intended": "../../evil\0"}, "a"),
    ("its HEAD is none", {"notes/head": "ref: refs/heads/../../x\n\n"}, "a"),
)


def test_a_hostile_snapshot_of_a_remote_is_refused_and_nothing_is_written(
    clones: Clones, cli: Cli
) -> None:
    one, other, saved = clones
    _, notes, path = HOSTILE[3]
    forge(one, saved, notes, path=path)
    one.git("push", "-q", "origin", f"{saved}:{saved}")

    told = cli("restore", PLAN_ID, "core", cwd=other.path)

    assert told.exit_code == 1, told.output
    assert "stage core: what origin has saved: it has the path ../evil" in told.stderr
    assert not [name for name in refs(other) if name.startswith(SAVED)]
    assert not other.stage(PLAN_ID, "core").path.exists()
    assert not (other.path.parent / "evil").exists()
    drop = told.stderr.rstrip().rpartition(": ")[2]
    assert run("sh", "-c", drop, cwd=other.path).exit_code == 0
    assert there(clones) == []


def test_whatever_would_have_git_run_something_or_leads_elsewhere_is_found(clones: Clones) -> None:
    repo, _, saved = clones
    good = repo.head(saved)
    assert list(faults(repo.path, Saved(gitrefs.refs(repo.path, saved)[saved]))) == []
    for why, notes, path in HOSTILE:
        repo.git("update-ref", saved, good)
        forge(repo, saved, notes, path=path)
        found = list(faults(repo.path, Saved(gitrefs.refs(repo.path, saved)[saved])))
        assert any(why in one for one in found), (why, found)


@pytest.mark.thorough
def test_something_else_than_a_commit_is_no_saved_work(clones: Clones, cli: Cli) -> None:
    one, other, saved = clones
    one.git("update-ref", saved, one.git("rev-parse", "HEAD:README.md"))
    one.git("push", "-q", "origin", f"{saved}:{saved}")
    told = cli("restore", PLAN_ID, "core", cwd=other.path)
    assert told.exit_code == 1
    assert "is no commit" in told.stderr


@pytest.mark.second
def test_a_remote_that_does_not_answer_is_mentioned(clones: Clones, cli: Cli) -> None:
    clones.other.git("remote", "set-url", "origin", "../gone.git")
    told = cli("restore", PLAN_ID, "core", cwd=clones.other.path)
    assert told.exit_code == 1
    assert "origin does not answer" in told.stderr
    assert "nothing of it is saved" in told.stderr
