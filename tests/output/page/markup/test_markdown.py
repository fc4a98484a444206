"""Markdown as HTML: what a plan says is text, and its structure is the page's."""

from __future__ import annotations

import pytest

from plan_worktree.output.page.markup.markdown import Rendering
from plan_worktree.plan.text.markdown import parse_state


def rendered(text: str, above: int = 1) -> str:
    state = parse_state(text.rstrip("\n") + "\n")
    return Rendering(state).blocks(state.tokens, above).strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        ("a *b* **c** ~~d~~", "<p>a <em>b</em> <strong>c</strong> <del>d</del></p>"),
        ("a & b &amp; &lt;c&gt;", "<p>a &amp; b &amp; &lt;c&gt;</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("7. a", '<ol start="7">\n<li>a</li>\n</ol>'),
        ("a  \nb", "<p>a<br />\nb</p>"),
        ("---", "<hr />"),
        (
            "**A**: b\n**C**: d",
            '<p class="fields"><strong>A</strong>: b\n<strong>C</strong>: d</p>',
        ),
        ("    indented <b>", "<pre><code>indented &lt;b&gt;</code></pre>"),
        ("[ref]\n\n[ref]: https://a.example/x", '<p><a href="https://a.example/x"'),
    ),
)
def test_markdown_is_what_commonmark_makes_of_it(text: str, shown: str) -> None:
    assert rendered(text).startswith(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        (
            "<script>alert(1)</script>",
            '<pre class="raw">&lt;script&gt;alert(1)&lt;/script&gt;</pre>',
        ),
        ("<!-- hidden -->", '<p class="comment">Comment: hidden</p>'),
        ("<!--\na <b>\n-- c\n-->", '<p class="comment">Comment: a &lt;b&gt;\n-- c</p>'),
        ("- a\n\n  <!-- b -->", '<ul>\n<li><p>a</p>\n<p class="comment">Comment: b</p>'),
        ("<!-- a --> b", '<pre class="raw">&lt;!-- a --&gt; b</pre>'),
        ("<!-- a --><!-- b -->", '<pre class="raw">&lt;!-- a --&gt;&lt;!-- b --&gt;</pre>'),
        ("<!--> a -->", '<pre class="raw">&lt;!--&gt; a --&gt;</pre>'),
        ("<!-->", '<p class="comment">Comment: </p>'),
        ("<!-- a", '<pre class="raw">&lt;!-- a</pre>'),
        ("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>"),
        ("a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>"),
        ("`<i>`", "<p><code>&lt;i&gt;</code></p>"),
        ('```x" onload="y style=z\n<i>\n```', "<pre><code>&lt;i&gt;\n</code></pre>"),
        (
            '![a <b> "c"](http://x/y.png)',
            '<p><span class="no-link">[image: a &lt;b&gt; &quot;c&quot;]',
        ),
        ("![](x)", '<p><span class="no-link">[image: without a description]</span></p>'),
    ),
)
def test_html_code_and_images_are_text(text: str, shown: str) -> None:
    assert rendered(text).startswith(shown)


@pytest.mark.parametrize(
    "url",
    (
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:x", "java%0ascript:x"),
        *("data:text/html,x", "vbscript:x", "file:///etc/passwd", "//host/x", "mailto:a@b.example"),
        *("../README.md", "README.md", "/x", "?q", "#", "http:x", "https:", "http:///x", "blob:x"),
    ),
)
def test_a_link_to_anything_but_the_web_or_the_page_is_none(url: str) -> None:
    for text in (
        f"[x]({url})",
        f"[x](<{url}>)",
        f"[x]\n\n[x]: {url}",
        f"<{url}>",
        f"[x]({url} 'y')",
    ):
        assert "<a" not in rendered(text), text


def test_a_link_to_the_web_says_where_it_leads_when_it_has_no_words() -> None:
    assert rendered("[](https://a.example/?b=c&d)") == (
        '<p><a href="https://a.example/?b=c&amp;d" rel="noopener noreferrer">'
        "https://a.example/?b=c&amp;d</a></p>"
    )


def test_a_url_cannot_leave_its_attribute() -> None:
    shown = rendered('[x](<https://a.example/" onclick="y>)')

    assert 'href="https://a.example/%22%20onclick=%22y"' in shown


def test_a_link_to_a_heading_finds_it() -> None:
    shown = rendered(
        "## What's *new*?\n\n## What's new?\n\n[one](#whats-new), [other](#whats-new-1)"
    )

    assert '<h2 id="text-whats-new">' in shown
    assert '<h2 id="text-whats-new-1">' in shown
    assert 'href="#text-whats-new"' in shown
    assert 'href="#text-whats-new-1"' in shown


def test_headings_leave_out_no_level_and_are_never_the_pages_title() -> None:
    shown = rendered("##### deep\n\n# top\n\n#### under\n\n#")

    assert [line[:3] for line in shown.split("\n")] == ["<h2", "<h2", "<h3", "<h2"]
    assert "(an empty heading)" in shown


def test_boxes_of_a_list_say_whether_they_are_ticked() -> None:
    shown = rendered("- [ ] open\n- [x] done\n- none\n\n1. [X] loose\n\n2. x")

    assert shown.count('aria-label="to do:"') == 1
    assert shown.count('aria-label="done:"') == 2
    assert "[ ]" not in shown
    assert "<input" not in shown


def test_a_heading_behind_another_part_keeps_ids_apart() -> None:
    state = parse_state("# A\n\n# A\n")
    rendering = Rendering(state)

    shown = [rendering.blocks([token], 1) for token in state.tokens]

    assert 'id="text-a"' in shown[0]
    assert 'id="text-a-1"' in "".join(shown[1:])


def test_what_was_parsed_is_not_changed() -> None:
    state = parse_state("- [ ] a\n\n| a | b |\n|---|---|\n| c | d |\n")
    before = repr(state.tokens)

    rendered("- [ ] a\n\n| a | b |\n|---|---|\n| c | d |\n")

    assert repr(state.tokens) == before
