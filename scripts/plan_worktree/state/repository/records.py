"""What is recorded of a stage beside commits: who works on it, how it was completed, or blocked.

All are blobs that refs name. Creating a claim's ref fails when there is one (git-update-ref(1)),
so of any number of processes exactly one gets a stage. Nothing is said of processes: an agent
that died has left a claim, which its owner can go on with and anybody else may take over.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from itertools import accumulate
from typing import NamedTuple

from plan_worktree.plan.model import Stage
from plan_worktree.plan.parts.todo import MOST_NAMED, NAME_LENGTH
from plan_worktree.plan.reading.wording import UNREAD, Reading
from plan_worktree.project.clone import clone_name
from plan_worktree.project.ref_names import blocked_ref, claim_ref, completed_ref
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.owners import Owner

# So many bytes of a completion are names of files.
_MOST_OF_FILES = 16 * 1024


class Claim(NamedTuple):
    """Who has a stage since when (RFC 3339, UTC), and from which commit the work began.

    `seen` is when the owner last started the stage; `worktrees/seen.py` knows of later commands.
    `reading` is what the owner has read of the plan. `record` is the blob that says so. What a blob
    does not say, of a stranger's or of an older version, is empty; what it says beside that is
    passed over. The `host` of an owner in another clone names that clone, too: nobody here is that
    owner, whatever the name.
    """

    owner: str
    host: str
    time: str
    base: str
    record: str
    seen: str = ""
    reading: Reading = UNREAD

    @classmethod
    def read(cls, text: str, record: str, here: str = "") -> Claim:
        """Read what a claim's blob holds, whoever wrote it; `here` is the name of this clone."""
        said = _read(text)
        owner, host = _field(said, "owner"), _field(said, "host") or "?"
        if (clone := _field(said, "clone")) != here:
            host = f"{host}/{clone or '?'}"
        time, base = _field(said, "time"), _field(said, "base")
        seen, reading = _field(said, "seen"), Reading.read(said.get("reading"))
        return cls(owner or "somebody", host, time, base, record, seen, reading)

    def is_of(self, owner: Owner) -> bool:
        """Tell whether it is somebody's own."""
        return (self.owner, self.host) == owner

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was made in another clone."""
        return "/" in self.host

    def age(self, now: datetime) -> float | None:
        """Return for how many seconds it has been held; None when it does not say.

        A claim from the future, before a clock was set back, is new.
        """
        since = _timestamp(self.time)
        return None if since is None else max(now.timestamp() - since, 0.0)

    def last_seen(self) -> float | None:
        """Return when its owner was seen by what it says itself (seconds since 1970), or None.

        A claim of an older version says only when it was made.
        """
        times = (_timestamp(self.time), _timestamp(self.seen))
        return max((time for time in times if time is not None), default=None)


def claim_text(owner: Owner, base: str, reading: Reading, since: str = "", clone: str = "") -> str:
    """Return what the blob of a claim holds: of a new one, or of one that is held `since` then.

    `clone` is the name of this clone where it shares its claims with others.
    """
    now = written(time.time())
    said = {"owner": owner.name, "host": owner.host, "time": since or now, "seen": now}
    known = {**said, "base": base, "reading": reading._asdict()}
    known |= {"clone": clone} if clone else {}
    return json.dumps(known, ensure_ascii=False, indent=2) + "\n"


def seen_again(text: str, when: float) -> str:
    """Return the text of a claim with when its owner was seen last (seconds since 1970)."""
    return json.dumps({**_read(text), "seen": written(when)}, ensure_ascii=False, indent=2) + "\n"


def signed(text: str, clone: str) -> str | None:
    """Return the text of a claim with the name of the clone that made it; None where it has one."""
    said = _read(text)
    if _field(said, "clone"):
        return None
    return json.dumps({**said, "clone": clone}, ensure_ascii=False, indent=2) + "\n"


def is_same(text: str, other: str) -> bool:
    """Tell whether two texts are of one claim, which was renewed between them."""
    one, two = _read(text), _read(other)
    kept = ("owner", "host", "clone", "time")
    return all(_field(one, key) == _field(two, key) for key in kept) and bool(_field(one, "time"))


def commit_of(text: str) -> str:
    """Return the commit at which a stage was completed, "" where the record does not say."""
    return _field(_read(text), "commit")


def written(seconds: float) -> str:
    """Write a time (seconds since 1970) as RFC 3339 has it, in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _timestamp(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Without a zone nobody knows which moment is meant; near year 1 or 9999 there is none.
    return moment.timestamp() if moment.tzinfo and 1970 <= moment.year < 9999 else None


# Of what an owner says to those who build on a stage.
LONGEST_NOTE = 1_000


class Completion(NamedTuple):
    """What was recorded when a stage was completed.

    Who did it, which commands passed, and why which changes were accepted that the stage had not
    declared (None: there were none). `note` is what its owner says to those who build on it, and
    `reading` what the owner had read of the plan. `ticked` names the stage's TODO items that were
    ticked (`plan/parts/todo.py`); a record of an older version does not say it.
    """

    owner: str
    commands: tuple[str, ...]
    reason: str | None
    files: tuple[str, ...]
    note: str | None = None
    reading: Reading = UNREAD
    ticked: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Completion:
        """Read what a completion's blob holds, whoever wrote it."""
        said = _read(text)
        ticked = [name for name in _texts(said, "ticked") if len(name) == NAME_LENGTH]
        return cls(
            _field(said, "owner"),
            _texts(said, "commands"),
            _field(said, "reason") or None,
            _texts(said, "files"),
            one_line(_field(said, "note"))[:LONGEST_NOTE] or None,
            Reading.read(said.get("reading")),
            tuple(ticked[:MOST_NAMED]),
        )

    @property
    def is_declared(self) -> bool:
        """Whether a person has said so (`mark`): for that nobody has read the plan."""
        return self.reading == UNREAD


def completion_text(record: Completion, commit: str) -> str:
    """Return what the blob of a completion holds.

    Of very many files it names the first ones: others take no record of more than 64 KiB.
    """
    sizes = accumulate(len(file.encode("utf-8", "surrogateescape")) for file in record.files)
    files = [f for f, size in zip(record.files, sizes, strict=True) if size <= _MOST_OF_FILES]
    said = {**record._asdict(), "reading": record.reading._asdict(), "commit": commit}
    said["files"] = files
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


class Blocked(NamedTuple):
    """Why a stage was declared blocked, by whom on which machine, and when (RFC 3339, UTC)."""

    note: str
    owner: str
    host: str
    time: str


def blocked_text(note: str, owner: Owner | None) -> str:
    """Return what the blob of a blocked stage holds."""
    name, host = owner or ("", "")
    said = Blocked(note, name, host, written(time.time()))
    return json.dumps(said._asdict(), ensure_ascii=False, indent=2) + "\n"


class Records(NamedTuple):
    """What the blobs of a plan say, by stage id."""

    claims: dict[str, Claim]
    completions: dict[str, Completion]
    blocks: dict[str, Blocked]


def read_records(facts: Facts) -> Records:
    """Read all records of a plan, whoever wrote them."""
    refs, stages = facts.refs, facts.plan.stages
    claimed = {s.id: refs.get(claim_ref(facts.plan, s)) for s in stages}
    completed = {s.id: refs.get(completed_ref(facts.plan, s)) for s in stages}
    here = clone_name(facts.home.git_directory) if any(claimed.values()) else ""
    blocked = {s.id: refs.get(blocked_ref(facts.plan, s)) for s in stages}
    return Records(
        {name: Claim.read(ref.text, ref.object_id, here) for name, ref in claimed.items() if ref},
        {name: Completion.read(ref.text) for name, ref in completed.items() if ref},
        {name: why for name, ref in blocked.items() if ref and (why := _blocked(ref.text)).note},
    )


def claimed_words(claim: Claim) -> str:
    """Say whose a claim is and since when."""
    age = claim.age(datetime.now(UTC))
    since = f" since {claim.time} ({in_words(age)} ago)" if age is not None else ""
    return f"{claim.owner} on {claim.host}{since}"


def in_words(seconds: float) -> str:
    """Return a span of time in its largest unit."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(int(seconds), 0)} s"


def release_command(facts: Facts, stage: Stage, claim: Claim) -> tuple[str, ...]:
    """Return the update-ref command that ends a claim, and no other one."""
    return ("delete", claim_ref(facts.plan, stage), claim.record)


def _blocked(text: str) -> Blocked:
    said = _read(text)
    note = one_line(_field(said, "note"))[:LONGEST_NOTE]
    return Blocked(note, _field(said, "owner"), _field(said, "host"), _field(said, "time"))


def one_line(text: str) -> str:
    """Return a text as one line, each run of white space in it a space."""
    return " ".join(text.split())


def _texts(said: dict[str, object], key: str) -> tuple[str, ...]:
    value = said.get(key)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _read(text: str) -> dict[str, object]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _field(said: dict[str, object], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""
