"""A plan that tries to be more than text, wherever a plan can have any."""

from __future__ import annotations

from tests.support import Stage, plan_text

NAME = "2026-01-02-shop"

EVIL = (
    "<script>fetch('http://evil.example/')</script>",
    '"><img src=x onerror=alert(1)>',
    "'\" onfocus=alert(1) autofocus x='",
    "</title></style></svg></pre><script>alert(1)</script>",
    "</style><style>@import url(http://evil.example/)</style>",
    "[x](javascript:alert(1)) ![y](http://evil.example/y.png)",
    "<svg onload=alert(1)><use href='http://evil.example/#x'/></svg>",
    "<!--><script>alert(1)</script>-->",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#x3c;b&#x3e;",
    "a\u202eb\u2066c\u200bd",
    "\x1b]0;owned\x07",
    "{{constructor}} ${7*7} `x`",
)


def hostile(evil: str) -> str:
    """Return a plan that has a text wherever a plan can have any."""
    stage = Stage("core", name=evil, verify=(evil,), create=(f"src/{evil}",), extra={"x-a": evil})
    text = plan_text(NAME, stage, Stage("api", ("core",)), author=evil, base=evil)
    places = (f"## {evil}\n", f"- [ ] {evil}\n", f"| {evil} | b |\n|---|---|\n| {evil} | d |\n")
    more = (f"```{evil.replace('`', '')}\n{evil}\n```\n", f"> {evil}\n", f"{evil}\n", f"`{evil}`\n")
    links = (f"[{evil}](<{evil}>)\n", f"![{evil}](<{evil}>)\n", f'[x](http://a.example "{evil}")\n')
    body = "\n".join((*places, *more, *links))
    titled = text.replace(NAME, f"{NAME} {evil}", 1)
    return titled.replace("## Overview\n", f"## Overview\n\n{body}")
