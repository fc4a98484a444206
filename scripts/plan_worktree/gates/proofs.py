"""Which gates have passed on which trees: one blob for a plan, so that nothing passes twice.

A proof is bound to the tree of a commit, and to the words of the gate. It counts only where the
worktree was clean on that tree before and after the gate ran: whoever records one has seen to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.refs import Ref

# So many proofs are kept for a plan: the newest.
MOST = 500
_NAMES = re.compile(r"[0-9a-f]{40,64}")
_FIELDS = ("tree", "gate")
# A longer blob is none of ours.
_LONGEST = 1 << 20


def known_gates(record: Ref | None, tree: str, gates: Iterable[str]) -> frozenset[str]:
    """Return which of some gates have passed on a tree; `record` is the ref of a plan's proofs."""
    passed = set(_read(record))
    return frozenset(gate for gate in gates if (tree, _key(gate)) in passed)


def proving_command(
    root: Path, name: str, record: Ref | None, tree: str, gates: Iterable[str]
) -> tuple[str, ...]:
    """Return the update-ref command that adds proofs to the `record`, a ref with a `name`.

    The blob is written in the repository of `root`. Raises GitError.
    """
    new = dict.fromkeys((tree, _key(gate)) for gate in gates)
    kept = [proof for proof in _read(record) if proof not in new]
    proofs = [{"tree": one, "gate": key} for one, key in [*kept, *new][-MOST:]]
    blob = gitrefs.write_blob(root, json.dumps({"proofs": proofs}, indent=0) + "\n")
    return gitrefs.put(name, blob, record.object_id if record else None)


def _key(gate: str) -> str:
    """Return a gate's words as a name of fixed length."""
    return sha256(gate.encode("utf-8", "surrogatepass")).hexdigest()


def _read(record: Ref | None) -> list[tuple[str, str]]:
    """Return trees and gates of a blob, the oldest first; what is no proof is left out."""
    if record is None or len(record.text) > _LONGEST:
        return []
    try:
        said = json.loads(record.text)
    except (ValueError, RecursionError):
        return []
    proofs = said.get("proofs") if isinstance(said, dict) else None
    found = []
    for proof in proofs if isinstance(proofs, list) else ():
        said = proof if isinstance(proof, dict) else {}
        tree, key = (name if isinstance(name := said.get(of), str) else "" for of in _FIELDS)
        if _NAMES.fullmatch(tree) and _NAMES.fullmatch(key):
            found.append((tree, key))
    return found
