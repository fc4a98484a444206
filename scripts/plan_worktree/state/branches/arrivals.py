"""Which commit of the target brought a stage's work in, and whether it was taken out again.

Work lands as it is (a merge), as one other commit (a squash), or each commit as its own copy (a
rebase, cherry-picks). Patches are compared where the commits are not the same, so that it does
not matter what else was done to the same files since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from plan_worktree.git.objects.changes import changed_paths, commit_patches, tree_patches
from plan_worktree.git.objects.commits import scratch_objects
from plan_worktree.git.objects.history import History
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.state.branches.ends import Branch, Ends, trees_of
from plan_worktree.state.repository.facts import Facts


class Arrival(NamedTuple):
    """The commit of the target that a stage's work came with, and the one that took it out.

    `by` is None where no single commit is known, `reverted_by` while the work is there.
    """

    by: str | None
    reverted_by: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether the target has the work."""
        return self.reverted_by is None


# How many commits can be merged without making one.
_PAIR = 2

# What work may have been done between: one commit, or what two of them merge to, and a commit.
_Span: TypeAlias = tuple[tuple[str, ...], str]


class _Patches(NamedTuple):
    """Keys of patches and of their reverts: of each commit, and of each span."""

    commits: dict[str, tuple[str, str]]
    spans: dict[_Span, tuple[str, str]]


class _Target(NamedTuple):
    """The commit that the target stands on, the history around it, and the keys of its patches."""

    commit: str
    history: History
    patches: _Patches


def arrivals(
    ends: Ends,
    branches: Mapping[str, Branch],
    equal: Collection[str],
    empty: Collection[str],
) -> dict[str, Arrival]:
    """Return by which commit the work of each landed stage came into the target, by stage id.

    `equal` are the ids of stages whose work the target is known to have. `empty` are the ids of
    stages whose commits change nothing; the commits of such a stage do not count as landed unless
    the stage was completed without own commits. Raises GitError.
    """
    facts, history, target = ends.facts, ends.history, ends.facts.target_commit
    if target is None:
        return {}
    found: dict[str, Arrival] = {}
    unsure: dict[str, list[_Span]] = {}
    for name, branch in branches.items():
        by = _as_it_is(facts, history, target, name, branch)
        if by and not branch.has_own_commits:  # it was completed without any, and landed so
            found[name] = Arrival(by)
        elif not branch.has_own_commits or name in empty:
            continue
        elif by:
            found[name] = Arrival(by)
            if _may_be_reverted(history, target, by):
                unsure[name] = [((branch.base,), branch.head), *_brought(history, by)]
        elif name in equal or branch.behind:
            # A squash takes what the branch changes from its base, or from the target it took in;
            # where the branch was moved before, from both.
            starts = [branch.base, *history.merge_bases(branch.head, target)]
            both = history.newest(starts)
            grounds = [(start,) for start in starts] + ([tuple(both)] if len(both) == _PAIR else [])
            unsure[name] = [(ground, branch.head) for ground in grounds]
    if not unsure:
        return found
    patches = _patches(facts, history, target, branches, unsure)
    known = _Target(target, history, patches)
    for name, spans in unsure.items():
        keys = [patches.spans[span] for span in spans if span in patches.spans]
        if name in found:
            by = _reverted_by(known, branches[name], found[name].by, keys)
            found[name] = found[name]._replace(reverted_by=by)
        elif (copy := _copy(known, branches[name], keys)) or name in equal:
            found[name] = Arrival(copy)
    return found


def _as_it_is(facts: Facts, history: History, target: str, name: str, branch: Branch) -> str | None:
    """Return the commit that merged a branch, or that is recorded to have landed its tip."""
    stage = facts.plan.stage(name)
    record = facts.landed(stage) if stage else None
    if record and record.head == branch.head and history.contains(target, record.commit):
        return record.commit
    return history.entered(target, branch.head) if branch.has_landed else None


def _may_be_reverted(history: History, target: str, by: str) -> bool:
    """Tell whether a commit after the landing is called a revert; git calls them so."""
    before = history.before(by)
    after = history.only_in(target)
    return any("revert" in history.subjects[c].casefold() for c in after if c not in before)


def _brought(history: History, by: str) -> Iterator[_Span]:
    for parent in history.parents.get(by, ())[:1]:
        yield ((parent,), by)


def _patches(
    facts: Facts,
    history: History,
    target: str,
    branches: Mapping[str, Branch],
    unsure: Mapping[str, list[_Span]],
) -> _Patches:
    root = facts.home.root
    spans = list(dict.fromkeys(span for every in unsure.values() for span in every))
    trees = trees_of(facts, {commit for ground, end in spans for commit in (*ground, end)})
    grounds: dict[tuple[str, ...], str] = {(commit,): tree for commit, tree in trees.items()}
    merges = [(g[0], g[1]) for g, _ in spans if len(g) == _PAIR]
    with scratch_objects(facts.home.git_directory, needed=bool(merges)) as variables:
        merged = zip(merges, merge_trees(root, merges, variables), strict=True)
        grounds.update({pair: found.tree for pair, found in merged if found.clean})
        pairs = {(g, end): (grounds[g], trees[end]) for g, end in spans if g in grounds}
        pairs = {span: pair for span, pair in pairs.items() if pair[0] != pair[1]}
        both = [*pairs.values(), *(pair[::-1] for pair in pairs.values())]
        keys = dict(zip(both, tree_patches(root, both, variables), strict=True))
        paths = changed_paths(root, list(pairs.values()), variables)
    known = [f"^{commit}" for commit in history.shared]
    tips = [target, *(branches[name].head for name in unsure), *known]
    commits = commit_patches(root, tips, paths)
    return _Patches(commits, {s: (keys[pair], keys[pair[::-1]]) for s, pair in pairs.items()})


def _copy(target: _Target, branch: Branch, wholes: list[tuple[str, str]]) -> str | None:
    """Return the commit with which the target has a branch's work in other commits, or None.

    Either all of it as one, or each commit as its own. What was reverted since does not count.
    """
    newest, there = _since(target, branch.head)
    for key, back in wholes:
        if there[key] > there[back]:
            return newest[key]
    own = _own(target, branch)
    if own and all(there[key] > there[back] for key, back in own):
        copies = {newest[key] for key, _ in own}
        return next(commit for commit in target.patches.commits if commit in copies)
    return None


def _reverted_by(
    target: _Target, branch: Branch, by: str | None, wholes: list[tuple[str, str]]
) -> str | None:
    """Return the commit that took out all that a landing brought, or one commit of it."""
    newest, there = _since(target, branch.base)
    merges = int(
        len(target.history.parents.get(by or "", ())) > 1
    )  # has no patch that could be counted
    own = _own(target, branch)
    for keys, extra in ((wholes, merges), (own, 0)):
        for key, back in keys:
            if there[back] and there[back] >= there[key] + extra:
                return newest[back]
    return None


def _own(target: _Target, branch: Branch) -> list[tuple[str, str]]:
    """Return the keys of a branch's own commits."""
    known = (branch.base,) if branch.has_landed else (target.commit, branch.base)
    beyond, patches = target.history.only_in(branch.head, *known), target.patches
    return [patches.commits[commit] for commit in beyond if commit in patches.commits]


def _since(target: _Target, commit: str) -> tuple[dict[str, str], Counter[str]]:
    """Return, of what the target has and a commit has not, the newest commit with each key.

    And how often there is one.
    """
    patches, commits = target.patches, target.history.only_in(target.commit, commit)
    keys = [(patches.commits[c][0], c) for c in commits if c in patches.commits]
    return dict(reversed(keys)), Counter(key for key, _ in keys)
