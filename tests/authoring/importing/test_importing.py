"""import: what other tools wrote becomes a plan that validates and can be set up."""

from __future__ import annotations

import json
import re
import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from plan_worktree.authoring.importing import importing
from plan_worktree.authoring.importing.formats import plain
from plan_worktree.authoring.importing.source import Given, Source, Task
from plan_worktree.project.refusal import Refused
from tests.authoring.importing.samples import (
    FORMATS,
    GSD_FIRST,
    PLAIN,
    SPEC_KIT,
    SUPERPOWERS,
    sample,
    write,
)
from tests.output.test_schemas import fits
from tests.sampling import sampled
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, Cli, shop, snapshot

# What a plan that lacks something may be told: nothing else is wrong with an imported one.
LACKING = {"PW406", "PW502", "PW504", "PW601"}


def imported(repo: Repo) -> Path:
    (path,) = (repo.path / PLANS).glob("*.md")
    return path


def metadata(path: Path) -> dict[str, Any]:
    block = path.read_text().partition("```json metadata\n")[2].partition("\n```")[0]
    found: dict[str, Any] = json.loads(block)
    return found


def findings(cli: Cli, path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli("validate", path, "--format", "json", cwd=path.parent).json()[
        "diagnostics"
    ]
    return found


@sampled("name", FORMATS, one_in=3)
def test_a_plan_of_every_format_validates_but_for_what_it_lacks_and_is_set_up(
    repo: Repo, cli: Cli, tmp_path: Path, name: str
) -> None:
    result = cli("import", sample(tmp_path, name), cwd=repo.path)

    path = imported(repo)
    assert (result.exit_code, result.stdout) == (0, f"{path}\n")
    assert f"plan-worktree validate {path.stem}" in result.stderr
    found = findings(cli, path)
    assert [one for one in found if one["severity"] == "error"] == []
    assert {one["code"] for one in found} <= LACKING
    repo.commit("the plan")
    setup = cli("setup", path.stem, cwd=repo.path)
    assert setup.exit_code == 0, setup.output
    assert len(repo.worktrees()) == len(metadata(path)["stages"])


@sampled("name", FORMATS, one_in=6)
def test_a_dry_run_shows_the_waves_and_writes_nothing(
    repo: Repo, cli: Cli, tmp_path: Path, name: str
) -> None:
    source = sample(tmp_path, name)
    before = snapshot(tmp_path)

    result = cli("import", source, "--dry-run", cwd=repo.path)

    assert result.exit_code == 0
    assert result.stdout.startswith("WAVE  STAGE")
    assert "nothing was written; it would be " in result.stderr
    assert snapshot(tmp_path) == before


@sampled(("name", "flags"), product(FORMATS, ((), ("--dry-run",))), one_in=3)
def test_the_json_of_every_format_fits_its_schema(
    repo: Repo, cli: Cli, tmp_path: Path, name: str, flags: tuple[str, ...]
) -> None:
    value = fits("import", cli("import", sample(tmp_path, name), "--json", *flags, cwd=repo.path))

    assert value["format"] == name
    assert value["dry_run"] is bool(flags)
    assert Path(value["path"]).exists() is not bool(flags)
    assert [stage["id"] for stage in value["stages"]] == sorted(
        (stage for wave in value["waves"] for stage in wave),
        key=[stage["id"] for stage in value["stages"]].index,
    )


def test_the_plan_says_why_each_stage_waits_in_metadata_and_body(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    cli("import", sample(tmp_path, "superpowers"), cwd=repo.path)

    path = imported(repo)
    third = metadata(path)["stages"][2]
    reason = "modifies tea/kinds.py, which Task 1 creates"
    assert third["depends_on"] == ["task-1"]
    assert third["x-because"] == {"task-1": reason}
    assert f"<!-- It comes after\ntask-1: {reason}\n-->" in path.read_text()


def test_texts_are_carried_over_as_they_are_and_nothing_is_invented(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    cli("import", sample(tmp_path, "superpowers"), cwd=repo.path)

    text = imported(repo).read_text()
    assert text.startswith("# Implementation Plan: Tea Timer\n")
    assert "## Overview\n\nA timer that knows how long each tea takes.\n" in text
    assert "### Architecture\n\nOne module for the teas, one for the clock.\n" in text
    assert SUPERPOWERS.partition("- [x] **Step 1")[2].partition("### Task 2")[0].strip() in text
    assert "- [ ] Run `pytest tests/test_kinds.py`" in text
    # The template asks for what the source has not said.
    assert "[Who needs it: which requirement above, or which later stage]" in text
    assert "REQUIRED SUB-SKILL" not in text


def test_what_was_ticked_is_complete_everywhere(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    cli("import", sample(tmp_path, "superpowers"), cwd=repo.path)

    path = imported(repo)
    assert [stage["status"] for stage in metadata(path)["stages"]] == [
        "complete", "in-progress", "not-started", "not-started",
    ]  # fmt: skip
    text = path.read_text()
    assert re.findall(r"^\*\*Status\*\*: (.*)", text, re.MULTILINE)[:2] == [
        "Complete", "In Progress",
    ]  # fmt: skip
    assert "- [x] Stage 1: Kinds of tea - See Stage 1 TODO above" in text
    assert "- [ ] Stage 2: The clock - See Stage 2 TODO above" in text


def test_worktrees_go_where_the_setting_says(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    repo.git("config", "planWorktree.place", "../trees")
    cli("import", sample(tmp_path, "plain"), cwd=repo.path)
    path = imported(repo)
    for stage in metadata(path)["stages"]:
        assert stage["worktree_path"] == f"../trees/{path.stem}/{stage['id']}"


@sampled(
    ("name", "slug"),
    (
        ("superpowers", "tea-timer"),
        ("spec-kit", "001-tea"),
        ("openspec", "time-the-tea"),
        ("gsd", "01-teas"),
        ("plain", "time-the-tea"),
    ),
    one_in=3,
)
def test_the_plan_is_named_after_its_source(
    repo: Repo, cli: Cli, tmp_path: Path, name: str, slug: str
) -> None:
    cli("import", sample(tmp_path, name), cwd=repo.path)

    path = imported(repo)
    assert path.stem[11:] == slug
    stage = metadata(path)["stages"][0]
    assert stage["branch"] == f"feature/{path.stem}-{stage['id']}"
    assert stage["worktree_path"] == f"../worktrees/{path.stem}/{stage['id']}"


@pytest.mark.parametrize("flags", ((), ("--json",)))
def test_import_never_overwrites(
    repo: Repo, cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    source = sample(tmp_path, "plain")
    cli("import", source, cwd=repo.path)
    path = imported(repo)
    path.write_text("precious\n")

    result = cli("import", source, *flags, cwd=repo.path)

    assert result.exit_code == 1
    advice = f"{path} exists already: choose another name with --slug, or edit the plan"
    if "--json" in flags:
        assert [one["text"] for one in result.json()["reasons"]] == [advice]
    else:
        assert (result.stdout, result.stderr) == ("", f"refused: {advice}\n")
    assert path.read_text() == "precious\n"

    cli("import", source, *flags, "--slug", "another", cwd=repo.path)

    assert len(list(path.parent.glob("*-another.md"))) == 1


def test_a_dry_run_shows_the_reading_of_a_source_that_was_imported_already(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    source = sample(tmp_path, "plain")
    cli("import", source, cwd=repo.path)
    path = imported(repo)

    result = cli("import", source, "--dry-run", cwd=repo.path)
    as_json = cli("import", source, "--dry-run", "--json", cwd=repo.path).json()
    other = cli("import", source, "--dry-run", "--json", "--slug", "other", cwd=repo.path).json()

    assert result.exit_code == 0
    assert result.stdout.startswith("WAVE  STAGE")
    assert "that file exists already: choose another name with --slug" in result.stderr
    assert (as_json["path"], as_json["exists"]) == (str(path), True)
    assert (other["plan_id"], other["exists"]) == (f"{path.stem[:10]}-other", False)


def test_what_is_no_slug_is_refused_with_one_that_is(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    source = sample(tmp_path, "plain")

    result = cli("import", source, "--slug", "Tea Shop", cwd=repo.path)

    assert result.exit_code == 2
    assert f"plan-worktree import {source} --slug tea-shop" in result.stderr
    assert not (repo.path / PLANS).exists()


def test_a_file_that_the_repository_has_is_modified_and_not_created(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    repo.write("src/shop.py", "")
    source = write(tmp_path, "tasks.md", "- [ ] T001 Implement it in src/shop.py and src/new.py\n")

    stage = cli("import", source, "--json", "--dry-run", cwd=repo.path).json()["stages"][0]

    assert stage["files"] == [
        {"change": "modify", "path": "src/shop.py"},
        {"change": "create", "path": "src/new.py"},
    ]


def test_absolute_paths_become_paths_from_the_top(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    text = f"## Step 1: `/src/a.py`\n\n## Step 2: `{repo.path}/b.py`\n\n## Step 3: `/etc/c.py`\n"
    source = write(tmp_path, "plan.md", text)

    stages = cli("import", source, "--json", "--dry-run", cwd=repo.path).json()["stages"]

    assert [stage["files"][0]["path"] for stage in stages] == ["src/a.py", "b.py", "/etc/c.py"]


def test_import_works_outside_any_repository(cli: Cli, tmp_path: Path) -> None:
    result = cli("import", sample(tmp_path, "plain"), cwd=tmp_path)

    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / PLANS).glob("*.md"))) == 1


# --- bad input -----------------------------------------------------------------------------------


@sampled(
    ("name", "text", "said"),
    (
        ("a.md", "", "a.md:1:1: no steps are found here: number their headings"),
        ("a.md", "# A letter\n\nDear tea,\n", "a.md:1:1: no steps are found here"),
        ("a.md", b"# \xff", "a.md:1:3: byte 0xff here is not UTF-8"),
        ("a.md", "a\0b", "a.md:1:1: a NUL character here"),
        ("a.json", "{", "a.json:1:1: is no JSON: "),
        ("a.json", '{"a":\n nope}', "a.json:2:1: is no JSON: "),
        ("a.json", "{}", 'a.json:1:1: has no list "tasks"'),
        ("a.json", '{"tasks": []}', "a Task Master tasks.json without tasks"),
        ("a.json", "[1, null]", "a Task Master tasks.json without tasks"),
        ("a.json", '{"tasks": [{"id": 1}, {"id": 2, "status": "cancelled"}]', "is no JSON"),
    ),
    one_in=3,
)
def test_a_source_that_cannot_be_read_is_refused_with_its_place(
    repo: Repo, cli: Cli, name: str, text: str | bytes, said: str
) -> None:
    write(repo.path, name, text)
    before = snapshot(repo.path)

    result = cli("import", name, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"refused: {said}" in result.stderr.replace(f"{name}:1:1: {said}", said)
    assert snapshot(repo.path) == before


def test_a_missing_file_a_directory_and_a_special_file_are_refused(repo: Repo, cli: Cli) -> None:
    (repo.path / "docs").mkdir()

    assert "nope.md:1:1: there is no such file" in cli("import", "nope.md", cwd=repo.path).stderr
    said = cli("import", "docs", cwd=repo.path)
    assert said.exit_code == 1
    assert (
        "docs is a directory without a tasks.md or a file *-PLAN.md: name the file" in said.stderr
    )
    assert "not a regular file" in cli("import", "/dev/null", cwd=repo.path).stderr


def test_a_plan_of_ours_is_sent_to_validate(repo: Repo, cli: Cli) -> None:
    shop(repo)
    path = f"{PLANS}/{PLAN_ID}.md"

    result = cli("import", path, cwd=repo.path)

    assert result.exit_code == 1
    assert f"is a plan of plan-worktree already: plan-worktree validate {path}" in result.stderr
    assert cli("validate", path, cwd=repo.path).exit_code == 0


@sampled(("name", "wanted"), product(FORMATS, FORMATS), one_in=5)
def test_a_source_of_another_format_is_refused_with_the_one_it_has(
    repo: Repo, cli: Cli, tmp_path: Path, name: str, wanted: str
) -> None:
    source = sample(tmp_path, name)

    result = cli("import", "--from", wanted, source, "--dry-run", cwd=repo.path)

    if result.exit_code == 1 and "it looks like" in result.stderr:
        assert name != wanted
        command = result.stderr.rpartition(": plan-worktree ")[2].strip()
        assert command == f"import --from {name} {source}"
        assert cli(*command.split(), "--dry-run", cwd=repo.path).exit_code == 0
    else:
        assert name == wanted or wanted in ("plain", "superpowers")
        assert "Traceback" not in result.output


def test_an_unknown_format_is_wrong_usage(repo: Repo, cli: Cli) -> None:
    result = cli("import", "--from", "jira", "x.md", cwd=repo.path)

    assert result.exit_code == 2
    assert "'jira' is not one of" in result.stderr


def test_tasks_that_wait_for_each_other_are_refused_with_the_circle(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    tasks = "- [ ] T001 [P] A (depends on T002)\n- [ ] T002 [P] B (depends on T001)\n"

    result = cli("import", write(tmp_path, "tasks.md", tasks), cwd=repo.path)

    assert result.exit_code == 1
    assert "tasks.md:1:1: these tasks wait for each other: T001 -> T002 -> T001" in result.stderr


def test_the_same_file_in_every_task_makes_one_chain(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    tasks = "".join(f"- [ ] T{n:03} [P] Change src/app.py, part {n}\n" for n in range(1, 31))

    value = cli("import", write(tmp_path, "tasks.md", tasks), "--json", cwd=repo.path).json()

    assert len(value["waves"]) == 30
    assert [[need["stage"] for need in stage["depends_on"]] for stage in value["stages"]] == [
        [], *([f"t{n:03}"] for n in range(1, 30)),
    ]  # fmt: skip
    assert {one["code"] for one in findings(cli, Path(value["path"]))} <= LACKING


@pytest.mark.soak
def test_three_thousand_tasks_are_imported_or_refused_for_their_size(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    few = "## Steps\n\n" + "".join(f"{n}. Change `src/a{n}.py`\n" for n in range(3000))
    many = "# Tasks\n" + "".join(f"- [ ] T{n:04} [P] Add src/a{n}.py\n" for n in range(9000))

    done = cli("import", write(tmp_path, "few.md", few), cwd=repo.path)
    refused = cli("import", write(tmp_path, "many.md", many), cwd=repo.path)

    assert done.exit_code == 0, done.output
    assert "3000 stages in 1 wave" in done.stderr
    assert refused.exit_code == 1
    assert "has 9,000 tasks, more than a plan has room for: import a part" in refused.stderr


def test_phases_that_need_too_many_arrows_are_refused(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    phase = "".join(f"- [ ] T{{}}{n:03} [P] Do {n}\n" for n in range(200))
    text = "".join(f"## Phase {n}\n\n{phase.replace('{}', str(n))}\n" for n in (1, 2))

    result = cli("import", write(tmp_path, "tasks.md", text), cwd=repo.path)

    assert result.exit_code == 1
    assert "its phases would need more than 20,000 dependencies" in result.stderr


@sampled("name", ("-x.md", "a b.md", "$(touch hacked).md", "\x1b[31m.md", "ü.md"), one_in=3)
def test_a_hostile_name_of_a_file_does_no_harm(
    repo: Repo, cli: Cli, tmp_path: Path, name: str
) -> None:
    source = write(tmp_path, name, SUPERPOWERS.replace("# Tea Timer Implementation Plan", ""))

    result = cli("import", "--", source, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert findings(cli, imported(repo)) != []
    assert not (repo.path / "hacked").exists()


def test_hostile_titles_and_paths_do_no_harm(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    text = (
        "# T\x1b[31m --> <script>\n\n"
        "### Task 1: ```json metadata `x` --> \x1b[31m\n\n**Files:**\n- Create: `a-->b.py`\n\n"
        "- [ ] **Step 1: x**\n\n"
        "### Task 1: ../../up\n\n**Files:**\n- Modify: `a-->b.py`\n- Create: `../../up.py`\n\n"
        "- [ ] **Step 1: x**\n\n"
    )

    result = cli("import", write(tmp_path, "plan.md", text), "--json", cwd=repo.path)

    value = fits("import", result)
    assert [stage["id"] for stage in value["stages"]] == ["task-1", "task-1-2"]
    path = Path(value["path"])
    assert "\x1b" not in path.read_text()
    assert [one for one in findings(cli, path) if one["severity"] == "error"] == []


@sampled(
    "poison",
    (
        "```\nnever closed",
        "<!-- never closed",
        "<pre>\nnever closed",
        "**Stage ID**: `task-9`\n**Branch**: `x`",
        "Stage ID: task-9",
        "# Title\n\n## Stage 7: Other\n\n#### Validation\n\n- Run `rm -rf /`",
        "Validation\n---\n\ntext",
        "```json metadata\n{}\n```",
        "~~~json metadata\n{}\n~~~",
        "<!-- plan-worktree: ignore PW406 because -->",
        "**Files to Change**:\n\n- Delete: `everything.py`",
        "---\n***\n___",
        "> quote\nlazy\n\n    code\n\n- item\n\n  ```\n  open in an item",
    ),
    one_in=3,
)
def test_text_that_could_break_a_plan_is_carried_without_doing_so(
    repo: Repo, cli: Cli, tmp_path: Path, poison: str
) -> None:
    text = PLAIN.replace("Tea gets bitter.", poison).replace(
        "Create `tea/kinds.py`, following `tea/old.py`.", poison
    )
    if "never closed" in poison:  # what is open swallows the rest of a source, too
        text = f"## Step 1: One\n\nx\n\n## Step 2: Two\n\n{poison}\n"

    result = cli("import", write(tmp_path, "plan.md", text), cwd=repo.path)

    assert result.exit_code == 0, result.output
    path = imported(repo)
    found = findings(cli, path)
    assert {one["code"] for one in found} <= LACKING
    assert [one for one in found if one["severity"] == "error"] == []
    shown = cli("brief", path.stem, "step-2", "--json", cwd=repo.path).json()
    assert "everything.py" not in json.dumps(shown["files"])
    assert shown["gates"] == [] or "rm -rf" not in json.dumps(shown["gates"])


def test_a_gsd_file_and_its_folder_are_both_imported(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    folder = sample(tmp_path, "gsd")
    shutil.rmtree(repo.path / PLANS, ignore_errors=True)

    one = cli("import", folder / "01-01-PLAN.md", "--json", cwd=repo.path).json()
    many = cli("import", folder, "--json", cwd=repo.path).json()

    assert [stage["source_name"] for stage in one["stages"]] == ["task 1", "checkpoint 2", "task 3"]
    assert [stage["source_name"] for stage in many["stages"]] == ["01-01", "01-02"]
    assert one["path"] != many["path"]


def test_too_many_plans_in_a_folder_are_refused(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    for number in range(201):
        write(tmp_path, f"phase/01-{number:03}-PLAN.md", GSD_FIRST)

    result = cli("import", tmp_path / "phase", cwd=repo.path)

    assert result.exit_code == 1
    assert "has 201 plans, more than 200" in result.stderr


def test_a_source_is_never_changed(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    source = write(tmp_path, "specs/001-tea/tasks.md", SPEC_KIT)

    cli("import", source, cwd=repo.path)

    assert source.read_text() == SPEC_KIT


@sampled(
    ("name", "text", "slug"),
    (
        ("a-" * 60 + "b.md", SUPERPOWERS, "-".join("a" * 30)),
        ("x" * 90 + ".md", SUPERPOWERS, "x" * 60),
        ("plans/plan.md", SUPERPOWERS, "project"),
        ("2026-01-02-TEA_time.md", SUPERPOWERS, "tea-time"),
        ("plan.md", PLAIN.replace("Time the tea", "漢字"), "project"),
    ),
    one_in=3,
)
def test_a_slug_is_short_and_says_what_the_plan_is_about(
    repo: Repo, cli: Cli, name: str, text: str, slug: str
) -> None:
    cli("import", write(repo.path, name, text), cwd=repo.path)
    assert imported(repo).stem[11:] == slug


def test_long_titles_are_cut_and_the_whole_stays_below(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    title = "word " * 40
    source = write(tmp_path, "tasks.md", f"- [ ] T001 {title}end\n")

    cli("import", source, cwd=repo.path)

    path = imported(repo)
    assert metadata(path)["stages"][0]["name"] == ("word " * 19).strip() + "…"
    assert f"#### What\n\n{title}end\n" in path.read_text()


def test_a_stage_whose_source_says_no_more_than_its_name_asks_what(repo: Repo, cli: Cli) -> None:
    long = "Brew " + "very " * 30 + "long"
    tasks = f"### Task 1: Brew\n\n**Files:**\n- Create: `a.md`\n\n### Task 2: {long}\n"
    (repo.path / "tea.md").write_text(f"# Tea\n\n{tasks}")

    cli("import", "tea.md", cwd=repo.path)

    first, second = imported(repo).read_text().split("#### What\n\n")[1:]
    assert first.startswith("[")
    assert second.startswith(f"{long}\n\n")  # its name was cut


def test_text_that_no_format_made_safe_is_put_into_fences(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task("a", "a", "A", 1, what="```\nopen", why="**Stage ID**: `b`")
    source = Source("Title", (task,), {"Overview": "<!-- open"})
    monkeypatch.setattr(importing, "read", lambda *_: (plain, source, Given(Path(), ())))

    made = importing.import_plan("x.md", None, repo.path, dry_run=True)

    assert "````text\n```\nopen\n````" in made.text
    assert "```text\n<!-- open\n```" in made.text
    assert len(made.waves) == 1


def test_a_source_that_makes_no_plan_is_refused(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*tasks: Task) -> str:
        made = (plain, Source("Title", tasks), Given(Path(), ()))
        monkeypatch.setattr(importing, "read", lambda *_: made)
        with pytest.raises(Refused) as refused:
            importing.import_plan("x.md", None, repo.path, dry_run=True)
        return str(refused.value)

    huge = refusal(Task("a", "a", "A", 1, what="x" * 5_000_000))
    assert "its 1 stages would take 4,88" in huge
    nameless = refusal(Task("a", "a", "", 1))
    assert 'the source makes no valid plan: stage 1: "name"' in nameless
