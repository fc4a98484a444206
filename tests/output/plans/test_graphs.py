"""Graphs: every stage and every arrow, and no name can be more than a label."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.output.plans.graphs import dot, mermaid
from plan_worktree.plan.graph import stage_graph
from plan_worktree.plan.model import Plan, read_plan
from tests.support import Repo
from tests.world import PLAN_ID, Cli, shop


def plan(*names: str, plan_id: str = "2026-01-02-shop") -> Plan:
    stages = [
        {"id": f"s{n}", "name": name, "depends_on": [f"s{n - 1}"] if n else []}
        for n, name in enumerate(names)
    ]
    return read_plan({"plan_id": plan_id, "stages": stages})


def test_mermaid_shows_every_stage_and_an_arrow_to_what_needs_it(repo: Repo, cli: Cli) -> None:
    shop(repo)

    result = cli("show", PLAN_ID, "--format", "mermaid", cwd=repo.path)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "flowchart LR",
        '    s0["core: Core"]',
        '    s1["api: Api"]',
        '    s2["ui: Ui"]',
        '    s3["docs: Docs"]',
        '    s4["search: Search"]',
        '    s5["release: Release"]',
        "    s0 --> s1",
        "    s0 --> s2",
        "    s0 --> s3",
        "    s1 --> s4",
        "    s2 --> s4",
        "    s4 --> s5",
        "    s3 --> s5",
    ]


def test_dot_shows_every_stage_and_an_arrow_to_what_needs_it(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api:core")

    result = cli("show", PLAN_ID, "--format", "dot", cwd=repo.path)

    assert result.exit_code == 0
    assert result.stdout == (
        'digraph "2026-01-02-shop" {\n'
        "    rankdir=LR;\n"
        "    node [shape=box];\n"
        '    s0 [label="core: Core"];\n'
        '    s1 [label="api: Api"];\n'
        "    s0 -> s1;\n"
        "}\n"
    )


HOSTILE = (
    '"]; click s0 "javascript:alert(1)"',
    '"]\n    s9["new"]',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "#quot;] --> s9",
    "&quot;]",
    '\\"]; evil',
    "\\",
    '\\\\"',
    "`end`",
    "end",
    "\x1b]0;title\x07",
    "a\u202eb",
    "--> x --> y",
    '";}\ndigraph evil {',
    "]",
    "*/ <!--",
)


def mermaid_label(line: str) -> str:
    found = re.fullmatch(r' {4}s0\["([^"\n<>]*)"\]', line)
    assert found, line
    return found[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_a_mermaid_label(name: str) -> None:
    one = plan(name, "next")

    lines = mermaid(one, stage_graph(one)).split("\n")

    assert lines[0] == "flowchart LR"
    assert mermaid_label(lines[1])
    assert lines[2:] == ['    s1["s1: next"]', "    s0 --> s1"]


def test_no_name_is_a_mermaid_directive() -> None:
    one = plan("%%{init: {'theme': 'forest'}}%%")

    assert "%%{" not in mermaid(one, stage_graph(one))


def dot_text(quoted: str) -> str:
    """Read a quoted string as Graphviz does: only the quote is escaped, labels know a backslash."""
    assert re.fullmatch(r'"(?:[^"\\\n]|\\.)*"', quoted), quoted
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_a_dot_label(name: str) -> None:
    one = plan(name, "next", plan_id=name)

    lines = dot(one, stage_graph(one)).split("\n")

    assert dot_text(lines[0].removeprefix("digraph ").removesuffix(" {"))
    assert dot_text(lines[3].removeprefix("    s0 [label=").removesuffix("];"))
    assert lines[4:] == ['    s1 [label="s1: next"];', "    s0 -> s1;", "}"]


@given(st.text(max_size=30))
def test_any_name_is_one_line_and_one_label(name: str) -> None:
    one = plan(name)
    graph = stage_graph(one)

    drawn, dotted = mermaid(one, graph).split("\n"), dot(one, graph).split("\n")

    assert len(drawn) == 2
    mermaid_label(drawn[1])
    assert len(dotted) == 5
    label = dot_text(dotted[3].removeprefix("    s0 [label=").removesuffix("];"))
    if name.isprintable():
        assert label == f"s0: {name}"
