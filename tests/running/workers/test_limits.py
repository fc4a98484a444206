"""How long a worker waits where a limit is reached."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.running.workers.limits import wait_for_limit

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "seconds"),
    (
        ("or try again in 2 days 17 hours 14 minutes.", 2 * 86400 + 17 * 3600 + 14 * 60),
        ("Your quota will reset after 2h52m39s.]", 2 * 3600 + 52 * 60 + 39),
        ("try again in 0.5 s", 0.5),
        ("usage limit reached|1795780860", 1795780860 - NOW.timestamp()),
        ("You've hit your limit · resets 1pm (Europe/Lisbon)", 3600),
        ("resets 12:30pm (UTC)", 1800),
        ("resets 11:00 (UTC)", 23 * 3600),
        ("resets at 2am (Asia/Tokyo)", 5 * 3600),
    ),
)
def test_it_waits_as_told(line: str, seconds: float) -> None:
    assert wait_for_limit(("before", line, ""), NOW, 1) == pytest.approx(seconds)


def test_without_a_word_it_waits_longer_each_time() -> None:
    waits = [wait_for_limit(("no",), NOW, times) for times in (1, 2, 3, 50)]
    assert waits == [60, 120, 240, 1800]


@given(st.text(alphabet="resetinafter 0123456789hmsd:|()/pm", max_size=60), st.integers(1, 99))
def test_whatever_is_said_the_wait_is_bounded(line: str, times: int) -> None:
    assert 0 <= wait_for_limit((line,), NOW, times) <= 7 * 86400
