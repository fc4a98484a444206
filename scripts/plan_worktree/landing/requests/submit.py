"""submit: pushes complete stages and opens or updates a pull request for each.

The lock is never held while a remote, a forge or a gate is at work. Everything is decided before
the first push; each push names the commit that it expects, and each request is looked up before it
is opened. So whoever is killed, or not alone, is gone on with by the same command.
"""

from __future__ import annotations

from pathlib import Path

from plan_worktree.change.changing import changing
from plan_worktree.change.follow_branches import take_completed
from plan_worktree.gates.gates import Listener
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.process import require_version
from plan_worktree.landing.requests.decide import decide
from plan_worktree.landing.requests.landed import find_landed, record_commands
from plan_worktree.landing.requests.remote import (
    ANSWER,
    forge_of,
    look_at_remote,
    remote_named,
    target_there,
)
from plan_worktree.landing.requests.restack import restack, to_restack
from plan_worktree.landing.requests.send import Sending, foresee, send
from plan_worktree.landing.requests.submitting import Say, SubmitOptions, SubmitReport
from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.open_plan import Opened, open_plan, select
from plan_worktree.project.lock import patiently
from plan_worktree.sharing.contact import Contact
from plan_worktree.state.overview import Overview, read_overview
from plan_worktree.state.status import State


def run_submit(
    options: SubmitOptions, start: Path, listener: Listener, say: Say, waiting: Say
) -> SubmitReport:
    """Submit the named stages, or all that are complete.

    The `listener` hears how verify commands go, `say` gets what a remote prints. Raises
    BadArgument, Refused, GitError, OSError and ForgeError before the first push alone.
    """
    require_version()
    found, dry_run = open_plan(options.plan, start), options.dry_run
    select(found.plan, options.stages)
    seen = _look(found, waiting, Contact.WHOLE, dry_run=dry_run)
    name = remote_named(seen.facts, options.remote)
    forge = forge_of(seen.facts.home, name)
    if not dry_run:
        waiting(f"asking {name}")
        gitrefs.fetch(seen.facts.home.root, name, ANSWER)
        seen = _look(found, waiting)
    remote = look_at_remote(seen.facts, name, forge, _unlanded(seen))
    landed = find_landed(seen, remote)
    if landed and not dry_run:
        seen = record_landed(seen.opened, landed, waiting)
    moved = []
    for entry in to_restack(seen, options.stages):
        moved.append(entry.stage.id)
        if not dry_run:
            restack(seen, entry, listener, waiting)
            seen = _look(found, waiting)
    decided = decide(seen, remote, options.stages, moved if dry_run else ())
    steps, failure = list(decided.left), None
    if dry_run:
        steps += [foresee(remote, one) for one in decided.submissions]
    else:
        sending = Sending(seen.facts.home.root, remote, say, waiting)
        done, failure = send(sending, decided.submissions)
        steps += done
    order = {stage_id: number for number, stage_id in enumerate(seen.opened.graph.order)}
    steps.sort(key=lambda step: order[step.stage.id])
    told = {step.stage.id for step in steps}
    left = [
        (e.stage, e.state)
        for e in seen.report.stages
        if e.state is not State.MERGED and e.stage.id not in told
    ]
    return SubmitReport(
        seen.opened, seen.facts, remote, target_there(seen.facts, name),
        tuple(steps), landed, tuple(moved), tuple(left), failure,
    )  # fmt: skip


def record_landed(opened: Opened, landed: dict[str, str], waiting: Say) -> Overview:
    """Record which commits brought stages in, under the lock, and look again.

    Raises Refused, GitError and OSError.
    """
    with changing(opened, waiting, dry_run=False, contact=Contact.TELL) as (_, facts):
        commands = record_commands(facts, landed)
        patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    return _look(opened, waiting)


def _look(
    found: Opened, waiting: Say, contact: Contact = Contact.NONE, *, dry_run: bool = False
) -> Overview:
    """Look at the plan; what a killed command left is ended before, under the lock."""
    with changing(found, waiting, dry_run=dry_run, contact=contact) as (opened, facts):
        taken = take_completed(facts, opened.graph, waiting, dry_run=dry_run)
        return read_overview(opened, taken)


def _unlanded(seen: Overview) -> list[Stage]:
    """Return the stages that have a branch and have not landed."""
    entries = [entry for entry in seen.report.stages if entry.state is not State.MERGED]
    return [entry.stage for entry in entries if seen.facts.last_tip(entry.stage)]
