"""The output of commands goes to files in the git directory, bounded, and never elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from plan_worktree.gates.logs import HEAD, TAIL, both_ends_of, end_of, new_log
from plan_worktree.project.refusal import Refused
from tests.sampling import sampled


def write(folder: Path, *pieces: bytes) -> Path:
    with new_log(folder, "plan", "stage", "gate") as log:
        for piece in pieces:
            log.write(piece)
    return log.path


def test_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    said = bytes(range(256)) * 10
    path = write(tmp_path, said, b"\x1b[31m")
    assert path.read_bytes() == said + b"\x1b[31m"
    assert path.parent == tmp_path / "plan-worktree/logs/plan/stage"


@sampled("size", (1 << 16, 1000, 77_777), one_in=3)
def test_of_a_long_output_the_first_and_the_last_is_kept(tmp_path: Path, size: int) -> None:
    total = 24 << 20
    said = b"".join(b"%07d\n" % number for number in range(total // 8))

    path = write(tmp_path, *(said[at : at + size] for at in range(0, total, size)))

    kept = path.read_bytes()
    assert kept[:HEAD] == said[:HEAD]
    notice, _, rest = kept[HEAD:].removeprefix(b"\n").partition(b"\n")
    assert TAIL <= len(rest) <= 2 * TAIL + size
    assert said.endswith(rest)
    left_out = total - HEAD - len(rest)
    assert notice.split() == [
        b"[plan-worktree:",
        b"%d" % left_out,
        *b"bytes are left out here]".split(),
    ]


def test_an_output_just_as_long_as_what_is_kept_is_whole(tmp_path: Path) -> None:
    piece = b"x" * (1 << 16)
    count = (HEAD + 2 * TAIL) // len(piece)
    assert write(tmp_path, *[piece] * count).read_bytes() == piece * count


@pytest.mark.parametrize("depth", (1, 2, 3, 4))
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, depth: int) -> None:
    common, away = tmp_path / "common", tmp_path / "away"
    away.mkdir()
    link = "/".join(("plan-worktree", "logs", "plan", "stage")[:depth])
    (common / link).parent.mkdir(parents=True)
    (common / link).symlink_to(away)

    with pytest.raises(
        Refused, match="is a link, and logs are written inside of the git directory"
    ):
        write(common, b"said")

    assert list(away.iterdir()) == []


def test_two_logs_of_one_moment_are_two_files(tmp_path: Path) -> None:
    paths = {write(tmp_path, b"%d" % number) for number in range(15)}
    assert len(paths) == 15


def test_the_end_of_a_log_begins_with_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, b"".join(b"%d\n" % number for number in range(100_000)))
    lines = end_of(path).split(b"\n")
    assert lines[-2:] == [b"99999", b""]
    assert len(lines[0]) == len(lines[1])
    assert end_of(write(tmp_path, b"one\ntwo")) == b"one\ntwo"
    assert len(end_of(write(tmp_path, b"x" * 100_000))) == 1 << 16


def test_both_ends_of_a_log_overlap_nowhere(tmp_path: Path) -> None:
    path = write(tmp_path, b"abcdef")
    assert both_ends_of(path, 2) == b"ab\nef"
    assert both_ends_of(path, 4) == b"abcd\nef"
    assert both_ends_of(path, 9) == b"abcdef\n"
