"""The command ``work``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import owner_option, plan_argument
from plan_worktree.commands.running import AgentOptions, agent_options, as_json_lines


@click.command()
@plan_argument
@agent_options
@owner_option
@click.option("--stage", metavar="STAGE", help="Work on this stage alone.")
@click.option("--once", is_flag=True, help="Take one stage; do not wait for others.")
@click.option(
    "--max-stages", type=click.IntRange(min=1), metavar="N", help="End after so many stages."
)
@click.option("--supervised", is_flag=True, hidden=True)
@as_json_lines
def work(
    plan: str | None,
    *,
    asked: AgentOptions,
    owner: str | None,
    stage: str | None,
    once: bool,
    max_stages: int | None,
    supervised: bool,
    json: bool,
) -> None:
    """Be one worker: take stages, run an agent on each, prove them, until nothing is left.

    The agent's command runs in the stage's worktree, with the brief on its standard input and in
    the file that $PLAN_WORKTREE_BRIEF names. All that it prints is in the stage's log. When it
    has ended with exit code 0, `complete` proves the stage. Where that refuses, or the agent
    failed, it is started again with the reason, the last that was printed and what it had changed.
    After --attempts the stage is declared blocked with a note that says why, its claim ends, and
    the worker takes the next. An agent that says that a limit is reached (exit code 75, or in the
    words of its preset) is started again later, and that is no attempt.

    AGENT is the name of a preset (claude, codex, gemini, opencode, aider) or any command; without
    --agent the git setting planWorktree.agent. What an agent leaves running is ended.

    Interrupted once, it begins nothing new, asks the agent to end, and finishes a proof that it is
    in the middle of; interrupted twice, it ends at once. The claim stays: under the same --owner it
    goes on. Exit 0: its stages are complete; 1: a stage is blocked, or somebody has to see to it; 4
    and 5 as of start, where it took none.

    \b
    Examples:
      plan-worktree work notes-search --agent claude --owner agent-1
      plan-worktree work notes-search --agent 'my-agent --quiet' --attempts 2 --timeout 3600
      plan-worktree work notes-search --agent codex --stage storage --idle 600
      plan-worktree work notes-search --agent claude --once --json
    """
    from pathlib import Path

    from plan_worktree.output.progress import progress
    from plan_worktree.output.running.lines import telling
    from plan_worktree.output.work.brief import brief_text
    from plan_worktree.planfiles.arguments import plan_and_stage
    from plan_worktree.planfiles.open_plan import open_plan, select
    from plan_worktree.running.only_one import only_worker
    from plan_worktree.running.workers.agents import choose_agent
    from plan_worktree.running.workers.assignment import Setting, WorkOptions
    from plan_worktree.running.workers.attempt import Terms
    from plan_worktree.running.workers.stopping import Stop
    from plan_worktree.running.workers.work import run_work
    from plan_worktree.state.repository.owners import owner_named

    plan, stage = plan_and_stage((plan, stage) if stage else (plan,), Path.cwd())
    opened = open_plan(plan, Path.cwd())
    select(opened.plan, [stage] if stage else [])
    options = WorkOptions(
        owner_named(owner),
        choose_agent(asked.agent, opened.require_home().settings),
        stage,
        asked.attempts,
        Terms(asked.timeout, asked.idle, asked.grace),
        max_stages,
        once,
        asked.budget,
    )
    stop = Stop()
    stop.heed_signals()
    if supervised:
        stop.heed_supervisor()
    setting = Setting(opened, options, telling(as_json=json), stop, brief_text)
    with only_worker(opened.require_home(), opened.plan.plan_id, options.owner, stop, progress):
        tally = run_work(setting)
    if code := tally.exit_code:
        raise click.exceptions.Exit(code)
