"""Branches of a remote: where they stand now, and pushes that overwrite nothing unseen.

A push names, for each branch, the commit that is expected there (git-push(1),
"--force-with-lease"), and what it pushes by the commit's name: a branch that moves meanwhile does
not matter.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plan_worktree.git.process import ENGLISH, failure, run

_HEADS = "refs/heads/"
# A remote must answer by itself: nobody is there to type a password (git(1), ssh_config(5)).
ALONE = MappingProxyType({"SSH_ASKPASS_REQUIRE": "never", **ENGLISH})


def remote_urls(directory: Path, remote: str) -> tuple[str, ...]:
    """Return where a remote is: as it is configured, and as git rewrites that for a push.

    The two differ where a setting stands for a part of an address (git-config(1),
    "url.<base>.insteadOf"). Raises GitError.
    """
    written = run(directory, "config", "--get", f"remote.{remote}.url", ok=(0, 1)).stdout
    known = run(directory, "remote", "get-url", "--push", "--", remote).stdout
    return tuple(dict.fromkeys(url for text in (written, known) if (url := text.rstrip("\n"))))


def remote_branches(
    directory: Path, remote: str, branches: Sequence[str], timeout: float
) -> dict[str, str]:
    """Ask a remote where some of its branches stand; what it has not is left out.

    `branches` are short names. Raises GitError, also when the remote has not answered after
    `timeout` seconds.
    """
    names = [_HEADS + branch for branch in branches]
    command = ("ls-remote", "--quiet", "--refs", "--end-of-options", remote, *names)
    said = run(directory, *command, variables=ALONE, timeout=timeout).stdout
    found = (line.partition("\t") for line in said.splitlines())
    # What git takes is a pattern, which a longer name may end with.
    at = {name: commit for commit, _, name in found}
    return {branch: at[_HEADS + branch] for branch in branches if _HEADS + branch in at}


class Update(NamedTuple):
    """A branch of a remote (short name), the commit it is to get, and the one it has: or None."""

    branch: str
    commit: str
    expected: str | None


class PushResult(StrEnum):
    """What became of a branch in a push."""

    PUSHED = "pushed"
    KEPT = "kept"
    REJECTED = "rejected"


class Pushed(NamedTuple):
    """What became of each branch, by short name; why not, where one was rejected.

    `said` is what the remote and git said of the push, for a person.
    """

    results: dict[str, PushResult]
    reasons: dict[str, str]
    said: str


def push(
    directory: Path,
    remote: str,
    updates: Sequence[Update],
    options: Sequence[str],
    timeout: float,
) -> Pushed:
    """Push commits to branches of a remote, each if it stands where it is expected.

    `options` are push options (git-push(1), "--push-option"), each one line. Raises GitError where
    nothing was pushed because the remote cannot be reached, or does not answer in time.
    """
    leases = [f"--force-with-lease={_HEADS}{u.branch}:{u.expected or ''}" for u in updates]
    flags = [f"--push-option={option}" for option in options]
    specs = [f"{u.commit}:{_HEADS}{u.branch}" for u in updates]
    command = ("push", "--porcelain", "--no-follow-tags", *leases, *flags)
    words = (*command, "--end-of-options", remote, *specs)
    done = run(directory, *words, ok=range(256), variables=ALONE, timeout=timeout)
    results, reasons = {}, {}
    for line in done.stdout.splitlines():
        flag, *fields = line.split("\t")
        if len(fields) < 2 or not fields[0].partition(":")[2].startswith(_HEADS):
            continue
        branch = fields[0].partition(":")[2].removeprefix(_HEADS)
        results[branch] = _RESULTS.get(flag, PushResult.PUSHED)
        if flag == "!":
            reasons[branch] = fields[1].strip("[]")
    if done.returncode and not reasons:
        raise failure(("push", remote), done.returncode, done.stderr or done.stdout)
    return Pushed(results, reasons, done.stderr.strip())


_RESULTS = {"!": PushResult.REJECTED, "=": PushResult.KEPT}
