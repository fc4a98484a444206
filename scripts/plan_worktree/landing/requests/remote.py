"""What a remote and its forge have of a plan: asked without the repository's lock."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.push import remote_branches, remote_urls
from plan_worktree.landing.forges.choose import SETTING, choose_forge
from plan_worktree.landing.forges.protocol import Forge, Telling
from plan_worktree.landing.requests.submitting import Remote
from plan_worktree.plan.model import Stage
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS, REMOTES
from plan_worktree.project.refusal import BadArgument, Refused
from plan_worktree.state.repository.facts import Facts

# Seconds in which a remote has to answer, and to take what is pushed.
ANSWER, TAKE = 60, 600


def remote_named(facts: Facts, written: str | None) -> str:
    """Return the remote that is meant: the one that is named, else the target's.

    Raises BadArgument for one that there is not, and Refused where there is none.
    """
    known = facts.home.settings.remotes()
    if written is not None:
        if written not in known:
            listed = f"there are {', '.join(known)}" if known else "there is none"
            raise BadArgument(f"there is no remote {written}; {listed}")
        return written
    if facts.upstreams.remote is None:
        if known:
            raise Refused([f"name the remote to submit to: --remote {quote(known[0])}"])
        raise Refused(["there is no remote to submit to: git remote add origin URL"])
    return facts.upstreams.remote


def forge_of(home: Home, remote: str) -> Forge:
    """Return the forge that a remote is on. Raises Refused and GitError."""
    return choose_forge(remote_urls(home.root, remote), home.settings.text(SETTING), home.root)


def branch_there(facts: Facts, stage: Stage, remote: str) -> str:
    """Return what a stage's branch is called on a remote (a short name)."""
    above = facts.upstream(stage)
    return above.branch if above and above.remote == remote else stage.branch


def target_there(facts: Facts, remote: str) -> str:
    """Return what the target is called on a remote (a short name)."""
    above = facts.upstreams.target
    if above and above.remote == remote:
        return above.branch
    return (facts.target or "").removeprefix(HEADS)


def look_at_remote(facts: Facts, remote: str, forge: Forge, stages: Iterable[Stage]) -> Remote:
    """Ask a remote for its branches and its forge for the requests of some stages.

    Raises GitError and ForgeError.
    """
    root = facts.home.root
    every = [branch_there(facts, stage, remote) for stage in facts.plan.stages]
    folder = f"{REMOTES}{remote}/"
    tracked = gitrefs.refs(root, folder)
    return Remote(
        remote,
        forge,
        remote_branches(root, remote, [*every, target_there(facts, remote)], ANSWER),
        {name.removeprefix(folder): ref.object_id for name, ref in tracked.items()},
        (
            forge.look([branch_there(facts, stage, remote) for stage in stages])
            if isinstance(forge, Telling)
            else {}
        ),
    )
