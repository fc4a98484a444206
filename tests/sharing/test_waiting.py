"""Who waits for a stage goes on when it was freed in another clone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clones import claim_of, finish, shared, take
from tests.world import PLAN_ID, start, wait_for


@pytest.mark.thorough
def test_who_waits_is_woken_by_what_another_clone_does(tmp_path: Path) -> None:
    one, two = shared(tmp_path, "one", "two")
    take(one, "core", "ada")
    words = ("start", PLAN_ID, "api", "--setup", "--owner", "bob", "--wait")
    with start(*words, cwd=two.path) as waiting:
        wait_for(lambda: claim_of(two, "core") == "ada")
        finish(one, "core", "ada")
        output, said = waiting.communicate()
    assert waiting.returncode == 0, output + said
    assert claim_of(one, "api") == ""
    assert claim_of(two, "api") == "bob"
    assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"
