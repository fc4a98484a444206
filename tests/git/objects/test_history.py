"""How tips relate and what patches have in common: held against what git itself says."""

from __future__ import annotations

import shutil
import tempfile
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.git.objects.changes import changed_paths, commit_patches, tree_patches
from plan_worktree.git.objects.commits import independent
from plan_worktree.git.objects.history import read_history
from plan_worktree.git.process import GitError
from tests.sampling import examples
from tests.support import Repo, run


class Dag(NamedTuple):
    """Commits by number, each with its parents, and the numbers that tips point at."""

    parents: tuple[tuple[int, ...], ...]
    tips: tuple[int, ...]


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    size = draw(st.integers(1, 14))
    parents = []
    for number in range(size):
        earlier = st.lists(st.integers(0, max(number - 1, 0)), max_size=3, unique=True)
        parents.append(tuple(draw(earlier)) if number else ())
    tips = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=6))
    return Dag(tuple(parents), tuple(tips))


def grow(dag: Dag, folder: Path) -> tuple[Repo, list[str]]:
    """Make the commits with one fast-import; return their names by number."""
    repo = Repo(folder)
    repo.git("init", "--quiet")
    script = []
    for number, parents in enumerate(dag.parents):
        # Dates run backwards every third commit: no order of time may be relied on.
        when = 1_000_000_000 + (number if number % 3 else -number) * 60
        script += [
            f"commit refs/all/{number}",
            f"mark :{number + 1}",
            f"committer Ada Example <ada@example.org> {when} +0000",
            f"data {len(str(number))}\n{number}",
            *(f"{'merge' if place else 'from'} :{p + 1}" for place, p in enumerate(parents)),
            f"M 100644 inline {number}\ndata 2\nx\n",
        ]
    done = run("git", "fast-import", "--quiet", cwd=folder, stdin="\n".join(script) + "\n")
    assert done.exit_code == 0, done.output
    names = repo.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)").splitlines()
    found = dict(line.split(" ") for line in names)
    return repo, [found[str(number)] for number in range(len(dag.parents))]


@pytest.mark.thorough
@examples(one_in=4)
@given(dags())
def test_a_history_says_of_every_pair_of_tips_what_git_says(dag: Dag) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        repo, names = grow(dag, folder)
        tips = list(dict.fromkeys(names[number] for number in dag.tips))
        history = read_history(folder, [names[number] for number in dag.tips])
        for one in tips:
            for other in tips:
                behind, ahead = repo.git(
                    "rev-list", "--count", "--left-right", f"{other}...{one}"
                ).split()
                assert history.ahead_behind(one, other) == (int(ahead), int(behind))
                asked = ("merge-base", "--is-ancestor", other, one)
                assert history.contains(one, other) == (
                    run("git", *asked, cwd=folder).exit_code == 0
                )
            rest = [tip for tip in tips if tip != one]
            said = repo.git("rev-list", one, *(f"^{tip}" for tip in rest)).split()
            if rest:
                assert sorted(history.only_in(one, *rest)) == sorted(said)
                half = rest[: len(rest) // 2 + 1]
                said = repo.git("rev-list", one, *(f"^{tip}" for tip in half)).split()
                assert sorted(history.only_in(one, *half)) == sorted(said)
        chosen = independent(folder, [names[number] for number in dag.tips])
        said = repo.git("merge-base", "--independent", *tips).split()
        assert chosen == [tip for tip in tips if tip in said]
    finally:
        shutil.rmtree(folder)


@examples(one_in=4)
@given(dags())
def test_the_main_line_of_a_tip_is_its_chain_of_first_parents(dag: Dag) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        repo, names = grow(dag, folder)
        tips = [names[number] for number in dag.tips]
        history = read_history(folder, tips)
        for one in tips:
            line = repo.git("rev-list", "--first-parent", one).split()
            for other in tips:
                assert history.is_mainline(one, other) == (other in line)
    finally:
        shutil.rmtree(folder)


@examples(one_in=4)
@given(dags())
def test_merge_bases_are_those_of_git_also_where_all_tips_share_one(dag: Dag) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        repo, names = grow(dag, folder)
        tips = [names[number] for number in dag.tips]
        history = read_history(folder, tips)
        for one, other in combinations(dict.fromkeys(tips), 2):
            bases = run("git", "merge-base", "--all", one, other, cwd=folder).stdout.split()
            assert sorted(history.merge_bases(one, other)) == sorted(bases)
            said = repo.git("merge-base", "--independent", one, other, *bases).split()
            assert sorted(history.newest([one, other, *bases])) == sorted(said)
    finally:
        shutil.rmtree(folder)


def test_unrelated_histories_share_nothing(repo: Repo) -> None:
    first = repo.head()
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.write("other.txt", "other\n")
    second = repo.commit()

    history = read_history(repo.path, [first, second])

    assert history.shared == ()
    assert history.ahead_behind(first, second) == (1, 1)
    assert (history.contains(first, second), history.contains(first, first)) == (False, True)
    assert history.only_in(second, first) == [second]
    assert not history.is_mainline(first, second)


def test_a_history_of_a_shallow_clone_ends_where_the_clone_does(repo: Repo) -> None:
    for number in range(3):
        repo.write("n.txt", f"{number}\n")
        repo.commit()
    shallow = repo.path.with_name("shallow")
    run("git", "clone", "--quiet", "--depth=1", f"file://{repo.path}", shallow)
    clone = Repo(shallow)
    start = clone.head()
    clone.write("more.txt", "more\n")
    tip = clone.commit()

    assert read_history(shallow, [start, tip]).ahead_behind(tip, start) == (1, 0)


def test_a_history_of_an_object_that_is_missing_is_an_error(repo: Repo) -> None:
    with pytest.raises(GitError, match="git merge-base"):
        read_history(repo.path, [repo.head(), "0" * 39 + "1"])


LINES = "".join(f"line {number:02}\n" for number in range(30))


def tree(repo: Repo, **files: str | bytes) -> str:
    """Write a tree with these files and nothing else."""
    repo.git("rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")
    for name, content in files.items():
        repo.write(name, content)
    repo.git("add", "--all")
    return repo.git("write-tree")


def test_keys_of_patches_are_equal_wherever_the_lines_stand(repo: Repo) -> None:
    changed = LINES.replace("line 15", "fifteen")
    above = "".join(f"above {number}\n" for number in range(9))
    trees = [tree(repo, f=text) for text in (LINES, changed, above + LINES, above + changed)]

    plain, moved = tree_patches(repo.path, [(trees[0], trees[1]), (trees[2], trees[3])])

    assert plain == moved != ""


@pytest.mark.parametrize(
    ("one", "other"),
    (
        ({"f": "one\n"}, {"f": "two\n"}),
        ({"f": "one\n"}, {"f": "one"}),
        ({"f": "one\n"}, {"f": "one \n"}),
        ({"f": "if a:\n    b()\n    c()\n"}, {"f": "if a:\n    b()\nc()\n"}),
        ({"f": "one\n"}, {"g": "one\n"}),
        ({"f": b"\0one"}, {"f": b"\0two"}),
        ({"f": b"\0one"}, {"g": b"\0one"}),
        ({"f": "one\n" * 300_000}, {"f": "two\n" * 300_000}),
        ({"f": ""}, {"g": ""}),
        ({"f": b"\xff\n"}, {"f": b"\xfe\n"}),
        ({"f": "a\rb\n"}, {"f": "a\nb\n"}),
    ),
)
def test_keys_of_patches_differ_when_what_they_bring_does(
    repo: Repo, one: dict[str, str | bytes], other: dict[str, str | bytes]
) -> None:
    start = tree(repo, start="same\n")
    ends = [tree(repo, start="same\n", **files) for files in (one, other)]

    keys = tree_patches(repo.path, [(start, end) for end in ends])

    assert len({*keys, *tree_patches(repo.path, [(start, start)])}) == 3
    assert tree_patches(repo.path, [(start, end) for end in reversed(ends)]) == keys[::-1]


def test_a_mode_is_a_change_of_its_own(repo: Repo) -> None:
    plain = tree(repo, f="x\n")
    repo.git("update-index", "--chmod=+x", "f")
    executable = repo.git("write-tree")

    there, back = tree_patches(repo.path, [(plain, executable), (executable, plain)])

    assert len({there, back, ""}) == 3


@pytest.mark.parametrize("name", ("diff.noprefix", "diff.mnemonicPrefix", "diff.renames"))
def test_keys_do_not_depend_on_the_users_settings(repo: Repo, name: str) -> None:
    pair = (tree(repo, f=LINES), tree(repo, g=LINES.replace("line 15", "fifteen")))
    before = tree_patches(repo.path, [pair])

    repo.git("config", name, "true")
    repo.git("config", "diff.context", "1")
    repo.git("config", "diff.algorithm", "patience")

    assert tree_patches(repo.path, [pair]) == before


def test_a_commit_has_the_key_of_its_change_also_after_a_rebase(repo: Repo) -> None:
    repo.write("f", LINES)
    base = repo.commit()
    repo.git("switch", "--quiet", "--create", "topic")
    repo.write("f", LINES.replace("line 20", "twenty"))
    old = repo.commit("one message")
    repo.git("switch", "--quiet", "main")
    repo.write("f", f"above\nand above\n{LINES}")
    upstream = repo.commit()
    repo.git("switch", "--quiet", "topic")
    repo.git("rebase", "--quiet", "main")
    repo.git("commit", "--quiet", "--amend", "--message", "another message")
    new = repo.head()

    keys = commit_patches(repo.path, [old, new, f"^{base}"], ["f"])

    assert keys.keys() == {old, new, upstream}
    assert keys[old] == keys[new] != keys[upstream]
    trees = [repo.git("rev-parse", f"{commit}^{{tree}}") for commit in (base, old)]
    assert tree_patches(repo.path, [(trees[0], trees[1])]) == [keys[old][0]]


def test_a_revert_has_the_keys_of_its_commit_the_other_way_round(repo: Repo) -> None:
    repo.write("f", LINES)
    repo.write("picture", b"\0one")
    base = repo.commit()
    repo.write("f", LINES.replace("line 20", "twenty"))
    repo.write("picture", b"\0two")
    (repo.path / "README.md").unlink()
    work = repo.commit()
    repo.write("f", "above\n" + repo.read("f"))
    repo.commit()
    repo.git("revert", "--no-edit", work)

    keys = commit_patches(repo.path, ["HEAD", f"^{base}"], ["f", "picture", "README.md"])

    assert keys[repo.head()] == keys[work][::-1]
    assert len(set(keys[work])) == 2


def test_merges_and_commits_to_other_paths_have_no_key(repo: Repo) -> None:
    base = repo.head()
    repo.git("switch", "--quiet", "--create", "topic")
    repo.write("-odd :(name)", "x\n")
    topic = repo.commit()
    repo.git("switch", "--quiet", "main")
    repo.write("other", "x\n")
    repo.commit()
    repo.git("merge", "--quiet", "--no-edit", "topic")

    keys = commit_patches(repo.path, [repo.head(), f"^{base}"], ["-odd :(name)"])

    assert list(keys) == [topic]


def test_changed_paths_are_those_of_any_pair_once(repo: Repo) -> None:
    trees = [tree(repo, **files) for files in ({"a": "1"}, {"a": "2", "ä b\n": "1"}, {"c": "1"})]

    found = changed_paths(repo.path, [(trees[0], trees[1]), (trees[1], trees[2])])

    assert sorted(found) == ["a", "c", "ä b\n"]
