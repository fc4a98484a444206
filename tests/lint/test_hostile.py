"""Plans written to do harm: findings, never a crash, and never more time than their size earns."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.check import check
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.text.source import MAX_BYTES
from tests.lint.plans import PLAN_ID, block, plan
from tests.support import ROOT, Stage

EXAMPLE = (ROOT / "skills/plan-worktree/references/example-plan.md").read_bytes()
TEMPLATE = (ROOT / "skills/plan-worktree/assets/plan-template.md").read_bytes()
PLAN = plan("api", "ui:api").encode()

PIECES = (
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"1e999", b"-1", b'"\\ud800"', b"\\u0000"),
    *(
        b"```",
        b"~~~",
        b"- ",
        b"> ",
        b"\t",
        b"#",
        b"**Stage ID**: `api`\n",
        b"**",
        b"`",
        b"- Create: ",
    ),
    *(
        b"<!--",
        b"-->",
        b"<!-- plan-worktree: ignore PW304 why -->\n",
        b"| just ",
        b"|| true",
        b"TODO",
    ),
    *(b"../", b"/", b"..", b"*", b"[!", b"${", b"(", b"\\", b"\xff", b"\xe2\x80\xa8", b"\r", b"\0"),
)


def checked(raw: bytes) -> tuple[Diagnostic, ...]:
    """Check a plan; whatever it is, its findings can be printed and are inside the file."""
    file = loads(raw, "plan.md")
    found = check(file, None)
    lines = file.document.source.lines if file.document else ()
    for one in found:
        assert one.message.isprintable()
        assert one.line >= 1
        assert one.column >= 1
        if lines:
            assert one.column <= len(lines[one.line - 1]) + 1
    assert list(found) == sorted(found)
    return found


def codes(raw: bytes) -> list[str]:
    return [one.code for one in checked(raw)]


def cpu_seconds(raw: bytes) -> float:
    start = time.process_time()
    check(loads(raw, "plan.md"), None)
    return time.process_time() - start


@given(st.binary(max_size=200))
def test_any_bytes_give_findings(raw: bytes) -> None:
    assert checked(raw)


@given(
    st.sampled_from((PLAN, EXAMPLE, TEMPLATE)),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from((*PIECES, b""))),
        min_size=1,
        max_size=6,
    ),
)
def test_any_damage_to_a_plan_gives_findings_or_none(
    raw: bytes, damage: list[tuple[float, int, bytes]]
) -> None:
    for where, length, piece in damage:
        at = int(where * len(raw))
        raw = raw[:at] + piece + raw[at + length :]
    checked(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
PROPERTIES = ("plan_id", "created", "author", "status", "base", "stages", "x-y", "$schema", "z")
OF_A_STAGE = ("id", "name", "branch", "worktree_path", "status", "depends_on", "verify", "x-y", "z")


@given(
    st.dictionaries(st.sampled_from(PROPERTIES), JSON),
    st.lists(st.dictionaries(st.sampled_from(OF_A_STAGE), JSON) | JSON, max_size=3),
    st.booleans(),
)
def test_any_metadata_gives_findings(
    metadata: dict[str, Any], stages: list[Any], is_ascii: bool
) -> None:
    text = json.dumps({**metadata, "stages": stages}, ensure_ascii=is_ascii)
    raw = f"```json metadata\n{text}\n```\n".encode("utf-8", "replace")
    assert checked(raw)


ESCAPES = ("\\ud800", "\\udc80", "\\u0000", "\\u001b[2J", "\\u202e")
STRINGS = (
    *(f'"{PLAN_ID}",', '"2026-01-02"', '"Ada"', '"draft"', '"api",', '"The API"', '"feature/'),
    *('"../', '"not-started"', '"plan_id"', '"stages"', '"worktree_path"', '"depends_on"'),
)


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("string", STRINGS)
def test_a_character_that_is_none_is_harmless_in_any_string(string: str, escape: str) -> None:
    assert checked(block((string, f'"{escape}{string[1:]}')).encode())


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("name", ("author", "name", "verify"))
def test_a_character_that_is_none_is_a_finding_where_any_text_goes(name: str, escape: str) -> None:
    text = {
        "author": block(('"Ada"', f'"{escape}Ada"')),
        "name": block(('"The API"', f'"The API{escape}"')),
        "verify": block(('"depends_on": []', f'"verify": ["make {escape}"]')),
    }[name]
    assert [code for code in codes(text.encode()) if code < "PW4"]


@pytest.mark.second
@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("[" * (MAX_BYTES + 1), ["PW006"]),
        ("[" * (MAX_BYTES - 10), ["PW001"]),
        ("```json metadata\n" + "[" * (MAX_BYTES - 100) + "\n```\n", ["PW004"]),
        ("```json metadata\n" + '{"a":' * 700_000 + "\n```\n", ["PW004"]),
    ),
    ids=("too large", "outside", "inside", "objects"),
)
def test_megabytes_of_brackets_are_one_finding(text: str, expected: list[str]) -> None:
    start = time.process_time()
    assert codes(text.encode()) == expected
    assert time.process_time() - start < 60


@pytest.mark.parametrize("depth", (900, 960, 980, 990, 1000, 5000))
@pytest.mark.parametrize("name", ("x-deep", "status", "stages", "z"))
@pytest.mark.parametrize("ends", (("[", "]"), ('{"a":', "}")))
def test_values_nested_to_the_limit_of_the_parser_are_findings(
    depth: int, name: str, ends: tuple[str, str]
) -> None:
    deep = ends[0] * depth + "1" + ends[1] * depth
    text = block(('"author": "Ada",', f'"author": "Ada",\n"{name}": {deep},'))
    assert set(codes(text.encode())) <= {
        "PW004",
        "PW005",
        "PW102",
        "PW103",
        "PW104",
        "PW401",
        "PW405",
    }


LONG = 1_000_000


@pytest.mark.soak
@pytest.mark.parametrize(
    "text",
    (
        "word " * (LONG // 5),
        "-" * LONG,
        "* " * (LONG // 20),
        "> " * 2000 + "x",
        "- " * 2000 + "x",
        "> - " * 1000 + "x",
        "`" * LONG,
        "#" * LONG,
        "**" * (LONG // 2),
        "**a**: " + " " * LONG + "b",
        "[" * LONG,
        "[a]: " + "(" * LONG,
        "<a" + " b" * (LONG // 2),
        "<!--" * (LONG // 4),
        "&" * LONG,
        "\\" * LONG,
        " " * LONG + "x",
        "\t" * (LONG // 10) + "x",
        "1" * LONG + ". x",
        "- Create: `" + "a" * LONG + "`",
        "**Stage ID**: `" + "a" * LONG + "`",
        "<!-- plan-worktree: ignore " + "a " * (LONG // 2),
    ),
    ids=lambda text: f"{text[:28]!r}",
)
def test_a_line_of_a_million_characters_takes_no_longer_than_it_should(text: str) -> None:
    assert cpu_seconds(f"{block()}\n{text}\n".encode()) < 5


@pytest.mark.soak
@pytest.mark.parametrize(
    "lines",
    (
        "- item\n",
        "1. item\n\n",
        "> quote\n\n",
        "> - both\n",
        "- [ ] **A**: b\n",
        "```\nx\n```\n",
        "# heading\n",
        "text\n===\n",
        "[a]: /b\n",
        "<div>\n\n",
        "<!-- comment -->\n",
        "| a | b |\n",
        "    code\n\n",
        "-\n",
        "**Stage ID**: `api`\n\n",
        "### Stage\n\n**Stage ID**: `zz`\n\n",
        "<!-- plan-worktree: ignore PW501 why -->\n\n",
    ),
)
def test_ten_thousand_blocks_take_no_longer_than_they_should(lines: str) -> None:
    assert cpu_seconds(f"{block()}\n{lines * 10_000}".encode()) < 5


@pytest.mark.soak
@pytest.mark.parametrize("lines", ("> a\n```\n```\n", "> a\n\nb\n\n"))
def test_many_containers_that_end_without_a_blank_line_take_linear_time(lines: str) -> None:
    assert cpu_seconds(f"{block()}\n{lines * 30_000}".encode()) < 1.3


@pytest.mark.soak
def test_a_heading_of_many_blanks_takes_linear_time() -> None:
    assert cpu_seconds(f"{block()}\n# a{' ' * 12_000}b\n".encode()) < 0.6


def many(count: int, **properties: Any) -> bytes:
    """Write a block of many stages; `{n}` in a property is the stage's number."""
    stages = [
        json.dumps(Stage(f"s{n}").metadata(PLAN_ID) | properties).replace("{n}", str(n))
        for n in range(count)
    ]
    stages.insert(0, json.dumps(Stage("api").metadata(PLAN_ID)))
    head, _, _ = block().partition('"stages": [')
    return (head + '"stages": [\n' + ",\n".join(stages) + "\n]\n}\n```\n").encode()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("properties", "expected"),
    (
        ({}, set()),
        ({"id": 7, "branch": [], "nmae": "", "status": "x"}, {"PW102", "PW103", "PW104"}),
        pytest.param(
            {"id": "same", "branch": "f/same", "worktree_path": "../same"},
            {"PW201", "PW302", "PW305"},
            marks=pytest.mark.soak,
        ),
        ({"branch": "f/{n}..", "worktree_path": "/"}, {"PW301", "PW304", "PW305"}),
        pytest.param({"depends_on": ["s{n}"]}, {"PW203"}, marks=pytest.mark.soak),
        pytest.param({"depends_on": ["api", "api"]}, {"PW205"}, marks=pytest.mark.soak),
        pytest.param({"branch": "f/s0", "id": "S{n}"}, {"PW302"}, marks=pytest.mark.soak),
    ),
    ids=("valid", "schema", "same", "names", "themselves", "twice", "one branch"),
)
def test_five_thousand_stages_are_checked_in_seconds(
    properties: dict[str, Any], expected: set[str]
) -> None:
    raw = many(5000, **properties)
    start = time.process_time()
    found = codes(raw)
    assert time.process_time() - start < 60
    assert expected <= set(found)
    if not expected:
        assert not [code for code in found if code < "PW4"]


@pytest.mark.soak
def test_thousands_of_unknown_dependencies_are_checked_in_seconds() -> None:
    assert cpu_seconds(many(1500, depends_on=["other-{n}"])) < 1


@pytest.mark.soak
def test_a_stage_of_many_dependencies_takes_linear_time() -> None:
    text = block(
        ('"depends_on": []', f'"depends_on": {json.dumps([f"d{n}" for n in range(20_000)])}')
    )
    assert cpu_seconds(text.encode()) < 0.8


@pytest.mark.soak
def test_a_branch_of_many_folders_takes_linear_time() -> None:
    assert cpu_seconds(block((f'feature/{PLAN_ID}-api"', f'{"a/" * 100_000}api"')).encode()) < 0.8


@pytest.mark.soak
def test_a_path_of_many_folders_takes_linear_time() -> None:
    path = f"../worktrees/{PLAN_ID}/api"
    assert cpu_seconds(block((path, f"../{'a/' * 25_000}api")).encode()) < 0.6


@pytest.mark.soak
@pytest.mark.parametrize("lines", ("```\n```\n", "**Stage ID**: `zz`\n"))
def test_many_ignore_comments_take_linear_time(lines: str) -> None:
    text = f"<!-- plan-worktree: ignore PW402 why -->\n{lines}\n" * 4000
    assert cpu_seconds(f"{block()}\n{text}".encode()) < 0.6


@pytest.mark.parametrize(
    "edit",
    (
        ('"id": "api"', f'"id": "{"a" * 100_000}"'),
        (f"feature/{PLAN_ID}-api", "a." * 50_000),
        (f"../worktrees/{PLAN_ID}/api", "/" + "a" * 100_000),
        ('"depends_on": []', f'"depends_on": ["{"a" * 100_000}"]'),
        ('"depends_on"', f'"{"a" * 100_000}"'),
    ),
    ids=("id", "branch", "path", "dependency", "property"),
)
def test_no_message_is_longer_than_a_screen(edit: tuple[str, str]) -> None:
    assert max(len(one.message) for one in checked(block(edit).encode())) < 2000
