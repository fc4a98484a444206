"""What landing stages one after the other will give: found out before anything is touched.

Every landing is made without a working tree. A merge is the one that ``git merge`` makes. A
squash, or a stage's commits made again, have to know that the target has what the stage builds
on, even where that landed as other commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.landing_note import Tip
from plan_worktree.git.objects.commits import commit_tree, scratch_objects, signs_commits
from plan_worktree.git.objects.conflicts import strip_sides
from plan_worktree.git.objects.merge import merge_trees
from plan_worktree.git.objects.replay import merge_from, replay
from plan_worktree.git.worktrees import unlike_head
from plan_worktree.landing.planned_landing import Landing, Merging, Method
from plan_worktree.landing.preflight import InHome, foresee_in_home
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.branches.ends import trees_of
from plan_worktree.state.overview import Overview, read_again
from plan_worktree.state.unpulled import gone_words


class At(NamedTuple):
    """The commit that the target is predicted to stand on, its tree, and the tips that it has.

    The tips are the target's as it is now, and those of the stages that are merged by then.
    """

    commit: str
    tree: str
    tips: tuple[str, ...]


class _Result(NamedTuple):
    """The tree that a landing gives and the commit, None while it is to be made; or why not."""

    tree: str
    commit: str | None = None
    files: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """Predicts landings; what git writes for it goes where `variables` say.

    With `sign`, commits that may become the target's own are signed.
    """

    seen: Overview
    method: Method
    variables: Mapping[str, str]
    sign: bool = False
    subject: str | None = None

    def of(self, stages: Sequence[Stage], start: str) -> Iterator[Landing]:
        """Yield the landings of stages in their order; the last may be one that cannot be.

        `start` is the commit that the target stands on. Raises GitError.
        """
        at = self.start(start)
        for stage in stages:
            landing, at = self.step(stage, at)
            yield landing
            if landing.reason:
                return

    def start(self, commit: str) -> At:
        """Return where the target stands before the first landing. Raises GitError."""
        return At(commit, trees_of(self.seen.facts, [commit])[commit], (commit,))

    def step(self, stage: Stage, at: At) -> tuple[Landing, At]:
        """Return the landing of a stage, and where the target stands then: the same if it cannot.

        Raises GitError.
        """
        head = self.seen.facts.head(stage) or ""
        message = landing_message(self.seen, stage, self.method, self.subject)
        found = self._result(stage, head, at)
        after = found.commit or at.commit
        merged = (head,) if self.method is Method.MERGE else ()
        if found.reason is None and found.commit is None:
            after = self._commit(found.tree, [at.commit, *merged], message)
        landing = Landing(
            stage, self.method, head, at.commit, after, found.tree, message,
            found.files, found.reason,
        )  # fmt: skip
        return landing, at if found.reason else At(after, found.tree, (*at.tips, *merged))

    def _result(self, stage: Stage, head: str, at: At) -> _Result:
        branch = self.seen.report.of(stage).work.branch
        taken = branch.reverted_by if branch else None
        if self.method is Method.MERGE:
            if self._has(at, head):
                return self._nothing(at, taken)
            merged = merge_trees(self._root, [(at.commit, head)], self.variables)[0]
        else:
            known = [at.commit, *self._landed(stage)]
            merged = merge_from(self._root, at.tree, known, head, self.variables)
        if not merged.clean:
            gone = gone_words(self.seen.facts, stage)
            also = f"; {gone}" if gone else ""
            reason = f"conflicts with what is in the target: {self._advice(stage, at)}{also}"
            return _Result(at.tree, files=strip_sides(merged.conflicts), reason=reason)
        if self.method is Method.MERGE or (merged.tree != at.tree and self.method is Method.SQUASH):
            return _Result(merged.tree)
        if merged.tree == at.tree:
            return self._nothing(at, taken)
        return self._replayed(stage, at, merged.tree)

    def _replayed(self, stage: Stage, at: At, wanted: str) -> _Result:
        """Make a stage's commits again; together they must give what all of it at once gives."""
        own = self.seen.own_commits(stage)
        done = replay(self._root, own[::-1], at.commit, at.tree, self.variables, sign=self.sign)
        other = f"plan-worktree merge {quote(self._plan)} {stage.id} --squash"
        if done.stopped:
            subject = done.stopped.message.partition("\n")[0]
            which = f"its commit {done.stopped.commit[:10]} ({subject})"
            reason = f"{which} conflicts with the target when it is made again: {other}"
            return _Result(at.tree, files=strip_sides(done.conflicts), reason=reason)
        if done.tree != wanted:
            reason = f"its merges hold changes that no commit made again has: {other}"
            return _Result(at.tree, reason=reason)
        return _Result(done.tree, done.tip)

    def _landed(self, stage: Stage) -> list[str]:
        """Return the tips of what a stage builds on: all of that is in the target by now."""
        work = (entry.work.branch for entry in self.seen.needed(stage))
        return list(dict.fromkeys(branch.head for branch in work if branch))

    def _advice(self, stage: Stage, at: At) -> str:
        """Return the command after which a stage merges."""
        head, contains = self.seen.facts.head(stage) or "", self.seen.history.contains
        is_copied = self.method is Method.MERGE and any(
            contains(head, landed) and not self._has(at, landed) for landed in self._landed(stage)
        )
        flag = "--onto-target" if is_copied else "--resolve"
        return f"plan-worktree sync {quote(self._plan)} {stage.id} {flag}"

    def _has(self, at: At, commit: str) -> bool:
        """Tell whether the target has a commit then: by its tips, for it may be yet to be made."""
        return any(self.seen.history.contains(tip, commit) for tip in at.tips)

    def _nothing(self, at: At, taken: str | None) -> _Result:
        """Return what becomes of a stage that brings nothing new: it has landed with that."""
        if taken is None:
            return _Result(at.tree, at.commit)
        undo = f"git -C {quote(str(self._root))} revert {taken[:10]}"
        return _Result(at.tree, reason=f"its work was taken out again by {taken[:10]}: {undo}")

    def _commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        return commit_tree(
            self._root, tree, parents, message, sign=self.sign, variables=self.variables
        )

    @property
    def _root(self) -> Path:
        return self.seen.facts.home.root

    @property
    def _plan(self) -> str:
        return self.seen.facts.plan.plan_id


def landing_message(
    seen: Overview, stage: Stage, method: Method, subject: str | None = None
) -> str:
    """Return the message of the commit that lands a stage: what it is, and what proved it.

    A squash may have a `subject`, in which {name}, {id} and {plan} stand for the stage's name and
    id and the plan's id.
    """
    plan, name = seen.facts.plan.plan_id, " ".join(stage.name.split())
    target = (seen.facts.target or "").removeprefix(HEADS)
    lines = [f"Merge stage {stage.id} of {plan} into {target}", "", name]
    if method is Method.SQUASH:
        history = seen.history
        own = [c for c in seen.own_commits(stage) if len(history.parents.get(c, ())) < 2]
        subjects = [f"- {history.subjects[commit]}" for commit in own[::-1]]
        first = subject or "{name} ({id} of {plan})"
        parts = {"{name}": name, "{id}": stage.id, "{plan}": plan}
        first = re.sub(r"\{(?:name|id|plan)\}", lambda found: parts[found[0]], first)
        lines = [first, "", *subjects]
    proof = seen.facts.verified(stage) or ""
    count = len(stage.verify)
    passed = f"{count} command{'s' if count > 1 else ''} passed" if count else "no commands"
    trailers = [f"Plan: {plan}", f"Stage: {stage.id}", f"Verified: {proof} ({passed})"]
    return "\n".join([*lines, "", *trailers]) + "\n"


class Forecast(NamedTuple):
    """What landing some stages is predicted to give, and what that does to home's files.

    The last of the `landings` may be one that cannot be; `stages` has all that are to land. Without
    a working tree, and in a dry run, nobody looks into home.
    """

    stages: Sequence[Stage]
    landings: list[Landing]
    in_home: InHome

    def without_first(self) -> Forecast:
        """Return what is left of it when the first landing was made."""
        return self._replace(stages=self.stages[1:], landings=self.landings[1:])


@contextmanager
def previewing(merging: Merging, *, sign: bool = True) -> Iterator[Preview]:
    """Yield what predicts the landings of a merge; of a dry run nothing of it stays.

    What may become the target's own commits is signed as the user signs, unless it is not to be.
    """
    facts, options = merging.seen.facts, merging.options
    home = facts.home
    with scratch_objects(home.git_directory, needed=options.dry_run) as variables:
        sign = sign and (options.detached or options.method is Method.REBASE)
        sign = sign and not options.dry_run and signs_commits(home.root)
        yield Preview(merging.seen, options.method, variables, sign, options.subject)


def predict(merging: Merging, stages: Sequence[Stage]) -> Forecast:
    """Predict the landings of `stages` on the target, in their order. Raises GitError."""
    facts, options = merging.seen.facts, merging.options
    with previewing(merging) as preview:
        landings = list(preview.of(stages, facts.target_commit or ""))
    if merging.changed is None or options.dry_run:
        return Forecast(stages, landings, InHome({}, {}))
    return Forecast(stages, landings, foresee_in_home(facts, landings, merging.changed))


def going_on(merging: Merging, last: Landing, at: Tip, forecast: Forecast) -> Forecast:
    """Return the forecast for what is left now that the `last` landing was made.

    `at` is what the target stands on since. Raises GitError.
    """
    seen = merging.seen
    if merging.options.detached:
        return forecast
    if _is_as_predicted(last, at, forecast.in_home):
        return forecast
    changed = unlike_head(seen.facts.home.root)
    again = predict(replace(merging, seen=read_again(seen), changed=changed), forecast.stages)
    hindrances = again.in_home.hindrances
    landings = [
        replace(one, reason="\n".join(hindrances[one.stage.id]))
        if one.stage.id in hindrances
        else one
        for one in again.landings
    ]
    return again._replace(landings=landings)


def _is_as_predicted(landing: Landing, at: Tip, in_home: InHome) -> bool:
    """Tell whether a landing has given what was predicted, and all after it will, too."""
    # Attributes decide how everything after them is merged.
    changed = in_home.changes[landing.stage.id]
    return at.tree == landing.tree and not any(path.endswith(".gitattributes") for path in changed)
