"""Which pairs of commits conflict, without merging what cannot.

Two sides that touch no common path merge cleanly, unless one of them moved a folder that the
other put something into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from plan_worktree.git.objects.conflicts import FileConflict, find_conflicts
from plan_worktree.project.home import Home
from plan_worktree.project.processes import cores

Pair = tuple[str, str]
FileConflicts = tuple[FileConflict, ...]


def predict_conflicts(
    home: Home, pairs: Sequence[Pair], variables: Mapping[str, str]
) -> dict[Pair, FileConflicts]:
    """Return what conflicts when each pair of commits is merged. Raises GitError.

    As many pairs are merged at once as there are processors. Merges are written with the
    `variables` that git gets.
    """
    from concurrent.futures import ThreadPoolExecutor

    wanted = list(dict.fromkeys(pairs))
    count = min(cores(), len(wanted)) or 1
    shares = [wanted[start::count] for start in range(count)]
    with ThreadPoolExecutor(count) as pool:
        results = pool.map(lambda share: find_conflicts(home.root, share, variables), shares)
        return {
            pair: found
            for share, result in zip(shares, results, strict=True)
            for pair, found in zip(share, result, strict=True)
        }


def may_conflict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether the merge of two sides can conflict, by the paths that each has changed.

    Both are changes since the same commit, as `githistory.changes_between` has them. Of a folder
    that one side has moved, everything the other side adds to it may have to move along
    (git-config(1), "merge.directoryRenames").
    """
    if one.keys() & other.keys():
        return True
    above_one, above_other = _folders(one), _folders(other)
    if above_one & other.keys() or above_other & one.keys():
        return True
    return any(
        _folders(path for path, letter in left.items() if letter == "D")
        & _folders(path for path, letter in right.items() if letter == "A")
        for left, right in ((one, other), (other, one))
    )


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
