"""Random plans beside a simulated forge, played to their end by two clones.

Stages are worked on in two clones of a bare repository, reviewed and landed by a third that plays
the forge: as a merge, as one commit, or each commit again. Work, reviews and landings come in any
order that the plan allows. Reviews add lines and take lines out, rewrite branches, and update them
from a main that moves; branches are deleted after they have landed. What every stage's reviewed
work comes to is known, so the end can be compared with it.
"""

from __future__ import annotations

import json
import random
import re
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.advice import Followed, follow
from tests.remotes import clone, origin
from tests.result import Result
from tests.support import Repo, Stage, run
from tests.world import PLAN_ID, Cli, branch, shop

_LANDED = re.compile(r"plan-worktree mark \S+ (\S+) complete --landed COMMIT")
_STAGE = re.compile(r"refused: stage (\w+): ")
_MERGING = "its worktree is in the middle of a merge"
_UNDECLARED = "it changes what it did not declare"
SHARED = "shared.txt"
_FAR = 5  # lines apart, changes do not conflict


@dataclass
class Game:
    """A plan that is played: its clones, and what its files have to hold at the end."""

    cli: Cli
    clones: list[Repo]
    forge: Repo
    dice: random.Random
    needs: dict[str, list[str]]
    # Which stage takes out what another one has added.
    removers: dict[str, str]
    blocks: dict[str, list[str]]
    # By stage: the clone it is worked on in, and what has happened to it.
    places: dict[str, Repo] = field(default_factory=dict)
    reviewed: Counter[str] = field(default_factory=Counter)
    landed: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)
    # Whether authors push at once what they have moved, and whether reviewers rewrite branches.
    pushes: bool = True
    rewrites: bool = False

    def chance(self, probability: float) -> bool:
        return self.dice.random() < probability

    def played(self, repo: Repo, *command: str) -> None:
        """Run a command in a clone, and what it advises, until it is done."""
        self.story.append(f"{repo.path.parent.name}: {' '.join(command)}")
        for _ in self.needs:
            followed = follow(repo, self.pushing, command, owner="w")
            self.story += [f"  {step}" for step in followed.steps[1:]]
            if followed.ended == "done":
                return
            if "CONFLICT (" in followed.output:
                self._resolve(Repo(Path(shlex.split(followed.steps[-1])[2])))
                continue
            asked = _LANDED.search(followed.output)
            stage = asked[1] if asked else _refused(followed)
            there = repo.stage(PLAN_ID, stage)
            landed, is_author = self.landings(repo, stage), self.places[stage] is repo
            if _UNDECLARED in followed.output and not (landed or is_author):
                # It stands on what was deleted before this clone saw it: its author knows of that.
                _bring_up_to_date(self, stage)
                repo.git("fetch", "--quiet")
                continue
            if _MERGING in followed.output and not landed:
                self._resolve(there)
                continue
            assert asked or landed, followed
            if _MERGING in followed.output:  # in vain
                there.git("merge", "--abort")
            self.say_what_landed(repo, stage)
        raise AssertionError("\n".join(self.story))

    def pushing(self, *words: str, cwd: Path) -> Result:
        """Run a command; where it moved a branch, its author pushes that, as one does."""
        result = self.cli(*words, cwd=cwd)
        if self.pushes and "--onto-target" in words and result.exit_code == 0:
            there, name = Repo(cwd), branch(words[2])
            if not there.git("ls-remote", "origin", f"refs/heads/{name}"):
                return result  # it has landed, and was deleted
            there.git("push", "--quiet", "--force-with-lease", "origin", name)
            self.story.append(f"  pushes {words[2]}")
        return result

    def _resolve(self, there: Repo) -> None:
        """Resolve a merge that was opened, with what the stages' reviewed work comes to."""
        assert self.rewrites  # else nothing may conflict
        for path in there.git("diff", "--name-only", "--diff-filter=U").splitlines():
            stage = Path(path).stem
            text = "".join(self.blocks[stage]) if stage in self.blocks else self._resolved(there)
            there.write(path, text)
        there.commit("resolved")
        there.git("push", "--quiet", "origin", "HEAD")
        self.story.append(f"  resolves and pushes {there.path.name}")

    def _resolved(self, there: Repo) -> str:
        """Return the shared file with every block that conflicts as its stage has it by now."""
        text = there.read(SHARED)
        for stage, block in self.blocks.items():
            start, end = text.index(f"== {stage}\n"), text.index(f"-- {stage}\n")
            if "<<<<<<<" in text[start:end]:
                text = f"{text[:start]}== {stage}\n{''.join(block)}{text[end:]}"
        return text

    def landings(self, repo: Repo, stage: str) -> list[str]:
        """Return the commits of the remote's main that brought a stage's file, the newest first."""
        path = f"src/{stage}.txt"
        log = repo.git("log", "--format=%H", "--first-parent", "origin/main", "--", path)
        return log.splitlines()

    def say_what_landed(self, repo: Repo, stage: str) -> None:
        """Find, as a person would, the commit that brought a stage, and say so."""
        commit = self.landings(repo, stage)[0]
        self.played(repo, "mark", PLAN_ID, stage, "complete", "--landed", commit)

    def write(self, repo: Repo, stage: str) -> None:
        """Write what a stage's reviewed work comes to into its block and its file."""
        lines = repo.read(SHARED).splitlines(keepends=True)
        start, end = lines.index(f"== {stage}\n"), lines.index(f"-- {stage}\n")
        repo.write(SHARED, "".join([*lines[: start + 1], *self.blocks[stage], *lines[end:]]))
        repo.write(f"src/{stage}.txt", "".join(self.blocks[stage]))


def _refused(followed: Followed) -> str:
    asked = _STAGE.search(followed.output)
    assert asked, followed
    return asked[1]


def game(repo: Repo, cli: Cli, seed: int) -> Game:
    """Make a random plan of three to six stages, two clones and a forge."""
    dice = random.Random(seed)  # noqa: S311 - a game
    names = [f"s{number}" for number in range(dice.randint(3, 6))]
    needs = {
        name: sorted(dice.sample(names[:at], min(at, dice.choice((0, 1, 1, 2)))))
        for at, name in enumerate(names)
    }
    removers: dict[str, str] = {}
    for name in names:
        for need in needs[name]:
            removers.setdefault(need, name)
    blocks = {name: [f"{name} {n}\n" for n in ("a", "old", "z")] for name in names}
    _write_start(repo, blocks)
    shop(repo, *(_stage(name, needs[name], removers) for name in names))
    origin(repo)
    second, forge = clone(repo, "second"), clone(repo, "forge")
    for one in (repo, second):
        one.git("config", "pull.rebase", "false")
    made = Game(cli, [repo, second], forge, dice, needs, removers, blocks)
    made.rewrites = seed % 2 == 1
    return made


def _write_start(repo: Repo, blocks: dict[str, list[str]]) -> None:
    text = []
    for name, lines in blocks.items():
        text += [f"== {name}\n", *lines, f"-- {name}\n"]
        text += [f"{name} calm {n}\n" for n in range(_FAR)]
    repo.write(SHARED, "".join(text))


def _stage(name: str, needs: list[str], removers: dict[str, str]) -> Stage:
    gone = tuple(f"src/shim-{need}.txt" for need in needs if removers[need] == name)
    create = (f"src/{name}.txt", f"src/shim-{name}.txt")
    return Stage(name, tuple(needs), create=create, modify=(SHARED,), delete=gone)


def play(game: Game) -> None:
    """Work on all stages, review and land them, in any order that the plan allows."""
    while len(game.landed) < len(game.needs):
        moves: list[Callable[[], None]] = [lambda: _move(game)]
        for stage, needs in game.needs.items():
            if stage not in game.places:
                if all(need in game.places for need in needs):
                    moves += [lambda s=stage: _work(game, s)] * 2  # type: ignore[misc]
            elif stage not in game.landed:
                if game.reviewed[stage] < 2:
                    moves.append(lambda s=stage: _review(game, s))  # type: ignore[misc]
                if all(need in game.landed for need in needs):
                    moves.append(lambda s=stage: _land(game, s))  # type: ignore[misc]
        game.dice.choice(moves)()


def _share(here: Repo) -> None:
    """Commit what the plan says of its stages, and exchange it with the remote."""
    if here.git("status", "--porcelain", "--untracked-files=no"):
        here.git("commit", "--quiet", "--all", "--message", "The plan's statuses")
    here.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    here.git("push", "--quiet", "origin", "main")


def _work(game: Game, stage: str) -> None:
    here = game.places[stage] = game.dice.choice(game.clones)
    _share(here)
    here.git("fetch", "--quiet")
    game.played(here, "start", PLAN_ID, stage, "--owner", "w", "--setup")
    there, block = here.stage(PLAN_ID, stage), game.blocks[stage]
    block[1:2] = [f"{stage} first\n", f"{stage} secret\n"]
    game.write(there, stage)
    there.write(f"src/shim-{stage}.txt", "shim\n")
    there.commit(f"begin {stage}")
    if game.chance(0.3):
        _update(there)
    block.insert(1, f"{stage} more\n")
    game.write(there, stage)
    for need in game.needs[stage]:
        if game.removers[need] == stage:
            (there.path / f"src/shim-{need}.txt").unlink()
    there.commit(f"go on with {stage}")
    game.played(here, "complete", PLAN_ID, stage)
    there.git("push", "--quiet", "origin", "HEAD")
    _share(here)


def _review(game: Game, stage: str) -> None:
    """Take a line out, add one, rewrite the commits, bring them up to date with main."""
    forge, name, block = game.forge, branch(stage), game.blocks[stage]
    game.reviewed[stage] += 1
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", name, f"origin/{name}")
    told, block_before = [], list(block)
    if game.chance(0.6):
        block[:] = [line for line in block if "secret" not in line]
    if game.chance(0.3):
        block[:] = [line for line in block if not line.endswith(" z\n")]
    if game.chance(0.3):
        block.append(f"{stage} review {game.reviewed[stage]}\n")
    if block != block_before:
        game.write(forge, stage)
        forge.commit("a review")
        told.append("changed")
    if game.chance(0.3):
        told.append(_update(forge))
    if game.rewrites and game.chance(0.3) and not game.needs[stage]:
        forge.git("rebase", "--quiet", "origin/main")
        told.append("rebased")
        if game.chance(0.5) and block != block_before:
            original = forge.head("HEAD~1")
            forge.git("reset", "--quiet", "--soft", "HEAD~2")
            forge.git("commit", "--quiet", "--reuse-message", original)
            told.append("folded")
    game.story.append(f"forge: review of {stage}: {' '.join(told)}")
    forge.git("push", "--quiet", "--force", "origin", name)


def _update(there: Repo) -> str:
    """Merge main into a branch, where that has no conflict, and return what was done."""
    merged = run("git", "merge", "--quiet", "--no-edit", "origin/main", cwd=there.path)
    if merged.exit_code:
        there.git("merge", "--abort")
        return "conflicting"
    return "updated"


def _move(game: Game) -> None:
    forge = game.forge
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    forge.write(f"other-{game.dice.randrange(10**6)}.txt", "somebody else's\n")
    forge.commit("something else")
    forge.git("push", "--quiet", "origin", "main")


def _land(game: Game, stage: str) -> None:
    """Land a stage in a clone or on the forge, where its author brings it up to date before."""
    here = game.dice.choice(game.clones) if game.chance(0.3) else game.places[stage]
    how = game.dice.choice(("here", "here", "here --squash", "merge", "squash", "rebase"))
    here.git("fetch", "--quiet", *(("--prune",) if game.chance(0.5) else ()))
    game.landed.add(stage)
    if how.startswith("here"):
        game.played(here, "merge", PLAN_ID, stage, *how.split()[1:])
        _share(here)
        return
    if game.needs[stage]:
        _bring_up_to_date(game, stage)
        if _conflicts_on_forge(game.forge, stage):
            _tell_of_landings(game, stage)
            _bring_up_to_date(game, stage)
    game.story.append(f"forge: {how} of {stage}")
    _land_on_forge(game.forge, stage, how)
    _tidy(game, stage)


def _bring_up_to_date(game: Game, stage: str) -> None:
    here = game.places[stage]
    here.git("fetch", "--quiet")
    _share(here)
    game.played(here, "sync", PLAN_ID, stage)
    game.played(here, "complete", PLAN_ID, stage)
    here.git("push", "--quiet", "--force-with-lease", "origin", branch(stage))
    _share(here)


def _conflicts_on_forge(forge: Repo, stage: str) -> bool:
    forge.git("fetch", "--quiet")
    tips = ("origin/main", f"origin/{branch(stage)}")
    return run("git", "merge-tree", "--write-tree", *tips, cwd=forge.path).exit_code == 1


def _tell_of_landings(game: Game, stage: str) -> None:
    """Tell a clone what its author alone knows: what was rewritten has landed, and is gone."""
    here = game.places[stage]
    here.git("fetch", "--quiet", "--prune")
    unknown = [s for s, state in _states(game, here).items() if state != "merged"]
    gone = [s for s in game.needs if s in unknown and game.landings(here, s)]
    assert gone, "\n".join(game.story)
    for one in gone:
        game.say_what_landed(here, one)


def _states(game: Game, here: Repo) -> dict[str, str]:
    found = json.loads(game.cli("status", PLAN_ID, "--json", cwd=here.path).stdout)
    return {stage["id"]: stage["state"] for stage in found["stages"]}


def _land_on_forge(forge: Repo, stage: str, how: str) -> None:
    name = branch(stage)
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    if how == "merge":
        forge.git("merge", "--quiet", "--no-ff", "-m", f"Merge '{name}'", f"origin/{name}")
    elif how == "squash":
        forge.git("merge", "--quiet", "--squash", f"origin/{name}")
        forge.commit(f"{stage} (#7)")
    else:
        forge.git("switch", "--quiet", "-C", "landing", f"origin/{name}")
        if run("git", "rebase", "--quiet", "main", cwd=forge.path).exit_code:
            forge.git("rebase", "--abort")  # a merge was resolved by hand in it
            forge.git("merge", "--quiet", "--no-edit", "main")
        forge.git("switch", "--quiet", "main")
        forge.git("merge", "--quiet", "--ff-only", "landing")
    forge.git("push", "--quiet", "origin", "main")


def _tidy(game: Game, stage: str) -> None:
    """Delete a landed branch, sometimes; a clone may learn of it, or not."""
    here = game.places[stage]
    if game.chance(0.3):
        game.story.append(f"forge: deletes {branch(stage)}")
        game.forge.git("push", "--quiet", "origin", "--delete", branch(stage))
    if game.chance(0.5):
        here.git("fetch", "--quiet", "--prune")


def check(game: Game) -> None:
    """Assert that main holds every stage's reviewed work and nothing else, and who knows it."""
    forge = game.forge
    forge.git("fetch", "--quiet")
    forge.git("switch", "--quiet", "-C", "main", "origin/main")
    text = forge.read(SHARED)
    wanted = []
    for stage, block in game.blocks.items():
        wanted += [f"== {stage}\n", *block, f"-- {stage}\n"]
        wanted += [f"{stage} calm {n}\n" for n in range(_FAR)]
    assert text == "".join(wanted), "\n".join(game.story)
    files = {path.name: path.read_text() for path in (forge.path / "src").iterdir()}
    shims = {f"shim-{stage}.txt": "shim\n" for stage in game.needs.keys() - game.removers.keys()}
    own = {f"{stage}.txt": "".join(block) for stage, block in game.blocks.items()}
    assert files == shims | own, "\n".join(game.story)
    for here in game.clones:
        here.git("fetch", "--quiet")
        _share(here)
        game.played(here, "merge", PLAN_ID)
        states = _states(game, here)
        assert set(states.values()) == {"merged"}, (states, "\n".join(game.story))
