"""However stages are reviewed and landed around a remote, main ends with their reviewed work."""

from __future__ import annotations

import pytest

from tests.forge import check, game, play
from tests.support import Repo
from tests.world import Cli


@pytest.mark.parametrize("seed", (2, 4, 101, 103))
def test_main_ends_with_what_the_reviews_left(repo: Repo, cli: Cli, seed: int) -> None:
    played = game(repo, cli, seed)

    play(played)

    check(played)
