"""However stages are reviewed and landed around a remote, main ends with their reviewed work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.forge import game, landed, play
from tests.support import Repo
from tests.world import Cli


@pytest.mark.parametrize("seed", range(4))
def test_main_ends_with_what_the_reviews_left(repo: Repo, cli: Cli, seed: int) -> None:
    played = game(repo, cli, seed)

    play(played)

    assert landed(played) == played.wanted


@pytest.mark.soak
@pytest.mark.parametrize("start", range(0, 500, 10))
def test_five_hundred_plans_end_with_what_the_reviews_left(
    make_repo: Callable[[str], Repo], cli: Cli, start: int
) -> None:
    for seed in range(start, start + 10):
        played = game(make_repo(f"plan {seed}/project"), cli, seed)
        play(played)
        assert landed(played) == played.wanted, seed
