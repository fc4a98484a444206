"""A clone for one worker that is somewhere else: made from the remote, and brought up to date.

It shares the plan through that remote. What a worker of the same name has in a clone that was lost
is taken over, as far as the remote has it.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from plan_worktree.change.changing import catch_up
from plan_worktree.git import repository
from plan_worktree.git.index import check_out_paths
from plan_worktree.git.objects.commits import fast_forward
from plan_worktree.git.objects.lookup import file_in
from plan_worktree.git.process import GitError
from plan_worktree.git.push import remote_urls
from plan_worktree.git.refs import fetch
from plan_worktree.planfiles.committed import path_in
from plan_worktree.planfiles.open_plan import Opened, refreshed
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Refused
from plan_worktree.sharing.contact import share_of
from plan_worktree.sharing.share import Share
from plan_worktree.sharing.turn_on import turn_on
from plan_worktree.stages.starting.start import StartOptions, run_start
from plan_worktree.state.repository.facts import facts_for_reading
from plan_worktree.state.repository.owners import owner_named
from plan_worktree.state.status import State, read_status

# How long a remote may take to give what it has, in seconds.
_FETCH = 600.0


class Source(NamedTuple):
    """Where a worker's clone comes from, and what is set there.

    `branch` is the target's name there, `plan` the plan's path in the repository. `settings` say as
    whom agents commit, `origin` names the run's own clone among all that use a cluster.
    """

    url: str
    branch: str
    plan: str
    settings: Mapping[str, str]
    origin: str


def require_share(opened: Opened) -> Share:
    """Return how this clone shares the plan. Raises Refused where it does not, and GitError."""
    share = share_of(opened.require_home(), opened.plan)
    if share is None:
        raise Refused(["workers of a cluster share through a remote: plan-worktree init share"])
    return share


def read_source(opened: Opened, say: Callable[[str], None]) -> Source:
    """Return where clones come from. Raises Refused where they would not have the plan."""
    home, share = opened.require_home(), require_share(opened)
    path = path_in(home.root, opened.path)
    branch = (share.target or "").removeprefix(HEADS)
    catch_up(opened, say)
    there = f"refs/remotes/{share.remote}/{branch}"
    if path is None or not branch or file_in(home.root, there, path) is None:
        push = f"git -C {quote(str(home.root))} push {quote(share.remote)} {quote(branch)}"
        raise Refused([f"{share.remote} does not have the plan; commit it, then: {push}"])
    url = remote_urls(home.root, share.remote)[0]
    if (home.root / url).exists():  # a path may be relative to the repository
        url = str((home.root / url).resolve())
    settings = repository.settings(home.root, r"^user\.(name|email)$")
    where = f"{socket.gethostname()}\n{home.root}\n{url}"
    return Source(url, branch, path, settings, sha256(where.encode()).hexdigest()[:8])


def bring(source: Source, folder: Path) -> Path:
    """Return a clone in a folder, made if it is not there, with the target as the remote has it.

    Raises Refused where it cannot be brought there, GitError and OSError.
    """
    clone = folder / "clone"
    if not clone.exists():
        draft = folder / "clone.new"  # which a killed task may have left
        shutil.rmtree(draft, ignore_errors=True)
        repository.clone(source.url, draft, source.branch)
        draft.rename(clone)
    for name, value in source.settings.items():
        repository.set_setting(clone, name, value)
    turn_on(clone, lambda _: None, dry_run=False)
    fetch(clone, "origin", _FETCH)
    # Statuses in the plan are derived anew from what clones share.
    check_out_paths(clone, [source.plan])
    try:
        fast_forward(clone, f"refs/remotes/origin/{source.branch}")
    except GitError as why:
        raise Refused([f"{clone} cannot follow {source.branch} of {source.url}: {why}"]) from why
    return clone


def take_over(opened: Opened, name: str, say: Callable[[str], None]) -> None:
    """Take stages that a worker of this name has in other clones, which are lost.

    Only one task of a name runs at a time. Raises GitError and OSError.
    """
    home = opened.require_home()
    catch_up(opened, say)
    now = refreshed(opened)
    for entry in read_status(facts_for_reading(now), now.graph).stages:
        claim = entry.work.claim
        if entry.state is not State.IN_PROGRESS or claim is None:
            continue
        if claim.owner != name or not claim.is_elsewhere:
            continue
        asked = StartOptions(
            str(opened.path), entry.stage.id, owner_named(name), takeover=True, set_up=True
        )
        try:
            run_start(asked, home.root, say)
            say(f"stage {entry.stage.id} goes on in another clone")
        except Refused as why:
            say(f"stage {entry.stage.id} is left as it is: {'; '.join(why.reasons)}")
