"""Whoever waits hears news, and nothing twice in a row."""

from __future__ import annotations

from plan_worktree.state.waiting import News


def test_a_line_is_news_when_it_differs_from_the_one_before() -> None:
    said = list[str]()
    news = News(said.append)

    for line in ("a", "a", "b", "a", "", "a"):
        news(line)

    assert said == ["a", "b", "a", "a"]


def test_lines_with_the_same_gist_are_the_same() -> None:
    said = list[str]()
    news = News(said.append)

    for line, gist in (("away after 1 s", "away"), ("away after 2 s", "away"), ("here", "")):
        news(line, gist)

    assert said == ["away after 1 s", "here"]
