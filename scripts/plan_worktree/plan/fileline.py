"""One line of Files to Change: words, then paths, with notes behind them.

A line is read as a person reads it: "Create: `a`, `b` (tests)", "`a` (new)", "Add the route to
`a`", "Move `a` to `b/`", "Modify `a`; delete `b`". What only mentions a path ("like `a`") names no
change. A line that names a path, and says nothing of it that can be read, is strange.
"""

import posixpath
import re
from itertools import pairwise
from typing import NamedTuple

from plan_worktree.plan.paths import Named, words_of
from plan_worktree.plan.pathscan import names
from plan_worktree.plan.verbs import (
    Change,
    Deed,
    Lead,
    Verb,
    condition_in,
    conditional,
    read_lead,
    read_note,
)

# Between a verb's object and the file that it is in: "add the route to `a`".
_PLACES = words_of("in to from of into inside within at on under onto across through")
_NAMINGS = words_of("as called named at")
# What leads to a path that is only mentioned.
_MENTIONS = words_of("see like than for with using via by without not cf per until before")
_WHOLE = words_of("everything all contents files")

_MARKS = " \t\n*_~\"'([{\u201c\u2018:\u2014\u2013-"
_BRACKETS = re.compile(
    r"[\s*_~]*[(\[\uff08]((?:[^()\[\]\uff08\uff09]|[(\[][^()\[\]]{0,200}+[)\]]){0,600}+)"
    r"[)\]\uff09][*_~]*"
)
_ARROW = re.compile(
    r"[\s*_~]*+(?:(?:[\u2014\u2013:,-]|->|=>|\u2192)?[ \t]*"
    r"\b(?:renamed?|moved?)[ \t]+(?:to|into|as)\b|-{1,2}>|=>|\u2192|\u27f6|\u279c|\b(?:to|into)\b)",
    re.IGNORECASE,
)
_WITH = re.compile(r"[\s*_~]*+\b(?:with|by)\b", re.IGNORECASE)
_JOINT = re.compile(
    r"[\s*_~]*+(?:(?:[,;&+/\u3001\uff0c]|\band\b|\bor\b|\bplus\b|\bas[ \t]+well[ \t]+as\b|<br ?/?>)"
    r"[\s*_~]*+)*+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s*_~]*+(?:[:\u2014\u2013|]|-{1,2}>?|=>|\u2192)[ \t]*(?=\S)")
_STOP = re.compile(r"[\s*_~]*+[.;,]?[\s*_~]*+(?:\b(?:and|then)\b\s*)*", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;!?](?=\s)")
_NOUN = re.compile(r"[ \t]+(?!(?:and|or|to|with|in|from|if|when|as|is|are)\b)[A-Za-z]")
_LONGEST_OBJECT = 200  # characters between a verb and its path
_LONGEST_NOTE = 200


class Said(NamedTuple):
    """A path, braces and all, what is done to it, and where it stands."""

    change: Change
    path: str
    named: Named


class Line(NamedTuple):
    """A line as it was read.

    `verb` holds for the lines below it. `strange` is the path of a line that cannot be read.
    `lead` is what the line begins with, `rest` what follows its paths.
    """

    said: list[Said]
    verb: Verb | None
    strange: Named | None
    lead: Lead
    rest: str = ""


class _Part(NamedTuple):
    """A path, what its notes say, and whether an arrow leads to it."""

    named: Named
    verb: Verb | None
    condition: str
    after_arrow: bool


class _Row(NamedTuple):
    """Paths that follow each other, what is done to them, and the offset behind them."""

    verb: Verb | None
    parts: list[_Part]
    end: int


def read_line(text: str, around: Verb | None, *, prose: bool = True) -> Line:
    """Read a line. `around` is the verb of what the line stands in.

    Without `prose` only a path directly behind a verb or a label counts, or one that the line
    begins with: a paragraph, or a note below a file, is not taken for an entry.
    """
    lead = read_lead(text)
    verb = lead.verb or around
    if verb is Deed.NOTHING or text.lstrip().startswith("~~"):
        return Line([], Deed.NOTHING, None, lead)
    found = list(names(text))
    said, end, was_read, index = list[Said](), lead.end, False, 0
    clause = lead
    while True:
        index = _at_or_behind(found, clause.end, index)
        row = _row(text, found[index:], clause, around, prose=prose and not was_read)
        if row is None:
            break
        said += _said(text, clause, row)
        end, was_read = row.end, True
        stop = _STOP.match(text, end)
        clause = read_lead(text, stop.end() if stop else end)
        if clause.verb is None or clause.verb is Deed.NOTHING:
            break
    strange = None if was_read else next((one for one in found if one.is_sure()), None)
    return Line(said, verb, strange, lead, text[end:].strip(" \t\n.*_"))


def _at_or_behind(found: list[Named], offset: int, index: int) -> int:
    """Return the number of the first name that does not begin before an offset."""
    while index < len(found) and found[index].at < offset:
        index += 1
    return index


def _row(
    text: str, found: list[Named], lead: Lead, around: Verb | None, *, prose: bool
) -> _Row | None:
    """Return the paths that belong to a lead; None when it has none."""
    verb = lead.verb or around
    for number, named in enumerate(found[:20]):
        before = found[number - 1].end if number else lead.end
        gap = text[before : named.start]
        if number == 0 and not gap.strip(_MARKS):
            if _is_direct(text, found, lead, verb):
                return _in_a_row(text, found, verb, lead)
            continue
        if not prose or verb is None or named.start - lead.end > _LONGEST_OBJECT:
            return None
        whole = text[lead.end : named.start]
        if _SENTENCE.search(whole) or not named.is_path(said=False, last=True):
            continue
        told = _verb_of_object(verb, whole)
        if told is not None:
            return _in_a_row(text, found[number:], told, lead)
    return None


def _is_direct(text: str, found: list[Named], lead: Lead, verb: Verb | None) -> bool:
    """Tell whether the first of some names, directly behind a lead, is a path."""
    named = found[0]
    last = not text[named.end :].strip()
    if named.is_path(said=False, last=last):
        return not lead.strange or _noted(text, named)
    if verb is None or not named.is_path(said=True, last=last):
        return False
    if named.is_code and _NOUN.match(text, named.end):
        return False
    # "Add `parse` to `a`": the first is no file when the next one says where it is.
    places = ("from", "in", "of") if isinstance(verb, Deed) else _PLACES
    for before, other in pairwise(found[:20]):
        words = text[before.end : other.start].casefold().split()
        if words and words[-1] in places and other.is_path(said=False, last=True):
            return False
    return True


def _noted(text: str, named: Named) -> bool:
    """Tell whether a note behind a path says what is done to it: "Backend: `a` (new)"."""
    note = _BRACKETS.match(text, named.end)
    return note is not None and read_note(note[1]) is not None


def _verb_of_object(verb: Verb, words: str) -> Verb | None:
    """Return what a verb with an object does to the file that follows; None when nothing.

    "Add a flag to `a`" modifies it, "add a test in `a`" may create it, "add `b`, see `a`" does
    nothing to it.
    """
    spoken = re.findall(r"[a-z]+", words.casefold())
    last = spoken[-1] if spoken else ""
    if last in _MENTIONS:
        return None
    if last not in _PLACES and last not in _NAMINGS:
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


def _in_a_row(text: str, found: list[Named], verb: Verb | None, lead: Lead) -> _Row:
    """Collect the paths that follow the first one, with their notes."""
    said = verb is not None
    replaces = "replac" in text[: lead.end].casefold() and verb is Change.MODIFY
    parts, index, is_target = list[_Part](), 0, False
    while True:
        named = found[index]
        noted, condition, end = _notes(text, named.end)
        parts.append(_Part(named, noted, condition, is_target))
        index = _at_or_behind(found, end, index + 1)
        arrow = _ARROW.match(text, end) or (_WITH.match(text, end) if replaces else None)
        joint = _JOINT.match(text, arrow.end() if arrow else end)
        behind = joint.end() if joint else end
        if index == len(found) or not _is_next(text, found[index], behind, said=said):
            break
        is_target = is_target or arrow is not None
    tail = _TAIL.match(text, end)
    rest = text[tail.end() if tail else end :][:_LONGEST_NOTE]
    if tail or len(rest.split()) == 1:
        parts[-1] = parts[-1]._replace(
            verb=parts[-1].verb or read_note(rest),
            condition=parts[-1].condition or (condition_in(rest) if tail else ""),
        )
    if replaces and len(parts) == 2 and is_target:
        verb = Deed.MOVE
    return _Row(verb, parts, end)


def _notes(text: str, end: int) -> tuple[Verb | None, str, int]:
    """Read the notes in brackets behind a path; return what they say, and the offset behind."""
    verb, condition = None, ""
    for _ in range(3):
        note = _BRACKETS.match(text, end)
        if note is None:
            break
        verb, condition = verb or read_note(note[1]), condition or condition_in(note[1])
        end = note.end()
    return verb, condition, end


def _is_next(text: str, named: Named, behind: int, *, said: bool) -> bool:
    """Tell whether a name goes on with the paths before it, `behind` being the joint's end."""
    if behind > named.at or text[behind : named.start].strip(" \t\n*_~\"'"):
        return False
    last = not text[named.end :].strip()
    return named.is_path(said=False, last=last) or (
        said
        and named.is_code
        and named.is_path(said=True, last=last)
        and not _NOUN.match(text, named.end)
    )


def _said(text: str, lead: Lead, row: _Row) -> list[Said]:
    """Return what a row of paths says of each."""
    has_arrow = any(part.after_arrow for part in row.parts)
    if row.verb is Deed.MOVE or (row.verb is None and has_arrow):
        return _moved(text[: lead.end], row.parts, has_arrow=has_arrow)
    if row.verb is Deed.COPY:
        targets = [part for part in row.parts if part.after_arrow] or row.parts[-1:]
        return [Said(Change.EITHER, part.named.path, part.named) for part in targets]
    plain = row.verb if isinstance(row.verb, Change) else None
    shared = row.parts[-1].verb if plain is None else None
    said = []
    for part in row.parts:
        # "`a`, `b` (new)": where no verb stands before them, the last note is for all.
        change = part.verb or plain or shared or Change.MODIFY
        if part.after_arrow and lead.verb is Deed.MOVE:  # "move `Parser` from `a` to `b`"
            change = Change.EITHER
        if isinstance(change, Change):
            change = conditional(change, part.condition or lead.condition)
            said.append(Said(change, part.named.path, part.named))
    return said


def _moved(lead: str, parts: list[_Part], *, has_arrow: bool) -> list[Said]:
    """Return what a move does: what is moved goes, and is created where it goes to."""
    if not has_arrow and len(parts) == 2:
        parts = [parts[0], parts[1]._replace(after_arrow=True)]
    sources = [part.named for part in parts if not part.after_arrow]
    targets = [part.named for part in parts if part.after_arrow]
    if not targets:
        return [Said(Change.MODIFY, named.path, named) for named in sources]
    said = [Said(Change.DELETE, named.path, named) for named in sources]
    is_rename = "mov" not in lead.casefold()
    for target in targets:
        paths = [target.path]
        if target.path.endswith("/") and not any(s.path.endswith(("/", "**")) for s in sources):
            paths = [target.path + posixpath.basename(source.path) for source in sources]
        elif is_rename and len(sources) == 1 and "/" not in target.path:
            # "Rename `src/a.py` to `b.py`": what is renamed stays where it is.
            folder = posixpath.dirname(sources[0].path.rstrip("/"))
            paths = [posixpath.join(folder, target.path)]
        said += [Said(Change.CREATE, path, target) for path in paths]
    return said
