"""One line of Files to Change: words, then paths, with notes behind them.

A line is read as a person reads it: "Create: `a`, `b` (tests)", "`a` (new)", "Add the route to
`a`", "Move `a` to `b/`", "Modify `a`; delete `b`". What only mentions a path ("like `a`") names no
change. A line that names a path, and says nothing of it that can be read, is strange.
"""

import posixpath
import re
from itertools import pairwise
from typing import NamedTuple

from plan_worktree.plan.parts.objects import PLACES, verb_of_object
from plan_worktree.plan.parts.paths import Named
from plan_worktree.plan.parts.pathscan import names
from plan_worktree.plan.parts.verbs import (
    Change,
    Deed,
    Lead,
    Verb,
    condition_in,
    conditional,
    read_lead,
    read_note,
)

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
_LINES = re.compile(
    r"[\s*_~]*+(?:at[ \t]+)?lines?[ \t]+\d+(?:[ \t]*[,\u2013-][ \t]*\d+)*+", re.IGNORECASE
)
_ENDS_NAME = re.compile(r"[\s*_~]*+(?:[,;&+(:\u2014\u2013]|-\s|(?:and|or|to)\b)")
_TAIL = re.compile(r"[\s*_~]*+(?:[:\u2014\u2013|]|-{1,2}>?|=>|\u2192)[ \t]*(?=\S)")
_STOP = re.compile(r"[\s*_~]*+[.;,]?[\s*_~]*+(?:\b(?:and|then)\b\s*)*", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;!?](?=\s)")
_NOUN = re.compile(r"[ \t]+(?!(?:and|or|to|with|in|from|if|when|as|is|are)\b)[A-Za-z]")
_LONGEST_OBJECT = 200  # characters between a verb and its path
_LONGEST_NOTE = 200
_MOST_NAMES = 20  # in a verb's object


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


class _Written(NamedTuple):
    """A line's text, where it ends but for white space, and all in it that may be a path."""

    text: str
    end: int
    found: list[Named]

    def is_last(self, named: Named) -> bool:
        """Tell whether nothing follows a name but other names and notes."""
        return named.end >= self.end or _ENDS_NAME.match(self.text, named.end) is not None

    def next_name(self, offset: int, index: int) -> int:
        """Return the number of the first name from `index` on that is not before an offset."""
        while index < len(self.found) and self.found[index].at < offset:
            index += 1
        return index


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

    Without `prose` only a path directly behind a verb or a label counts, or at the beginning: a
    paragraph, or a note below a file, is not taken for an entry.
    """
    lead = read_lead(text)
    verb = lead.verb or around
    if verb is Deed.NOTHING or text.lstrip().startswith("~~"):
        return Line([], Deed.NOTHING, None, lead)
    line = _Written(text, len(text.rstrip()), list(names(text)))
    said, end, was_read, index, clause = list[Said](), lead.end, False, 0, lead
    while clause.verb is not Deed.NOTHING:
        index = line.next_name(clause.end, index)
        row = _row(line, index, clause, around, prose=prose and not was_read)
        if row is None:
            break
        said += _said(clause, row)
        end, was_read = row.end, True
        if end >= line.end:
            break
        stop = _STOP.match(text, end)
        clause = read_lead(text, stop.end() if stop else end)
        if clause.verb is None:
            break
    strange = None if was_read else next((one for one in line.found if one.is_sure()), None)
    return Line(said, verb, strange, lead, text[end:].strip(" \t\n.*_"))


def _row(
    line: _Written, first: int, lead: Lead, around: Verb | None, *, prose: bool
) -> _Row | None:
    """Return the paths that belong to a lead, from a name on; None when it has none."""
    verb = lead.verb or around
    for index in range(first, min(first + _MOST_NAMES, len(line.found))):
        named = line.found[index]
        whole = line.text[lead.end : min(named.start, lead.end + _LONGEST_OBJECT + 1)]
        if index == first and not whole.strip(_MARKS):
            if _is_direct(line, index, lead, verb):
                return _in_a_row(line, index, verb, lead)
            continue
        if not prose or verb is None or len(whole) > _LONGEST_OBJECT:
            return None
        if _SENTENCE.search(whole) or not named.is_path(said=False, last=True):
            continue
        told = verb_of_object(verb, whole)
        if told is not None:
            return _in_a_row(line, index, told, lead)
    return None


def _is_direct(line: _Written, first: int, lead: Lead, verb: Verb | None) -> bool:
    """Tell whether a name directly behind a lead is a path."""
    named, last = line.found[first], line.is_last(line.found[first])
    if named.is_path(said=False, last=last):
        return not lead.strange or _noted(line.text, named)
    if verb is None or not named.is_path(said=True, last=last):
        return False
    if named.is_code and _NOUN.match(line.text, named.end):
        return False
    # "Add `parse` to `a`": the first is no file when the next one says where it is.
    places = ("from", "in", "of") if isinstance(verb, Deed) else PLACES
    for before, other in pairwise(line.found[first : first + _MOST_NAMES]):
        words = line.text[before.end : other.start].casefold().split()
        if words and words[-1] in places and other.is_path(said=False, last=True):
            return False
    return True


def _noted(text: str, named: Named) -> bool:
    """Tell whether a note behind a path says what is done to it: "Backend: `a` (new)"."""
    note = _BRACKETS.match(text, named.end)
    return note is not None and read_note(note[1]) is not None


def _in_a_row(line: _Written, index: int, verb: Verb | None, lead: Lead) -> _Row:
    """Collect the paths that follow one, with their notes."""
    text, parts, is_target = line.text, list[_Part](), False
    replaces = "replac" in lead.words and verb is Change.MODIFY
    while True:
        named = line.found[index]
        noted, condition, end = _notes(text, named.end)
        parts.append(_Part(named, noted, condition, is_target))
        if end >= line.end:
            break
        index = line.next_name(end, index + 1)
        arrow = _ARROW.match(text, end) or (_WITH.match(text, end) if replaces else None)
        joint = _JOINT.match(text, arrow.end() if arrow else end)
        behind = joint.end() if joint else end
        if index == len(line.found) or not _is_next(line, index, behind, said=verb is not None):
            parts[-1] = _with_tail(line, parts[-1], end)
            break
        is_target = is_target or arrow is not None
    if replaces and len(parts) == 2 and is_target:
        verb = Deed.MOVE
    return _Row(verb, parts, end)


def _with_tail(line: _Written, part: _Part, end: int) -> _Part:
    """Add to a path what is said of it behind a dash, or in a last word: "`a` NEW"."""
    tail = _TAIL.match(line.text, end)
    start = tail.end() if tail else end
    rest = line.text[start : start + _LONGEST_NOTE]
    if not tail and (len(rest.split()) != 1 or start + len(rest) < line.end):
        return part
    condition = part.condition or (condition_in(rest) if tail else "")
    return part._replace(verb=part.verb or read_note(rest), condition=condition)


def _notes(text: str, end: int) -> tuple[Verb | None, str, int]:
    """Read the notes in brackets behind a path; return what they say, and the offset behind."""
    verb, condition = None, ""
    lines = _LINES.match(text, end)
    end = lines.end() if lines else end
    for _ in range(3):
        note = _BRACKETS.match(text, end)
        if note is None:
            break
        verb, condition = verb or read_note(note[1]), condition or condition_in(note[1])
        end = note.end()
    return verb, condition, end


def _is_next(line: _Written, index: int, behind: int, *, said: bool) -> bool:
    """Tell whether a name goes on with the paths before it, `behind` being the joint's end."""
    named, last = line.found[index], line.is_last(line.found[index])
    if behind > named.at or line.text[behind : named.start].strip(" \t\n*_~\"'"):
        return False
    if named.is_path(said=False, last=last):
        return True
    is_name = said and named.is_code and named.is_path(said=True, last=last)
    return is_name and _NOUN.match(line.text, named.end) is None


def _said(lead: Lead, row: _Row) -> list[Said]:
    """Return what a row of paths says of each."""
    has_arrow = any(part.after_arrow for part in row.parts)
    if row.verb is Deed.MOVE or (row.verb is None and has_arrow):
        return _moved(row.parts, has_arrow=has_arrow, stays="mov" not in lead.words)
    if row.verb is Deed.COPY:
        targets = [part for part in row.parts if part.after_arrow] or row.parts[-1:]
        return [Said(Change.EITHER, part.named.path, part.named) for part in targets]
    plain = row.verb if isinstance(row.verb, Change) else None
    # "`a`, `b` (new)": where no verb stands before them, the last note is for all.
    usual = plain or row.parts[-1].verb or Change.MODIFY
    said = []
    for part in row.parts:
        # "Move `Parser` from `a` to `b`", "split `a` into `b` and `c`".
        change = part.verb or (Change.EITHER if part.after_arrow else usual)
        if isinstance(change, Change):
            change = conditional(change, part.condition or lead.condition)
            said.append(Said(change, part.named.path, part.named))
    return said


def _moved(parts: list[_Part], *, has_arrow: bool, stays: bool) -> list[Said]:
    """Return what a move does: what is moved goes, and is created where it goes to.

    `stays` tells that it gets another name in its folder, when the new one names no folder.
    """
    if not has_arrow and len(parts) == 2:
        parts = [parts[0], parts[1]._replace(after_arrow=True)]
    sources = [part.named for part in parts if not part.after_arrow]
    targets = [part.named for part in parts if part.after_arrow]
    if not targets:
        return [Said(Change.MODIFY, named.path, named) for named in sources]
    said = [Said(Change.DELETE, named.path, named) for named in sources]
    names_files = not any(source.path.endswith(("/", "**")) for source in sources)
    for target in targets:
        paths = [target.path]
        if target.path.endswith("/") and names_files and len(targets) == 1:
            paths = [target.path + posixpath.basename(source.path) for source in sources]
        elif stays and len(sources) == 1 and "/" not in target.path:
            folder = posixpath.dirname(sources[0].path.rstrip("/"))
            paths = [posixpath.join(folder, target.path)]
        said += [Said(Change.CREATE, path, target) for path in paths]
    return said
