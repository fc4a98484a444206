"""What a path is, as people write it: names that look like one, spellings, braces.

A written path may carry braces (``{a,b}.py``), another system's separators, or a name still to be
given (``<time>_users.sql``). `pathscan.py` finds paths in a text.
"""

import posixpath
import re
from typing import NamedTuple
from urllib.parse import unquote

# No file system has longer ones; and each part of a path costs something.
LONGEST_PATH = 1024
_MOST_ALTERNATIVES = 64  # that the braces of one path may stand for


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, to be looked up."""
    return frozenset(text.split())


_EXTENSIONS = words_of(
    """adoc arb astro bash bat bicep c cc cfg cjs clj cmake cmd conf cpp cs csproj css csv cts cue
    cxx dart db dockerfile ejs env erb ex exs feature fish fs fsx gemspec gif gitignore go
    gql gradle graphql groovy h haml hbs hcl hpp hs html ico ini ipynb j2 java jinja jl jpeg
    jpg js json json5 jsonc jsonl jsx just kt kts less liquid lock lua m md mdc mdx mjs mk
    ml mm mod mts nix nu patch pbxproj pdf php pl plist png po podspec prisma properties
    proto ps1 psm1 pug py pyi pyx r rake rb res resx rs rst sass sbt scala scss sh sln sol
    sql styl sum sv svelte svg swift tcl template test tex tf tfvars tmpl toml tpl ts tsx
    txt v vb vim vue wasm webp woff2 xaml xib xml xsd yaml yml zig zsh"""
)
# Names of files that have no extension.
BARE_NAMES = words_of(
    """makefile justfile dockerfile containerfile readme license licence changelog procfile gemfile
    rakefile vagrantfile jenkinsfile brewfile codeowners caddyfile notice"""
)
_NO_PATHS = words_of("e.g i.e and/or n/a etc. either/or w/o tcp/ip ci/cd i/o")
# Products whose names look like files.
_PRODUCTS = words_of(
    """node.js next.js vue.js react.js three.js d3.js nuxt.js express.js nest.js chart.js alpine.js
    ember.js deck.gl socket.io asp.net"""
)
EXTENSION = re.compile(r"[^/]\.[A-Za-z0-9_]{1,12}$")
ANY_EXTENSION = re.compile(r"[^/]\.([A-Za-z][A-Za-z0-9]{0,9})$")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:\.x)?")
_DOMAIN = re.compile(r"[\w.-]+\.(?:com|org|io|net|dev|in)/")
# A backslash before a sign takes the sign's meaning away, where Markdown is written.
_WINDOWS = re.compile(r"[\w.)\]*}-]\\(?:[A-Za-z0-9@]|\{[^{}]*,|\.\w+\\)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_UNNAMED = re.compile(r"<[^<>/]{1,60}>")
_ELIDED = re.compile(r"(?:^|/)\.\.\.(?:/|$)|\u2026")


class Named(NamedTuple):
    """What may be a path: where it and the markup around it are, and how it is written.

    `start` and `end` are offsets of the whole, `at` is that of the path itself.
    """

    start: int
    end: int
    at: int
    written: str
    is_code: bool
    is_link: bool = False

    @property
    def path(self) -> str:
        """The path as git would write it, braces and all."""
        path = self.written
        if is_windows(path):
            path = path.replace("\\", "/")
        elif not self.is_code:
            path = _ESCAPE.sub(r"\1", path)
        return _UNNAMED.sub("*", unquote(path) if self.is_link else path)

    def is_sure(self) -> bool:
        """Tell whether this can hardly be anything but a path, wherever it stands."""
        path = self.path
        if not _may_be(path) or re.search(r"\s", path) or path.startswith(("/", "-", "~")):
            return False
        extension = ANY_EXTENSION.search(path)
        if "/" not in path:
            product = not self.is_code and path.casefold() in _PRODUCTS
            return has_known_extension(path) and not product
        is_folder = self.is_code and path.endswith("/")
        return not _DOMAIN.match(path) and (extension is not None or is_folder)

    def is_path(self, *, said: bool, last: bool) -> bool:
        """Tell whether this is a path, where one is expected.

        `said` tells that a verb stands directly before it; then anything in code marks that can
        be a name is one. `last` tells that nothing follows it in its line.
        """
        path = self.path
        if not _may_be(path) or path.startswith("-"):
            return False
        if re.search(r"\s", path) and not EXTENSION.search(path):
            return False
        if self.is_code and said:
            return "(" not in path or "/" in path
        if path.casefold() in BARE_NAMES:
            return self.is_code or last
        if re.search(r"\s", path) and "/" not in path.split()[0]:
            return False
        if "/" in path and not path.startswith("/"):
            is_more = self.is_code or ANY_EXTENSION.search(path) is not None or "*" in path
            return said or last or is_more or path.endswith("/")
        if path.startswith("/"):
            return said or ANY_EXTENSION.search(path) is not None
        if not self.is_code and path.casefold() in _PRODUCTS:
            return False
        if "*" in path or has_known_extension(path):
            return bool(path.strip("*"))
        return said and EXTENSION.search(path) is not None


def is_elided(path: str) -> bool:
    """Tell whether a part of a path is left out: ``src/.../a.py``."""
    return _ELIDED.search(path) is not None


def is_windows(written: str) -> bool:
    """Tell whether a path is written with the separators of Windows."""
    return "\\" in written and _WINDOWS.search(written) is not None


def normalised(path: str) -> tuple[str, bool]:
    """Return a path in its one spelling, and whether it leaves the repository (then as it is)."""
    if path == "**":
        return "./", False
    slash = "/" if path.endswith(("/", "/.", "/**")) else ""
    plain = posixpath.normpath(path.removesuffix("/**") or ".")
    leaves = plain.startswith(("/", "~", "../")) or plain == ".." or bool(_DRIVE.match(plain))
    if leaves:
        return path, True
    if plain == "**":
        return "./", False
    return (plain.strip("/") + slash if plain != "." else "./"), False


_DRIVE = re.compile(r"[A-Za-z]:/")
_CHOICE = re.compile(r"\{([^{},]*,[^{}]*)\}")


def alternatives(path: str) -> list[str]:
    """Return the paths that ``{a,b}`` in a path stands for; [] when there are too many."""
    if "{" not in path:
        return [path]
    open_ones, found = [path], dict[str, None]()
    while open_ones:
        one = open_ones.pop()
        choice = _CHOICE.search(one)
        if choice is None:
            found[one] = None
        else:
            before, behind = one[: choice.start()], one[choice.end() :]
            words = [word.strip() for word in choice[1].split(",", _MOST_ALTERNATIVES)]
            open_ones += [before + word + behind for word in reversed(words)]
        if len(found) + len(open_ones) > _MOST_ALTERNATIVES:
            return []
    return list(found)


def _may_be(path: str) -> bool:
    plain = path.strip()
    if not plain or len(plain) > LONGEST_PATH or "://" in plain or "\n" in plain:
        return False
    return plain.casefold() not in _NO_PATHS and not _VERSION.fullmatch(plain)


def has_known_extension(path: str) -> bool:
    """Tell whether a path ends as files do: ``.py``, ``.{ts,css}``, or begins with a dot."""
    name = path.rsplit("/", 1)[-1]
    if name.startswith(".") and re.fullmatch(r"\.[a-z][\w.-]*", name):
        return True
    found = re.search(r"[\w)\]}*]\.([A-Za-z0-9{},]+)$", name)
    words = re.split(r"[{},]+", found[1].casefold()) if found else []
    return any(word in _EXTENSIONS for word in words)
