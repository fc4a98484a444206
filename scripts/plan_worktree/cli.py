"""The command line: the group, and the one place where failures become messages and exit codes.

Exit codes are public (README, "Commands"): 0 done or clean, 1 findings or refused, 2 usage,
3 git or the environment failed, 4 nothing is ready yet, 5 nothing is left to do, 130 interrupted.
Commands import what they need when they run,
so that ``--help`` costs little more than click itself.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import NoReturn

import click

from plan_worktree import __version__

REFUSED, USAGE, ENVIRONMENT, INTERRUPTED = 1, 2, 3, 130
# Others are at work: ask again. And: every stage is complete or merged.
NOT_YET, NOTHING_LEFT = 4, 5


# The commands; each is the function of its name in the module of its name. What Python keeps for
# itself gets an underscore.
VERBS = (
    "brief", "complete", "conflicts", "demo", "import", "init", "ls", "mark", "merge", "new",
    "ready", "remove", "restore", "run", "setup", "show", "start", "status", "submit", "sync",
    "todo", "validate", "work",
)  # fmt: skip
# What git runs, and no person.
HIDDEN = ("level-statuses",)


class Verbs(click.Group):
    """A group that imports a command when that is asked for: most runs need one."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(VERBS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Return the command of a name, None when there is none."""
        return _command(name) if name in (*VERBS, *HIDDEN) else None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; afterwards, whoever typed it was seen.

        `start` says by itself who has the stage: until then it may be somebody else's. And what
        runs by itself, with an option that says "unseen", tells nothing of anybody.
        """
        try:
            return super().invoke(ctx)
        finally:
            is_person = ctx.invoked_subcommand not in (None, "start", *HIDDEN)
            if is_person and "unseen" not in (ctx.obj or ()):
                _renew_seen()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; click suggests others from `commands`."""
        if args and args[0] not in (*VERBS, *HIDDEN):
            self.commands = {name: _command(name) for name in VERBS}
        return super().resolve_command(ctx, args)


def _renew_seen() -> None:
    from pathlib import Path

    from plan_worktree.state.repository.owners import owner_around
    from plan_worktree.worktrees.seen import renew_around

    with suppress(OSError):  # the current directory is gone
        renew_around(Path.cwd(), owner_around())


def _command(name: str) -> click.Command:
    word = f"{name}_" if iskeyword(name) else name.replace("-", "_")
    command: click.Command = getattr(import_module(f"plan_worktree.commands.{word}"), word)
    return command


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="plan-worktree")
@click.option("--no-color", is_flag=True, help="Never colour the output (also: NO_COLOR=1).")
def group(no_color: bool) -> None:
    """Make a written implementation plan executable with git worktrees.

    A plan is a Markdown file whose ```json metadata block lists stages. PLAN is a path, a plan
    id, or a unique part of one; inside a stage's worktree it may be left out.

    \b
    Examples:
      plan-worktree demo                 see all of it in a throw-away repository
      plan-worktree new login-page       start a plan
      plan-worktree validate             check all plans
      plan-worktree setup login-page     a worktree and a branch for every stage
    """
    if no_color:
        os.environ["NO_COLOR"] = "1"


def main() -> int:
    """Run the program and return its exit code. Never shows a traceback for a known failure."""
    # Parsing makes many small objects and no garbage to speak of: looking for it costs a twentieth.
    gc.set_threshold(100_000)
    _prepare_streams()
    _prepare_signals()
    code = _run()
    _drop_what_cannot_be_written()
    # The process ends here. A last search for garbage would be a tenth of a short command's time.
    gc.freeze()
    return code


def _run() -> int:
    asked: set[str] = set()  # gets "json" and "unseen" from the options that ask for it
    try:
        return int(group.main(prog_name="plan-worktree", standalone_mode=False, obj=asked) or 0)
    except click.ClickException as error:
        _show_usage_error(error)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; run the same command again to go on", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        return REFUSED
    except Exception as error:
        code = _explain(error, "json" in asked)
        if code is None:
            raise
        return code


def _prepare_streams() -> None:
    """Make sure that there are streams, and that any text can be written to them."""
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_what_cannot_be_written() -> None:
    """Throw away what a stream could not take, or Python complains of it when the process ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # the reader is gone, or the disk is full
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _prepare_signals() -> None:
    """Let a request to end unwind like an interrupt does, so that what we started ends, too."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Under nohup a hang-up is ignored, and outside the main thread nobody may ask for signals.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError):
                signal.signal(number, _end)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


def _show_usage_error(error: click.ClickException) -> None:
    """Show what click shows, with what was typed made safe to print."""
    from plan_worktree.output.terminal import note

    context = error.ctx if isinstance(error, click.UsageError) else None
    if context:
        note(*context.get_usage().split("\n"), f"Try '{context.command_path} --help' for help.", "")
    note(f"Error: {error.format_message()}")


def _explain(error: Exception, as_json: bool) -> int | None:
    """Show a failure of the rooms below; None for an error that is a bug."""
    from plan_worktree.git.process import GitError
    from plan_worktree.landing.forges.protocol import ForgeError
    from plan_worktree.lint.suppress import UnknownCode
    from plan_worktree.output.refused import show_refused
    from plan_worktree.output.terminal import note
    from plan_worktree.project.refusal import BadArgument, NothingLeft, NotYet, Refused

    if isinstance(error, BadArgument | UnknownCode):
        note(f"Error: {error}")
        return USAGE
    if isinstance(error, Refused):
        show_refused(error, as_json)
        return {NotYet: NOT_YET, NothingLeft: NOTHING_LEFT}.get(type(error), REFUSED)
    if isinstance(error, FileNotFoundError) and error.filename is None:
        note("Error: the current directory is gone: cd to one that exists")
        return ENVIRONMENT
    if isinstance(error, GitError | OSError | ForgeError):
        note(*f"Error: {error}".split("\n"))
        return ENVIRONMENT
    return None
