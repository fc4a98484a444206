"""How long to wait where an agent says that a limit is reached: as told, else longer each time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_ONE = r"(\d+(?:\.\d+)?) ?(d|h|m|s)[a-z]*"
_ONE_SPAN = re.compile(_ONE, re.IGNORECASE)
# "try again in 2 days 17 hours", "will reset after 2h52m39s".
_SPAN = re.compile(rf"\b(?:in|after) ((?:{_ONE}(?:,? (?:and )?)?)+)", re.IGNORECASE)
# "usage limit reached|1766502000": seconds since 1970.
_MOMENT = re.compile(r"\|(\d{10})\b")
# "resets 1:30pm (Europe/Lisbon)".
_CLOCK = re.compile(
    r"\bresets? (?:at )?(\d{1,2})(?::(\d\d))? ?(am|pm)?(?: \(([\w/+-]+)\))?", re.IGNORECASE
)
_LONGEST = 7 * 86400.0
# Where nothing is told: the first wait and the longest, in seconds.
_FIRST, _MOST = 60.0, 1800.0


def wait_for_limit(lines: Sequence[str], now: datetime, times: int) -> float:
    """Return for how many seconds to wait, by an agent's last lines.

    `now` has a time zone. `times` is how often in a row the limit was reached, from 1.
    """
    for line in reversed(lines):
        told = _told(line, now)
        if told is not None:
            return min(max(told, 0.0), _LONGEST)
    return min(_FIRST * 2.0 ** min(times - 1, 10), _MOST)


def _told(line: str, now: datetime) -> float | None:
    if span := _SPAN.search(line):
        parts = _ONE_SPAN.findall(span[1])
        return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)
    if moment := _MOMENT.search(line):
        return int(moment[1]) - now.timestamp()
    clock = _CLOCK.search(line)
    return _until(clock, now) if clock else None


def _until(clock: re.Match[str], now: datetime) -> float | None:
    """Return the seconds until a time of the day, None for one that does not exist."""
    hour, minute, half = int(clock[1]), int(clock[2] or 0), (clock[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    here = now.astimezone(_zone(clock[4]))
    then = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (then - here).total_seconds() % timedelta(days=1).total_seconds()


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # nobody here knows it: then the local one
        return None
