"""Every code the validator can report, with its severity and its title.

Codes are public: they stand in ignore comments and CI settings, so none is ever reused.
"""

from __future__ import annotations

from typing import NamedTuple

from plan_worktree.diagnostics import Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Code(NamedTuple):
    """A code's usual severity and what it stands for."""

    severity: Severity
    title: str


CODES: dict[str, Code] = {
    "PW001": Code(_ERROR, "no metadata block"),
    "PW002": Code(_ERROR, "second metadata block"),
    "PW003": Code(_ERROR, "unclosed fence"),
    "PW004": Code(_ERROR, "metadata is not JSON"),
    "PW005": Code(_ERROR, "repeated key"),
    "PW006": Code(_ERROR, "unreadable file"),
    "PW101": Code(_ERROR, "missing property"),
    "PW102": Code(_ERROR, "wrong type"),
    "PW103": Code(_ERROR, "unknown property"),
    "PW104": Code(_ERROR, "bad value"),
    "PW201": Code(_ERROR, "repeated stage id"),
    "PW202": Code(_ERROR, "unknown dependency"),
    "PW203": Code(_ERROR, "stage depends on itself"),
    "PW204": Code(_ERROR, "dependency cycle"),
    "PW205": Code(_WARNING, "repeated dependency"),
    "PW301": Code(_ERROR, "invalid branch name"),
    "PW302": Code(_ERROR, "branch used twice"),
    "PW303": Code(_ERROR, "branch is a folder of another"),
    "PW304": Code(_ERROR, "worktree path not allowed"),
    "PW305": Code(_ERROR, "worktree path used twice or nested"),
    "PW306": Code(_WARNING, "unconventional name"),
}
