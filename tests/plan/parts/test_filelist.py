"""The ways in which people list the files a stage changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.parts.filelist import FileEntry, read_files
from plan_worktree.plan.parts.paths import normalised
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from tests.sampling import sampled


def source(*lines: str) -> Source:
    text = "\n".join(("**Stage ID**: `a`", "", "**Files to Change**:", "", *lines, ""))
    found = decode(text.encode(), "plan.md")
    assert isinstance(found, Source)
    return found


def entries(*lines: str) -> list[FileEntry]:
    document = read_document(source(*lines))
    (section,) = read_sections(document)
    return read_files(document, section)


def read(*lines: str) -> list[str]:
    """Return the entries of some lines as `verb path`."""
    return [f"{entry.change} {entry.path}" for entry in entries(*lines)]


@pytest.mark.parametrize("mark", ("-", "*", "+", "1.", "2)", "- [ ]", "- [x]", "  -"))
@pytest.mark.parametrize(
    ("verb", "change"),
    (
        *(("Create", "create"), ("Add", "create"), ("New", "create"), ("created", "create")),
        *(("Modify", "modify"), ("Update", "modify"), ("Edit", "modify"), ("CHANGE", "modify")),
        *(("Delete", "delete"), ("Remove", "delete"), ("Removed", "delete")),
    ),
)
def test_verbs_in_lists_of_every_kind(mark: str, verb: str, change: str) -> None:
    assert read(f"{mark} {verb}: `src/a.py`") == [f"{change} src/a.py"]


@pytest.mark.parametrize(
    "line",
    (
        "- Create: `src/a.py`",
        "- Create `src/a.py`",
        "- **Create**: `src/a.py`",
        "- **Create:** `src/a.py`",
        "- *Create* `src/a.py`",
        "- Create: src/a.py",
        "- Create: **src/a.py**",
        "- Create: `./src//a.py`",
        "- Create: `src/a.py` (the parser)",
        "- Create: `src/a.py` - the parser, see `src/b.py`",
        "- Create: `src/a.py`: the parser",
        "- Create: `src/a.py`, the parser",
        "- Create: `src/a.py:10-20`",
        "- Create: src/a.py:10.",
        "- `src/a.py` (new)",
        "- `src/a.py` (New file)",
        "- [ ] src/a.py (create)",
    ),
)
def test_one_file_however_its_line_is_written(line: str) -> None:
    assert read(line) == ["create src/a.py"]


@pytest.mark.parametrize(
    "line",
    (
        "- Create: `a.py`, `b/c.py`",
        "- Create: `a.py` and `b/c.py`",
        "- Create: `a.py`, b/c.py",
        "- Create: a.py & `b/c.py` (both new)",
        "- Create: `a.py` `b/c.py`",
        "- Create: `a.py`,\n  `b/c.py`",
        "- Create:\n  - `a.py`\n  - `b/c.py`",
        "- Create:\n  1. a.py\n  2. b/c.py",
        "- Create:\n  - [ ] `a.py`\n    - `b/c.py`",
    ),
)
def test_several_files(line: str) -> None:
    assert read(line) == ["create a.py", "create b/c.py"]


@pytest.mark.parametrize("arrow", ("->", "=>", "→", "to"))
@pytest.mark.parametrize("verb", ("Rename", "Move", "Renamed", "moved"))
def test_a_move_deletes_and_creates(verb: str, arrow: str) -> None:
    assert read(f"- {verb}: `a.py` {arrow} `b/a.py`") == ["delete a.py", "create b/a.py"]


def test_a_move_that_does_not_say_where_to_changes_the_file() -> None:
    assert read("- Rename: `a.py`") == ["modify a.py"]


@pytest.mark.parametrize(
    "line",
    (
        "- Create: GitHub issue for the docs",
        "- Create: a new table",
        "- None",
        "- Modify: https://example.org/a.py",
        "- Modify: `https://example.org/a.py`",
        "- Modify: -",
        "- Modify: ...",
        "- Modify: `--flag`",
        "- Modify:",
        "-",
        "- Modify: ` `",
        "- Update makefile targets",
        "```\n- Modify: `in/a/fence.py`\n```",
        "<!-- - Modify: `in/a/comment.py` -->",
    ),
)
def test_what_is_no_file(line: str) -> None:
    assert read(line) == []


def test_an_entry_without_a_verb_modifies() -> None:
    assert read("- `src/a.py`", "- Makefile") == ["modify src/a.py", "modify Makefile"]


def test_a_verb_is_inherited_only_by_what_is_below_it() -> None:
    assert read("- Delete:", "  - `a.py`", "- `b.py`", "- Create:", "  - Modify: `c.py`") == [
        "delete a.py",
        "modify b.py",
        "modify c.py",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    (
        ("- Modify: `src/`", ["modify src/"]),
        ("- Modify: `src/.`", ["modify src/"]),
        ("- Modify: `src/**`", ["modify src/"]),
        ("- Modify: `.`", ["modify ./"]),
        ("- Modify: `**`", ["modify ./"]),
        ("- Modify: `src/*.py`", ["modify src/*.py"]),
        ("- Modify: src/*.py", ["modify src/*.py"]),
        ("- Modify: `src/**/a.py`", ["modify src/**/a.py"]),
        ("- Modify: `a file.txt`", ["modify a file.txt"]),
        ("- Modify: `x/../a.py`", ["modify a.py"]),
        ("- Modify: .github/workflows/ci.yml", ["modify .github/workflows/ci.yml"]),
        ("- Modify: `größe.txt`", ["modify größe.txt"]),
    ),
)
def test_directories_patterns_and_odd_names(line: str, found: list[str]) -> None:
    assert read(line) == found


def test_directories_and_patterns_know_what_they_are() -> None:
    directory, pattern, file = entries("- Modify: `src/`, `src/*.py`, `src/a.py`")

    assert (directory.is_directory, directory.is_glob) == (True, False)
    assert (pattern.is_directory, pattern.is_glob) == (False, True)
    assert (file.is_directory, file.is_glob) == (False, False)


@pytest.mark.parametrize(
    "path",
    ("../a.py", "a/../../b", "..", "../", "/etc/passwd", "~/a.py", "~root/a", "//server/a", "/"),
)
def test_paths_that_lead_out_of_the_repository(path: str) -> None:
    assert normalised(path)[1]


@pytest.mark.parametrize("path", ("a..b", "a/..b/c", "...", "a~", "a/~b", "./a", "a/../b"))
def test_paths_that_only_look_as_if_they_did(path: str) -> None:
    assert not normalised(path)[1]


PARTS = st.sampled_from(("a", "b.py", "~", "", ".", "..", "...", "*", "**", "a*"))


@given(st.lists(PARTS, min_size=1, max_size=6).map("/".join))
def test_a_normalised_path_stays_as_it_is(path: str) -> None:
    once, leaves = normalised(path)

    if not leaves:
        assert normalised(once) == (once, False)
        assert not once.startswith("/")
        assert "//" not in once


# What shifts columns: containers, tabs, several bytes for a character, lines that go on.
LINES = (
    "- Create: `{}`",
    "  * [ ] **Modify**: ⟶ is no path",
    "> - Delete: `{}` and `{}`",
    "1. ü: x",
    "- Rename: `{}` -> `{}`",
    "-\tCreate: {}, `{}`",
    "- Create: `{}`,\n  `{}`",
    "- Create:\n  - `{}`\n\n  - {} (ü)",
    "- `{}`\n- text",
)


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_every_entry_stands_where_it_says(lines: list[str]) -> None:
    paths = (f"src/ü{number}.py" for number in range(100))
    written = [part for line in lines for part in line.format(*paths_of(line, paths)).split("\n")]
    text = source(*written)

    found = entries(*written)

    for entry in found:
        assert text.lines[entry.line][entry.column :].startswith(entry.path)
    assert len(found) == sum(line.count("{}") for line in lines)
    assert found == sorted(found, key=lambda entry: (entry.line, entry.column))


def paths_of(line: str, paths: object) -> list[str]:
    assert hasattr(paths, "__next__")
    return [next(paths) for _ in range(line.count("{}"))]


def test_notes_below_a_file_are_no_files() -> None:
    assert read("- Modify: `src/a.py`", "  - `parse` takes a name", "  - Add `Parser`") == [
        "modify src/a.py"
    ]


def test_a_note_in_brackets_that_begins_with_a_verb_is_a_note() -> None:
    assert read("- `src/a.py` (remove dead code)", "- `src/b.py` (add a flag)") == [
        "modify src/a.py",
        "modify src/b.py",
    ]


@pytest.mark.parametrize(
    "line",
    (
        "- New file: `src/a.py`",
        "- Create new file `src/a.py`",
        "- Create a file `src/a.py`",
        "- Create:\n  `src/a.py`",
    ),
)
def test_words_around_the_verb_do_not_hide_the_path(line: str) -> None:
    assert read(line) == ["create src/a.py"]


def test_every_verb_may_be_in_the_third_person() -> None:
    assert read("- Modifies: `src/a.py`") == ["modify src/a.py"]


@pytest.mark.parametrize(
    "line", ("- Update: e.g. the parser", "- Update: v1.2 of the format", "- Modify: and/or")
)
def test_words_with_a_dot_are_no_files(line: str) -> None:
    assert read(line) == []


@pytest.mark.second
@sampled(
    "line",
    (
        "- Create: " + ", ".join(["`a`"] * 60_000),
        "- Create: " + " ".join(["a/b"] * 60_000),
        "- Create:\n" + "\n".join(f"  - `f{number}`" for number in range(10_000)),
        "- " + "*_~ " * 250_000 + "x",
        "- " + "s" * 1_000_000,
        "- Create: `" + "a/" * 20_000 + "b`",
        "- Create: `" + "../" * 100_000 + "b`",
        "- Create: `" + "`" * 500_000,
        "- Create: " + "[ ] " * 250_000,
        "- `a` " + "(" * 500_000,
        "- Create: a" + " " * 500_000 + "b",
        "- Create: a.py:" + "1" * 500_000 + "x",
        "- Create: a" + ".b" * 250_000,
        "  " * 400 + "- a",
    ),
    one_in=3,
    ids=lambda line: line[:14],
)
def test_hostile_lists_do_not_hang_it(line: str) -> None:
    assert len(entries(*line.split("\n"))) >= 0
