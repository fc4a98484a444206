"""JSON and its places: the standard library decides both what is JSON and where a value ends."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan_worktree.plan.text.jsontext import JsonProblem, Pointer, locate, parse

BLANK = st.text(st.sampled_from(" \t\n\r"), max_size=2)
KEYS = st.one_of(
    st.sampled_from(["", "a", "b", "stages", "é", '"', "\\", "{", "a,b", "\u2028", "\n"]),
    st.text(max_size=3),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    KEYS,
)
DEEPEST = 6


@st.composite
def texts(draw: st.DrawFn, depth: int = 4, *, repeats: bool = False) -> str:
    """Write a JSON text, with blanks wherever they may be and either spelling of strings."""
    kind = draw(st.sampled_from("sssao" if depth else "s"))
    blank = [draw(BLANK) for _ in range(4)]
    if kind == "s":
        text = json.dumps(draw(SCALARS), ensure_ascii=draw(st.booleans()))
        return blank[0] + text + blank[1]
    inner = texts(depth - 1, repeats=repeats)
    if kind == "a":
        return f"{blank[0]}[{','.join(draw(st.lists(inner, max_size=3))) or blank[1]}]{blank[2]}"
    keys = draw(st.lists(KEYS, max_size=3, unique=not repeats))
    members = (
        f"{draw(BLANK)}{json.dumps(key, ensure_ascii=draw(st.booleans()))}{draw(BLANK)}:"
        f"{draw(inner)}"
        for key in keys
    )
    return f"{blank[0]}{{{','.join(members) or blank[1]}}}{blank[2]}"


def pointers(value: Any, pointer: Pointer = ()) -> dict[Pointer, Any]:
    """Return every part of a value by its pointer, as deep as places are kept."""
    found = {pointer: value}
    if len(pointer) < DEEPEST:
        pairs: Any = value.items() if isinstance(value, dict) else ()
        for key, part in enumerate(value) if isinstance(value, list) else pairs:
            found |= pointers(part, (*pointer, key))
    return found


def same(one: object, other: object) -> bool:
    return json.dumps(one) == json.dumps(other)


@given(texts())
def test_every_value_is_located_from_its_first_character_to_its_last(text: str) -> None:
    places = locate(text)
    parts = pointers(parse(text).value)
    assert places.values.keys() == places.ends.keys() == parts.keys()
    for pointer, part in parts.items():
        value, end = json.JSONDecoder().raw_decode(text, places.values[pointer])
        assert same(value, part)
        assert places.ends[pointer] == end


@given(texts())
def test_every_key_is_located_at_its_quote(text: str) -> None:
    places = locate(text)
    parts = pointers(parse(text).value)
    named = {pointer for pointer in parts if pointer and isinstance(pointer[-1], str)}
    assert places.keys.keys() == named
    for pointer in named:
        offset = places.keys[pointer]
        assert json.JSONDecoder().raw_decode(text, offset)[0] == pointer[-1]


@given(texts(repeats=True))
def test_the_last_of_a_repeated_key_is_the_one_that_counts(text: str) -> None:
    places = locate(text)
    for pointer, part in pointers(parse(text).value).items():
        value, _ = json.JSONDecoder().raw_decode(text, places.values[pointer])
        assert same(value, part)


@given(texts(repeats=True))
def test_keys_are_repeated_exactly_when_an_object_has_more_members_than_names(text: str) -> None:
    repeated = False

    def pairs(members: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        repeated |= len(members) != len(dict(members))
        return dict(members)

    json.loads(text, object_pairs_hook=pairs)
    assert parse(text).has_repeated_keys is repeated
    assert bool(locate(text).repeated) is repeated


def test_each_repetition_of_a_key_is_found_with_the_place_of_the_first() -> None:
    text = '{"a": 1, "b": {"c": 2, "\\u0063": 3}, "a": 4, "a": 5}'
    assert locate(text).repeated == [
        (("b", "c"), text.index('"c"'), text.index('"\\u0063"')),
        (("a",), 1, text.index('"a": 4')),
        (("a",), 1, text.index('"a": 5')),
    ]


def test_two_objects_under_a_repeated_key_do_not_repeat_each_others_keys() -> None:
    text = '{"a": {"b": 1}, "a": {"b": 2}}'
    assert [pointer for pointer, *_ in locate(text).repeated] == [("a",)]


def test_places_are_kept_six_levels_deep() -> None:
    found = locate("[" * 8 + "0" + "]" * 8).values
    assert (0,) * 6 in found
    assert (0,) * 7 not in found


def problem(text: str) -> tuple[int, str]:
    with pytest.raises(JsonProblem) as caught:
        parse(text)
    return caught.value.offset, caught.value.message


@pytest.mark.parametrize("word", ("NaN", "Infinity", "-Infinity"))
def test_numbers_that_json_does_not_have_are_refused_where_they_stand(word: str) -> None:
    text = f'{{"{word}": [1, "{word}",\n {word}]}}'
    assert problem(text) == (text.rindex(word), f"{word} is not JSON: use a number or null")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    (
        ('{"a": 1,}', 7, "a comma before a closing bracket: remove the comma"),
        ('{"a": [1, 2, \n]}', 11, "a comma before a closing bracket: remove the comma"),
        ("{'a': 1}", 1, "JSON strings take double quotes, not single ones"),
        ("{\"a\": 'b'}", 6, "JSON strings take double quotes, not single ones"),
        ('{"a": 1 // why\n}', 8, "JSON has no comments: remove it"),
        ('{ # why\n"a": 1}', 2, "JSON has no comments: remove it"),
        ('{"a": /* why */ 1}', 6, "JSON has no comments: remove it"),
        ('{"a": 1\n "b": 2}', 7, "a comma is missing here"),
        ('["a" "b"]', 4, "a comma is missing here"),
        ("[{} {}]", 3, "a comma is missing here"),
        ("[[] []]", 3, "a comma is missing here"),
        ("", 0, "the metadata block is empty"),
        (" \n\t\n", 4, "the metadata block is empty"),
        ('{"a": [1, 2]\n\n', 12, "the metadata ends here, but a bracket or brace is still open"),
        ('{"a": ', 5, "the metadata ends here, but a bracket or brace is still open"),
        ('{"a" 1}', 5, "not JSON here: expecting ':' delimiter"),
        ('{"a": }', 6, "not JSON here: expecting value"),
        ('{"a": True}', 6, "not JSON here: expecting value"),
        ("{} {}", 3, "not JSON here: extra data"),
        ('{"a": "b\nc"}', 8, "not JSON here: invalid control character at"),
        ('{"a": "\\x"}', 7, "not JSON here: invalid \\escape"),
    ),
)
def test_a_fault_is_explained_and_located(text: str, offset: int, message: str) -> None:
    found = problem(text)
    assert found[0] == offset
    assert found[1].startswith(message)


def test_a_number_too_long_to_be_read_is_a_problem() -> None:
    message = problem(f'{{"a": {"7" * 5000}}}')[1]
    assert message.startswith("a number is too long to be read (Exceeds the limit (4300 digits)")


@pytest.mark.parametrize("bracket", ("[", '{"a":', '[{"a":'))
def test_nesting_beyond_all_measure_is_a_problem_and_no_crash(bracket: str) -> None:
    start = time.process_time()
    assert problem(bracket * 100_000) == (0, "nested far deeper than a plan's metadata can be")
    assert time.process_time() - start < 30


def test_the_places_of_deep_nesting_take_no_recursion() -> None:
    start = time.process_time()
    text = "[" * 100_000 + "]" * 100_000
    assert locate(text).ends[()] == len(text)
    assert time.process_time() - start < 30


def refused(word: str) -> None:
    raise ValueError(word)


@given(st.text(st.sampled_from("{}[]:,\"\\/ \n\tau019.-+eE'#NI\ud800é"), max_size=30))
@example("[NaN]")
@example('{"\\ud800": 1e999}')
def test_any_text_is_parsed_or_refused_at_a_place_inside_it(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=refused)
    except ValueError:
        offset, message = problem(text)
        assert 0 <= offset <= len(text)
        assert message
    else:
        assert same(parse(text).value, expected)
