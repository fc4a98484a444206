"""What a clone is called, and as of when it is known what a remote has of a plan."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from plan_worktree.project.clone import (
    clone_name,
    last_answer,
    name_clone,
    note_answer,
    seconds_since_answer,
)


def test_a_clone_gets_one_name_and_keeps_it_where_it_is_moved(tmp_path: Path) -> None:
    there = tmp_path / "git"
    there.mkdir()
    assert clone_name(there) == ""
    name = name_clone(there)
    assert len(name) == 8
    assert name_clone(there) == clone_name(there) == name
    assert clone_name(there.rename(tmp_path / "moved")) == name


def test_a_copy_of_a_clone_has_no_name_until_it_gets_its_own(tmp_path: Path) -> None:
    there = tmp_path / "git"
    there.mkdir()
    name = name_clone(there)
    copy = shutil.copytree(there, tmp_path / "copy")
    assert clone_name(copy) == ""
    assert name_clone(copy) not in ("", name)
    assert clone_name(there) == name


def test_a_file_with_anything_else_is_no_name(tmp_path: Path) -> None:
    for text in ("", "abcd", "../../etc 1", f"zzzzzzzz {tmp_path.stat().st_ino}", "\0"):
        (tmp_path / "plan-worktree.clone").write_text(text)
        assert clone_name(tmp_path) == ""
    assert name_clone(tmp_path)


def test_an_answer_is_known_of_the_plan_that_was_asked_for(tmp_path: Path) -> None:
    assert last_answer(tmp_path, "plan") is None
    assert seconds_since_answer(tmp_path, "plan") is None
    note_answer(tmp_path, "plan", 1_000.0)
    assert last_answer(tmp_path, "plan") == 1_000.0
    assert (seconds_since_answer(tmp_path, "plan") or 0) > 1_000_000
    assert seconds_since_answer(tmp_path, "other") is None
    note_answer(tmp_path, "plan", time.time() + 3600)  # a clock that was set back
    assert (seconds_since_answer(tmp_path, "plan") or 0) > 1_000


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    note_answer(tmp_path / "gone", "plan", 1.0)
    assert last_answer(tmp_path / "gone", "plan") is None
