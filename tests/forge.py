"""Random plans beside a simulated forge, played to their end by two clones.

Stages are worked on in two clones of a bare repository, reviewed and landed by a third that plays
the forge: as a merge, as one commit, or each commit again. Reviews add lines and take lines out,
branches are updated from a main that moves, and deleted after they have landed. What every stage's
reviewed work comes to is known from the start, so the end can be compared with it.
"""

from __future__ import annotations

import random
import re
import shlex
from dataclasses import dataclass, field

from tests.remotes import clone, origin
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, shop

# How many commands of a refusal are followed before it counts as a circle.
MOST_STEPS = 6
_LANDED = re.compile(r"plan-worktree mark \S+ (\S+) complete --landed COMMIT")
_COMMAND = re.compile(r": ((?:git -C|plan-worktree) .*)$")


@dataclass
class Game:
    """A plan that is played: its clones, and what each stage's file has to hold at the end."""

    cli: Cli
    clones: list[Repo]
    forge: Repo
    dice: random.Random
    wanted: dict[str, str] = field(default_factory=dict)

    def played(self, repo: Repo, *command: str) -> None:
        """Run a command in a clone; where it refuses, do what it says and run it again."""
        for _ in range(MOST_STEPS):
            result = self.cli(*command, cwd=repo.path)
            if result.exit_code == 0:
                return
            assert result.exit_code == 1, result.output
            found = [_COMMAND.search(line) for line in result.output.splitlines()]
            said = [advice[1] for advice in found if advice]
            assert said, result.output
            if person := _LANDED.search(result.output):
                self._say_what_landed(repo, person[1])
                continue
            for part in said[0].split(" && "):
                words = shlex.split(part)
                if words[0] == "git":
                    repo.git(*words[1:])
                else:
                    self.played(repo, *words[1:], *_owner(words))
        raise AssertionError(f"a circle: {command}: {result.output}")

    def _say_what_landed(self, repo: Repo, stage: str) -> None:
        """Find, as a person would, the commit that brought a stage, and say so."""
        path = f"src/{stage}.txt"
        commits = repo.git("log", "--format=%H", "--first-parent", "origin/main", "--", path)
        self.played(repo, "mark", PLAN_ID, stage, "complete", "--landed", commits.splitlines()[-1])


def _owner(words: list[str]) -> tuple[str, ...]:
    return ("--owner", "w") if words[1] in ("complete", "start") else ()


def game(repo: Repo, cli: Cli, seed: int) -> Game:
    """Make a random plan of three to five stages, two clones and a forge."""
    dice = random.Random(seed)  # noqa: S311 - a game
    names = [f"s{number}" for number in range(dice.randint(3, 5))]
    stages = [
        f"{name}:{','.join(dice.sample(names[:at], dice.randint(0, min(at, 2))))}".rstrip(":")
        for at, name in enumerate(names)
    ]
    shop(repo, *stages)
    origin(repo)
    repo.git("config", "pull.rebase", "false")
    second, forge = clone(repo, "second"), clone(repo, "forge")
    second.git("config", "pull.rebase", "false")
    return Game(cli, [repo, second], forge, dice)


def play(game: Game) -> None:
    """Work on all stages in their order, and land each somewhere; end with all of them landed."""
    plan = (game.clones[0].path / f".claude/plans/{PLAN_ID}.md").read_text()
    for stage in dict.fromkeys(re.findall(r'"id": "(s\d)"', plan)):
        here = game.dice.choice(game.clones)
        _work(game, here, stage)
        _review(game, stage)
        if game.dice.random() < 0.4:
            _move(game)
        _land(game, here, stage)


def _share(here: Repo) -> None:
    """Commit what the plan says of its stages, and exchange it with the remote."""
    if here.git("status", "--porcelain", "--untracked-files=no"):
        here.git("commit", "--quiet", "--all", "--message", "The plan's statuses")
    here.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    here.git("push", "--quiet", "origin", "main")


def _work(game: Game, here: Repo, stage: str) -> None:
    _share(here)
    here.git("fetch", "--quiet")
    game.played(here, "start", PLAN_ID, stage, "--owner", "w", "--setup")
    there = here.stage(PLAN_ID, stage)
    there.write(f"src/{stage}.txt", "first\nsecret\nlast\n")
    there.commit(f"begin {stage}")
    there.write(f"src/{stage}.txt", "first\nsecret\nmore\nlast\n")
    there.commit(f"go on with {stage}")
    game.wanted[stage] = "first\nsecret\nmore\nlast\n"
    if game.dice.random() < 0.3:
        there.git("merge", "--quiet", "--no-edit", "origin/main")
    game.played(here, "complete", PLAN_ID, stage, "--owner", "w")
    there.git("push", "--quiet", "origin", "HEAD")
    _share(here)


def _review(game: Game, stage: str) -> None:
    forge, dice = game.forge, game.dice
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", branch(stage), f"origin/{branch(stage)}")
    if dice.random() < 0.6:
        game.wanted[stage] = "first\nmore\nlast\n"
        forge.write(f"src/{stage}.txt", game.wanted[stage])
        forge.commit("a review takes a line out")
    if dice.random() < 0.3:
        forge.git("merge", "--quiet", "--no-edit", "origin/main")
    forge.git("push", "--quiet", "origin", branch(stage))


def _move(game: Game) -> None:
    forge = game.forge
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    name = f"other-{game.dice.randrange(10**6)}.txt"
    forge.write(name, "somebody else's\n")
    forge.commit("something else")
    forge.git("push", "--quiet", "origin", "main")
    forge.git("fetch", "--quiet")


def _land(game: Game, here: Repo, stage: str) -> None:
    forge, dice, name = game.forge, game.dice, branch(stage)
    how = dice.choice(("here", "merge", "squash", "rebase"))
    if how == "here":
        here.git("fetch", "--quiet")
        game.played(here, "merge", PLAN_ID, stage)
        here.git("push", "--quiet", "origin", "main")
        return
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    if how == "merge":
        forge.git("merge", "--quiet", "--no-ff", "-m", f"Merge branch '{name}'", name)
    elif how == "squash":
        forge.git("merge", "--quiet", "--squash", name)
        forge.commit(f"{stage} (#7)")
    else:
        forge.git("switch", "--quiet", "-C", "landing", name)
        forge.git("rebase", "--quiet", "main")
        forge.git("switch", "--quiet", "main")
        forge.git("merge", "--quiet", "--ff-only", "landing")
    forge.git("push", "--quiet", "origin", "main")
    if dice.random() < 0.3:
        # The author takes the review in before the branch is deleted.
        here.stage(PLAN_ID, stage).git("pull", "--quiet", "--ff-only", "origin", name)
        forge.git("push", "--quiet", "origin", "--delete", name)
    if dice.random() < 0.5:
        here.git("fetch", "--quiet", "--prune")


def landed(game: Game) -> dict[str, str]:
    """Return what main holds on the remote of each stage's file."""
    forge = game.forge
    forge.git("fetch", "--quiet")
    return {s: forge.git("show", f"origin/main:src/{s}.txt") + "\n" for s in game.wanted}
