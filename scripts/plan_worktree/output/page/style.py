"""The page's style sheet. It names no address, and the page's policy allows this one sheet alone.

Every text has a contrast of at least 4.5 to 1 with what lies behind it, every border that means
something 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11); a test computes it from the colours below.
"""

from __future__ import annotations

# By name: the colour in the light, and in the dark.
COLOURS = {
    "page": ("#ffffff", "#0d1117"),
    "ink": ("#1c2128", "#e6edf3"),
    "quiet": ("#57606a", "#9da7b3"),
    "line": ("#d0d7de", "#3d444d"),
    "edge": ("#6e7781", "#8b949e"),
    "link": ("#0550ae", "#79b8ff"),
    "code": ("#f3f5f7", "#1a2029"),
    "ask": ("#fff8e0", "#2a2208"),
    "waiting": ("#eef0f2", "#20262d"),
    "waiting-ink": ("#424a53", "#c3ccd5"),
    "waiting-edge": ("#6e7781", "#8b949e"),
    "ready": ("#ddf0ff", "#10294a"),
    "ready-ink": ("#0a3d7a", "#a5d0ff"),
    "ready-edge": ("#0969da", "#58a6ff"),
    "in-progress": ("#fff4cc", "#352800"),
    "in-progress-ink": ("#5c3d00", "#f2cc60"),
    "in-progress-edge": ("#9a6700", "#d29922"),
    "complete": ("#dafbe1", "#0c2d16"),
    "complete-ink": ("#0b4f1f", "#7ee2a0"),
    "complete-edge": ("#1a7f37", "#3fb950"),
    "merged": ("#f0e5ff", "#2a1a4a"),
    "merged-ink": ("#4b1d96", "#d8bfff"),
    "merged-edge": ("#8250df", "#a371f7"),
    "blocked": ("#ffe5e3", "#3f1214"),
    "blocked-ink": ("#86101a", "#ffaba6"),
    "blocked-edge": ("#cf222e", "#f85149"),
}

# Of these the bar shows as much as is left, in pale colours.
_AHEAD = ("waiting", "ready")
_STATES = ("waiting", "ready", "in-progress", "complete", "merged", "blocked")

_RULES = """
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer, nav { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.6em 0 .5em; overflow-wrap: anywhere; }
h1 { font-size: 1.8rem; margin: 1.2rem 0 .6rem; }
h2 { font-size: 1.35rem; padding-bottom: .25em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; } h4 { font-size: 1rem; } h5, h6 { font-size: .95rem; }
p, ul, ol, pre, blockquote, dl { margin: .6em 0; }
p, li, dd { overflow-wrap: anywhere; }
main p, main li { max-width: 80ch; }
li > p { margin: .3em 0; }
ul, ol { padding-left: 1.6em; }
.fields { white-space: pre-line; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; background: var(--page); padding: .5rem 1rem; }
.skip:focus { left: 1rem; top: .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; padding: 0; list-style: none; }
nav a, td a, th a, dd a { display: inline-block; min-height: 1.5rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: .9em; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .8em 1em; border-radius: 6px; tab-size: 4;
  white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { padding: 0; }
.raw, .comment, .no-link, .name, .quiet, caption, dt { color: var(--quiet); }
.raw { background: none; border: 1px dashed var(--edge); }
.comment { font-size: .85em; white-space: pre-line; }
blockquote { border-left: 4px solid var(--line); padding-left: 1em; margin-left: 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.6em 0; }
.task { list-style: none; position: relative; }
.task > .box { position: absolute; left: -1.5em; }
.wide { overflow-x: auto; margin: .8em 0; }
table { border-collapse: collapse; font-size: .95em; }
caption { text-align: left; padding: .3em 0; }
th, td { border: 1px solid var(--line); padding: .35em .6em; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
thead th { background: var(--code); }
td code, th code { overflow-wrap: break-word; font-weight: 400; }
.name { font-weight: 400; display: block; }
.matrix th, .matrix td { text-align: center; white-space: nowrap; }
.matrix tbody th { text-align: left; }
.matrix thead span { writing-mode: vertical-rl; text-orientation: mixed; }
.matrix .same { background: var(--line); }
.unsafe, .unsafe th, .unsafe td { background: var(--blocked); color: var(--blocked-ink); }
.unsafe code { background: none; }
.unsafe a { color: inherit; }
.change { white-space: nowrap; color: var(--quiet); }
.unsafe .change { color: inherit; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.6rem; }
.facts > div { display: flex; gap: .5em; }
.facts dd { margin: 0; min-width: 0; }
.needs { margin: 0; padding: 0; list-style: none; }
.chip { display: inline-block; border: 1px solid; border-radius: 1em; padding: 0 .6em;
  font-size: .9em; white-space: nowrap; }
.remark { display: inline-block; font-size: .9em; margin-right: .4em; }
.counts { display: flex; flex-wrap: wrap; gap: .3rem 1rem; padding: 0; list-style: none; }
.bar { display: block; width: 100%; height: .8rem; border: 1px solid var(--edge);
  border-radius: 4px; }
.questions { border-left: 5px solid var(--in-progress-edge); background: var(--ask);
  padding: .1rem 1rem; border-radius: 0 6px 6px 0; margin: 1rem 0; }
.questions h2 { border: 0; margin-top: .6em; }
.stage { border-top: 3px solid var(--line); margin-top: 2.2rem; }
.stage > hr:last-child { display: none; }
.stage:target { border-top-color: var(--link); }
svg.graph { display: block; }
.graph text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.graph .id { font-weight: 600; font-size: 14px; }
.graph .wave { fill: var(--quiet); }
.graph .arrow { fill: none; stroke: var(--edge); stroke-width: 1.5; marker-end: url(#arrow); }
marker path { fill: var(--edge); }
.box rect { stroke-width: 1.5; }
.graph a:hover rect, .graph a:focus rect { stroke-width: 3; }
footer { margin-top: 3rem; padding-bottom: 2rem; }
details { margin: 1rem 0; }
"""

_PRINT = """
@media (max-width: 30rem) {
  body { font-size: .95rem; }
  h1 { font-size: 1.45rem; } h2 { font-size: 1.2rem; }
  th, td { padding: .3em .4em; }
}
@media print {
  nav, .skip { display: none; }
  header, main, footer { max-width: none; padding: 0; }
  .wide { overflow: visible; }
  svg.graph { max-width: 100%; height: auto; }
  h1, h2, h3, h4, h5, h6 { break-after: avoid; }
  tr, pre, .facts, .graph { break-inside: avoid; }
  main a[href^="http"]::after { content: " (" attr(href) ")"; }
  .chip, .bar, .graph, .questions, td, th { print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
}
"""


def style_sheet() -> str:
    """Return the whole sheet."""
    light, dark = (
        "".join(f"--{name}:{both[which]};" for name, both in COLOURS.items()) for which in (0, 1)
    )
    states = "".join(
        f".chip.s-{s}{{background:var(--{s});color:var(--{s}-ink);border-color:var(--{s}-edge)}}"
        f".s-{s} rect{{fill:var(--{s});stroke:var(--{s}-edge)}}.s-{s} text{{fill:var(--{s}-ink)}}"
        f".bar rect.s-{s}{{fill:var(--{s}{'' if s in _AHEAD else '-edge'});stroke:none}}\n"
        for s in _STATES
    )
    # Paper is light, whatever the screen is.
    schemes = f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}"
    return f"{schemes}color-scheme:dark}}}}{_RULES}{states}{_PRINT}"
