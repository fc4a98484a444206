"""One run of a plan and a clone: the note beside the lock is believed only where it is true."""

from __future__ import annotations

import json
import os

import pytest

from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.project.processes import began, processes_with
from plan_worktree.project.refusal import Refused
from plan_worktree.running.only_one import only_run, run_folder, running_now, stop_run
from tests.support import Repo
from tests.world import PLAN_ID, shop


def test_where_a_run_is_is_known_while_it_is(repo: Repo) -> None:
    home = open_plan(PLAN_ID, shop(repo).path).require_home()
    assert running_now(home, PLAN_ID) is None
    with only_run(home, PLAN_ID):
        now = running_now(home, PLAN_ID)
        assert now
        assert now.pid == os.getpid()
        with pytest.raises(Refused, match=f"process {os.getpid()}, since"), only_run(home, PLAN_ID):
            pass
    assert running_now(home, PLAN_ID) is None


@pytest.mark.parametrize(
    "note", ("", "[]", "{}", '{"pid": 1}', "[" * 100_000, '{"pid": "x", "began": 1}')
)
def test_a_note_that_is_none_stops_nobody(
    repo: Repo, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plan_worktree.running.only_one._BEGINNING", 0.0)
    home = open_plan(PLAN_ID, shop(repo).path).require_home()
    with only_run(home, PLAN_ID):
        (run_folder(home, PLAN_ID) / "running.json").write_text(note)
        assert running_now(home, PLAN_ID) is None
        with pytest.raises(Refused, match="does not say which process it is"):
            stop_run(home, PLAN_ID)


def test_a_process_that_got_the_number_of_another_one_is_not_asked_to_end(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plan_worktree.running.only_one._BEGINNING", 0.0)
    home = open_plan(PLAN_ID, shop(repo).path).require_home()
    with only_run(home, PLAN_ID):
        path = run_folder(home, PLAN_ID) / "running.json"
        said = json.loads(path.read_text()) | {"pid": os.getpid(), "began": "12"}
        path.write_text(json.dumps(said))
        assert running_now(home, PLAN_ID) is None
    path.write_text(json.dumps(said))
    assert stop_run(home, PLAN_ID) is None  # the lock is free


def test_processes_are_found_by_what_is_in_their_environment() -> None:
    assert os.getpid() not in processes_with({"PATH": os.environ["PATH"]})
    assert began(2**22 + 1) == ""
