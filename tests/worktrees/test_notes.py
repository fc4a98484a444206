"""Notes in git directories of worktrees, whoever wrote them."""

from __future__ import annotations

from pathlib import Path

from plan_worktree.worktrees.notes import note_slot, noted_slots


def test_slots_of_scratch_worktrees_are_read_and_nothing_else(tmp_path: Path) -> None:
    for name, said in {"b": "-1\n", "c": "x\n", "d": "99999999\n", "e": "²\n", "f": ""}.items():
        folder = tmp_path / "worktrees" / name
        folder.mkdir(parents=True)
        (folder / "plan-worktree.slot").write_text(said, encoding="utf-8")
    (tmp_path / "worktrees/a").mkdir()
    note_slot(tmp_path / "worktrees/a", 3)

    assert noted_slots(tmp_path) == {3}
