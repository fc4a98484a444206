"""Does what messages advise, as somebody who pastes commands would, and proves that it leads on.

A command that is advised must work in that very state, lose nothing, and bring the command that was
refused nearer to its end. What only a person can do (words in capitals, a look around, a choice)
ends the walk.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.result import Result
from tests.support import PLANS, Repo, run

Cli = Callable[..., Result]

# How many pieces of advice may be followed before they count as a circle.
MOST_STEPS = 6

# What tells people to decide or to edit something; found in the words before a command.
_CHOICES = (
    "when nobody",
    "put it back",
    "choose another",
    "call it",
    "correct depends_on",
    "to drop that",
)
# What says that there is nothing to do, and names another thing to do instead.
_ANSWERS = ("nothing of it is saved", "to take another", "to take the next", "it has a worktree")
# What somebody does whom git asks for a message.
_EDITOR = """sh -c 'echo "in the words of a person" >>"$1"' -"""
# What git says of a remote that does not answer, which no advice mends.
_NO_REMOTE = "Could not read from remote repository"
_PROGRAMS = "git|plan-worktree|mv|rm|mkdir|umount"
_START = re.compile(
    rf"(?:(?<=: )|(?<=, )|(?<=; )|(?<=`)|(?<=or )|(?<=see )|(?<=then ))(?={_PROGRAMS}\b)"
)
_STARTING = re.compile(rf"(?=(?:{_PROGRAMS}) )")
# Where a command's words end and the sentence goes on.
_PROSE = frozenset({"or", "and", "brings", "then", "to", "when"})
_PLACEHOLDER = re.compile(r"(?:^|[/=:])(?!HEAD\b)[A-Z][A-Z-]{2,}$")
_LOOKS = frozenset({"status", "log", "show", "diff", "validate", "ls", "brief"})


class Advice(NamedTuple):
    """Commands that are advised together, one after the other."""

    words: tuple[tuple[str, ...], ...]
    needs_person: bool

    def __str__(self) -> str:
        return " && ".join(shlex.join(command) for command in self.words)


@dataclass(frozen=True)
class Followed:
    """What was run, and how it ended: "done", "person", "remote gone", or "waits"."""

    steps: tuple[str, ...]
    ended: str
    output: str = ""


class _NoRemote(Exception):
    """A remote does not answer."""


class _Conflict(Exception):
    """A merge is left to a person."""


class NoWayOut(AssertionError):
    """A message that leads nowhere, in a circle, or to harm."""


def advised(text: str) -> list[Advice]:
    """Return what a message advises, line by line, in its order."""
    found = []
    for line in text.splitlines():
        end = 0
        for start in (match.start() for match in _START.finditer(line)):
            if start < end or not _STARTING.match(line, start):
                continue
            words, end = _command(line, start)
            chain = tuple(_chain(words))
            before = line[:start].rpartition("; ")[2]
            person = any(choice in before for choice in _CHOICES) or any(
                _PLACEHOLDER.search(word) for command in chain for word in command
            )
            found.append(Advice(chain, person or all(map(_only_looks, chain))))
    return found


def _command(line: str, start: int) -> tuple[list[str], int]:
    """Read a command's words as a shell would, up to where the sentence goes on."""
    words: list[str] = []
    for piece in re.finditer(r"""(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+""", line[start:]):
        raw = piece[0]
        if raw in _PROSE:
            return words, start + piece.start()
        ended = raw[-1] in ";,)`" or (raw[-1] == ":" and len(raw) > 1)
        words += shlex.split(raw.rstrip(";,)`:") if ended else raw)
        if ended:
            return words, start + piece.end()
    return words, len(line)


def _chain(words: list[str]) -> Iterator[tuple[str, ...]]:
    rest = words
    while "&&" in rest:
        at = rest.index("&&")
        yield tuple(rest[:at])
        rest = rest[at + 1 :]
    yield tuple(rest)


def _only_looks(command: tuple[str, ...]) -> bool:
    verbs = [word for word in command[1:] if not word.startswith(("-", "/", "~"))]
    return bool(verbs) and (verbs[0] in _LOOKS or verbs[:2] == ["stash", "show"])


def follow(repo: Repo, cli: Cli, command: tuple[str, ...], *, owner: str = "") -> Followed:
    """Run a command of ours in home, and what it advises, until it is done or a person must act.

    `owner` is who works: a command that claims or completes a stage says so. Raises NoWayOut.
    """
    before, steps, stack = _Possessions.of(repo), [shlex.join(command)], [command]
    seen: set[tuple[str, ...]] = set()
    useless: set[str] = set()
    while stack:
        result = _run(repo, cli, stack[-1], owner)
        if result.exit_code == 0:
            stack.pop()
            continue
        if result.exit_code in (4, 5):
            return _ended(repo, before, steps, Followed((), "waits", result.output))
        _must(result.exit_code in (1, 3), "an unexpected exit code", steps, result)
        found = advised(result.stderr + result.stdout)
        free = [a for a in found if not a.needs_person and str(a) not in useless]
        if not free:
            tried = any(str(a) in useless for a in found)
            asks = any(word in result.output for word in _ANSWERS) or (_asks(result) and not tried)
            person = asks or any(a.needs_person for a in found)
            _must(person, "no way out", steps, result)
            return _ended(repo, before, steps, Followed((), "person", result.output))
        state = _state(repo)
        steps.append(str(free[0]))
        _must((state, *stack[-1], steps[-1]) not in seen, "a circle", steps, result)
        _must(len(steps) <= MOST_STEPS + 1, "more than six steps", steps, result)
        seen.add((state, *stack[-1], steps[-1]))
        try:
            refused = _follow_once(repo, cli, free[0], owner)
        except _NoRemote as gone:
            return _ended(repo, before, steps, Followed((), "remote gone", str(gone)))
        except _Conflict as conflict:
            return _ended(repo, before, steps, Followed((), "person", str(conflict)))
        if refused:
            stack.append(refused)
        elif _state(repo) == state:
            useless.add(steps[-1])
    return _ended(repo, before, steps, Followed((), "done"))


def _run(repo: Repo, cli: Cli, command: tuple[str, ...], owner: str) -> Result:
    claims = owner and command[0] in ("start", "complete") and "--owner" not in command
    return cli(*command, *(("--owner", owner) if claims else ()), cwd=repo.path)


def _follow_once(repo: Repo, cli: Cli, advice: Advice, owner: str) -> tuple[str, ...] | None:
    """Run commands in their order; return the first of ours that refuses."""
    for command in advice.words:
        if command[0] == "plan-worktree":
            if _run(repo, cli, command[1:], owner).exit_code:
                return command[1:]
            continue
        typed = {"GIT_EDITOR": _EDITOR}
        result = run("sh", "-c", shlex.join(command), cwd=repo.path, env=typed)
        if _NO_REMOTE in result.output:
            raise _NoRemote(result.output)
        if "CONFLICT (" in result.output:
            raise _Conflict(result.output)
        if result.exit_code:
            raise NoWayOut(f"an advised command failed: {advice}\n{result.output}")
    return None


def _asks(result: Result) -> bool:
    """Tell whether a message without a command says what a person has to do."""
    words = (
        *_CHOICES,
        *_ANSWERS,
        "move it away",
        "commit",
        "rename one",
        "finish",
        "edit",
        "--owner",
        "set ",
    )
    return any(word in result.output for word in words)


def _must(fine: bool, why: str, steps: list[str], result: Result) -> None:
    if not fine:
        raise NoWayOut(f"{why}:\n  " + "\n  ".join(steps) + f"\n{result.exit_code} {result.output}")


def _ended(repo: Repo, before: _Possessions, steps: list[str], end: Followed) -> Followed:
    lost = before.lost(_Possessions.of(repo), repo)
    if lost:
        raise NoWayOut("lost by\n  " + "\n  ".join(steps) + "\n" + "\n".join(lost))
    return replace(end, steps=tuple(steps))


def _worktrees(repo: Repo) -> list[Repo]:
    places = [repo.path, *repo.worktrees()]
    return [Repo(place) for place in places if (place / ".git").exists()]


def _state(repo: Repo) -> str:
    """Return a digest of all that commands could have changed."""
    parts = [repo.git("for-each-ref"), repo.git("worktree", "list", "--porcelain")]
    parts += [(repo.path / ".git/config").read_text()]
    for there in _worktrees(repo):
        shown = run("git", "status", "--porcelain=v2", "--branch", cwd=there.path)
        parts += [shown.output, *sorted(_uncommitted(there).values())]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _uncommitted(there: Repo) -> dict[str, str]:
    """Return the files of a worktree that are in no commit, with git's names of their content."""
    listed = run("git", "ls-files", "-z", "-m", "-o", "--exclude-standard", cwd=there.path).stdout
    paths = [p for p in dict.fromkeys(listed.split("\0")) if p and (there.path / p).is_file()]
    if not paths:
        return {}
    names = there.git("hash-object", "--no-filters", "--", *paths).split()
    return dict(zip(paths, names, strict=True))


class _Possessions(NamedTuple):
    """What somebody would miss: commits, by what they say of themselves, and contents of files.

    The plan itself is left out: commands write its statuses.
    """

    commits: frozenset[str]
    files: dict[str, str]

    @classmethod
    def of(cls, repo: Repo) -> _Possessions:
        heads = [
            line.removeprefix("HEAD ")
            for line in repo.git("worktree", "list", "--porcelain").splitlines()
            if line.startswith("HEAD ") and set(line[5:]) != {"0"}
        ]
        form = "--format=%an %ad %s"
        walk = ("rev-list", "--no-commit-header", "--no-merges", "--date=raw", form, "--all")
        files = {
            str(there.path / path): name
            for there in _worktrees(repo)
            for path, name in _uncommitted(there).items()
            if not path.startswith(PLANS)
        }
        return cls(frozenset(repo.git(*walk, *heads).splitlines()), files)

    def lost(self, after: _Possessions, repo: Repo) -> list[str]:
        """Return what is nowhere any more; a commit that was made again counts as there."""
        gone = [f"commit {who}" for who in self.commits - after.commits]
        missing = {n: p for p, n in self.files.items() if n not in after.files.values()}
        if missing:
            kept = repo.git("rev-list", "--all", "--objects", "--no-object-names").split()
            gone += [f"file {missing[name]}" for name in missing.keys() - set(kept)]
        return gone
