"""The words with which people say what a stage does to a file: Create, Modify, Test, `a` to `b`.

A line may begin with such words ("Create or update:", "New test file"), a note may hold them
behind the path ("(new)", "- removed"), and a heading may speak for the lines below it ("New
files"). Everything here is about words; paths are found in `paths.py`.
"""

import re
from enum import Enum, StrEnum
from typing import NamedTuple

from plan_worktree.plan.parts.paths import words_of


class Change(StrEnum):
    """What a stage does to a path. EITHER creates it where it is missing, else modifies it."""

    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    EITHER = "create-or-modify"


class Deed(Enum):
    """What the words of a line may say besides a plain change."""

    MOVE = "move"
    COPY = "copy"
    NOTHING = "nothing"


Verb = Change | Deed

_ACTIONS: dict[Verb, str] = {
    Change.CREATE: "create add new introduce scaffold",
    Change.MODIFY: (
        "modify update edit change extend refactor rewrite replace fix adjust adapt append expand "
        "improve enhance revise rework simplify wire register bump tweak amend clean split patch"
    ),
    Change.DELETE: "delete remove drop",
    Change.EITHER: "write generate implement touch",
    Deed.MOVE: "rename move",
    Deed.COPY: "copy",
    Deed.NOTHING: (
        "read see reference refer reuse study keep leave follow use run execute unchanged "
        "untouched not no never none nothing don't avoid skip inspect review check note"
    ),
}
_IRREGULAR: dict[str, Verb] = {
    "dropped": Change.DELETE,
    "dropping": Change.DELETE,
    "written": Change.EITHER,
    "rewritten": Change.MODIFY,
    "copied": Deed.COPY,
    "referenced": Deed.NOTHING,
    "references": Deed.NOTHING,
    "modification": Change.MODIFY,
    "modifications": Change.MODIFY,
}

# What a line may name in place of a verb: the file may be there already.
NOUNS = words_of(
    "test tests testing spec specs doc docs documentation config configuration configs"
)
_PLURALS = words_of("tests specs docs documentation config configuration configs")
# Words that change nothing of what a verb says.
FILLERS = words_of(
    """a an the file files folder folders directory directories path paths existing following
    these this that its their both all to be if needed necessary required optional optionally
    possibly maybe also then only just please unit integration e2e regression smoke end source
    code corresponding matching module modules script scripts component components package it
    exists present as when any do does"""
)
_JOINTS = frozenset(("/", "or", "and", "&", "+", ","))


def _spellings(verb: str) -> list[str]:
    """Return a verb and its other forms: modify, modifies, modified, modifying."""
    stem = verb.removesuffix("e")
    if verb.endswith("y"):
        return [verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"]
    return [verb, f"{verb}s", f"{verb}es", f"{stem}ed", f"{stem}ing"]


_VERBS: dict[str, Verb] = {
    word: verb
    for verb, words in _ACTIONS.items()
    for plain in words.split()
    for word in _spellings(plain)
} | _IRREGULAR

# What may stand before the first word: signs, emphasis, a checkbox, a tag such as [P] or (new).
_DECORATION = re.compile(r"(?:[^\w`\[(<./\\~@\"'{*-]|\*{1,3}(?![./*])|-(?![\w.-]))*+")
_CHECKBOX = re.compile(r"\[[ xX]\][ \t]+")
_TAG = re.compile(r"[\[(]([A-Za-z][\w ]{0,20})[\])](?!\()[*_:]*\s+")
_WORD = re.compile(
    r"[A-Za-z][A-Za-z0-9'\u2019]*(?![\w\\-]|\.\w|/(?![A-Za-z]+[*_ \t]*[:/` ]))"
    r"|[/&+,](?=[ \t]*[A-Za-z*_])"
)
_BETWEEN = re.compile(r"[ \t\n*_]*")
_BRACKETS = re.compile(r"\(([^()\n]{0,100})\)[ \t*_]*(?=:)")
_COLON = re.compile(r"[*_ \t]*:[*_]*")
_LABEL = re.compile(r"(?:\w[\w.'/&+-]*[ \t*_]*(?:\([^()\n]{0,60}\)[ \t*_]*)?){1,5}+:[*_]*(?=\s)")
_OPTIONAL = re.compile(
    r"\b(?:optional|optionally|possibly|maybe|(?:if|when|where|as)[ \t]+(?:needed|necessary"
    r"|required|applicable|missing|absent|it[ \t]+exists|present|any"
    r"|not[ \t]+(?:present|there)))\b",
    re.IGNORECASE,
)
_ABSENT = re.compile(r"\b(?:exists|present|any|applicable)\b", re.IGNORECASE)


_MOST_WORDS = 20  # that a line is looked at for verbs


class Lead(NamedTuple):
    """The words that a line begins with.

    `verb` is None when they name none. `end` is the offset behind them. `labelled` says that a
    colon ends them, `strange` that they are a label of which nothing is known, such as
    ``Backend:``. `condition` is what they say of need: "if needed". `words` are the verbs
    themselves, in lower case.
    """

    verb: Verb | None
    end: int
    labelled: bool = False
    strange: bool = False
    condition: str = ""
    words: str = ""


def read_lead(text: str, start: int = 0) -> Lead:
    """Return the words that a text begins with, from an offset on."""
    at, tagged = _undecorated(text, start)
    lead = _words(text, at)
    if lead.verb is None and not lead.labelled:
        label = _LABEL.match(text, at)
        if label:
            verb, _ = read_group(label[0])
            if verb is not None:
                return Lead(verb, label.end(), labelled=True)
            behind, _ = _undecorated(text, label.end())
            lead = _words(text, behind)
            if lead.verb is None:
                return Lead(tagged, label.end(), labelled=True, strange=tagged is None)
    return lead if lead.verb is not None else lead._replace(verb=tagged)


def _undecorated(text: str, at: int) -> tuple[int, Verb | None]:
    """Return the offset of a text's first word, and the verb of a tag before it."""
    tagged: Verb | None = None
    while True:
        found = _DECORATION.match(text, at)
        at = found.end() if found else at
        mark = _CHECKBOX.match(text, at)
        tag = None if mark else _TAG.match(text, at)
        if tag:
            tagged = _VERBS.get(tag[1].split()[0].casefold(), tagged)
        mark = mark or tag
        if mark is None:
            return at, tagged
        at = mark.end()


def _words(text: str, at: int) -> Lead:
    """Read verbs and fillers for as long as they follow each other."""
    verbs, words = list[Verb](), list[str]()
    start, joined, last = at, True, ""
    while len(words) < _MOST_WORDS and (found := _WORD.match(text, at)):
        word = found[0].casefold().replace("\u2019", "'")
        verb = _VERBS.get(word) or (Change.EITHER if word in NOUNS else None)
        if word not in _JOINTS and verb is None and word not in FILLERS:
            break
        if verb is not None and (joined or not verbs):
            verbs.append(verb)
        joined, last = word in _JOINTS, word
        words.append(word)
        gap = _BETWEEN.match(text, found.end())
        at = gap.end() if gap else found.end()
        if verbs and verbs[0] is Deed.NOTHING:
            break
    brackets = _BRACKETS.match(text, at)
    end = brackets.end() if brackets else at
    colon = _COLON.match(text, end)
    verb = _combined(verbs, plural=last in _PLURALS)
    spoken = " ".join(words)
    if at == start or (brackets and not colon):
        return Lead(verb, at, words=spoken)
    end = colon.end() if colon else at
    return Lead(verb, end, colon is not None, False, condition_in(text[start:end]), spoken)


def _combined(verbs: list[Verb], *, plural: bool) -> Verb | None:
    """Return what several verbs say together: "Create/Modify" is either."""
    known = set(verbs)
    for strongest in (Deed.NOTHING, Deed.MOVE, Deed.COPY, Change.DELETE):
        if strongest in known:
            return strongest
    # "Add tests": the file they go to may be there.
    if len(known) > 1 or (plural and Change.CREATE in known):
        return Change.EITHER
    return verbs[0] if verbs else None


def conditional(change: Change, condition: str) -> Change:
    """Return what "if needed" makes of a change: what is created may be there already."""
    if change is Change.CREATE and condition:
        return Change.EITHER
    if change is Change.MODIFY and _ABSENT.search(condition):
        return Change.EITHER
    return change


def condition_in(text: str) -> str:
    """Return what a note says of need, such as "optional"; "" when it says nothing."""
    found = _OPTIONAL.search(text)
    return found[0] if found else ""


_NOTE = re.compile(
    r"[\s*_~(\[]*+([A-Za-z]+)([ \t]+(?:test[ \t]+)?(?:files?|folder|directory)\b)?", re.IGNORECASE
)
_BOTH = re.compile(r"[\s*_~(\[]*(?:both|all)\b[ \t]*", re.IGNORECASE)
_ENDS = re.compile(r"[\s*_~\])]*(?:$|[,;:.(\u2014\u2013-]|\bif\b)")
_NO_CHANGE = re.compile(
    r"[\s*_~]*(?:no[ \t]+(?:code[ \t]+)?changes?\b|unchanged|untouched|not[ \t]+changed|"
    r"(?:for[ \t]+)?reference(?:[ \t]+only)?[\s*_~]*$|read[ -]only[\s*_~]*$)",
    re.IGNORECASE,
)


def read_note(note: str) -> Verb | None:
    """Return what a note behind a path says is done to it, None when it only explains.

    "new" creates and "(remove dead code)" explains. "New model" may mean a file or a part of one.
    """
    if _NO_CHANGE.match(note):
        return Deed.NOTHING
    both = _BOTH.match(note)
    found = _NOTE.match(note, both.end() if both else 0)
    word = found[1].casefold() if found else ""
    verb = _VERBS.get(word)
    if found is None or not isinstance(verb, Change):
        return None
    behind = note[found.end() :]
    other = re.match(r"[ \t]*(?:/|or|and|&)[ \t]*([A-Za-z]+)", behind)
    if other and isinstance(_VERBS.get(other[1].casefold()), Change):
        return _combined([verb, _VERBS[other[1].casefold()]], plural=False)
    if _ENDS.match(behind) or (found[2] and verb is not Change.MODIFY):
        return verb
    return Change.EITHER if verb is Change.CREATE and not word.startswith("add") else None


def read_group(title: str) -> tuple[Verb | None, bool]:
    """Return what a title says of the lines below it, and whether it is about files alone.

    "New files (3)" creates them; "Backend files to create/modify" does either, but may be about
    more than files.
    """
    words = re.findall(r"[a-z']+", re.sub(r"\([^()]*\)|`[^`]*`", " ", title.casefold()))[:12]
    verbs = [_VERBS[word] for word in words if word in _VERBS]
    nouns = [word for word in words if word in NOUNS]
    verb = _combined(verbs, plural=False) if verbs else (Change.EITHER if nouns else None)
    about = (
        "files" in words or "file" in words or isinstance(_combined(verbs, plural=False), Change)
    )
    known = all(w in FILLERS or w in _JOINTS or w in _VERBS or w in NOUNS for w in words)
    return verb, about and known and verb is not None
