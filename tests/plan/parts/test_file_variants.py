"""Files to Change as agents write it, read as a person would."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan_worktree.plan.parts.filelist import FileList, read_file_list
from plan_worktree.plan.parts.paths import alternatives
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from tests.plan.parts.file_variants import ALL, Variant
from tests.sampling import sampled

TITLES = ("**Files to Change**:", "#### Files to Change")
LETTERS = {Change.CREATE: "c", Change.MODIFY: "m", Change.DELETE: "d", Change.EITHER: "e"}


def source(text: str, title: str = TITLES[0]) -> Source:
    before = ("### One", "", "**Stage ID**: `a`", "", title, "")
    found = decode("\n".join((*before, text, "", "#### Validation", "", "- x", "")).encode(), "p")
    assert isinstance(found, Source)
    return found


def listed(text: Source) -> FileList:
    """Return what a source's one section says of files; each path stands where it says."""
    document = read_document(text)
    sections = read_sections(document)
    found = read_file_list(document, sections[0])
    placed = [(one.written, one.line, one.column) for one in found.entries]
    for written, line, column in (*placed, *found.unread):
        assert written
        assert text.lines[line][column:].startswith(written)
    return found


def reading(text: Source) -> list[str]:
    """Return what a source says of files, in the words of the table."""
    found = listed(text)
    entries = [f"{LETTERS[entry.change]} {entry.path}" for entry in found.entries]
    return entries + [f"? {unread.written}" for unread in found.unread]


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.text[:60])
@pytest.mark.parametrize("title", TITLES, ids=("bold", "heading"))
def test_a_line_is_read_as_a_person_reads_it(title: str, variant: Variant) -> None:
    assert reading(source(variant.text, title)) == list(variant.reading)


def test_the_table_has_no_variant_twice() -> None:
    assert len({variant.text for variant in ALL}) == len(ALL) >= 80


# Single lines of the table: whatever stands before and behind them, they mean the same.
LINES = [one for one in ALL if one.text.startswith("- ") and "\n" not in one.text]


@given(st.lists(st.sampled_from(LINES), max_size=8), st.sampled_from(("", "> ", "  ")))
def test_lines_do_not_change_what_their_neighbours_mean(
    variants: list[Variant], prefix: str
) -> None:
    text = "\n".join(prefix + one.text for one in variants)
    said = [one for variant in variants for one in variant.reading]
    unread = [one for one in said if one.startswith("?")]

    assert reading(source(text)) == [one for one in said if one not in unread] + unread


VERBS = (
    ("Create", "c"), ("Added", "c"), ("New file", "c"), ("Modify", "m"), ("Updates", "m"),
    ("Extending", "m"), ("refactor", "m"), ("REMOVE", "d"), ("Deleted", "d"), ("Test", "e"),
    ("Tests", "e"), ("Docs", "e"), ("Config", "e"), ("Create/Modify", "e"), ("Add or update", "e"),
)  # fmt: skip
VERB_FORMS = ("{}: ", "{} ", "**{}**: ", "**{}:** ", "*{}* ", "[ ] {}: ", "[x] **{}** ", "🆕 {}: ")
PATH_FORMS = ("`{}`", "{}", "**`{}`**", "**{}**", "[{0}](../../{0})", "[`{0}`](<{0}>)", "`./{}`")
LINES_BEHIND = ("", ":12", ":10-20", "#L10", "#L3-L9", "::test_it")
NOTES = ("", " (the parser)", " - see `other/b.py`", " — new idea", ": as `lib/c.py` has it")
NAMES = st.text("abcß_-0", min_size=1, max_size=8).filter(lambda name: name.strip("_-"))
WRITTEN = st.tuples(NAMES, st.sampled_from(PATH_FORMS), st.sampled_from(LINES_BEHIND))


@given(
    st.sampled_from(VERBS),
    st.sampled_from(VERB_FORMS),
    st.lists(WRITTEN, min_size=1, max_size=4),
    st.sampled_from((", ", " and ", ", and ", " & ", "; ", " (why), ")),
    st.sampled_from(NOTES),
)  # fmt: skip
def test_a_verb_holds_for_all_paths_behind_it_however_they_are_written(
    verb: tuple[str, str],
    form: str,
    written: list[tuple[str, str, str]],
    joint: str,
    note: str,
) -> None:
    paths = [f"src/{name}x.py" for name, _, _ in written]
    shown = [
        path_form.format(path + ("" if "[" in path_form else lines))
        for path, (_, path_form, lines) in zip(paths, written, strict=True)
    ]
    line = f"- {form.format(verb[0])}{joint.join(shown)}{note}"

    expected = [f"{verb[1]} {path}" for path in paths]
    if note == " — new idea":  # it speaks of the last path alone
        expected[-1] = f"e {paths[-1]}"
    assert reading(source(line)) == expected


PIECES = (
    *("- ", "  - ", "> ", "1. ", "\n", "\n\n", "| ", "|---|---|\n", "##### ", "**", "*", "_", "~~"),
    *("`", "``", "[", "]", "(", ")", "{", "}", "{a,b}", "<", ">", "<!--", "-->", "\\", '"', "…"),
    *("Create", "Modify: ", "Test", "Move ", " to ", " -> ", "→", " and ", "New files", "(new)"),
    *("src/a.py", "src\\a.py", "../", "/", "a.py:10", "#L1", "*", "if needed", ":", ";", ",", " "),
    *("README", "https://e.org/a.py", "\t", "\u2028", "\x0c", "ß", "[a](b.md)", "[ ] ", "..."),
)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@example(["- ", "`", "src/", "…/", "`", "\n", "  - ", "`", "a.py", "`"])
@example(["- ", "\n", "src/a.py"])
def test_whatever_is_written_every_path_stands_where_it_says(pieces: list[str]) -> None:
    text = source("".join(pieces))
    if len(read_sections(read_document(text))) != 1:
        return

    found = listed(text)

    places = [(entry.line, entry.column) for entry in found.entries]
    assert all(entry.path and "\n" not in entry.path for entry in found.entries)
    assert [line for line, _ in places] == sorted(line for line, _ in places)


@given(st.text(max_size=60))
def test_any_line_can_be_read(text: str) -> None:
    line = re.sub(r"[\r\n\0]", " ", text)
    listed(source(f"- Create: {line}\n- `{line}`\n- {line} `src/a.py`"))


CHOICES = st.recursive(
    st.text("ab", min_size=1, max_size=2),
    lambda inner: st.lists(inner, min_size=2, max_size=3),
    max_leaves=6,
)


@given(CHOICES)
def test_braces_stand_for_every_choice(tree: object) -> None:
    def shown(node: object) -> str:
        return node if isinstance(node, str) else "{" + ",".join(map(shown, children(node))) + "}"

    def meant(node: object) -> set[str]:
        return {node} if isinstance(node, str) else {w for n in children(node) for w in meant(n)}

    found = alternatives(f"x{shown(tree)}.py")

    assert set(found) == {f"x{word}.py" for word in meant(tree)}
    assert len(found) == len(set(found))


def children(node: object) -> list[object]:
    assert isinstance(node, list)
    return node


HOSTILE = (
    lambda n: "- Create: " + ", ".join(["`a.py`"] * n),
    lambda n: "- Create: " + " ".join(["[a.py](a.py)"] * n),
    lambda n: "- Create: `a.py` " + "(a (b) " * n,
    lambda n: "- " + "create `a.py`; " * n,
    lambda n: "- Move: " + "`a.py` -> " * n,
    lambda n: "- Add " + "`x` " * n + "to `a.py`",
    lambda n: "- " + "create or " * n,
    lambda n: "- Create: " + "{a,b" * n,
    lambda n: "- Create: `" + "{a,b}" * 100 + "`\n" * (n // 40),
    lambda n: "- Modify: " + ("a" + "::" * 500 + "x ") * (n // 200),
    lambda n: "- Modify: " + ("a.py" + "#a" * 500 + "/ ") * (n // 200),
    lambda n: "- Create: " + "[a](" * n,
    lambda n: "|" + " -" * n + "\n|" + "-" * n + "x\n|" + " " * n,
    lambda n: "| File | Change |\n|---|---|\n" + "| `a.py` | Create |\n" * (n // 4),
    lambda n: "New: x\n" * n,
    lambda n: "**New files**:\n\n- `a.py`\n\n" * (n // 4),
    lambda n: "- `src/`\n" + "  - `a.py`\n" * (n // 4),
)


@pytest.mark.second
@sampled("number", range(len(HOSTILE)), one_in=3)
def test_twice_as_much_takes_about_twice_as_long(number: int) -> None:
    def seconds(size: int) -> float:
        text = source(HOSTILE[number](size))
        document = read_document(text)
        section = read_sections(document)[0]
        start = time.process_time()
        read_file_list(document, section)
        return time.process_time() - start

    few, many = (min(seconds(size) for _ in range(2)) for size in (1_000, 8_000))

    assert many < 24 * few + 0.1  # eight times as much; quadratic time would be 64 times
