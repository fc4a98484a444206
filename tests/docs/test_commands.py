"""Every command that a page names exists, with the options and the arguments it is shown with."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from plan_worktree.cli import group
from tests.docs.markdown import code, pages
from tests.support import ROOT

# Words that stand for what a reader puts there.
_END = re.compile(r" #|[;:.] |[;:.]$| {3,}|\.\s")
_OPTIONAL = re.compile(r"\[[^]]*\]…?|…|\.\.\.")


def commands(page: Path) -> list[list[str]]:
    found = []
    for text in code(page):
        for part in re.findall(r"(?:^|[\s(`$])plan-worktree ((?:[a-z]|--)[^`|>&]*)", text):
            plain = _OPTIONAL.sub("", _END.split(part)[0])
            try:
                words = shlex.split(plain)
            except ValueError:  # prose with an apostrophe
                words = plain.split()
            if len(words) > 1:  # a name alone is the command's, not one that is typed
                found.append(words)
    return found


def parse(words: list[str]) -> None:
    """Let click read the words as it would when they are typed; nothing runs."""
    name, command, rest = group.resolve_command(click.Context(group), list(words))
    assert command
    command.make_context(name, rest, parent=click.Context(group, info_name="plan-worktree"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    wrong = []
    for words in commands(page):
        try:
            parse(words)
        except click.exceptions.Exit:  # --help, --version
            continue
        except click.UsageError as error:
            wrong.append(f"{shlex.join(words)}: {error.format_message()}")
    assert wrong == []


def test_a_command_that_does_not_exist_is_noticed() -> None:
    for line in ("setup x --no-such", "fly", "mark x"):
        with pytest.raises(click.UsageError):
            parse(line.split())
