"""Every code the validator can report, with its severity and its title.

Codes are public: they stand in ignore comments and CI settings, so none is ever reused.
"""

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
    "PW007": Code(_WARNING, "ignore comment without use"),
    "PW008": Code(_WARNING, "fence that ends earlier than it seems"),
    "PW101": Code(_ERROR, "missing property"),
    "PW102": Code(_ERROR, "wrong type"),
    "PW103": Code(_ERROR, "unknown property"),
    "PW104": Code(_ERROR, "bad value"),
    "PW201": Code(_ERROR, "repeated stage id"),
    "PW202": Code(_ERROR, "unknown dependency"),
    "PW203": Code(_ERROR, "stage depends on itself"),
    "PW204": Code(_ERROR, "dependency cycle"),
    "PW205": Code(_WARNING, "repeated dependency"),
    "PW207": Code(_ERROR, "plan id of another plan"),
    "PW301": Code(_ERROR, "invalid branch name"),
    "PW302": Code(_ERROR, "branch used twice"),
    "PW303": Code(_ERROR, "branch is a folder of another"),
    "PW304": Code(_ERROR, "worktree path not allowed"),
    "PW305": Code(_ERROR, "worktree path used twice or nested"),
    "PW306": Code(_WARNING, "unconventional name"),
    "PW307": Code(_ERROR, "branch of another plan"),
    "PW308": Code(_ERROR, "worktree path of another plan"),
    "PW309": Code(_ERROR, "base is not a branch here"),
    "PW401": Code(_ERROR, "stage without section"),
    "PW402": Code(_ERROR, "section without stage"),
    "PW403": Code(_ERROR, "body disagrees with metadata"),
    "PW404": Code(_WARNING, "stage part missing"),
    "PW405": Code(_WARNING, "plan part missing"),
    "PW406": Code(_ERROR, "placeholder left"),
    "PW407": Code(_WARNING, "field missing in a section"),
    "PW408": Code(_WARNING, "status behind the shared records"),
    "PW501": Code(_WARNING, "stages that run together change the same file"),
    "PW502": Code(_WARNING, "changes a file that is not there"),
    "PW503": Code(_WARNING, "creates a file that exists"),
    "PW504": Code(_WARNING, "no files listed"),
    "PW505": Code(_WARNING, "line of files that cannot be read"),
    "PW601": Code(_WARNING, "no runnable command under Validation"),
    "PW602": Code(_WARNING, "just recipe that does not exist"),
    "PW603": Code(_WARNING, "gate that cannot fail"),
    "PW604": Code(_WARNING, "gates that pass before the work"),
}

# What validate --fix mends, because only one mend is right: the metadata is the truth, and a fence
# is as long as its content asks for.
FIXABLE = frozenset({"PW008", "PW403", "PW407"})
