"""The page in a real browser: what it looks like, what it starts, and who can read it.

It needs Chromium, and for one test axe-core from npm (`npm install --no-save axe-core`).
"""

from __future__ import annotations

import os
import shutil
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from tests.output.page.hostile import EVIL, hostile
from tests.pages import page_of
from tests.support import ROOT, Stage, plan_text

pytestmark = pytest.mark.thorough

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
AXE = ROOT / "node_modules/axe-core/axe.min.js"
PLAN = "2026-01-02-shop"

# Runs in the browser: what axe-core finds, as one line for each element.
FIND = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.flatMap(v => v.nodes.map(
        n => `${v.id}: ${n.html} ${n.failureSummary}`));
}"""

View = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium here")
    # Chromium starts no sandbox for root, who is alone in a container.
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=program, args=alone)
        yield launched
        launched.close()


@pytest.fixture
def view(browser: Browser, tmp_path: Path) -> Iterator[View]:
    """Show a plan's page; the test fails when that asks for anything, runs or complains."""
    opened: list[Page] = []
    asked: list[str] = []
    said: list[str] = []
    file = tmp_path / "plan.html"

    def dismiss(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    def show(text: str, width: int = 1200, **options: Any) -> Page:
        file.write_text(page_of(text), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        opened.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", dismiss)
        page.goto(file.as_uri())
        return page

    yield show
    for page in opened:
        page.close()
    assert set(asked) == {file.as_uri()}
    assert said == []


def example() -> str:
    return (ROOT / "skills/plan-worktree/references/example-plan.md").read_text()


def busy() -> str:
    """Return a plan with every state, conflicts, long names, an arrow past a wave, a comment."""
    because = {"api": "it calls what api offers", "ui": "w" * 200}
    stages = (
        Stage("core", name="Core", status="complete", create=("src/core.py",), verify=("make",)),
        Stage("api", ("core",), status="in-progress", modify=("src/core.py", "README.md")),
        Stage("ui", ("core",), name="A user interface " * 4, modify=("README.md", "u/" * 50)),
        Stage("docs", status="blocked", create=("docs/",)),
        Stage("search", ("api", "ui"), modify=("docs/index.md",), extra={"x-because": because}),
        Stage("release-of-everything", ("search", "docs", "core"), name="文書"),
    )
    text = plan_text(PLAN, *stages, status="in-progress")
    return text.replace("## Overview\n", f"## Overview\n\n<!-- {'c' * 200}\nMore. -->\n", 1)


@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("width", (390, 1200))
def test_nothing_is_wider_than_the_window(view: View, width: int, scheme: str) -> None:
    for text in (example(), busy(), hostile("x" * 300)):
        page = view(text, width, color_scheme=scheme)

        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert len(page.screenshot(full_page=True)) > 10_000


def test_the_dark_page_is_dark_and_paper_is_not(view: View) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = view(example(), color_scheme="dark")

    assert page.evaluate(ground) == "rgb(13, 17, 23)"
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


# What is to be read in a box, the widest and the most common letters among it.
WRITTEN = (
    *(letter * 60 for letter in string.ascii_letters + string.digits + ".-/_#%&@+(\"'~ÄÉñßœ"),
    *("Ж" * 60, "щ" * 60, "Ω" * 60, "文" * 60, "한" * 60, "🙂" * 60, "e\u0301" * 60, "א" * 60),
    *("Add Step 0 to using-git-worktrees", "Verschlüsselungsalgorithmusüberprüfung", "\u202e" * 60),
)


def test_names_stay_inside_their_boxes(view: View) -> None:
    plans = (busy(), plan_text(PLAN, *(Stage(f"s{n}", name=t) for n, t in enumerate(WRITTEN))))
    ids = [f"{letter * 40}-{n}" for n, letter in enumerate("mwiMWrnesO")]
    for text in (*plans, plan_text(PLAN, *ids)):
        page = view(text)

        over = page.evaluate("""[...document.querySelectorAll("svg.box")].flatMap(box =>
            [...box.querySelectorAll("text")].filter(text => {
                const drawn = text.getBBox();
                return drawn.x + drawn.width > box.width.baseVal.value - 4;
            }).map(text => text.textContent))""")
        assert over == []


def test_the_keyboard_goes_from_the_top_to_the_plan_and_from_a_box_to_its_stage(
    view: View,
) -> None:
    page = view(busy())
    focused = "document.activeElement.{}"

    page.keyboard.press("Tab")
    assert page.evaluate(focused.format("textContent")) == "Skip to the plan"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.locator(".graph a").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#stage-2")
    assert page.locator("#stage-2").evaluate("s => s.getBoundingClientRect().top") < 900


def test_a_screen_reader_hears_what_a_box_and_a_tick_say(view: View) -> None:
    page = view(busy())

    assert page.get_by_role("link", name="api: Api; in-progress; wave 2; needs core").count() == 1
    because = "it calls what api offers"
    assert page.get_by_role("listitem").filter(has_text=f"api: {because}").count() == 1
    assert page.get_by_role("img", name="to do:").count() > 5
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("table").count() >= 3
    assert page.get_by_role("rowheader", name="core").count() >= 1


@pytest.mark.parametrize("evil", EVIL)
def test_a_hostile_plan_starts_nothing_and_loads_nothing(view: View, evil: str) -> None:
    page = view(hostile(evil))

    page.locator("a[href^='#']").first.focus()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.querySelectorAll('iframe, object, embed, link').length") == 0


def test_the_policy_stops_what_a_mistake_would_let_in(browser: Browser, tmp_path: Path) -> None:
    evil = (
        "<script>document.title = 'run'</script><style>h1 { color: red }</style>"
        "<img src=x onerror=\"document.title = 'run'\"><p style='color: red' id=p>x</p>"
    )
    file = tmp_path / "plan.html"
    file.write_text(page_of(example()).replace("<main", f"{evil}<main"))
    page = browser.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.failure or ""))

    page.goto(file.as_uri())

    assert page.title() != "run"
    assert page.evaluate("getComputedStyle(p).color") != "rgb(255, 0, 0)"
    assert page.locator("h1").evaluate("h => getComputedStyle(h).color") != "rgb(255, 0, 0)"
    assert failed == ["csp"]
    page.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not here: npm install --no-save axe-core")
@pytest.mark.parametrize("scheme", ("light", "dark"))
@pytest.mark.parametrize("width", (390, 1200))
def test_axe_finds_nothing(view: View, width: int, scheme: str) -> None:
    for text in (example(), busy(), *(hostile(evil) for evil in EVIL[:4])):
        page = view(text, width, color_scheme=scheme)
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND) == []
