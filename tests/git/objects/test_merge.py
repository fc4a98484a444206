"""Merges without a working tree, and refs with what they point at: held against git itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.git.objects.commits import commit_tree, independent, scratch_objects
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.git.process import GitError
from plan_worktree.git.refs import Ref, refs, update_refs
from tests.support import Repo, new_repo, run
from tests.world import snapshot


def branch(repo: Repo, name: str, **files: str) -> str:
    """Commit files on a new branch of main; return to main."""
    repo.git("switch", "--quiet", "--create", name, "main")
    for path, content in files.items():
        repo.write(path, content)
    commit = repo.commit(name)
    repo.git("switch", "--quiet", "main")
    return commit


def test_a_clean_merge_has_the_tree_that_git_merge_makes(repo: Repo) -> None:
    one, other = branch(repo, "one", a="one\n"), branch(repo, "other", b="other\n")

    (merged,) = merge_trees(repo.path, [(one, other)])

    repo.git("switch", "--quiet", "one")
    repo.git("merge", "--quiet", "--no-edit", "other")
    assert merged == (repo.git("rev-parse", "HEAD^{tree}"), (), True)


def test_a_merge_that_conflicts_names_every_file_once(repo: Repo) -> None:
    one = branch(repo, "one", a="one\n", **{"ä b\n": "one\n"})
    other = branch(repo, "other", a="other\n", **{"ä b\n": "other\n"})

    (merged,) = merge_trees(repo.path, [(one, other)])

    assert not merged.clean
    assert sorted(merged.conflicts) == ["a", "ä b\n"]


def test_many_pairs_get_the_answers_that_each_gets_alone(repo: Repo) -> None:
    tips = [
        branch(repo, "one", a="one\n"),
        branch(repo, "two", a="two\n", c="two\n"),
        branch(repo, "three", b="three\n"),
        repo.head(),
    ]
    pairs = [(one, other) for one in tips for other in tips]

    together = merge_trees(repo.path, pairs)

    assert together == [merge_trees(repo.path, [pair])[0] for pair in pairs]
    assert [merged.clean for merged in together].count(False) == 2
    assert merge_trees(repo.path, []) == []


def test_unrelated_histories_merge_when_their_files_do(repo: Repo) -> None:
    first = repo.head()
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.write("other.txt", "other\n")
    second = repo.commit()

    assert all(m.clean for m in merge_trees(repo.path, [(first, second), (second, first)]))


@pytest.mark.parametrize("number", (1, 2))
def test_a_pair_with_something_that_is_no_commit_is_an_error(repo: Repo, number: int) -> None:
    with pytest.raises(GitError, match="git merge-tree"):
        merge_trees(repo.path, [(repo.head(), "0" * 39 + "1")] * number)


@pytest.mark.parametrize("name", ("merge.renames", "merge.conflictStyle", "merge.directoryRenames"))
def test_a_merge_follows_renames_as_git_merge_does(repo: Repo, name: str) -> None:
    repo.write("old/file.txt", "".join(f"line {n}\n" for n in range(20)))
    repo.commit()
    one = branch(repo, "one")
    repo.git("switch", "--quiet", "one")
    repo.git("mv", "old", "new")
    one = repo.commit("rename")
    other = branch(repo, "other", **{"old/file.txt": "".join(f"line {n}!\n" for n in range(9, 20))})
    repo.git("config", name, "diff3" if name.endswith("Style") else "true")

    (merged,) = merge_trees(repo.path, [(one, other)])

    done = run("git", "merge", "--no-edit", "other", cwd=repo.path)
    assert merged.clean == (done.exit_code == 0)


def test_a_commit_of_the_same_facts_is_the_same_commit(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, tree = repo.head(), repo.git("rev-parse", "HEAD^{tree}")

    first = commit_tree(repo.path, tree, [head], "Ä message\n\nwith a body\n", when=1_700_000_000)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    repo.git("config", "user.name", "Somebody Else")
    repo.git("config", "commit.gpgSign", "true")
    again = commit_tree(repo.path, tree, [head], "Ä message\n\nwith a body\n", when=1_700_000_000)

    assert first == again
    assert repo.git("log", "-1", "--format=%an %ce %at %ai %P%n%B", first) == (
        f"plan-worktree plan-worktree@localhost 1700000000 2023-11-14 22:13:20 +0000 {head}\n"
        "Ä message\n\nwith a body\n"
    )


def test_a_commit_of_long_ago_is_dated_so(repo: Repo) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")

    found = commit_tree(repo.path, tree, [], "then", when=0)

    assert repo.git("log", "-1", "--format=%at", found) == "0"


@pytest.mark.parametrize("name", ("project", "with space", 'qu"ote', "back\\slash", "co:lon", "ä"))
def test_scratch_objects_leave_the_repository_as_it_was(tmp_path: Path, name: str) -> None:
    repo = new_repo(tmp_path / name)
    one, other = branch(repo, "one", a="one\n"), branch(repo, "other", b="other\n")
    before = snapshot(repo.path)

    with scratch_objects(repo.path / ".git") as variables:
        (merged,) = merge_trees(repo.path, [(one, other)], variables)
        made = commit_tree(
            repo.path, merged.tree, [one, other], "tried", when=1, variables=variables
        )
        again = merge_trees(repo.path, [(made, one), (made, other)], variables)
        folder = Path(variables["GIT_OBJECT_DIRECTORY"])
        assert folder.is_dir()

    assert merged.clean
    assert [found.tree for found in again] == [merged.tree] * 2
    assert snapshot(repo.path) == before
    assert not folder.exists()
    assert run("git", "cat-file", "-e", made, cwd=repo.path).exit_code != 0


def test_independent_commits_keep_their_order_and_come_once(repo: Repo) -> None:
    one, other = branch(repo, "one", a="one\n"), branch(repo, "other", b="other\n")
    base = repo.head()

    assert independent(repo.path, [other, base, one, other]) == [other, one]
    assert independent(repo.path, [one, base, other]) == [one, other]
    assert independent(repo.path, [base, base]) == [base]
    assert independent(repo.path, []) == []


def test_a_ref_shows_what_it_points_at_and_that_objects_facts(repo: Repo) -> None:
    repo.write("more.txt", "more\n")
    when = {"GIT_COMMITTER_DATE": "@1700000000 +0900"}
    repo.git("add", "--all")
    subject = "A subject with \x1b and | and ä\n\nand a body"
    run("git", "commit", "--quiet", "--message", subject, cwd=repo.path, env=when)
    blob = repo.git("rev-parse", "HEAD:more.txt")
    repo.git("update-ref", "refs/plan-worktree/x/claim/core", blob)
    repo.git("symbolic-ref", "refs/plan-worktree/x/target", "refs/heads/main")

    found = refs(repo.path, "refs/heads/", "refs/plan-worktree/x/")

    main = found["refs/heads/main"]
    assert main == Ref(
        "refs/heads/main", repo.head(), None, repo.git("rev-parse", "HEAD^{tree}"),
        (repo.head("HEAD~1"),), 1_700_000_000, "A subject with \x1b and | and ä",
    )  # fmt: skip
    claim = found["refs/plan-worktree/x/claim/core"]
    assert (claim.object_id, claim.tree, claim.parents, claim.committed) == (blob, "", (), 0)
    assert claim.text == repo.read("more.txt")
    assert found["refs/plan-worktree/x/target"].target == "refs/heads/main"


@pytest.mark.parametrize("name", ("ä", "with'quote", "$(id)", "-dash", "a|b"))
def test_refs_of_any_name_are_made_and_deleted(make_repo: Callable[..., Repo], name: str) -> None:
    repo = make_repo()
    ref = f"refs/heads/{name}"

    update_refs(repo.path, [("create", ref, repo.head())])
    assert refs(repo.path)[ref].object_id == repo.head()
    update_refs(repo.path, [("delete", ref, repo.head())])

    assert ref not in refs(repo.path)


def test_a_ref_that_has_moved_is_neither_changed_nor_deleted(repo: Repo) -> None:
    old = repo.head()
    repo.git("branch", "topic")
    moved = branch(repo, "other", a="other\n")
    repo.git("update-ref", "refs/heads/topic", moved)

    for command in (("delete", "refs/heads/topic", old), ("update", "refs/heads/topic", old, old)):
        with pytest.raises(GitError, match="topic"):
            update_refs(repo.path, [("create", "refs/heads/new", old), command])

    assert refs(repo.path)["refs/heads/topic"].object_id == moved
    assert "refs/heads/new" not in refs(repo.path)
