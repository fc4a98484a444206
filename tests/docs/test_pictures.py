"""README's pictures show what is seen now."""

from __future__ import annotations

import html
import re
import tempfile
from pathlib import Path

import pytest

from tests.docs.pictures import FOLDER, PICTURES, pictures
from tests.docs.session import README, steady


def words(svg: str) -> list[str]:
    """Return what is written in a picture, a line each."""
    found = re.findall(r'y="([\d.]+)"[^>]*>([^<]+)</text>', svg)
    lines: dict[str, str] = {}
    for height, text in found:
        lines[height] = lines.get(height, "") + html.unescape(text).replace("\xa0", " ")
    return [" ".join(steady(line).split()) for line in lines.values()]


@pytest.mark.thorough
def test_the_pictures_show_what_is_seen_now() -> None:
    with tempfile.TemporaryDirectory() as name:  # the path of a test would be too long a line
        made = pictures(Path(name).resolve())
    assert set(made) == set(PICTURES)
    for kind, svg in made.items():
        assert words(svg) == words((FOLDER / f"{kind}.svg").read_text())
    assert any("export in-progress" in line for line in words(made["status"]))
    assert "search and export: notes/text.py (add/add)" in words(made["conflicts"])


def test_a_picture_fetches_nothing() -> None:
    for kind in PICTURES:
        svg = (FOLDER / f"{kind}.svg").read_text()
        assert not re.search(r"url\(\s*['\"]?(?!#)|@import|<image|href=", svg)
        assert f"(.github/{kind}.svg)" in README.read_text()
