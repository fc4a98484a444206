"""The page that explains every code, one section at a time."""

from __future__ import annotations

from plan_worktree.lint.suppress import known_code
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.source import Source, read_source
from plan_worktree.resources import DIAGNOSTICS_PAGE, resource


def explain(code: str) -> str:
    """Return a code's section of the page. Raises UnknownCode."""
    code = known_code(code)
    path = resource(DIAGNOSTICS_PAGE)
    source = read_source(path, path.name)
    if not isinstance(source, Source):
        raise FileNotFoundError(f"{path}: {source.message}")
    headings = [h for h in read_document(source).headings if h.depth == 0]
    own = next(h for h in headings if h.text.startswith(code))
    after = (h.line for h in headings if h.line > own.line and h.level <= own.level)
    return "\n".join(source.lines[own.line : next(after, len(source.lines))]).rstrip()
