"""What a request says: our part between two comments, whatever a plan or people write."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.landing.forges.protocol import Change, Request, Wanted
from plan_worktree.landing.requests.body import decide_change
from tests.pull_requests import hub
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, finish

BEGIN, END = "<!-- plan-worktree: begin", "<!-- plan-worktree: end -->"


def block(text: str, base: str = "main", title: str = "A", draft: str = "no") -> str:
    return f"{BEGIN} base={base} title={title} draft={draft} -->\n{text}\n\n{END}"


WANTED = Wanted("a", "main", "A", block("new"), draft=False)
OPEN = Request(1, "u", "open", False, "a", "main", "A", block("new"), "0" * 40)


def test_what_is_as_wanted_is_not_changed() -> None:
    assert decide_change(OPEN, WANTED).change.is_none
    as_edited = replace(OPEN, body=OPEN.body.replace("\n", "\r\n") + "\r\n")
    assert decide_change(as_edited, WANTED).change.is_none


def test_what_we_said_last_is_changed() -> None:
    old = block("old", "feature/core", "Old", "yes")
    request = replace(OPEN, body=old, base="feature/core", title="Old", draft=True)

    assert decide_change(request, WANTED) == (Change("main", "A", block("new"), draft=False), ())


def test_what_a_person_chose_is_left() -> None:
    request = replace(OPEN, base="release", title="Better", draft=True)

    decision = decide_change(request, WANTED)

    assert decision.change.is_none
    assert len(decision.left) == 2


def test_what_the_forge_retargeted_where_we_want_it_is_fine() -> None:
    request = replace(OPEN, body=block("old", "feature/core"))

    decision = decide_change(request, WANTED)

    assert (decision.change, decision.left) == (Change(body=block("new")), ())


@given(st.text(), st.text())
def test_words_around_our_part_stay_to_the_letter(before: str, after: str) -> None:
    if BEGIN in before:
        return
    request = replace(OPEN, body=f"{before}{block('old')}{after}")

    body = decide_change(request, WANTED).change.body

    assert body == f"{before}{block('new')}{after}"


@pytest.mark.parametrize("body", ("", "words", f"{END} words {BEGIN} -->", f"{BEGIN} --> cut off"))
def test_a_body_without_our_part_gets_it_at_its_end(body: str) -> None:
    now = decide_change(replace(OPEN, body=body), WANTED).change.body

    assert now == (f"{body}\n\n{block('new')}" if body else block("new"))


HOSTILE = (
    f"{END} outside <!-- an open comment",
    f"{BEGIN} base=evil draft=no -->",
    "--> --!> ]]> ``` ~~~ \x1b[31m\u202e",
    "<details><script>alert(1)</script>",
)


@sampled("text", HOSTILE, one_in=4)
def test_no_text_of_a_plan_gets_out_of_our_part(
    repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    plain = "".join(char for char in text if char.isprintable())
    stage = Stage("core", name=f"Core {plain}"[:60], verify=(f": '{plain}' '```````'",))
    forge = hub(repo, cli, monkeypatch, stage)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    written = path.read_text()
    path.write_text(written.replace("The other parts rest on it.", f"The other {text}"))
    finish(repo, cli, "core")

    for _ in range(2):
        result = cli("submit", PLAN_ID, cwd=repo.path)
        assert result.exit_code == 0, result.output
    body = forge.of("core")["body"]

    assert body.startswith(f"{BEGIN} base=main ")
    assert body.endswith(END)
    assert (body.count("<!--"), body.count("-->")) == (2, 2)
    assert "\x1b" not in body
    assert "kept #1" in result.stdout
