"""Which files sentences and lists say are changed; which tasks are needed. Marked by hand."""

from __future__ import annotations

import re

import pytest

from plan_worktree.authoring.importing.prose import (
    all_keys,
    changed_files,
    listed_files,
    needed_keys,
)
from plan_worktree.plan.parts.verbs import Change

C, M, D = Change.CREATE, Change.MODIFY, Change.DELETE
NAMED = re.compile(r"\b(?P<a>T\d+)(?:-(?P<b>T\d+))?")


@pytest.mark.parametrize(
    ("text", "files"),
    (
        ("Create: `a/b.py`", [("a/b.py", C)]),
        ("Modify: `a.py:10-20`", [("a.py", M)]),
        ("**Modify:** `a.py#L3`", [("a.py", M)]),
        ("Test: `tests/t.py`", [("tests/t.py", None)]),
        ("Deleted: `a.py`, `b.py`", [("a.py", D), ("b.py", D)]),
        ("Create/Modify: `a.py`", [("a.py", None)]),
        ("Create (if needed): a/b.py", [("a/b.py", None)]),
        ("`a.py` (new) - the parser", [("a.py", C)]),
        ("Rename: `a.py` -> `b.py`", [("a.py", D), ("b.py", C)]),
        ("Move: `a.py`", [("a.py", None)]),
        ("Read: `a.py`", []),
        ("Reference only: `a.py`", []),
        ("Create: `docs/`", [("docs/", C)]),
        ("Modify: the pull request on GitHub", []),
        ("Create: `https://x.org/a.py`", []),
        ("Create: `-rf`, `~/a.py`, `../b.py`, `$X/c.py`", []),
        ("Modify: `a\x1b.py`", []),
        ("", []),
    ),
)
def test_an_entry_of_a_list_of_files(text: str, files: list[tuple[str, Change | None]]) -> None:
    assert [(use.path, use.change) for use in listed_files(text)] == files


@pytest.mark.parametrize(
    ("text", "files"),
    (
        ("Create the model in src/user.py", [("src/user.py", None)]),
        ("Update `src/user.py` and `src/db.py`.", [("src/user.py", M), ("src/db.py", M)]),
        ("Remove `old.py`", [("old.py", D)]),
        ("Create `a.py`, replacing what `b.py` had", [("a.py", None), ("b.py", M)]),
        ("In `style.css`, add a title", [("style.css", None)]),
        ("In `style.css` there is a title", []),
        ("`a.py` (new): the parser", [("a.py", C)]),
        ("Write it as in `a.py`", []),
        ("Add tests following `a.py` and `b.py`", []),
        ("It calls `a.py` when it starts", []),
        ("The file src/a.py is long. Fix src/b.py", [("src/b.py", M)]),
        ("Use Node.js, `console.log` and and/or; add v1.2 to `x`", []),
        ("Add /api/users.json, application/json and https://x.org/a.py", []),
        ("Add `src/**/*.ts` and `{a,b}.ts`", []),
        ("Configure `Dockerfile` and `.gitignore`", [("Dockerfile", None), (".gitignore", None)]),
        ("Add it:\n```py\nopen('src/a.py')\n```\nUpdate b/c.py", [("b/c.py", M)]),
        ("Edit [engine.cpp](src/engine.cpp)", [("src/engine.cpp", M)]),
    ),
)
def test_sentences_that_change_files(text: str, files: list[tuple[str, Change | None]]) -> None:
    assert [(use.path, use.change) for use in changed_files(text)] == files


def test_a_line_that_has_to_name_its_files_needs_no_verb() -> None:
    assert [use.path for use in changed_files("Unit test in tests/a.py", named=True)] == [
        "tests/a.py"
    ]
    assert changed_files("Contract per specs/a.yaml", named=True) == []


@pytest.mark.parametrize(
    ("text", "keys"),
    (
        ("(depends on T1, T2)", ["T1", "T2"]),
        ("Depends on: T1-T3. See T9", ["T1", "T2", "T3"]),
        ("**Dependencies**: T1; T2", ["T1"]),
        ("blocked by T4", ["T4"]),
        ("Requires T1 and T2", ["T1", "T2"]),
        ("Dependencies: None, unlike T3", []),
        ("Before T4, like T5", []),
        ("depends on a lot\n\nT7 is next", []),
        ("depends on T2 and depends on T2", ["T2"]),
    ),
)
def test_what_a_text_says_is_needed(text: str, keys: list[str]) -> None:
    assert needed_keys(text, NAMED) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    (("T08-T10", ["T08", "T09", "T10"]), ("T3-T1", ["T3", "T1"]), ("T1-T9999", ["T1", "T9999"])),
)
def test_ranges_are_written_out_where_they_can_be(text: str, keys: list[str]) -> None:
    assert all_keys(text, NAMED) == keys
