"""However stages are reviewed and landed around a remote, main ends with their reviewed work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.forge import check, game, play
from tests.sampling import sampled
from tests.support import Repo
from tests.world import Cli


@pytest.mark.thorough
@sampled("seed", (2, 4, 91, 101), one_in=4)
def test_main_ends_with_what_the_reviews_left(repo: Repo, cli: Cli, seed: int) -> None:
    played = game(repo, cli, seed)

    play(played)

    check(played)


@pytest.mark.soak
@pytest.mark.parametrize(
    "seed", (0, 1, 9, 15, 18, 31, 34, 43, 45, 47, 51, 65, 76, 91, 105, 115, 223, 331)
)
def test_plans_that_met_another_clone_a_squash_or_a_deleted_branch(
    repo: Repo, cli: Cli, seed: int
) -> None:
    played = game(repo, cli, seed)
    play(played)
    check(played)


@pytest.mark.soak
@pytest.mark.parametrize("seed", (2, 4))
def test_what_was_moved_onto_the_target_is_not_pulled_back(repo: Repo, cli: Cli, seed: int) -> None:
    played = game(repo, cli, seed)
    played.pushes = False
    play(played)
    check(played)


@pytest.mark.soak
@pytest.mark.parametrize("start", range(0, 500, 10))
def test_five_hundred_plans_end_with_what_the_reviews_left(
    make_repo: Callable[[str], Repo], cli: Cli, start: int
) -> None:
    stories = Counter[str]()
    for seed in range(start, start + 10):
        played = game(make_repo(f"plan {seed}/project"), cli, seed)
        play(played)
        check(played)
        stories.update(line.partition(" of ")[0] for line in played.story if line[:5] == "forge")
    print(f"plans {start} to {start + 9} ended right: {dict(stories)}")  # noqa: T201
