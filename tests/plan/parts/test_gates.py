"""Which texts under Validation are commands, and which commands cannot fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.parts.gates import Gate, cannot_fail, read_gates
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, decode
from tests.sampling import sampled


def source(*lines: str) -> Source:
    text = "\n".join(("### One", "**Stage ID**: a", "#### Validation", *lines, ""))
    found = decode(text.encode(), "plan.md")
    assert isinstance(found, Source)
    return found


def gates(*lines: str) -> list[Gate]:
    document = read_document(source(*lines))
    (section,) = read_sections(document)
    return read_gates(document, section)


def commands(*lines: str) -> list[str]:
    return [gate.command for gate in gates(*lines)]


@pytest.mark.parametrize(
    "command",
    (
        "just test",
        "pytest",
        "make",
        "./check",
        "python3 -m unittest tests.test_a",
        "CI=1 LEVEL=2 npm test",
        "src/check.sh --all",
        "git diff --check",
        "~/bin/check it",
        "true",
    ),
)
def test_a_command_in_code_marks_is_a_gate(command: str) -> None:
    assert commands(f"- [ ] Run `{command}` here") == [command]
    assert commands(f"Run `{command}`.") == [command]
    assert commands(f"| Run | `{command}` |") == [command]


@pytest.mark.parametrize(
    "name",
    (
        "greet",
        "src/a.py",
        "NoteStore.all",
        "add()",
        "name: value",
        "one, two",
        '{"a": 1}',
        "<name> x",
        'strutils.initials("ada king")',
        "from notes import *",
        "import notes, os",
        "assert x == 1",
        "return None or 1",
        "x, y = 1, 2",
        "",
    ),
)
def test_a_name_in_code_marks_is_no_gate(name: str) -> None:
    assert commands(f"- [ ] `{name}` is there") == []


@pytest.mark.parametrize("language", ("", "sh", "bash", "shell", "zsh"))
def test_every_line_of_a_shell_fence_is_a_gate(language: str) -> None:
    found = commands(f"```{language}", "# a note", "just test", "", "  $ greet", "```")

    assert found == ["just test", "greet"]


@pytest.mark.parametrize("language", ("console", "shell-session"))
def test_the_lines_of_a_session_are_gates_where_they_have_a_prompt(language: str) -> None:
    assert commands(f"```{language}", "just test", "  $ greet", "```") == ["greet"]


@pytest.mark.parametrize("language", ("text", "python", "json", "output"))
def test_the_lines_of_another_fence_are_no_gates(language: str) -> None:
    assert commands(f"```{language}", "just test", "```") == []


def test_gates_elsewhere_in_the_section_do_not_count() -> None:
    assert commands("x", "#### TODO", "- `just test`") == []
    assert commands("<!-- `just test` -->", "", "    `just test`") == []


def test_gates_in_nested_lists_and_quotes_count() -> None:
    assert commands(
        "- By machine:", "  - `just a`", "> `just b`", "", "- ```sh", "  just c", "  ```"
    ) == [
        "just a",
        "just b",
        "just c",
    ]


@pytest.mark.parametrize(
    "lines",
    (
        ("- [ ] Run `just a` and `just b`",),
        ("> - ü `just a`", ">   and `just b`"),
        ("```sh", "just a", "", "  just b", "```"),
        ("- x", "", "  ```sh", "  just a", "    just b", "  ```"),
        ("```sh", "just\u2028 a", "\x0cjust b\x0c", "```"),
        ("\tjust text: `just a`", "\t`just b`"),
    ),
)
def test_every_gate_stands_where_it_says(lines: tuple[str, ...]) -> None:
    text = source(*lines)

    for gate in gates(*lines):
        assert text.lines[gate.line][gate.column :].startswith(gate.command)


@given(
    st.lists(st.sampled_from((*"`$#\\ \t\n\x0c\u2028ab", "just a", "```sh\n", "- ")), max_size=30)
)
def test_any_text_can_be_read(parts: list[str]) -> None:
    text = source("".join(parts))

    for gate in gates("".join(parts)):
        assert gate.command.split()[0] in text.lines[gate.line][max(gate.column, 0) :]


@pytest.mark.parametrize(
    "command",
    (
        *("just test || true", "just test || :", "just test || exit 0", "just test ||true"),
        *("just test; true", "just test;:", "just test ; exit  0", "a || b || true"),
        *("true", ":", "exit 0", "  just test || true  "),
    ),
)
def test_a_gate_that_cannot_fail(command: str) -> None:
    assert cannot_fail(command)


@pytest.mark.parametrize(
    "command",
    (
        *("just test", "just test || exit 1", "just test || false", "just test && true"),
        *("true && just test", "true || just test; just test", "exit 1", "just true"),
        *("echo '|| true' && just test", "just test || truely", "test -n : ", "", "just a:"),
    ),
)
def test_a_gate_that_can_fail(command: str) -> None:
    assert not cannot_fail(command)


def test_a_comment_does_not_make_a_gate_fail() -> None:
    assert cannot_fail("just test || true  # flaky")


def test_the_output_shown_in_a_console_fence_is_no_gate() -> None:
    assert commands("```console", "$ just test", "12 passed || true", "```") == ["just test"]


@pytest.mark.second
@sampled(
    "text",
    (
        "`a b` " * 60_000,
        "- `a " + "|| " * 300_000 + "`",
        "- `a " + "; " * 300_000 + "`",
        "- `a ;" + " " * 500_000 + "x`",
        "- `a || exit" + " " * 500_000 + "1`",
        "- `" + "a=a " * 200_000 + "`",
        "- `a=" + "a" * 500_000 + "`",
        "```sh\n" + "just a\n" * 100_000,
        "- `just a`\n" * 10_000,
        "`" * 500_000,
    ),
    one_in=3,
    ids=lambda text: text[:12],
)
def test_hostile_validations_do_not_hang_it(text: str) -> None:
    for gate in gates(text):
        cannot_fail(gate.command)


# Lines as agents write them below Validation, and the gates in each, marked by hand.
VARIANTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("- [ ] `just test`", ("just test",)),
    ("- [x] `just test` passes", ("just test",)),
    ("- [ ] **`just test`** passes", ("just test",)),
    ("- [ ] Run `just test`", ("just test",)),
    ("- [ ] Run: `just test`", ("just test",)),
    ("- [ ] **Run** `just test`", ("just test",)),
    ("- [ ] run `just test` again", ("just test",)),
    ("- [ ] Re-run `just test`", ("just test",)),
    ("- Execute `just test`", ("just test",)),
    ("1. Run `just a` and `just b`", ("just a", "just b")),
    ("- [ ] Run `just a`, then run `just b`", ("just a", "just b")),
    ("- [ ] Run `just test-stage-1` or `just test`", ("just test-stage-1", "just test")),
    ("- [ ] Run the tests with `just test`", ("just test",)),
    ("- [ ] Run all unit tests: `just test`", ("just test",)),
    ("- [ ] Build the image, then run `just test`", ("just test",)),
    ("- [ ] Unit tests: run `just test`", ("just test",)),
    ("- [ ] Install it first. Run `just test`.", ("just test",)),
    ("- [ ] `just a` && `just b`", ("just a", "just b")),
    ("- [ ] `just a`; `just b`", ("just a", "just b")),
    ("- [ ] `$ just test`", ("just test",)),
    ("- [ ] ``just test``", ("just test",)),
    ("- `just test`", ("just test",)),
    ("- `just a` and `just b`", ("just a", "just b")),
    ("- `just test` passes", ("just test",)),
    ("- `just test` exits with 0", ("just test",)),
    ("- `just test` (slow)", ("just test",)),
    ("- `just test` → 12 passed", ("just test",)),
    ("Run `just test`.", ("just test",)),
    ("`just test`", ("just test",)),
    ("Run `just a`\nRun `just b`", ("just a", "just b")),
    ("| Check | Command |\n|---|---|\n| lint | `just lint` |", ("just lint",)),
    ("| Check | Command |\n|---|---|\n| all | Run `just a \\| tee log` |", ("just a | tee log",)),
    ("```sh\njust test \\\n  --all\njust lint\n```", ("just test --all", "just lint")),
    ("```sh\njust test \\\n```", ("just test",)),
    ("```console\n$ just test \\\n    --all\n12 passed\n```", ("just test --all",)),
    ("- [ ] `greet` prints a greeting", ()),
    ("- [ ] No test calls `git push --force`", ()),
    ("- [ ] The output of `just test` names each stage", ()),
    ("- [ ] A user who types `notes add x` sees a number", ()),
    ("- [ ] Users can run `notes add x` twice", ()),
    ("- [ ] It is safe to run `notes add x` twice", ()),
    ("- [ ] Do not run `git push --force`", ()),
    ("- [ ] Never run `git push --force`", ()),
    ("- [ ] If it fails, run `git reset --hard`", ()),
    ("- [ ] Manual test: `notes add x` prints a number", ()),
    ("- [ ] All tests pass (`just test`)", ()),
    ("- [ ] Documented in `docs/how to run.md`", ()),
    ("- `git push --force` was never called", ()),
    ("- `just a` passes, and nobody calls `git push --force`", ("just a",)),
    ("- [ ] Run `just a` and look at what `git status -s` says", ("just a",)),
    ("The tests are those that `just test` runs, and a few by hand.", ()),
    ("Before the release somebody runs `just deploy now`.", ()),
    ("| Check | Command |\n|---|---|\n| `just lint` is never called by `make all` | no |", ()),
)


@pytest.mark.parametrize(("text", "found"), VARIANTS, ids=[text[:50] for text, _ in VARIANTS])
def test_a_command_is_a_gate_where_a_person_is_told_to_run_it(
    text: str, found: tuple[str, ...]
) -> None:
    assert commands(*text.split("\n")) == list(found)


@pytest.mark.parametrize("fence", ("```sh\n\\", "```sh\n\\\n\\\n```\n", "```sh\n$ \\\n\n```\n"))
def test_a_backslash_without_a_command_is_no_gate(fence: str) -> None:
    assert gates(*fence.split("\n")) == []
