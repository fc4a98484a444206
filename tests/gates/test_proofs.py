"""What has passed on which tree is kept in one bounded blob, whoever wrote the one before."""

from __future__ import annotations

import json

import pytest

from plan_worktree.gates.proofs import MOST, known_gates, proving_command
from plan_worktree.git.objects.lookup import read_blob
from plan_worktree.git.refs import Ref
from tests.support import Repo

NAME = "refs/plan-worktree/2026-01-02-shop/proofs"
TREES = tuple(f"{number:040x}" for number in range(1, 700))


def record(text: str) -> Ref:
    return Ref(NAME, "1" * 40, None, text=text)


def added(repo: Repo, before: Ref | None, tree: str, *gates: str) -> Ref:
    command = proving_command(repo.path, NAME, before, tree, gates)
    assert command[:2] == ("update" if before else "create", NAME)
    assert command[3:] == ((before.object_id,) if before else ())
    return Ref(NAME, command[2], None, text=read_blob(repo.path, command[2]).decode())


def test_a_proof_holds_for_its_tree_and_its_words_alone(repo: Repo) -> None:
    made = added(repo, None, TREES[0], "make", "make \udcff test")
    again = added(repo, made, TREES[1], "make")

    assert known_gates(again, TREES[0], ("make", "make  ", "make \udcff test")) == {
        "make",
        "make \udcff test",
    }
    assert known_gates(again, TREES[1], ("make", "make test")) == {"make"}
    assert known_gates(None, TREES[0], ("make",)) == frozenset()


def test_the_newest_are_kept_and_none_is_kept_twice(repo: Repo) -> None:
    proofs = [{"tree": tree, "gate": "a" * 64} for tree in TREES[:MOST]]
    full = added(repo, record(json.dumps({"proofs": proofs})), TREES[600], "make")
    again = added(repo, full, TREES[600], "make")

    kept = json.loads(again.text)["proofs"]
    assert [proof["tree"] for proof in kept] == [*TREES[1:MOST], TREES[600]]


@pytest.mark.parametrize(
    "text",
    (
        "", "no JSON", "[" * 100_000, "[]", "null", '{"proofs": 3}', '{"proofs": {"tree": 1}}',
        '{"proofs": [1, null, [], {}, {"tree": 1, "gate": 2}, {"tree": "x", "gate": "y"}]}',
        '{"proofs": "' + "x" * 2_000_000 + '"}', '{"proofs": [{"tree": {"a": []}, "gate": ["b"]}]}',
    ),
    ids=range(10),
)  # fmt: skip
def test_a_blob_of_somebody_else_proves_nothing_and_hinders_nobody(repo: Repo, text: str) -> None:
    foreign = record(text)
    assert known_gates(foreign, TREES[0], ("make",)) == frozenset()
    assert known_gates(added(repo, foreign, TREES[0], "make"), TREES[0], ("make",)) == {"make"}
