"""Every command block of README, executed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.docs.session import README, play, steady
from tests.support import copy_checkout, registry_environment, run


@pytest.mark.thorough
def test_the_sessions_look_as_they_are_shown(tmp_path: Path) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    played = list(play(home))
    assert len(played) >= 10
    for one in played:
        assert steady(one.seen) == steady(one.block.text)


@pytest.mark.registry
def test_the_command_that_shows_all_of_it_shows_it(tmp_path: Path) -> None:
    demo, _ = blocks(README, "sh")
    assert demo.text.endswith(" demo\n")
    clone = copy_checkout(tmp_path / "clone")
    done = run("bash", "-c", demo.text, cwd=clone, env=registry_environment())
    assert done.exit_code == 0, done.output
    assert "created" in done.stdout
    assert (clone / "plan-worktree-demo").is_dir()


def test_the_command_that_tests_is_what_ci_runs() -> None:
    _, tests = blocks(README, "sh")
    ci = (README.parent / ".ci/run").read_text()
    assert re.search(rf"^{re.escape(tests.text)}", ci, re.MULTILINE)
