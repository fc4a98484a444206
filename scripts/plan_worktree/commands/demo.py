"""The command that shows all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from plan_worktree.authoring.demo import Demo


@click.command()
@click.argument("directory", default="plan-worktree-demo", metavar="[DIR]")
@click.option("--run", "runs", is_flag=True, help="Build the plan as well, as `run --land` does.")
def demo(directory: str, *, runs: bool) -> None:
    """Make a small repository with a plan, validate it, set it up, show its status.

    With --run the plan then builds itself, in some seconds: workers take its stages, and the
    agent, a script that comes with the program, writes what each asks for. Once it makes a mistake,
    its gate finds that, and it tries again; what is complete lands.

    Everything happens inside DIR [default: plan-worktree-demo], which must not exist yet or be
    empty; delete it when you have seen enough.

    \b
    Examples:
      plan-worktree demo
      plan-worktree demo --run
      plan-worktree demo /tmp/notes
    """
    import shlex
    from pathlib import Path

    from plan_worktree.authoring.demo import make_demo
    from plan_worktree.authoring.validate import validate
    from plan_worktree.output import findings, progress, terminal
    from plan_worktree.output.plans import reports
    from plan_worktree.output.setup import note_setup, show_setup
    from plan_worktree.output.work import status
    from plan_worktree.setup.setup import SetupOptions, set_up
    from plan_worktree.state.status import run_status

    made = make_demo(Path(directory))
    name = made.plan.stem
    home, everything = shlex.quote(str(made.home)), shlex.quote(str(made.directory))
    reports.show_command(f"cd {home}")
    reports.show_command(f"plan-worktree validate {name}")
    findings.as_text(list(validate([name], made.home)))
    reports.show_command(f"plan-worktree setup {name}")
    with progress.watching_setup() as watcher:
        _, steps = set_up(SetupOptions(name), made.home, watcher)
    show_setup(steps, dry_run=False)
    failed = note_setup(steps, dry_run=False)
    reports.show_command(f"plan-worktree status {name}")
    status.show_status(run_status(name, made.home), as_json=False, here=str(made.home))
    code = 3 if failed else _build(made) if runs else 0
    terminal.note("", f"Look around: cd {home}", f"Seen enough: rm -rf {everything}")
    if code:
        raise click.exceptions.Exit(code)


def _build(made: Demo) -> int:
    """Build the demonstration's plan as `run` does; return the exit code."""
    import shlex

    from plan_worktree.authoring.demo import prepare_agents
    from plan_worktree.output.plans import reports
    from plan_worktree.output.running.lines import watching
    from plan_worktree.output.running.run_summary import show_summary
    from plan_worktree.planfiles.open_plan import open_plan
    from plan_worktree.running.run import read_now, run_plan
    from plan_worktree.running.side_commands import Lands
    from plan_worktree.running.supervisor import RunOptions
    from plan_worktree.running.workers.agents import choose_agent
    from plan_worktree.running.workers.stopping import Stop

    agent = prepare_agents(made)
    words = ("run", made.plan.stem, "--agent", agent, "--workers", "2", "--land", "--yes")
    reports.show_command(shlex.join(("plan-worktree", *words)))
    opened = open_plan(made.plan.stem, made.home)
    asked = RunOptions(
        choose_agent(agent, opened.require_home().settings), workers=2, lands=Lands.LAND
    )
    stop = Stop()
    stop.heed_signals()
    with watching(read_now(opened), as_json=False) as audience:
        summary = run_plan(opened, asked, audience, stop)
    return show_summary(summary, asked, as_json=False)
