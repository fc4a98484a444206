"""Sandbox repositories that the evals of the skill run in: python -m tests.evals.sandbox NAME DIR.

DIR/repo is the repository, made without a trace of what is expected of it. Its first state is kept
under refs/eval/start, where the scorer finds it. DIR/bin/plan-worktree runs the program, and notes
in DIR/commands.jsonl what each command printed and how long it took: agents get DIR/bin on PATH.
`boltons` is fetched from a package registry.
"""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.plan.example import EXAMPLE, PLAN_ID, unit_test
from tests.support import ROOT, Repo, Stage, checked, plan_text

NOTES = ROOT / "skills/plan-worktree/assets/demo-project"
BOLTONS = "boltons==26.2.0"


def plan_worktree(repo: Repo, *args: str) -> str:
    """Run the program that the checkout holds; it must succeed."""
    return checked(sys.executable, "-m", "plan_worktree", *args, cwd=repo.path)


def empty(path: Path) -> Repo:
    path.mkdir(parents=True)
    repo = Repo(path)
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


def notes(path: Path) -> Repo:
    repo = empty(path)
    shutil.copytree(
        NOTES, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    repo.commit("A note-taker")
    return repo


def boltons(path: Path) -> Repo:
    """Unpack a real library of some thirty modules and as many test files."""
    repo = empty(path)
    download = path.with_name("download")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:")
    checked(*pip, "--dest", download, BOLTONS)
    (archive,) = download.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(download, filter="data")
    (unpacked,) = (one for one in download.iterdir() if one.is_dir())
    shutil.copytree(unpacked, path, dirs_exist_ok=True)
    shutil.rmtree(download)
    repo.write(".gitignore", "__pycache__/\n.pytest_cache/\n")
    repo.commit("boltons as released")
    return repo


READER = """\
'''{title}'''

from shop import settings


def {name}():
    return settings.load("shop.ini")["{section}"]["{key}"]
"""


def settings(path: Path) -> Repo:
    """Make a program that reads one INI file in three places."""
    repo = empty(path)
    repo.write("shop/__init__.py", "")
    repo.write(
        "shop/settings.py",
        "'''Reads shop.ini.'''\n\nimport configparser\n\n\n"
        "def load(path):\n    parser = configparser.ConfigParser()\n    parser.read(path)\n"
        "    return {name: dict(parser[name]) for name in parser.sections()}\n",
    )
    for name, section, key in (
        ("sender", "mail", "from"), ("currency", "prices", "currency"), ("title", "page", "title"),
    ):  # fmt: skip
        title = f"The {name} that the shop uses."
        text = READER.format(title=title, name=name, section=section, key=key)
        repo.write(f"shop/{section}.py", text)
    sections = "[mail]\nfrom = shop@example.org\n\n[prices]\ncurrency = EUR\n\n[page]\n"
    repo.write("shop.ini", f"{sections}title = Shop\n")
    repo.write("tests/__init__.py", "")
    repo.write(
        "tests/test_settings.py",
        "import unittest\n\nfrom shop import mail, page, prices\n\n\n"
        "class Settings(unittest.TestCase):\n    def test_values(self):\n"
        "        found = (mail.sender(), prices.currency(), page.title())\n"
        '        self.assertEqual(found, ("shop@example.org", "EUR", "Shop"))\n',
    )
    repo.write("README.md", "# shop\n\nReads `shop.ini`. Tests: `python3 -m unittest`.\n")
    repo.write(".gitignore", "__pycache__/\n")
    repo.commit("A shop with settings")
    return repo


BUILD = """\
'''Checks the handbook: every page of navigation.json exists and begins with its title.'''

import json
import sys
from pathlib import Path


def problems(names=()):
    listed = json.loads(Path("navigation.json").read_text(encoding="utf-8"))
    wanted = [page for page in listed if not names or page["file"] in names]
    found = [f"{name} is not in navigation.json" for name in names
             if name not in [page["file"] for page in listed]]
    for page in wanted:
        path = Path("pages", page["file"])
        if not path.exists():
            found.append(f"{path} is missing")
        elif not path.read_text(encoding="utf-8").startswith(f"# {page['title']}\\n"):
            found.append(f"{path} does not begin with its title")
    return found


if __name__ == "__main__":
    for problem in (found := problems(sys.argv[1:])):
        print(problem)
    sys.exit(bool(found))
"""


def site(path: Path) -> Repo:
    """Make a handbook whose every new page must be entered in one navigation file."""
    repo = empty(path)
    repo.write("check.py", BUILD)
    repo.write("navigation.json", '[\n  {"file": "index.md", "title": "Handbook"}\n]\n')
    repo.write("pages/index.md", "# Handbook\n\nWelcome.\n")
    repo.write(
        "README.md",
        "# Handbook\n\nOne file a page in `pages/`, all listed in `navigation.json`.\n"
        "`python3 check.py` checks all pages, `python3 check.py index.md` only that one.\n",
    )
    repo.write(".gitignore", "__pycache__/\n")
    repo.commit("A handbook with one page")
    return repo


def broken_plan(path: Path) -> Repo:
    """Put the example plan into its project, with the faults that hands make."""
    repo = notes(path)
    text = EXAMPLE
    for right, wrong in (
        ('"depends_on": [],', '"depends_on": ["cli"],'),
        ('"depends_on": ["search", "export"]', '"depend_on": ["search", "export"]'),
        ('"status": "approved"', '"status": "ready"'),
        ("- Create: `notes/search.py`", "- Create: `notes/search.py`\n- Modify: `README.md`"),
        ("- Create: `notes/export.py`", "- Create: `notes/export.py`\n- Modify: `README.md`"),
        ("**Branch**: `feature/2026-01-15-notes-search-export`", "**Branch**: `feature/export`"),
        ("- [ ] Run `python3 -m unittest tests.test_export`\n", "- [ ] Run the tests\n"),
        ("../worktrees/2026-01-15-notes-search/cli", "../worktrees/2026-01-15-notes-search/search"),
    ):
        assert right in text, right
        text = text.replace(right, wrong, 1)
    repo.write(f".claude/plans/{PLAN_ID}.md", text)
    repo.commit("Plan the search")
    return repo


def finished(repo: Repo, stage: str, files: dict[str, str]) -> None:
    """Build a stage in its worktree and have it proved."""
    worktree = repo.stage(PLAN_ID, stage)
    plan_worktree(worktree, "start", PLAN_ID, stage, "--owner", f"agent-{stage}")
    for name, text in files.items():
        worktree.write(name, text)
    worktree.commit(f"Add {stage}")
    plan_worktree(worktree, "complete", PLAN_ID, stage, "--owner", f"agent-{stage}")


def conflict(path: Path) -> Repo:
    """Make two complete stages that both rewrite the same lines of one function."""
    repo = notes(path)
    render = "notes/note.py"
    stages = [
        Stage(
            name, create=(f"tests/test_{name}.py",), modify=(render,),
            verify=(f"python3 -m unittest tests.test_{name}",),
        )
        for name in ("upper", "sorted")
    ]  # fmt: skip
    repo.write(f".claude/plans/{PLAN_ID}.md", plan_text(PLAN_ID, *stages, status="approved"))
    repo.commit("Plan two changes")
    plan_worktree(repo, "setup", PLAN_ID)
    before = 'marks = " ".join(f"#{tag}" for tag in self.tags)'
    for name, after, call, result in (
        ("upper", 'marks = " ".join(f"#{tag.upper()}" for tag in self.tags)',
         'Note("a", tags=("x",)).render()', '"a  #X"'),
        ("sorted", 'marks = " ".join(f"#{tag}" for tag in sorted(self.tags))',
         'Note("a", tags=("2", "1")).render()', '"a  #1 #2"'),
    ):  # fmt: skip
        text = repo.read(render)
        assert before in text
        test = unit_test("notes.note", "Note", call, result)
        finished(repo, name, {render: text.replace(before, after), f"tests/test_{name}.py": test})
    # The old test saw tags as they are written.
    return repo


UPPER = "`Note.render()` prints tags in capitals: `#shop` becomes `#SHOP`."
SORTED = "`Note.render()` prints tags sorted by their text."


def one_file(path: Path) -> Repo:
    """Plan two changes of the same line, which nobody has begun."""
    repo = notes(path)
    stages = [
        Stage(
            name, create=(f"tests/test_{name}.py",), modify=("notes/note.py", "tests/test_note.py"),
            verify=(f"python3 -m unittest tests.test_{name} tests.test_note",),
        )
        for name in ("upper", "sorted")
    ]  # fmt: skip
    text = plan_text(PLAN_ID, *stages, status="approved")
    for name, what in (("Upper", UPPER), ("Sorted", SORTED)):
        assert f"Adds the {name} part." in text
        text = text.replace(f"Adds the {name} part.", what)
    repo.write(f".claude/plans/{PLAN_ID}.md", text)
    repo.commit("Plan two changes")
    plan_worktree(repo, "setup", PLAN_ID)
    return repo


SIX = (
    ("words", (), "`words(note)` counts the words in a note's body."),
    ("escape", (), "`escape(text)` puts a backslash before each `*`, `_` and `\\`."),
    ("slug", (), ("`slug(title)` is the title in lower case, every run of other characters than "
     "letters and digits one hyphen, none at either end.")),
    ("tags", (), "`tags(notes)` is a sorted list of all tags of the notes, each once."),
    ("report", ("words", "escape"), ("`report(notes)` is one text, a line for each note, joined by "
     "line feeds: its escaped title, a colon and a space, the number of its words.")),
    ("index", ("slug", "tags"), ("`index(notes)` is a dictionary: for each tag, in sorted order, "
     "the list of the slugs of the notes that have it, in the order of the notes.")),
)  # fmt: skip


def six_stages(path: Path) -> Repo:
    """Set up a plan of six stages in two waves, which nobody has begun."""
    repo = notes(path)
    stages = [
        Stage(
            name, needs, create=(f"notes/{name}.py", f"tests/test_{name}.py"),
            verify=(f"python3 -m unittest tests.test_{name}",),
        )
        for name, needs, _ in SIX
    ]  # fmt: skip
    text = plan_text(PLAN_ID, *stages, status="approved")
    for name, _, what in SIX:
        title = name.capitalize()
        assert f"Adds the {title} part." in text
        text = text.replace(f"Adds the {title} part.", f"In `notes/{name}.py`: {what}")
    repo.write(f".claude/plans/{PLAN_ID}.md", text)
    repo.commit("Plan six parts")
    plan_worktree(repo, "setup", PLAN_ID)
    return repo


REPORT = """\
`report(notes)` in `notes/report.py` returns a line for each note, joined by line feeds: its
escaped title, a colon and a space, the number of its words."""
LOST = "A backslash goes first, or it would escape the escapes."


def resumed(path: Path) -> Repo:
    """Leave a plan as a crash leaves it: one stage landed, one half-written, one not begun."""
    repo = notes(path)
    stages = [
        Stage(
            name, needs, create=(f"notes/{name}.py", f"tests/test_{name}.py"),
            verify=(f"python3 -m unittest tests.test_{name}",),
        )
        for name, needs in (("words", ()), ("escape", ()), ("report", ("words", "escape")))
    ]  # fmt: skip
    text = plan_text(PLAN_ID, *stages, status="approved")
    for name, what in (
        ("Words", "`words(note)` in `notes/words.py` counts the words in a note's body."),
        ("Escape", "`escape(text)` in `notes/escape.py` puts a backslash before `*`, `_`, `\\`."),
        ("Report", REPORT),
    ):  # fmt: skip
        text = text.replace(f"Adds the {name} part.", what)
    repo.write(f".claude/plans/{PLAN_ID}.md", text)
    repo.commit("Plan a report")
    plan_worktree(repo, "setup", PLAN_ID)
    call = 'words(Note("a", "b c"))'
    test = unit_test("notes.words", "words", call, "2").replace(
        "\n\n\nclass", "\nfrom notes.note import Note\n\n\nclass", 1
    )
    code = "def words(note):\n    return len(note.body.split())\n"
    finished(repo, "words", {"notes/words.py": code, "tests/test_words.py": test})
    plan_worktree(repo, "merge", PLAN_ID, "words")
    half = repo.stage(PLAN_ID, "escape")
    plan_worktree(half, "start", PLAN_ID, "escape", "--owner", "agent-7")
    half.write(
        "notes/escape.py",
        f"# {LOST}\nSPECIAL = ('\\\\', '*', '_')\n\n\n"
        "def escape(text):\n    for char in SPECIAL:\n",
    )
    return repo


SANDBOXES: dict[str, Callable[[Path], Repo]] = {
    "boltons": boltons,
    "settings": settings,
    "site": site,
    "notes": notes,
    "broken-plan": broken_plan,
    "conflict": conflict,
    "resumed": resumed,
    "one-file": one_file,
    "six-stages": six_stages,
}


RECORDER = """\
#!{python}
import json, os, subprocess, sys, time

began = time.time()
done = subprocess.run([{python!r}, "-m", "plan_worktree", *sys.argv[1:]], capture_output=True)
sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
line = json.dumps({{
    "command": sys.argv[1:], "owner": os.environ.get("PLAN_WORKTREE_OWNER"), "began": began,
    "ended": time.time(), "exit_code": done.returncode,
    "printed": len(done.stdout) + len(done.stderr),
}}) + "\\n"
log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(log, line.encode())
sys.exit(done.returncode)
"""


def record(directory: Path) -> None:
    """Write the program that runs ours and notes what it did."""
    program = directory / "bin" / "plan-worktree"
    program.parent.mkdir(exist_ok=True)
    log = str(directory / "commands.jsonl")
    program.write_text(RECORDER.format(python=sys.executable, log=log))
    program.chmod(0o755)


def make(name: str, directory: Path) -> Repo:
    """Make the sandbox `name` in `directory`/repo and remember how it was."""
    repo = SANDBOXES[name](directory / "repo")
    repo.git("update-ref", "refs/eval/start", "HEAD")
    record(directory)
    return repo


if __name__ == "__main__":
    print(json.dumps(str(make(sys.argv[1], Path(sys.argv[2]).resolve()).path)))
