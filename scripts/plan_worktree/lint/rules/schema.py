"""PW1: the metadata against its JSON Schema, one function a code.

jsonschema finds the faults; each keyword's fault is put into words here, because its own
messages quote whole values. Nothing is ever fetched: the schema has only local references.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unicodedata import category

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.subject import Subject, suggestion
from plan_worktree.plan.text.jsontext import Pointer
from plan_worktree.resources import PLAN_SCHEMA, resource

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_TYPES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_NAMES = {"object": "an object", "array": "an array", "string": "a string"}

_EXPECTED = {
    "plan_id": 'must be a date and a slug, such as "2026-01-15-notes-search"',
    "created": 'must be a calendar date, such as "2026-01-15"',
    "id": "must be ASCII letters, digits, - and _, beginning and ending with a letter or digit",
}


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # only when a check runs: it costs 40 ms

    schema = json.loads(resource(PLAN_SCHEMA).read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def schema_findings(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for every fault the schema finds."""
    seen: set[tuple[Pointer, str]] = set()
    for error in _validator().iter_errors(subject.metadata.value):
        pointer = tuple(error.absolute_path)
        keyword = str(error.validator)
        word = _KEYWORDS.get(keyword, bad_value)
        # One keyword can report a value more than once, and two keywords the same bad value.
        if (pointer, word.__name__) not in seen:
            seen.add((pointer, word.__name__))
            yield from word(subject, pointer, error)


def missing_property(
    subject: Subject, pointer: Pointer, error: ValidationError
) -> Iterator[Diagnostic]:
    """PW101: a property the schema requires is not there."""
    for name in _list(error.validator_value):
        if name not in _object(error):
            near = suggestion(name, _unknown(error))
            found = f"; is {near[15:-1]} meant to be it?" if near else ""
            yield subject.at("PW101", f'{_what(pointer)} lacks "{name}"{found}', *pointer)


def wrong_type(subject: Subject, pointer: Pointer, error: ValidationError) -> Iterator[Diagnostic]:
    """PW102: a value has another JSON type than the schema says."""
    wanted = _NAMES[str(error.validator_value)]
    found = _TYPES[type(error.instance)]
    yield subject.at("PW102", f"{_what(pointer)} must be {wanted}, not {found}", *pointer)


def unknown_property(
    subject: Subject, pointer: Pointer, error: ValidationError
) -> Iterator[Diagnostic]:
    """PW103: a property the schema does not know; ``x-`` ones are free."""
    present = _object(error)
    candidates = [name for name in _known(error) if name not in present]
    for name in _unknown(error):
        near = suggestion(name, candidates)
        advice = near or "; remove it, or call it x-… when it is yours"
        message = f'{_what(pointer)} has an unknown property "{name}"{advice}'
        yield subject.at("PW103", message, *pointer, name, key=True)


def bad_value(subject: Subject, pointer: Pointer, error: ValidationError) -> Iterator[Diagnostic]:
    """PW104: a value of the right type that the schema does not allow."""
    value, what = error.instance, _what(pointer)
    if error.validator == "enum":
        allowed = [str(choice) for choice in _list(error.validator_value)]
        near = suggestion(str(value), allowed)
        message = f"{what} must be one of {', '.join(allowed)}, not {_quoted(value)}{near}"
    elif error.validator == "minItems":
        message = f"{what} must hold at least one stage"
    elif error.validator == "maxItems":
        message = f"{what} holds more than {error.validator_value} entries: cut the plan in two"
    elif error.validator == "maxLength":
        message = f"{what} is longer than {error.validator_value} characters"
    elif pointer and pointer[-1] in _EXPECTED:
        message = f"{what} {_EXPECTED[str(pointer[-1])]}, not {_quoted(value)}"
    else:
        message = f"{what} is empty"
    yield subject.at("PW104", message, *pointer)


def invisible_character(subject: Subject) -> Iterator[Diagnostic]:
    """PW104, too: a text holds a character that a reader cannot see, or that is none at all."""
    plan = subject.plan
    texts: list[tuple[Pointer, str]] = [(("author",), plan.author)]
    texts += [(("verify", n), line) for n, line in enumerate(plan.verify)]
    for stage in plan.stages:
        place = ("stages", stage.position)
        texts.append(((*place, "name"), stage.name))
        texts += [((*place, "verify", n), line) for n, line in enumerate(stage.verify)]
    for pointer, text in texts:
        found = next((char for char in text if not char.isprintable() and _is_harmful(char)), None)
        if found and not (found in "\n\t" and "verify" in pointer):
            message = f"{_what(pointer)} contains {found!a}, which nobody can see: remove it"
            yield subject.at("PW104", message, *pointer)


def _is_harmful(char: str) -> bool:
    """Control characters, halves of surrogate pairs, and what turns the direction of text."""
    return category(char) in ("Cc", "Cs") or char in _TURNING


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_KEYWORDS = {
    "required": missing_property,
    "type": wrong_type,
    "additionalProperties": unknown_property,
}


def _what(pointer: Pointer) -> str:
    """Name a place as a person would: ``stage 2's branch``, counting from 1."""
    match pointer:
        case ():
            return "the metadata"
        case ("stages", int(index)):
            return f"stage {index + 1}"
        case ("stages", int(index), str(name)):
            return f'stage {index + 1}: "{name}"'
        case ("stages", int(index), str(name), int(entry)):
            return f'stage {index + 1}: entry {entry + 1} of "{name}"'
        case (str(name), int(entry)):
            return f'entry {entry + 1} of "{name}"'
        case (str(name), *_):
            return f'"{name}"'
    return "the metadata"  # pragma: no cover - the schema has no other places


def _quoted(value: Any) -> str:
    # ascii() because a look-alike letter in an id is the fault a reader cannot see
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _object(error: ValidationError) -> dict[str, object]:
    return error.instance if isinstance(error.instance, dict) else {}


def _known(error: ValidationError) -> list[str]:
    return list(error.schema["properties"]) if isinstance(error.schema, dict) else []


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _unknown(error: ValidationError) -> list[str]:
    known = _known(error)
    return [name for name in _object(error) if name not in known and not name.startswith("x-")]
