"""The command ``run``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from plan_worktree.commands.options import plan_argument
from plan_worktree.commands.running import AgentOptions, agent_options, as_json_lines, worker_words

if TYPE_CHECKING:
    from plan_worktree.planfiles.open_plan import Opened
    from plan_worktree.running.run import Place
    from plan_worktree.running.workers.agents import Agent


@click.command()
@plan_argument
@agent_options
@click.option(
    "--workers", type=click.IntRange(1, 256), metavar="N",
    help="So many agents at once [default: what can run together, at most the processors].",
)  # fmt: skip
@click.option("--land", is_flag=True, help="Land what is complete as it goes: merge --verify.")
@click.option("--remove", is_flag=True, help="With --land: take the worktrees away at the end.")
@click.option("--submit", is_flag=True, help="Open pull requests for what is complete instead.")
@click.option(
    "--engine", type=click.Choice(("local", "dask")), default="local", show_default=True,
    help="Run workers as processes here, or as tasks of a dask cluster.",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS", help="With dask: that cluster [default: one on this machine]."
)
@click.option("--yes", is_flag=True, help="Agree to what the first run would ask.")
@click.option("--stop", "ends", is_flag=True, help="Ask the run of this plan to end, and wait.")
@as_json_lines
def run(
    plan: str | None,
    *,
    asked: AgentOptions,
    workers: int | None,
    land: bool,
    remove: bool,
    submit: bool,
    engine: str,
    scheduler: str | None,
    yes: bool,
    ends: bool,
    json: bool,
) -> None:
    """Build a plan: workers on all ready stages, kept going to the end, and a summary.

    Each worker is what `work` is: it takes a stage, runs the agent on it, proves what that did, and
    takes the next. AGENT is the name of a preset (claude, codex, gemini, opencode, aider) or any
    command; without --agent the git setting planWorktree.agent. The first run with an agent says
    what it starts, where, and what that may do, and asks; so does one whose plan has gates that are
    in no commit. Where nobody can answer, --yes does. Changes outside of the worktrees stop it.

    On a terminal a table shows every worker, elsewhere a line each thing that happens. The page of
    `show --format html` stays current beside it. All is in git: run again, it goes on, and a stage
    that was blocked goes on once it is marked in-progress. It does not wait for people: where all
    that is left is theirs, it ends and names them. One run of a plan and clone at a time.

    With --engine dask each worker is a task of a dask.distributed cluster, in a clone of its own
    where it runs. The clones share the plan through the remote: `plan-worktree init share`.

    Ctrl-C, or --stop from elsewhere, has it begin nothing new, asks agents to end (--grace), and
    lets proofs come to their end; once more, everything ends at once. Claims stay with its workers.
    Exit 0: all stages are complete, with --land merged; 1: something is blocked; 130: interrupted.

    \b
    Examples:
      plan-worktree run notes-search --agent claude --workers 3
      plan-worktree run notes-search --agent codex --land --remove --yes
      plan-worktree run notes-search --agent 'my-agent' --timeout 3600 --idle 900 --json
      plan-worktree run notes-search --engine dask --scheduler tcp://10.0.0.5:8786
      plan-worktree run notes-search --stop
    """
    from pathlib import Path

    from plan_worktree.output.running.lines import watching
    from plan_worktree.output.running.run_summary import show_stopped, show_summary
    from plan_worktree.planfiles.open_plan import open_plan
    from plan_worktree.running.only_one import stop_run
    from plan_worktree.running.prepare import require_fit, workers_for
    from plan_worktree.running.run import read_now, run_plan
    from plan_worktree.running.side_commands import Lands
    from plan_worktree.running.supervisor import RunOptions
    from plan_worktree.running.workers.agents import choose_agent
    from plan_worktree.running.workers.stopping import Stop

    if land and submit:
        raise click.UsageError("--land and --submit exclude each other")
    if remove and not land:
        raise click.UsageError("--remove goes with --land")
    if scheduler and engine != "dask":
        raise click.UsageError("--scheduler goes with --engine dask")
    opened = open_plan(plan, Path.cwd())
    home = opened.require_home()
    if ends:
        show_stopped(stop_run(home, opened.plan.plan_id), opened.plan.plan_id)
        return
    chosen = choose_agent(asked.agent, home.settings)
    require_fit(opened)
    place = _place(opened, engine, scheduler)
    _agree(opened, chosen, yes=yes)
    lands = Lands.LAND if land else Lands.SUBMIT if submit else Lands.NOT
    before = read_now(opened)
    number = workers or workers_for(opened.graph, before)
    options = RunOptions(chosen, number, worker_words(asked), lands, asked.budget, remove)
    stop = Stop()
    stop.heed_signals()
    with watching(before, as_json=json) as audience:
        summary = run_plan(opened, options, audience, stop, place)
    if code := show_summary(summary, options, json):
        raise click.exceptions.Exit(code)


def _place(opened: Opened, engine: str, scheduler: str | None) -> Place | None:
    """Return where workers run; None for this machine. Raises Refused where they cannot."""
    if engine == "local":
        return None
    from functools import partial

    from plan_worktree.running.on_dask import dask_engine
    from plan_worktree.running.workers.own_clone import require_share

    require_share(opened)

    return partial(dask_engine, scheduler=scheduler)


def _agree(opened: Opened, agent: Agent, *, yes: bool) -> None:
    """Have somebody agree to what is started for the first time. Raises Refused."""
    import sys

    from plan_worktree.output.terminal import note
    from plan_worktree.project.refusal import Refused
    from plan_worktree.running.prepare import agree, first_words, is_agreed, unseen_gates

    home = opened.require_home()
    known, gates = is_agreed(home, agent), unseen_gates(opened)
    if known and not gates:
        return
    note(*first_words(opened, agent, gates, known))
    if not yes:
        if not sys.stdin.isatty():
            raise Refused(["nobody is here to agree to that: see it through, then add --yes"])
        click.confirm("start it?", abort=True, err=True)
    if not known:
        agree(home, agent)
