"""Glob patterns against git's own, and against a matcher that tries everything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.parts.globs import literal_prefix, matches
from tests.support import Repo

PARTS = ("**", "*", "a", "?b", "a*", "[!a]b", "*.py")
NAMES = ("a", "b", "ab", "bb", ".a", "a.py")
FILES = (*NAMES, *(f"d/{name}" for name in NAMES), *(f"a/ab/{name}" for name in NAMES[1:]))
FOLDERS = {"d", "a", "a/ab"}


def by_trying(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Match parts of a pattern, or the letters of one part, by trying every split."""
    if not pattern:
        return not path
    first, rest = pattern[0], pattern[1:]
    if first == ("**" if isinstance(pattern, list) else "*"):
        return any(by_trying(rest, path[at:]) for at in range(len(path) + 1))
    if not path:
        return False
    fits = by_trying(first, path[0]) if isinstance(pattern, list) else first in ("?", path[0])
    return fits and by_trying(rest, path[1:])


@given(
    st.lists(st.one_of(st.just("**"), st.text("ab*?", max_size=5)), min_size=1, max_size=5),
    st.lists(st.text("ab", max_size=5), min_size=1, max_size=5),
)
def test_a_pattern_matches_what_trying_everything_finds(
    pattern: list[str], path: list[str]
) -> None:
    # Elsewhere than alone in a part, two stars are one.
    plain = [part if part == "**" else re.sub(r"\*+", "*", part) for part in pattern]
    expected = by_trying(plain, path)

    assert matches("/".join(pattern), "/".join(path)) is expected


def test_a_pattern_matches_the_files_that_git_finds(repo: Repo) -> None:
    # `a` cannot be a file and a folder: the file lies elsewhere.
    present = [name for name in FILES if name not in FOLDERS]
    for name in present:
        repo.write(name, "")
    repo.git("add", "--all")
    present.append("README.md")
    patterns = [
        "/".join(parts)
        for length in (1, 2, 3)
        for parts in product(PARTS, repeat=length)
        if any(char in parts[-1] for char in "?*[") and parts[-1] != "**"
    ]

    wrong = {}
    # One process for a few hundred patterns would report their union.
    for pattern in patterns[::2]:
        listed = repo.git("ls-files", "-z", "--", f":(glob){pattern}").split("\0")
        found = {name for name in present if matches(pattern, name)}
        if found != set(listed) - {""}:
            wrong[pattern] = (found, set(listed))
    assert wrong == {}


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    (
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("src/**/*.py", "src/b.py", True),
        ("src/**/*.py", "src/a/c/b.py", True),
        ("**/b.py", "b.py", True),
        ("**", "a/b/c", True),
        ("src/?.py", "src/ab.py", False),
        ("src/[ab].py", "src/b.py", True),
        ("src/[!ab].py", "src/b.py", False),
        ("src/[a-c].py", "src/b.py", True),
        ("src/[.py", "src/[.py", True),
        ("*.py", ".py", True),
        ("SRC/*.py", "src/a.py", False),
        ("a.c", "abc", False),
        ("a+(b)$", "a+(b)$", True),
        ("*", "a\nb", True),
    ),
)
def test_what_a_pattern_matches(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_a_caret_excludes_as_an_exclamation_mark_does() -> None:
    assert not matches("src/[^ab].py", "src/b.py")


@pytest.mark.parametrize(
    ("pattern", "folder"),
    (
        ("src/*.py", "src/"),
        ("src/a*/b.py", "src/"),
        ("src/a/b?.py", "src/a/"),
        ("*.py", ""),
        ("src[ab]/x", ""),
        ("src/plain.py", "src/"),
        ("", ""),
    ),
)
def test_all_that_a_pattern_matches_lies_in_its_literal_folder(pattern: str, folder: str) -> None:
    assert literal_prefix(pattern) == folder


def paths(letters: str) -> st.SearchStrategy[str]:
    return st.lists(st.text(letters, min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(paths("ab*?[]"), paths("ab"))
def test_nothing_outside_the_literal_folder_is_matched(pattern: str, path: str) -> None:
    assert not matches(pattern, path) or path.startswith(literal_prefix(pattern))


@pytest.mark.parametrize(
    ("pattern", "path"),
    (
        ("*a" * 200 + "b", "a" * 4000),
        ("a?" * 1000, "a" * 4000),
        ("**/" * 500 + "x", "a/" * 500 + "y"),
        ("**/a/" * 200 + "x", "a/" * 1000 + "y"),
        ("[a-" * 1000, "a" * 4000),
        ("[" * 3000, "[" * 3000),
        ("[!" + "a" * 3000 + "]*x", "b" * 4000),
    ),
    ids=("stars", "marks", "folders", "folders between", "ranges", "brackets", "class"),
)
def test_hostile_patterns_take_no_more_than_their_length(pattern: str, path: str) -> None:
    assert matches(pattern, path) in (True, False)
