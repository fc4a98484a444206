"""A model of the protocol: clones and a remote in memory, and any interleaving of their steps.

The decisions are the program's own (`agree`, `is_lost`); fetch, push and the lock are played. A
push is taken or not, and its answer comes or does not; whoever is killed has done each step or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plan_worktree.sharing.agree import Agreement, agree, is_lost

STAGES = ("core", "api")
OWNERS = tuple((clone, name) for clone in range(3) for name in ("ada", "bob"))
GROUPS = {stage: (f"completed/{stage}", f"claim/{stage}") for stage in STAGES}
Coming = dict[str, str | None]


@dataclass
class Clone:
    """What is here, what the remote had, and the values at which both agreed."""

    number: int
    live: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    mirror: dict[str, str] = field(default_factory=dict)

    @property
    def there(self) -> dict[str, str]:
        """What the remote has: the claim of a completed stage is none."""
        return {
            name: value
            for name, value in self.mirror.items()
            if not name.startswith("claim/") or value != self.mirror.get(_done(name))
        }

    def compare(self, live: dict[str, str]) -> Agreement:
        """Compare as `follow.compare` does."""
        found = agree(GROUPS, self.known, live, self.there)
        renewed = {
            name: value
            for stage in found.overruled
            if (value := self.there.get(name := f"claim/{stage}"))
            and value.partition(".")[0] == self.known.get(name, "").partition(".")[0]
        }
        return agree(GROUPS, self.known | renewed, live, self.there) if renewed else found

    def follow(self) -> Agreement:
        found = self.compare(self.live)
        for name, value in found.adopt.items():
            _put(self.live, name, value)
        for name, value in {**found.agreed, **found.adopt}.items():
            _put(self.known, name, value)
        return found

    def after(self, coming: Coming) -> dict[str, str]:
        wanted = dict(self.live)
        for name, value in coming.items():
            _put(wanted, name, value)
        return wanted


def _done(claim: str) -> str:
    return claim.replace("claim/", "completed/")


def _put(refs: dict[str, str], name: str, value: str | None) -> None:
    refs.pop(name, None)
    if value is not None:
        refs[name] = value


@dataclass
class Step:
    """What an owner is about to do to a stage, whose records were `seen` when that was decided."""

    stage: str
    coming: Coming
    kind: str
    seen: Coming
    is_pushed: bool = False


class Protocol(RuleBasedStateMachine):
    """`holders` were told that a stage is theirs, and nobody was told since that it is not.

    A takeover is what somebody wants who knows of the holder. `alone` have claimed without the
    remote, which is said to count only here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.remote: dict[str, str] = {}
        self.clones = [Clone(number) for number in range(3)]
        self.steps: dict[tuple[int, str], Step] = {}
        self.holders: dict[str, set[tuple[int, str]]] = {stage: set() for stage in STAGES}
        self.alone: set[tuple[tuple[int, str], str]] = set()
        self.done: dict[str, str] = {}
        self.disputed: set[str] = set()
        self.taken: set[str | None] = set()
        self.numbers = count()

    def claim(self, owner: tuple[int, str]) -> str:
        return f"{owner[0]} {owner[1]} {next(self.numbers)}."

    def has(self, owner: tuple[int, str], stage: str) -> bool:
        claim = self.clones[owner[0]].live.get(f"claim/{stage}", "")
        return claim.startswith(f"{owner[0]} {owner[1]} ")

    def follow(self, clone: Clone) -> None:
        """Follow the remote; who has lost a stage by that is told so."""
        clone.follow()
        for stage in STAGES:
            for owner in OWNERS:
                if owner[0] == clone.number and not self.has(owner, stage):
                    self.holders[stage].discard(owner)
                    self.alone.discard((owner, stage))

    def push(self, clone: Clone, coming: Coming, fate: str) -> str:
        """Push as `push_shared` does: by leases on what the remote is believed to have."""
        wanted = clone.after(coming)
        found = clone.compare(wanted)
        taken = [name for name, value in coming.items() if name.startswith("claim/") and value]
        if is_lost(found, coming, clone.there) or any(_done(name) in wanted for name in taken):
            return "lost"
        updates = dict(found.pending)
        for stage in STAGES:
            claim, done = f"claim/{stage}", f"completed/{stage}"
            if claim in updates or done in updates:
                updates[claim] = wanted.get(claim) or wanted.get(done)
        if fate == "refused":
            return "unknown"
        if any(self.remote.get(name) != clone.mirror.get(name) for name in updates):
            clone.mirror = dict(self.remote)
            return "lost"
        for name, value in updates.items():
            _put(self.remote, name, value)
        if fate == "unanswered":
            return "unknown"
        for name, value in updates.items():
            _put(clone.mirror, name, value)
            if name not in coming:
                _put(clone.known, name, wanted.get(name))
        return "pushed"

    @rule(number=st.integers(0, 2))
    def fetch(self, number: int) -> None:
        self.clones[number].mirror = dict(self.remote)

    @rule(number=st.integers(0, 2))
    def look(self, number: int) -> None:
        self.follow(self.clones[number])

    @rule(number=st.integers(0, 2), fate=st.sampled_from(["taken", "unanswered", "refused"]))
    def tell(self, number: int, fate: str) -> None:
        self.push(self.clones[number], {}, fate)

    @rule(
        owner=st.sampled_from(OWNERS),
        stage=st.sampled_from(STAGES),
        kind=st.sampled_from(["start", "start", "takeover", "offline"]),
    )
    def start(self, owner: tuple[int, str], stage: str, kind: str) -> None:
        clone, name = self.clones[owner[0]], f"claim/{stage}"
        self.follow(clone)
        held = clone.live.get(name)
        if f"completed/{stage}" in clone.live or (held and kind != "takeover"):
            return
        if self.has(owner, stage):  # who claimed alone is told so until the remote has it
            clone.mirror = dict(self.remote)
            self.follow(clone)
            is_pushed = self.push(clone, {}, "taken") == "pushed"
            if self.has(owner, stage) and (is_pushed or (owner, stage) not in self.alone):
                self.alone.discard((owner, stage))
                self.holders[stage].add(owner)
            return
        claim = self.claim(owner)
        if kind != "start":
            self.disputed.add(stage)
        if kind == "offline":
            clone.live[name] = claim
            self.alone.add((owner, stage))
        else:
            self.steps[owner] = Step(stage, {name: claim}, kind, {name: held})

    @rule(owner=st.sampled_from(OWNERS), stage=st.sampled_from(STAGES))
    def complete(self, owner: tuple[int, str], stage: str) -> None:
        self.follow(self.clones[owner[0]])
        if self.has(owner, stage):
            done = f"{owner[0]} {owner[1]} done {next(self.numbers)}"
            coming: Coming = {f"completed/{stage}": done, f"claim/{stage}": None}
            live = self.clones[owner[0]].live
            self.steps[owner] = Step(stage, coming, "complete", {n: live.get(n) for n in coming})

    @precondition(lambda self: self.steps)
    @rule(data=st.data(), fate=st.sampled_from(["taken", "taken", "unanswered", "refused"]))
    def go_on(self, data: st.DataObject, fate: str) -> None:
        """Let a step go on: first it is pushed, then it is done here."""
        owner = data.draw(st.sampled_from(sorted(self.steps)))
        step, clone = self.steps[owner], self.clones[owner[0]]
        if not step.is_pushed:
            is_seen = all(clone.live.get(name) == value for name, value in step.seen.items())
            said = self.push(clone, step.coming, fate) if is_seen else "lost"
            name = f"claim/{step.stage}"
            if step.kind == "takeover" and self.remote.get(name) == step.coming[name]:
                self.holders[step.stage].clear()
                self.taken.add(step.seen[name])
            if said == "lost" or (said == "unknown" and step.kind != "complete"):
                del self.steps[owner]
            step.is_pushed = True
            return
        del self.steps[owner]
        self.follow(clone)
        if step.kind != "complete":
            name = f"claim/{step.stage}"
            if self.has(owner, step.stage) and clone.live[name] not in self.taken:
                self.holders[step.stage].add(owner)
        elif self.has(owner, step.stage):
            for name, value in step.coming.items():
                _put(clone.live, name, value)
            self.told_done(owner, step)
        elif clone.live.get(f"completed/{step.stage}") == step.coming[f"completed/{step.stage}"]:
            self.told_done(owner, step)

    def told_done(self, owner: tuple[int, str], step: Step) -> None:
        assert step.stage not in self.done or step.stage in self.disputed
        self.done[step.stage] = str(step.coming[f"completed/{step.stage}"])
        self.holders[step.stage].discard(owner)
        self.alone.discard((owner, step.stage))

    @precondition(lambda self: self.steps)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        del self.steps[data.draw(st.sampled_from(sorted(self.steps)))]

    @rule(number=st.integers(0, 2))
    def renew(self, number: int) -> None:
        clone = self.clones[number]
        self.follow(clone)
        for owner in OWNERS:
            for stage in STAGES:
                if owner[0] == number and self.has(owner, stage):
                    clone.live[f"claim/{stage}"] += "x"

    @invariant()
    def nobody_else_was_told_that_a_stage_is_theirs(self) -> None:
        for stage, holders in self.holders.items():
            assert len(holders) <= 1, (stage, holders)

    def teardown(self) -> None:
        """Let all have contact once more: then they agree, and what was done is there."""
        for _ in range(2):
            for clone in self.clones:
                clone.mirror = dict(self.remote)
                self.follow(clone)
                self.push(clone, {}, "taken")
        for clone in self.clones:
            clone.mirror = dict(self.remote)
            self.follow(clone)
            assert clone.live == clone.known == clone.there
            assert not [
                name for name in clone.live if _done(name) != name and _done(name) in clone.live
            ]
        for stage, done in self.done.items():
            if stage not in self.disputed:
                assert self.remote.get(f"completed/{stage}") == done
            else:  # somebody has it, or has done it
                assert self.remote.get(f"claim/{stage}")
        for stage, holders in self.holders.items():
            for clone_number, name in holders:
                assert self.remote[f"claim/{stage}"].startswith(f"{clone_number} {name} ")


TestProtocol = Protocol.TestCase
