"""One JSON object on stdout, for programs. Each kind has a JSON Schema in ``schemas/``."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

VERSION = 1


def emit(kind: str, fields: Mapping[str, object]) -> None:
    """Write the object of a kind. Non-ASCII is escaped, so no value can drive a terminal."""
    click.echo(json.dumps({"kind": kind, "version": VERSION, **fields}, indent=2))
