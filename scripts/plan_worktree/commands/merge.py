"""The command ``merge``."""

from __future__ import annotations

import click

from plan_worktree.commands.options import (
    as_json,
    dry_run_option,
    plan_argument,
    show_output_option,
    stages_argument,
)


@click.command()
@plan_argument
@stages_argument
@click.option("--squash", "how", flag_value="squash", help="Each stage becomes one commit.")
@click.option("--rebase", "how", flag_value="rebase", help="Make a stage's commits again, in line.")
@click.option(
    "--subject",
    metavar="TEXT",
    help="With --squash: the first line of the message; {name}, {id} and {plan} are filled in.",
)
@click.option(
    "--detached", is_flag=True, help="Land without a working tree, in a branch nobody checked out."
)
@click.option(
    "--verify", is_flag=True, help="Land only what passes its gates as it will be merged."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N",
    help="With --verify: prove so many results at once (default: the number of processors).",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="With --verify: end a gate that takes longer; it has failed then.",
)  # fmt: skip
@click.option(
    "--keep", is_flag=True,
    help="With --verify: leave the scratch worktree of the first gate that failed to look at.",
)  # fmt: skip
@show_output_option
@dry_run_option
@as_json
def merge(
    plan: str | None,
    stages: tuple[str, ...],
    *,
    how: str | None,
    subject: str | None,
    detached: bool,
    verify: bool,
    jobs: int | None,
    timeout: float | None,
    keep: bool,
    show_output: bool,
    dry_run: bool,
    json: bool,
) -> None:
    """Land complete and verified stages in the target, dependencies first.

    Everything is predicted before anything is touched. A stage that conflicts stops it (exit 1)
    with the files and the next step; what landed before it stays, and run again it goes on. Each
    stage becomes a merge commit that names the plan, the stage and its proof; git makes it in the
    worktree that has the target checked out, with the project's hooks, drivers and your signature.
    That worktree may have no changes but in plans. Where nobody has the target checked out, stages
    land without a working tree. A target that is merely behind its upstream is brought forward
    before. A landing that fails or is killed is taken back. What has landed is ticked in the plan's
    Overall TODO List.

    With --verify each merged result is proved first, in a scratch worktree: the stage's verify
    commands pass there, then the plan's. Several are proved at once, ahead of time, while other
    commands go on; home changes when stages land, and at no other time. A stage that does not pass
    on what lands before it, or conflicts with that, drops out with all that depends on it; the rest
    lands, and then each is named with its gate and its log (exit 1). Gates that passed on the same
    files before are not run again. The order is the one that `conflicts` advises.

    \b
    Examples:
      plan-worktree merge notes-search --dry-run
      plan-worktree merge notes-search
      plan-worktree merge notes-search --verify
      plan-worktree merge notes-search --verify --dry-run
      plan-worktree merge notes-search --verify --jobs 2 --timeout 600 --keep
      plan-worktree merge notes-search storage --squash --verify
      plan-worktree merge notes-search --squash --subject 'feat: {name}'
      plan-worktree merge notes-search --detached
    """
    from functools import partial
    from pathlib import Path

    from plan_worktree.gates.side_by_side import Limits
    from plan_worktree.landing.merge import run_merge
    from plan_worktree.landing.planned_landing import MergeOptions, Method
    from plan_worktree.landing.queue.queue import Audience, run_queue
    from plan_worktree.output.gates import watching_proofs
    from plan_worktree.output.landing.merge import show_merge
    from plan_worktree.output.progress import progress

    given = {"--jobs": jobs, "--timeout": timeout, "--keep": keep, "--show-output": show_output}
    for option, value in given.items():
        if value and not verify:
            raise click.UsageError(f"{option} goes with --verify")
    if timeout is not None and not timeout > 0:  # not a number
        raise click.UsageError("Invalid value for '--timeout': it must be a number of seconds")
    if subject is not None and how != "squash":
        raise click.UsageError("--subject goes with --squash")
    if subject is not None and not (subject.strip() and subject.isprintable()):
        raise click.UsageError("--subject is one line of printable characters")
    method, limits = Method(how or "merge"), Limits(timeout, jobs)
    asked = MergeOptions(
        plan, stages, method, detached, verify, dry_run, subject, keep=keep, limits=limits
    )
    if verify:
        watching = partial(watching_proofs, show_output=show_output)
        merged = run_queue(asked, Path.cwd(), Audience(watching, progress))
    else:
        merged = run_merge(asked, Path.cwd(), progress)
    if code := show_merge(merged, asked, json):
        raise click.exceptions.Exit(code)
