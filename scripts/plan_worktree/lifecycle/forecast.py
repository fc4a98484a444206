"""Which pairs of commits collide, without merging what cannot, and without merging twice.

Two sides that touch no common path merge cleanly, unless one of them moved a folder that the
other put something into. What was found is kept in a file in the common git directory; it says
nothing that could not be found again, and may be deleted at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from plan_worktree import git
from plan_worktree.cores import cores
from plan_worktree.gitconflicts import Collision, collisions
from plan_worktree.lifecycle.home import Home

Pair = tuple[str, str]
Collisions = tuple[Collision, ...]

CACHE_FILE = "plan-worktree.forecasts"
# As many as all pairs of 60 stages; the ones that were asked for last are kept.
_KEPT = 2000
_LONGEST = 8 * 1024 * 1024


def forecast(
    home: Home,
    pairs: Sequence[Pair],
    unsure: Callable[[Sequence[Pair]], Sequence[Pair]],
    variables: Mapping[str, str],
) -> dict[Pair, Collisions]:
    """Return what conflicts when each pair of commits is merged. Raises git.GitError.

    Of the pairs that are not known yet, `unsure` is asked which have to be merged: the others have
    nothing in common. What is merged is written with the `variables` that git gets.
    """
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    way = _way(home)
    if way is None:
        return dict.fromkeys(wanted, ()) | _merged(home, unsure(wanted), variables)
    known = _read(home.git_directory / CACHE_FILE)
    found = {pair: known[key] for pair in wanted if (key := _key(way, pair)) in known}
    missing = [pair for pair in wanted if pair not in found]
    if missing:
        found |= dict.fromkeys(missing, ()) | _merged(home, unsure(missing), variables)
        # Whether a submodule's commits are there to be compared changes without any commit of ours.
        fixed = {p: c for p, c in found.items() if all(one.kind != "submodule" for one in c)}
        _write(home.git_directory / CACHE_FILE, known | {_key(way, p): c for p, c in fixed.items()})
    return found


def may_collide(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
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


def _merged(
    home: Home, pairs: Sequence[Pair], variables: Mapping[str, str]
) -> dict[Pair, Collisions]:
    """Merge pairs, as many at once as there are processors."""
    count = max(min(cores(), len(pairs)), 1)
    shares = [pairs[start::count] for start in range(count)]
    if count == 1:
        results = [collisions(home.root, pairs, variables)]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(count) as pool:
            results = list(pool.map(lambda s: collisions(home.root, s, variables), shares))
    return {
        pair: found
        for share, result in zip(shares, results, strict=True)
        for pair, found in zip(share, result, strict=True)
    }


def _way(home: Home) -> str | None:
    """Return a digest of all that decides how this repository merges, besides the commits.

    None where that is a program of the user's.
    """
    from hashlib import sha256

    settings = git.settings(home.root, r"^(merge|diff)\.|^core\.attributesfile$")
    if any(name.endswith(".driver") for name in settings):
        return None
    flags = ("ls-files", "--stage", "-z", "--", ":(glob)**/.gitattributes")
    attributes = git.run(home.root, *flags).stdout
    said = f"{sorted(settings.items())}\0{attributes}\0".encode("utf-8", "surrogateescape")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    named = settings.get("core.attributesfile") or str(config / "git/attributes")
    for path in (home.git_directory / "info/attributes", home.root / ".gitattributes", Path(named)):
        with suppress(OSError, RuntimeError):
            said += path.expanduser().read_bytes() + b"\0"
    return sha256(said).hexdigest()[:16]


def _key(way: str, pair: Pair) -> str:
    return " ".join((way, *pair))


def _read(path: Path) -> dict[str, Collisions]:
    """Return what is kept; whatever is wrong with the file, it is as if there were none."""
    try:
        if path.stat().st_size > _LONGEST:
            return {}
        said = json.loads(path.read_bytes())
        return {
            str(key): tuple(Collision(str(file), str(kind)) for file, kind in found)
            for key, found in said.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _write(path: Path, known: Mapping[str, Collisions]) -> None:
    import tempfile

    kept = dict(list(known.items())[-_KEPT:])
    # Only a help: a disk that is full must not stop anybody from being told what was found.
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(kept, file)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
