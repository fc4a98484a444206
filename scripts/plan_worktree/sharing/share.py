"""What of a plan is shared through a remote, and where it is kept here as the remote has it.

Three places have each record. The live ref ``refs/plan-worktree/<plan>/claim/api`` is what every
other room reads. Its mirror below ``refs/plan-worktree-remote/<remote>/<plan>/`` is what the remote
had when it was last asked. Its `known` ref beside that is the value at which the two agreed
last: it tells who has changed the record since.

On the remote the claim of a completed stage is the record of its completion. Otherwise a claim that
is pushed late, by somebody who has not seen the stage claimed and completed, would find none there,
as expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git.exchange import Mirrored, listed
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS, REFS, mirror_refs

# Where git puts what it fetches.
INBOX_REFS = "refs/plan-worktree-inbox"
# What others need of a stage and may be changed by them, in the order in which git is to change it:
# nothing is verified without the record of how, and the claim goes last.
RECORDS = ("completed", "verified", "blocked", "claim")
# That a stage has landed is true whoever says it.
LANDED = "landed"
# Where a branch was begun goes with the branch, and is never taken from the remote alone.
BASE = "base"
KINDS = (*RECORDS, LANDED, BASE)

# Of what kind the object of a record is, and how large in bytes it may be.
_OBJECTS = {"claim": "blob", "completed": "blob", "blocked": "blob"}
_LARGEST = 64 * 1024


class Share(NamedTuple):
    """A plan that is shared through a remote of this clone. `target` is a full name, or None."""

    home: Home
    remote: str
    plan: Plan
    target: str | None = None

    @property
    def root(self) -> Path:
        """Where git runs."""
        return self.home.root

    @property
    def folder(self) -> str:
        """The folder of the plan's live refs."""
        return f"{REFS}/{self.plan.plan_id}/"

    @property
    def mirror(self) -> str:
        """The folder of their mirrors."""
        return mirror_refs(self.remote, self.plan.plan_id)

    @property
    def inbox(self) -> str:
        """The folder of what was fetched last."""
        return f"{INBOX_REFS}/{self.remote}/{self.plan.plan_id}/"

    def names(self) -> list[str]:
        """Return the refs that the remote is asked for: records and branches of stages, target."""
        stages = self.plan.stages
        records = [self.record(kind, stage) for kind in KINDS for stage in stages]
        branches = [HEADS + stage.branch for stage in stages]
        return list(dict.fromkeys([*records, *branches, *([self.target] if self.target else [])]))

    def mirrored(self, name: str) -> str:
        """Return where the remote's value of a ref is kept: of a record, or of a branch."""
        return self.mirror + self._short(name)

    def fetched(self, name: str) -> str:
        """Return where git puts a ref that it fetches."""
        return self.inbox + self._short(name)

    def _short(self, name: str) -> str:
        if name.startswith(HEADS):
            return f"heads/{name.removeprefix(HEADS)}"
        return name.removeprefix(self.folder)

    def known(self, name: str) -> str:
        """Return where the value of a record is kept at which both sides agreed last."""
        return f"{self.mirror}known/{name.removeprefix(self.folder)}"

    def record(self, kind: str, stage: Stage) -> str:
        """Return the full name of a record of a stage."""
        return f"{self.folder}{kind}/{stage.id}"


class Values(NamedTuple):
    """What the refs of a share point at, by their live names.

    `live` are the records here and `known` those at which both sides agreed. `there` is what the
    remote has, branches among it; `odd` are names of records there that are none of ours. `ended`
    are the claims there that are none any more, because their stages are complete.
    """

    live: Mapping[str, str]
    known: Mapping[str, str]
    there: Mapping[str, str]
    odd: tuple[str, ...]
    ended: Mapping[str, str]

    @property
    def pointed(self) -> dict[str, str]:
        """What the refs of the remote point at."""
        return {**self.there, **self.ended}


def read_values(share: Share) -> Values:
    """Read the records of the plan's stages, here and as the remote last had them.

    Whatever else the remote has is passed over. Raises GitError.
    """
    found = listed(share.root, share.folder, share.mirror)
    names = [share.record(kind, stage) for stage in share.plan.stages for kind in KINDS]
    live = {name: found[name].object_id for name in names if name in found}
    known = {n: found[share.known(n)].object_id for n in names if share.known(n) in found}
    there, odd = dict(_branches(share, found)), []
    for name in names:
        if one := found.get(share.mirrored(name)):
            there[name] = one.object_id
            if not is_record(name.removeprefix(share.folder).partition("/")[0], one):
                odd.append(name)
    ended = {}
    for stage in share.plan.stages:
        claim = share.record("claim", stage)
        if claim in there and there[claim] == there.get(share.record("completed", stage)):
            ended[claim] = there.pop(claim)
    return Values(live, known, there, tuple(odd), ended)


def is_shared(share: Share, name: str) -> bool:
    """Tell whether a live ref is a record that others need."""
    return name.startswith(tuple(f"{share.folder}{kind}/" for kind in KINDS))


def is_record(kind: str, one: Mirrored) -> bool:
    """Tell whether an object of the remote can be a record of a kind."""
    return one.kind == _OBJECTS.get(kind, "commit") and one.size <= _LARGEST


def _branches(share: Share, found: Mapping[str, Mirrored]) -> Iterator[tuple[str, str]]:
    folder = f"{share.mirror}heads/"
    for name, one in found.items():
        if name.startswith(folder) and one.kind == "commit":
            yield HEADS + name.removeprefix(folder), one.object_id
