"""A plan's page on stdout, or in a file that the browser opens."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from plan_worktree.lint.subject import Subject
from plan_worktree.output.page.page import plan_page
from plan_worktree.output.terminal import note, write
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.state.declared import Standing


def show_page(opened: Opened, standing: Standing) -> None:
    """Write the page to stdout: UTF-8, as it says of itself, whatever the terminal's encoding."""
    click.echo(_page(opened, standing), nl=False)


def open_page(opened: Opened, standing: Standing) -> bool:
    """Write the page to a file, print its path, and open it; return whether a browser took it.

    In a repository the file is in the git common directory, where the next one takes its place and
    nobody commits it; it is safe to delete. Raises OSError.
    """
    import tempfile  # these cost 8 ms, and only this needs them
    import webbrowser

    path = _place(opened)
    handle, draft = tempfile.mkstemp(".html", ".", path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(_page(opened, standing))
    Path(draft).replace(path)
    write(str(path))
    if webbrowser.open(path.as_uri()):
        return True
    note(f"no browser could be started here: open {path} in one, or set BROWSER to its command")
    return False


def _place(opened: Opened) -> Path:
    name = f"{opened.plan.plan_id}.html"
    if opened.home is None:
        import tempfile

        return Path(tempfile.mkdtemp(prefix="plan-worktree-"), name)
    folder = opened.home.git_directory / "plan-worktree" / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _page(opened: Opened, standing: Standing) -> bytes:
    subject = Subject(opened.metadata, opened.plan, opened.graph, view_of(opened.home))
    return plan_page(subject, standing, datetime.now(UTC)).encode()
