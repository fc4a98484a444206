"""What sentences and lists of a source say: which files change, and which task needs which.

Only what is said plainly counts. A path that a sentence merely refers to ("as in `a.py`") is no
change, and a task that it merely names is no dependency.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from plan_worktree.authoring.importing.source import FileUse
from plan_worktree.plan.parts.verbs import Change


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CHANGE_OF = {
    verb: change
    for change, verbs in (
        (Change.CREATE, "create add new write scaffold generate introduce"),
        (
            Change.MODIFY,
            "modify update edit change extend refactor rewrite replace fix adjust append",
        ),
        (Change.DELETE, "delete remove drop"),
    )
    for verb in verbs.split()
}
# Verbs of work that do not say whether the file is there already.
_WORK = _each("""implement build define configure set setup initialize initialise init install wire
    register export document test tests cover docs config move rename extract migrate port convert
    integrate connect enhance expand put place author declare expose mount enable ensure support
    handle wrap split apply switch bump""")
# Words before a path that make it a thing to look at.
_REFERS = _each("""per from see read reads following follow follows like mirror mirrors matching
    match against as using uses use via with reference references referencing run runs verify check
    by reuse calls call imports import according existing described whose""")
_NOT_A_CHANGE = re.compile(
    r"(?:read|reference|see|verify|check|run|inspect|no change)\b", re.IGNORECASE
)
_LABEL = re.compile(
    r"[ \t]*(?:[*+-][ \t]+)?(?:\[[ xX]\][ \t]+)?[*_]*([A-Za-z]+)\b([^`:\n]{0,40}?):"
)
_MOVE = re.compile(r"(?:rename|move)\w*\b", re.IGNORECASE)

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_NEW = re.compile(r"[`*)\]\s]*\(new\b", re.IGNORECASE)

_EXTENSIONS = (
    "c cc cfg clj cpp cs css csv dart ex exs go gradle graphql h hpp html ini java jl js json jsx "
    "kt less lock lua md mdx mjs cjs ml php pl prisma proto ps1 py pyi r rb rs scala scss sh sql "
    "svelte svg swift tf tmpl toml ts tsx txt vue xml yaml yml zig env example just mod sum"
)
_EXTENSION = re.compile(rf"\.(?:{'|'.join(_EXTENSIONS.split())})$", re.IGNORECASE)
_NAMES = _each("""makefile dockerfile justfile procfile gemfile rakefile .gitignore .dockerignore
    .env .npmrc .nvmrc .editorconfig .prettierrc .prettierignore .eslintrc .gitattributes""")
_BARE_EXTENSIONS = re.compile(
    r"^[\w.-]+\.(?:md|json|toml|ya?ml|py|tsx?|rs|go|sql|css|sh)$", re.IGNORECASE
)
_TOKEN = re.compile(r"`([^`\n]{1,300})`|([A-Za-z0-9_.@/~][^\s,;`()'\"<>]{1,300})")
_PATH_LIKE = re.compile(r"[\w.@~+/-]+")
_LINES = re.compile(r"(?::\d[\d,:-]*|#L\d+(?:-L?\d+)?)$")
_NO_PATH = re.compile(r"\s|://|[<>{}$|\\(`]|^[-@~]|^\.\.|//|^/[^/]*$")
_LONGEST = 1024


def listed_files(text: str) -> list[FileUse]:
    """Return the files of an entry that is a list of files: "Create: `a.py`", "`b.py` (new)"."""
    label = _LABEL.match(text)
    verb = label[1].lower() if label else (re.findall(r"[a-z]+", text.lower()[:20]) or [""])[0]
    plain = text[label.end() :] if label else text
    if _NOT_A_CHANGE.match(verb):
        return []
    paths = list(_paths(plain, in_list=True))
    if _MOVE.match(verb) and len(paths) == 2:
        return [FileUse(paths[0][0], Change.DELETE), FileUse(paths[1][0], Change.CREATE)]
    change = _change_of(verb)
    if label and re.search(r"[/|]|\bor\b|needed|optional", label[2], re.IGNORECASE):
        change = None
    if change is None and (
        noted := re.search(r"\((new|deleted?|removed?|modify|update)\b", plain, re.IGNORECASE)
    ):
        change = _change_of(noted[1].lower())
    return [FileUse(path, change) for path, _, _ in paths]


def _change_of(verb: str) -> Change | None:
    return _CHANGE_OF.get(_stem(verb))


def _stem(word: str) -> str:
    """Return the verb that a word is a form of: creates, created and creating are create."""
    bare = word.removesuffix("ing")
    ends = (word.removesuffix(end) for end in ("s", "d", "ed"))
    forms = (word, *ends, bare, f"{bare}e", f"{word.removesuffix('ied').removesuffix('ies')}y")
    return next((form for form in forms if form in _CHANGE_OF or form in _WORK), word)


def changed_files(text: str, *, named: bool = False) -> list[FileUse]:
    """Return the files that sentences say are worked on.

    With `named`, a path counts wherever it stands, as in a task line that has to name its files;
    else a verb of work comes before it in its sentence. What a sentence refers to never counts.
    """
    found: dict[str, FileUse] = {}
    for sentence in _sentences(text):
        for use in _changed_in(sentence, named=named):
            found.setdefault(use.path, use)
    return list(found.values())


def _changed_in(sentence: str, *, named: bool) -> Iterator[FileUse]:
    at, verb, refers = 0, "", False
    for path, start, end in _paths(sentence, in_list=False):
        words = _words(sentence[max(at, start - 200) : start])
        at_start, at = at == 0, end
        if at_start or set(words) - {"and", "or"}:
            refers = any(word in _REFERS for word in words[-4:])
        verb = next(_verbs(reversed(words)), verb)
        if words == ["in"]:  # "In `a.py`, add …"
            verb = next(_verbs(_words(sentence[at : at + 60])[:3]), verb)
        if not refers and (named or verb or not words):
            yield FileUse(path, _change(verb, sentence[at : at + 20]))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower())


def _verbs(words: Iterable[str]) -> Iterator[str]:
    """Yield those of some words that are verbs of work, in their base form."""
    return (word for word in map(_stem, words) if word in _CHANGE_OF or word in _WORK)


def _change(verb: str, behind: str) -> Change | None:
    """Return what a verb says in prose: "create" and "add" may go on with what exists."""
    if _NEW.match(behind):
        return Change.CREATE
    change = _CHANGE_OF.get(verb)
    return None if change is Change.CREATE else change


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text, without what is in fences."""
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            yield from re.split(r"(?<=[.;!?])\s+", line)


def named_words(text: str) -> Iterator[str]:
    """Yield everything in a text, in code too, that is written like a path or a file's name."""
    for found in _PATH_LIKE.finditer(text):
        word = found[0].removeprefix("./").rstrip(".")
        if "." in word or "/" in word:
            yield word


def _paths(text: str, *, in_list: bool) -> Iterator[tuple[str, int, int]]:
    """Yield the paths in a text, and where each begins and ends."""
    for found in _TOKEN.finditer(text):
        written = found[1] or found[2].rstrip(".:!?*_]")
        path = _LINES.sub("", written.strip())
        if _is_path(path, in_marks=found[1] is not None, in_list=in_list):
            yield path.removeprefix("./"), found.start(), found.end()


def _is_path(word: str, *, in_marks: bool, in_list: bool) -> bool:
    if not word or len(word) > _LONGEST or not word.isprintable() or _NO_PATH.search(word):
        return False
    if word.startswith("/") and not in_marks:  # rather a route than a file
        return False
    name = word.rsplit("/", 1)[-1]
    if _EXTENSION.search(name) or name.lower() in _NAMES:
        named = in_marks or "/" in word or _BARE_EXTENSIONS.match(word) is not None
        return named and (in_list or "*" not in word)
    # In a list of files everything in code marks is one, also a folder or a name without a dot.
    return in_list and ("/" in word or (in_marks and "." in word))


# --- which task needs which ---------------------------------------------------------------------

_NEEDS = re.compile(
    r"\b(?:depend(?:s|ent|ing)?[ -]on|depends|blocked[ -]by|dependenc(?:y|ies)|prerequisites?|"
    r"requires|must (?:come|run|happen) after|consumes|dependencias?|precondiciones)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"[\s:*_]*(?:none|nothing|no\b|n/a|-|ningun)", re.IGNORECASE)
_REACH = 300  # characters behind the word in which names of tasks belong to it


def needed_keys(text: str, name: re.Pattern[str]) -> list[str]:
    """Return the keys that a text says are needed ("depends on T012, T013-T015").

    `name` finds one key, or a range of two, in its groups ``a`` and ``b``; what comes between the
    words and the end of their sentence counts.
    """
    keys: dict[str, None] = {}
    for found in _NEEDS.finditer(text):
        rest = text[found.end() : found.end() + _REACH]
        rest = re.split(r"\n\s*\n|\.\s+(?=[A-Z])|\)|;|\n[ \t]*[*+-][ \t]", rest, maxsplit=1)[0]
        if not _NOTHING.match(rest):
            keys.update(dict.fromkeys(all_keys(rest, name)))
    return list(keys)


def all_keys(text: str, name: re.Pattern[str]) -> list[str]:
    """Return every key that a text names, those of ranges written out."""
    keys: list[str] = []
    for found in name.finditer(text):
        first, last = found["a"], found["b"]
        keys += _between(first, last) if last else [first]
    return keys


def _between(first: str, last: str) -> list[str]:
    """Return the keys from one to another: T003 to T006 are four."""
    one, other = re.search(r"\d+$", first), re.search(r"\d+$", last)
    if not one or not other or not 0 <= int(other[0]) - int(one[0]) <= 500:
        return [first, last]
    head, width = first[: one.start()], len(one[0])
    return [f"{head}{number:0{width}d}" for number in range(int(one[0]), int(other[0]) + 1)]
