"""What formatters leave of a plan is read as it was before: the real ones, on whole plans."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import mdformat
import pytest

from plan_worktree.lint.check import check
from plan_worktree.lint.subject import Subject
from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.sections import clean
from plan_worktree.resources import EXAMPLE_PLAN, resource
from tests.support import ROOT

EXAMPLES = ROOT / "tests/examples"
PLANS = {
    "the example plan": resource(EXAMPLE_PLAN),
    **{
        f"{path.parent.name}-{path.stem}": path
        for path in sorted(EXAMPLES.glob("PW*/good*.md"))
        if ".beside." not in path.name
    },
}
# A backslash says that a token of the template is none; mdformat takes it away, because for
# Markdown it says nothing.
ESCAPED = "PW406-good-no-placeholders"

# Changes all files of a folder in place.
Formatter = Callable[[Path], object]


def findings(file: PlanFile) -> Counter[str]:
    return Counter(f"{one.code} {one.severity}" for one in check(file, None))


def reading(file: PlanFile) -> list[object]:
    """Return what the commands take from a plan, without places."""
    assert file.metadata
    assert file.plan
    assert file.graph
    about = Subject(file.metadata, file.plan, file.graph, None)
    return [
        file.metadata.value,
        *(
            (
                section.stage_id,
                {name: clean(field.value) for name, field in section.fields.items()},
                list(section.parts),
                [(entry.change, entry.path) for entry in files],
                [gate.command for gate in gates],
            )
            for section, files, gates in zip(about.sections, about.files, about.gates, strict=True)
        ),
    ]


def hold(formatter: Formatter, folder: Path) -> None:
    """Format all plans; each must be read as before and have the findings it had."""
    for name, path in PLANS.items():
        shutil.copyfile(path, folder / f"{name}.md")
    formatter(folder)
    changed = 0
    for name, path in PLANS.items():
        raw, after = path.read_bytes(), (folder / f"{name}.md").read_bytes()
        changed += raw != after
        if name == ESCAPED:
            continue
        old, new = loads(raw, "plan.md"), loads(after, "plan.md")
        assert findings(new) == findings(old), name
        assert reading(new) == reading(old), name
    assert changed > len(PLANS) / 2


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("extensions", "wrap"),
    # Without its plugin for GitHub's Markdown mdformat wraps tables as if they were prose.
    (((), "keep"), (("gfm",), "keep"), (("gfm",), "no"), (("gfm",), 80), (("gfm",), 60)),
)
def test_what_mdformat_leaves_is_read_as_before(
    tmp_path: Path, extensions: tuple[str, ...], wrap: str | int
) -> None:
    def formatted(folder: Path) -> None:
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            after = mdformat.text(text, options={"wrap": wrap}, extensions=extensions)
            path.write_text(after, encoding="utf-8")

    hold(formatted, tmp_path)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the formatters that npm installs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so prettier and markdownlint cannot be")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--prefix", str(folder), "--cache", str(folder / "cache")]
    command += ["--no-audit", "--no-fund", "prettier@3", "markdownlint-cli@0"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "node_modules/.bin"


@pytest.mark.registry
@pytest.mark.parametrize(
    "command",
    (
        ("prettier", "--write"),
        ("prettier", "--write", "--prose-wrap", "always"),
        ("prettier", "--write", "--prose-wrap", "never"),
        ("prettier", "--write", "--prose-wrap", "always", "--print-width", "60"),
        ("markdownlint", "--fix"),
    ),
    ids=" ".join,
)
def test_what_a_formatter_leaves_is_read_as_before(
    tmp_path: Path, programs: Path, command: tuple[str, ...]
) -> None:
    name, *options = command

    def formatted(folder: Path) -> None:
        files = [str(path) for path in folder.iterdir()]
        # markdownlint exits with 1 when something is left that it cannot mend.
        done = subprocess.run(
            [str(programs / name), *options, *files], cwd=folder, capture_output=True, check=False
        )
        assert done.returncode in (0, 1), done.stderr

    hold(formatted, tmp_path)
