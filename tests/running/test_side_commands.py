"""What commands beside the workers have printed becomes events, or the reason for nothing."""

from __future__ import annotations

import json

from plan_worktree.running.side_commands import Printed, merged_events, submitted_events, trouble


def printed(kind: str, **fields: object) -> bytes:
    return json.dumps({"kind": kind, "version": 1, **fields}).encode()


def test_a_merge_tells_what_landed_and_what_does_not() -> None:
    culprit = {"stage": "ui", "reason": "its gate fails", "log": "/a.log"}
    stopped = {"stage": "api", "files": ["x"], "reason": "it conflicts"}
    said = printed(
        "merge",
        landed=[{"stage": "core", "commit": "c" * 40}],
        culprits=[culprit],
        stopped=stopped,
    )
    told = [(one.event, one.stage, one.text) for one in merged_events(said)]
    assert told == [
        ("landed", "core", "it has landed"),
        ("not-landed", "ui", "its gate fails"),
        ("not-landed", "api", "it conflicts"),
    ]


def test_a_submit_tells_of_each_stage() -> None:
    request = {"url": "https://forge.example/1"}
    opened = {"id": "core", "push": "pushed", "action": "opened", "request": request}
    waits = {"id": "api", "push": "kept", "action": "waiting", "reasons": ["it needs core", 1]}
    said = printed("submit", stages=[opened, waits, "?"])
    assert [(one.stage, one.text) for one in submitted_events(said)] == [
        ("core", "branch pushed, pull request opened: https://forge.example/1"),
        ("api", "branch kept, pull request waiting: it needs core"),
    ]


def test_what_is_no_output_of_ours_tells_nothing() -> None:
    for said in (b"", b"[]", b"[" * 100_000, b"\xff", printed("merge", landed=3, stopped=[])):
        assert merged_events(said) == []
        assert submitted_events(said) == []


def test_why_nothing_was_done_is_known() -> None:
    refused = printed("refused", reasons=[{"text": "home has changes"}, {"text": 1}])
    assert trouble(Printed(refused, "")) == ["home has changes"]
    assert trouble(Printed(b"", "Error: git push")) == ["Error: git push"]
    assert trouble(Printed(b"", "")) == ["it failed and did not say why"]
    assert trouble(Printed(printed("merge"), "a warning")) == []
