"""What a verb with an object does to the file behind it: "add the route to `a`"."""

import re

from plan_worktree.plan.parts.paths import words_of
from plan_worktree.plan.parts.verbs import Change, Deed, Verb

# Between a verb's object and the file that it is in: "add the route to `a`".
PLACES = words_of("in to from of into inside within at on under onto across through")
_NAMINGS = words_of("as called named at")
# What leads to a path that is only mentioned.
_MENTIONS = words_of("see like than for with using via by without not cf per until before")
_WHOLE = words_of("everything all contents files")


def verb_of_object(verb: Verb, words: str) -> Verb | None:
    """Return what a verb with an object does to the file that follows; None when nothing.

    "Add a flag to `a`" modifies it, "add a test in `a`" may create it, "add `b`, see `a`" does
    nothing to it.
    """
    spoken = re.findall(r"[a-z]+", words.casefold())
    last = spoken[-1] if spoken else ""
    if last in _MENTIONS:
        return None
    if last not in PLACES and last not in _NAMINGS:
        return verb
    if verb is Change.CREATE and last in _NAMINGS:
        return verb
    if verb is Change.DELETE and _WHOLE & set(spoken):
        return verb
    if verb is Change.DELETE or (verb is Change.CREATE and last in ("to", "onto")):
        return Change.MODIFY
    if verb is Deed.MOVE:
        return Change.MODIFY if last in ("from", "in", "of") else Change.EITHER
    return verb if verb is Change.MODIFY else Change.EITHER
