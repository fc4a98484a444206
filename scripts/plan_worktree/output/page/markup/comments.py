"""The plan's comments: whoever builds from it reads them, so that the page may hide none from them.

Left out is only what says nothing of this plan (the template's own comments) or what the page
says in another place (the reasons that `import` repeats below a stage's fields).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.output.page.markup.reasons import Reasons
from plan_worktree.plan.model import Plan
from plan_worktree.resources import PLAN_TEMPLATE, resource

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


def comment_of(html: str) -> str | None:
    """Return what a block of HTML says when it is one comment and nothing else, else None."""
    html = html.strip()
    # No comment goes on behind its first end (CommonMark 0.31, "HTML blocks").
    if html.startswith("<!--") and html.find("-->", 2) == len(html) - 3:
        return html[4:-3].strip()
    return None


def told_elsewhere(plan: Plan, why: Reasons) -> frozenset[str]:
    """Return the comments that a reader misses nothing of, as `words` has them.

    Raises FileNotFoundError when there is no template.
    """
    return frozenset((*_template(plan.plan_id), *_repeated(plan, why)))


def words(comment: str) -> str:
    """Return a comment without what a formatter changes and `import` escapes."""
    return " ".join(comment.replace("-\u200b-", "--").replace("&gt;", ">").split())


def _template(plan_id: str) -> Iterator[str]:
    text = resource(PLAN_TEMPLATE).read_text(encoding="utf-8")
    for found in _COMMENT.finditer(text):
        yield words(found[1].replace("YYYY-MM-DD-short-slug", plan_id))


def _repeated(plan: Plan, why: Reasons) -> Iterator[str]:
    for stage in plan.stages:
        both = [(needed, why.get((stage.id, needed), "")) for needed in stage.depends_on]
        if both and all(reason for _, reason in both):
            yield words("\n".join(["It comes after", *(f"{one}: {said}" for one, said in both)]))
