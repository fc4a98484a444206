"""Which records follow the remote, and which are yet to be pushed: a comparison of three values.

What is here, what is there, and the value at which the two agreed last. Whoever has changed a
record since is right; where both have, the remote is: whoever was there first has the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """What is to be done so that both sides agree, by the live names of records.

    `adopt` has the values that records get here, `pending` those that they are to get there (None:
    the record goes). `agreed` has what both sides have. `overruled` are the groups in which both
    had changed something; there the remote is right.
    """

    adopt: Mapping[str, str | None]
    pending: Mapping[str, str | None]
    agreed: Mapping[str, str | None]
    overruled: tuple[str, ...]


def agree(
    groups: Mapping[str, Sequence[str]],
    known: Mapping[str, str],
    live: Mapping[str, str],
    there: Mapping[str, str],
) -> Agreement:
    """Compare the records of some groups: the names in one are only right together.

    A group is what is recorded of one stage: with its claim goes how it was completed.
    """
    adopt: dict[str, str | None] = {}
    pending: dict[str, str | None] = {}
    agreed: dict[str, str | None] = {}
    overruled = []
    for group, names in groups.items():
        agreed |= {n: live.get(n) for n in names if live.get(n) == there.get(n)}
        differ = [name for name in names if live.get(name) != there.get(name)]
        here_too = [name for name in differ if live.get(name) != known.get(name)]
        moved_there = [name for name in differ if there.get(name) != known.get(name)]
        if not moved_there:
            pending |= {name: live.get(name) for name in here_too}
            continue
        adopt |= {name: there.get(name) for name in differ}
        if here_too:
            overruled.append(group)
    return Agreement(adopt, pending, agreed, tuple(overruled))


def is_lost(found: Agreement, coming: Mapping[str, str | None], there: Mapping[str, str]) -> bool:
    """Tell whether somebody has changed there what is about to change here.

    `coming` are records with the values that they are to get, which counted as those that are here
    when the two sides were compared.
    """
    return any(there.get(name) != new and name not in found.pending for name, new in coming.items())
