"""The command that shows all of it."""

from __future__ import annotations

import click


@click.command()
@click.argument("directory", default="plan-worktree-demo", metavar="[DIR]")
def demo(directory: str) -> None:
    """Make a small repository with a plan, validate it, set it up, show its status.

    Everything happens inside DIR [default: plan-worktree-demo], which must not exist yet or be
    empty; delete it when you have seen enough.

    \b
    Examples:
      plan-worktree demo
      plan-worktree demo /tmp/notes
    """
    import shlex
    from pathlib import Path

    from plan_worktree.authoring.demo import make_demo
    from plan_worktree.authoring.validate import validate
    from plan_worktree.output import findings, progress, reports, status, terminal
    from plan_worktree.output.setup import note_setup, show_setup
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
    terminal.note("", f"Look around: cd {home}", f"Seen enough: rm -rf {everything}")
    if failed:
        raise click.exceptions.Exit(3)
