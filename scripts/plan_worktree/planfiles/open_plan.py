"""A plan that a command may act on: found, read, checked, with the repository it belongs to."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.check import METADATA_RULES, check, every_rule
from plan_worktree.lint.rules.across import CODES as CROSS_PLAN
from plan_worktree.lint.rules.across import TAKEN_ID
from plan_worktree.lint.rules.plan_base import missing_base
from plan_worktree.lint.rules.schema import schema_findings
from plan_worktree.lint.subject import suggestion
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.plan.planfile import Metadata, PlanFile, load
from plan_worktree.plan.text.document import Document
from plan_worktree.planfiles.checked import is_checked, record_checked
from plan_worktree.planfiles.find import Found, display_name, find_plan
from plan_worktree.planfiles.neighbours import Neighbours
from plan_worktree.planfiles.repository_view import view_of
from plan_worktree.project.home import Home, find_home
from plan_worktree.project.refusal import BadArgument, Code, Reason, Refused


class Opened(NamedTuple):
    """A valid plan, its file (links followed) and its home (None outside a repository)."""

    path: Path
    home: Home | None
    plan: Plan
    graph: Graph
    file: PlanFile
    document: Document

    @property
    def metadata(self) -> Metadata:
        """The metadata block, which every opened plan has. Raises InvalidPlan where it has none."""
        if self.file.metadata is None:
            raise InvalidPlan(self.file.name, self.file.problems)
        return self.file.metadata

    def require_home(self) -> Home:
        """Return home. Raises Refused for a plan that lies in no repository."""
        if self.home is None:
            find_home(self.path.parent)  # says so when it is git that is missing
            raise Refused(
                [f"{self.path} is not in a git repository, so it can have no worktrees: git init"]
            )
        return self.home


class InvalidPlan(Refused):
    """A plan with errors: no command acts on it."""

    def __init__(self, name: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        check = f"plan-worktree validate {name}"
        said = f"the plan has errors; fix them, then: {check}"
        super().__init__([Reason(said, Code.INVALID_PLAN, check)])


def open_plan(written: str | None, start: Path, *, whole: bool = False) -> Opened:
    """Find, read and check a plan. Raises BadArgument, and like `open_found`."""
    return open_found(find_plan(written, start), start, whole=whole)


def open_found(found: Found, start: Path, *, whole: bool = False) -> Opened:
    """Read and check a plan that was found. Nothing that a plan says may be trusted before.

    Errors in the metadata make it unusable for every command, and so does the plan_id of another
    plan, whose records it would take for its own. With `whole`, errors in the body and other names
    that another plan has do, too. A base that is missing makes it unusable for none: what a command
    needs of the target, it says itself. Raises InvalidPlan, Refused and GitError.
    """
    file = load(found.path, display_name(found.path, start))
    neighbours = Neighbours([found], start)
    others = neighbours.of(found.path, file.plan) if file.plan else ()
    known = _is_known(found.home, file)
    left_out = {missing_base, schema_findings} if known else {missing_base}
    rules = [r for r in (every_rule() if whole else METADATA_RULES) if r not in left_out]
    checked = check(file, view_of(found.home), others, rules=rules)
    errors = [one for one in checked if one.severity is Severity.ERROR]
    if not whole:
        is_first = file.plan is None or neighbours.is_first_of_its_id(found.path, file.plan)
        harmless = CROSS_PLAN if is_first else CROSS_PLAN - {TAKEN_ID}
        errors = [one for one in errors if one.code < "PW4" and one.code not in harmless]
    if errors or not (file.plan and file.graph and file.document):
        raise InvalidPlan(file.name, errors)
    if found.home and not known:
        record_checked(found.home.git_directory, file.document.source.raw)
    return Opened(found.path, found.home, file.plan, file.graph, file, file.document)


def _is_known(home: Home | None, file: PlanFile) -> bool:
    """Tell whether the schema was found to have nothing against a plan."""
    if home is None or file.document is None:
        return False
    return is_checked(home.git_directory, file.document.source.raw)


def refreshed(opened: Opened, *, whole: bool = False) -> Opened:
    """Return an opened plan as its file has it now. Raises InvalidPlan, GitError, OSError."""
    if opened.path.read_bytes() == opened.document.source.raw:
        return opened
    return open_found(Found(opened.path, opened.home), Path.cwd(), whole=whole)


def reopened(opened: Opened, file: PlanFile) -> Opened:
    """Return an opened plan as it is after an edit of ours."""
    plan, graph = file.plan or opened.plan, file.graph or opened.graph
    document = file.document or opened.document
    return opened._replace(plan=plan, graph=graph, file=file, document=document)


def select(plan: Plan, names: Sequence[str]) -> list[Stage]:
    """Return the named stages in the plan's order, all when none is named. Raises BadArgument."""
    known = [stage.id for stage in plan.stages]
    for name in names:
        if name not in known:
            hint = suggestion(name, known) or f"; there are {', '.join(known)}"
            raise BadArgument(f'the plan has no stage "{name}"{hint}')
    return [stage for stage in plan.stages if stage.id in names or not names]
