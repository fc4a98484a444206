"""How several tips relate to each other, learnt with two git processes however many there are.

Read is the part of history that not all tips share. Every commit in it gets one bit for each tip
that reaches it; what contains what, and how many commits are between, is then counting.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.objects.commits import OWN_ADDRESS
from plan_worktree.git.process import repository_options, run

# The line before each patch, a commit or two trees. Every line of a patch begins otherwise.
_HEADER = re.compile(r"\n([0-9a-f]{40,64}(?: [0-9a-f]{40,64})?)(?=\n)")
# Line numbers, and the names of contents of which the patch has the lines.
_NUMBERS = re.compile(r"\n(?:index .*+(?!\nBinary files )|@@ .*)")


class History(NamedTuple):
    """The commits that not all tips share, children before parents.

    `bits` gives each tip its bit, `reached_by` each commit the bits of the tips that reach it.
    What is not in `reached_by` is reached by all of them; `shared` is the newest of that.
    `subjects` has the first line of each commit's message, `written` who wrote it when, and that
    line: what a commit keeps that is made again (git-rebase(1)). The `integrations` were made by
    this program, in nobody's name: all that they have comes from their parents.
    """

    shared: tuple[str, ...]
    bits: dict[str, int]
    reached_by: dict[str, int]
    parents: dict[str, tuple[str, ...]]
    counts: Counter[int]
    subjects: dict[str, str]
    written: dict[str, str]
    integrations: frozenset[str]

    def contains(self, tip: str, commit: str) -> bool:
        """Tell whether a tip is, or comes after, another of the tips."""
        mask = self.reached_by.get(commit)
        return mask is None or bool(mask & self.bits[tip])

    def ahead_behind(self, left: str, right: str) -> tuple[int, int]:
        """Return how many commits only `left`, and only `right`, has."""
        one, other = self.bits[left], self.bits[right]
        ahead = sum(count for mask, count in self.counts.items() if mask & one and not mask & other)
        behind = sum(
            count for mask, count in self.counts.items() if mask & other and not mask & one
        )
        return ahead, behind

    def only_in(self, tip: str, *others: str) -> list[str]:
        """Return the commits that a tip has and none of the others."""
        bit, rest = self.bits[tip], self._mask(others)
        return [c for c, mask in self.reached_by.items() if mask & bit and not mask & rest]

    def has_beyond(self, tip: str, *others: str) -> bool:
        """Tell whether a tip has a commit that none of the others has."""
        bit, rest = self.bits[tip], self._mask(others)
        return any(mask & bit and not mask & rest for mask in self.counts)

    def share_beyond(self, left: str, right: str, other: str) -> bool:
        """Tell whether two tips have a commit in common that another tip has not."""
        both, rest = self.bits[left] | self.bits[right], self.bits[other]
        return any(mask & both == both and not mask & rest for mask in self.counts)

    def reaches(self, tip: str, commit: str) -> bool:
        """Tell whether a tip has a commit that not all tips have."""
        return bool(self.reached_by.get(commit, 0) & self.bits[tip])

    def merge_bases(self, left: str, right: str) -> list[str]:
        """Return the newest commits that both tips have (git-merge-base(1))."""
        both = self.bits[left], self.bits[right]
        common = {c for c, mask in self.reached_by.items() if mask & both[0] and mask & both[1]}
        older = {parent for commit in common for parent in self.parents[commit]}
        # What all tips share may have come in from the side, and be as new.
        shared = [commit for commit in self.shared if commit not in older]
        return [commit for commit in common if commit not in older] + shared

    def newest(self, commits: Iterable[str]) -> list[str]:
        """Return those of some commits that come before no other of them."""
        wanted = list(dict.fromkeys(commits))
        older: set[str] = set()
        for commit in wanted:
            for one in self.before(commit):
                older.update(self.parents[one])
        return [commit for commit in wanted if commit not in older]

    def before(self, commit: str) -> set[str]:
        """Return a commit and all before it, as far as not all tips have them."""
        found: set[str] = set()
        todo = [commit]
        while todo:
            at = todo.pop()
            if at in self.parents and at not in found:
                found.add(at)
                todo.extend(self.parents[at])
        return found

    def entered(self, tip: str, commit: str) -> str | None:
        """Return the first commit on which `tip` stood that has a commit; None when none has.

        That is the merge that brought it in, or the commit itself.
        """
        chain, at = [], tip
        while at in self.parents:
            chain.append(at)
            at = next(iter(self.parents[at]), "")
        known: set[str] = set()
        for stood in reversed(chain):
            todo = [stood]
            while todo:
                at = todo.pop()
                if at == commit:
                    return stood
                if at in self.parents and at not in known:
                    known.add(at)
                    todo.extend(self.parents[at])
        return None

    def _mask(self, tips: Iterable[str]) -> int:
        mask = 0
        for tip in tips:
            mask |= self.bits[tip]
        return mask

    def is_mainline(self, tip: str, commit: str) -> bool:
        """Tell whether `tip` itself once stood on a commit: by its chain of first parents."""
        at = tip
        while at in self.reached_by and at != commit:
            following = self.parents[at]
            if not following:
                return False
            at = following[0]
        return at == commit


def read_history(directory: Path, tips: Iterable[str]) -> History:
    """Read how tips relate. Raises GitError."""
    named = list(dict.fromkeys(tips))
    bits = {tip: 1 << place for place, tip in enumerate(named)}
    own = dict(bits)
    reached_by: dict[str, int] = {}
    parents: dict[str, tuple[str, ...]] = {}
    subjects: dict[str, str] = {}
    written: dict[str, str] = {}
    integrations: set[str] = set()
    shared: list[str] = []
    if len(named) > 1:
        form = ("--encoding=UTF-8", "--no-commit-header", "--format=%H %P%x00%ce%x00%ae %at%x00%s")
        flags = ("rev-list", "--topo-order", *form, "--stdin")
        merge_base = ("merge-base", "--octopus", "--end-of-options")
        shared = run(directory, *merge_base, *named, ok=(0, 1)).stdout.split()
        asked = "\n".join([*named, *(f"^{commit}" for commit in shared)])
        for line in run(directory, *flags, stdin=f"{asked}\n").stdout.split("\n")[:-1]:
            ids, committer, author, subject = line.split("\0", 3)
            commit, *before = ids.split()
            subjects[commit], written[commit] = subject, f"{author} {subject}"
            if committer == OWN_ADDRESS:
                integrations.add(commit)
            mask = reached_by[commit] = own.pop(commit)
            parents[commit] = tuple(before)
            for parent in before:
                own[parent] = own.get(parent, 0) | mask
    counts = Counter(reached_by.values())
    made = frozenset(integrations)
    return History(tuple(shared), bits, reached_by, parents, counts, subjects, written, made)


def ahead_behind(directory: Path, left: str, right: str) -> tuple[int, int]:
    """Return how many commits only `left`, and only `right`, has.

    git-rev-list(1), "--left-right". Raises GitError.
    """
    command = ("rev-list", "--left-right", "--count", f"{left}...{right}", "--")
    ahead, behind = run(directory, *command).stdout.split()
    return int(ahead), int(behind)


def main_line_with(directory: Path, tip: str, words: Iterable[str]) -> list[tuple[str, int, str]]:
    """Return the commits that `tip` itself stood on whose message has one of some words.

    Each as its name, the number of its parents and its message, the newest first (git-rev-list(1),
    "--first-parent", "--grep"). Raises GitError.
    """
    greps = (f"--grep={word}" for word in words)
    form = ("--no-commit-header", "--format=%H%x00%P%x00%B%x00%x01", "--encoding=UTF-8")
    said = run(
        directory, "rev-list", "--first-parent", "--fixed-strings", *form, *greps, tip, "--"
    ).stdout
    entries = (entry.lstrip("\n").split("\0") for entry in said.split("\x01\n"))
    return [(entry[0], len(entry[1].split()), entry[2]) for entry in entries if len(entry) > 2]


def commits_beyond(directory: Path, tip: str, others: Iterable[str]) -> set[str]:
    """Return the commits that a tip has and none of some others, of which some may be gone.

    git-rev-list(1), "--ignore-missing". Raises GitError.
    """
    asked = "\n".join([tip, *(f"^{other}" for other in others)])
    return set(
        run(directory, "rev-list", "--ignore-missing", "--stdin", stdin=asked).stdout.split()
    )


class Step(NamedTuple):
    """A commit: its parents, its tree, and the first line of its message."""

    commit: str
    parents: tuple[str, ...]
    tree: str
    subject: str


def first_step(directory: Path, old: str, tip: str) -> Step | None:
    """Return the first commit that `tip` stood on after `old`, None when it has not moved.

    git-rev-list(1), "--first-parent".
    """
    form = ("--encoding=UTF-8", "--no-commit-header", "--format=%H%x00%P%x00%T%x00%s")
    command = ("rev-list", "--first-parent", "--reverse", *form, f"{old}..{tip}")
    first, _, _ = run(directory, *command).stdout.partition("\n")
    if not first:
        return None
    commit, parents, tree, subject = first.split("\0")
    return Step(commit, tuple(parents.split()), tree, subject)


def in_no_ref(directory: Path, commits: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return those of some commits, and of all before them, that no ref has, with their parents.

    git-rev-list(1), "--not --all".
    """
    command = ("rev-list", "--parents", "--stdin", "--not", "--all")
    lines = run(directory, *command, stdin="\n".join(commits)).stdout.splitlines()
    found = (line.split() for line in lines)
    return {commit: tuple(parents) for commit, *parents in found}


def in_no_remote(git_directory: Path) -> list[str]:
    """Return the commits of a repository's refs and reflogs that no remote-tracking branch has.

    git-rev-list(1), "--reflog", "--remotes".
    """
    # Named as its own working tree: the real one may be gone.
    place = repository_options(git_directory, git_directory)
    command = ("rev-list", "--all", "--reflog", "HEAD", "--not", "--remotes")
    return run(git_directory, *place, *command).stdout.split()
