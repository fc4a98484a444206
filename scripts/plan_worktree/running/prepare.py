"""Before the first worker starts: the plan is fit, what runs is said, claims are handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from shlex import quote

from plan_worktree.git.objects.lookup import committed_file
from plan_worktree.git.repository import set_setting
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import PlanStatus
from plan_worktree.plan.planfile import loads
from plan_worktree.planfiles.approval import NotClean, require_clean
from plan_worktree.planfiles.committed import path_in
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.processes import cores
from plan_worktree.project.refusal import Code, Reason, Refused
from plan_worktree.running.names import is_worker
from plan_worktree.running.workers.agents import Agent
from plan_worktree.stages.starting.start import StartOptions, run_start
from plan_worktree.state.repository.owners import Owner
from plan_worktree.state.status import DONE, Report, StageReport, State

# What somebody has agreed to: a hash of the agent's command line.
AGREED = "planWorktree.agreed"


def require_fit(opened: Opened) -> None:
    """Raise Refused for a plan that is not to be built: a draft, or given up, or with findings.

    Once it is being built, what its stages have changed may be a finding, and is none here.
    """
    plan, name = opened.plan, quote(opened.plan.plan_id)
    if plan.status == PlanStatus.ABANDONED:
        again = f"plan-worktree mark {name} in-progress"
        raise Refused([Reason(f"the plan is abandoned: {again}", Code.ABANDONED, again)])
    if plan.status == PlanStatus.DRAFT:
        approve = f"plan-worktree mark {name} approved"
        said = f"the plan is a draft, and nobody has approved it: {approve}"
        raise Refused([Reason(said, Code.INVALID_PLAN, approve)])
    if plan.status == PlanStatus.APPROVED:
        try:
            require_clean(opened, opened.require_home().root)
        except NotClean as found:
            check = f"plan-worktree validate --strict {quote(opened.file.name)}"
            said = f"a plan with findings is not built; fix them, then: {check}"
            found.reasons = (Reason(said, Code.INVALID_PLAN, check),)
            raise


def unseen_gates(opened: Opened) -> list[str]:
    """Return the gates that the plan names now and that are not in its last commit at home.

    They are commands of whoever wrote the plan. Raises GitError.
    """
    home, plan = opened.require_home(), opened.plan
    path = path_in(home.root, opened.path)
    raw = committed_file(home.root, path) if path else None
    known = loads(raw, opened.file.name).plan if raw is not None else None
    agreed = {*known.verify, *(g for s in known.stages for g in s.verify)} if known else set()
    gates = (*plan.verify, *(gate for stage in plan.stages for gate in stage.verify))
    return [gate for gate in dict.fromkeys(gates) if gate not in agreed]


def is_agreed(home: Home, agent: Agent) -> bool:
    """Tell whether somebody has agreed that this command is run here. Raises GitError."""
    return home.settings.text(AGREED) == _mark(agent)


def agree(home: Home, agent: Agent) -> None:
    """Write down that somebody has agreed. Raises GitError."""
    set_setting(home.root, AGREED, _mark(agent))


def _mark(agent: Agent) -> str:
    return sha256(agent.command.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def first_words(opened: Opened, agent: Agent, gates: Sequence[str], known: bool) -> list[str]:
    """Return what whoever starts a run is told, and has to agree to.

    `known` says that somebody has agreed to the agent before.
    """
    lines = []
    if not known:
        where = opened.require_home().resolve(opened.plan.stages[0].worktree_path).parent
        lines += [
            f"the agent is started with this command: {agent.command}",
            f"in a worktree for each stage: {where}",
            f"it may do this: {agent.permissions}",
        ]
    if gates:
        lines.append("these gates of the plan are in no commit, and are run in the worktrees:")
        lines += [f"  {gate}" for gate in gates]
    return lines


def workers_for(graph: Graph, report: Report) -> int:
    """Return how many workers make sense: the widest wave of what is left, at most the cores."""
    left = {entry.stage.id for entry in report.stages if entry.state not in DONE}
    widest = max((sum(name in left for name in wave) for wave in graph.waves), default=1)
    return max(1, min(widest, cores()))


def to_hand_over(
    home: Home, entries: Sequence[StageReport], owners: Sequence[Owner]
) -> Iterator[tuple[str, Owner]]:
    """Yield unfinished stages that workers of an earlier run have left, each with a new owner.

    Those are claims of workers that are not started any more, and stages that one had declared
    blocked and somebody has opened again. Who has the fewest stages gets the next.
    """
    load = dict.fromkeys(owners, 0)
    orphans = []
    for entry in entries:
        claim = entry.work.claim
        if entry.state is not State.IN_PROGRESS:
            continue
        if claim and Owner(claim.owner, claim.host) in load:
            load[Owner(claim.owner, claim.host)] += 1
        elif claim and is_worker(home, claim.owner, claim.host):
            orphans.append(entry.stage.id)
        elif claim is None and entry.work.blocked and not entry.waiting_for:
            blocked = entry.work.blocked
            if is_worker(home, blocked.owner, blocked.host):
                orphans.append(entry.stage.id)
    for name in orphans:
        owner = min(load, key=lambda one: load[one])
        load[owner] += 1
        yield name, owner


def hand_over(
    opened: Opened, report: Report, owners: Sequence[Owner], say: Callable[[str], None]
) -> None:
    """Give what workers of an earlier run have left to those that are started now.

    What cannot be given is told, and left as it is. Raises GitError and OSError.
    """
    home = opened.require_home()
    for name, owner in to_hand_over(home, report.stages, owners):
        asked = StartOptions(str(opened.path), name, owner, takeover=True, set_up=True)
        try:
            run_start(asked, home.root, say)
            say(f"stage {name} goes on with {owner.name}")
        except Refused as why:
            say(f"stage {name} is left as it is: {'; '.join(why.reasons)}")
