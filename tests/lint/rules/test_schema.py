"""PW1: what the schema refuses, in words, at the place that must change."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from tests.lint.plans import PLAN_ID, block, findings, plan
from tests.support import ROOT, Stage


def test_a_complete_block_has_no_finding() -> None:
    assert findings(block(), "PW0", "PW1", "PW2", "PW3") == []


def test_a_whole_plan_has_no_finding() -> None:
    assert findings(plan("api", "ui:api", Stage("docs", verify=("make docs",))), "PW") == []


@pytest.mark.parametrize(
    "edit",
    (
        ('"author": "Ada",', '"author": "Ada", "base": "release/1.0", "$schema": "urn:x",'),
        ('"author": "Ada",', '"author": "Ada", "x-ticket": {"any": [1, null]}, "x-": [],'),
        ('"depends_on": []', '"verify": ["make"], "x-size": 3'),
        ('"author": "Ada",', '"author": "Ada", "verify": ["make check"],'),
        ('"id": "api"', '"id": "A_p-1"'),
        ('"id": "api"', '"id": "7"'),
        ('"id": "api"', f'"id": "{"a" * 64}"'),
        (PLAN_ID + '",\n  "created', '2026-01-02-a-b-2c",\n  "created'),
        ('"created": "2026-01-02"', '"created": "2024-02-29"'),
        ('"status": "draft"', '"status": "in-progress"'),
        ('"status": "not-started"', '"status": "blocked"'),
        ('"name": "The API"', '"name": "é"'),
        (',\n      "depends_on": []', ""),
    ),
)
def test_what_the_format_allows_is_no_finding(edit: tuple[str, str]) -> None:
    assert findings(block(edit), "PW0", "PW1") == []


@pytest.mark.parametrize(
    ("edit", "expected"),
    (
        (('  "author": "Ada",\n', ""), ['2:1 PW101 the metadata lacks "author"']),
        (
            ('      "branch": ', '      "x-branch": '),
            ['8:5 PW101 stage 1 lacks "branch"'],
        ),
        (
            ('"author": "Ada"', '"autor": "Ada"'),
            [
                '2:1 PW101 the metadata lacks "author"; is "autor" meant to be it?',
                '5:3 PW103 the metadata has an unknown property "autor"; did you mean "author"?',
            ],
        ),
        (
            ('"worktree_path"', '"worktree"'),
            [
                '8:5 PW101 stage 1 lacks "worktree_path"; is "worktree" meant to be it?',
                (
                    '12:7 PW103 stage 1 has an unknown property "worktree"; '
                    'did you mean "worktree_path"?'
                ),
            ],
        ),
        (
            ('"id": "api",\n      "name": "The API",\n', ""),
            ['8:5 PW101 stage 1 lacks "id"', '8:5 PW101 stage 1 lacks "name"'],
        ),
    ),
)
def test_a_missing_property_is_reported_at_the_object_that_lacks_it(
    edit: tuple[str, str], expected: list[str]
) -> None:
    assert findings(block(edit), "PW1") == expected


@pytest.mark.parametrize(
    ("edit", "expected"),
    (
        (('"author": "Ada"', '"author": null'), '5:13 PW102 "author" must be a string, not null'),
        (
            ('"author": "Ada"', '"author": 1.5'),
            '5:13 PW102 "author" must be a string, not a number',
        ),
        (
            ('"id": "api"', '"id":  17'),
            '9:14 PW102 stage 1: "id" must be a string, not a number',
        ),
        (
            ('"depends_on": []', '"depends_on": "db"'),
            '14:21 PW102 stage 1: "depends_on" must be an array, not a string',
        ),
        (
            ('"depends_on": []', '"depends_on": ["db", true]'),
            '14:28 PW102 stage 1: entry 2 of "depends_on" must be a string, not true or false',
        ),
        (
            ('"depends_on": []', '"verify": [{}]'),
            '14:18 PW102 stage 1: entry 1 of "verify" must be a string, not an object',
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "base": ["main"]'),
            '5:28 PW102 "base" must be a string, not an array',
        ),
        (
            ("\n  ]", ", 7\n  ]"),
            "15:8 PW102 stage 2 must be an object, not a number",
        ),
    ),
)
def test_a_wrong_type_is_reported_at_the_value(edit: tuple[str, str], expected: str) -> None:
    assert findings(block(edit), "PW1") == [expected]


@pytest.mark.parametrize("value", ("[]", "7", '"text"', "null"))
def test_a_block_that_is_no_object_is_one_finding(value: str) -> None:
    what = {"[]": "an array", "7": "a number", '"text"': "a string", "null": "null"}[value]
    assert findings(f"```json metadata\n{value}\n```\n", "PW1") == [
        f"2:1 PW102 the metadata must be an object, not {what}"
    ]


@pytest.mark.parametrize(
    ("edit", "expected"),
    (
        (
            ('"depends_on"', '"depend_on"'),
            '14:7 PW103 stage 1 has an unknown property "depend_on"; did you mean "depends_on"?',
        ),
        (
            ('"depends_on"', '"Depends_on"'),
            '14:7 PW103 stage 1 has an unknown property "Depends_on"; did you mean "depends_on"?',
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "zzz": 1'),
            (
                '5:20 PW103 the metadata has an unknown property "zzz"; '
                "remove it, or call it x-… when it is yours"
            ),
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "Author": 1'),
            (
                '5:20 PW103 the metadata has an unknown property "Author"; '
                "remove it, or call it x-… when it is yours"
            ),
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "X-ticket": 1'),
            (
                '5:20 PW103 the metadata has an unknown property "X-ticket"; '
                "remove it, or call it x-… when it is yours"
            ),
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "\\u001b[2J\\u200b": 1'),
            (
                '5:20 PW103 the metadata has an unknown property "\\x1b[2J\\u200b"; '
                "remove it, or call it x-… when it is yours"
            ),
        ),
    ),
)
def test_an_unknown_property_is_reported_at_its_key_with_what_mends_it(
    edit: tuple[str, str], expected: str
) -> None:
    assert findings(block(edit), "PW1") == [expected]


PLAN_ID_IS = '"plan_id" must be a date and a slug, such as "2026-01-15-notes-search", not '
DATE_IS = '"created" must be a calendar date, such as "2026-01-15", not '
ID_IS = (
    'stage 1: "id" must be ASCII letters, digits, - and _, beginning and ending with a letter '
    "or digit, not "
)
STAGE_STATUS_IS = (
    'stage 1: "status" must be one of not-started, in-progress, blocked, complete, not '
)
PLAN_STATUS_IS = '"status" must be one of draft, approved, in-progress, complete, abandoned, not '


@pytest.mark.parametrize(
    ("edit", "expected"),
    (
        ((f'"plan_id": "{PLAN_ID}"', '"plan_id": "notes"'), f"3:14 PW104 {PLAN_ID_IS}'notes'"),
        ((f'"plan_id": "{PLAN_ID}"', '"plan_id": ""'), f"3:14 PW104 {PLAN_ID_IS}''"),
        (
            (f'"plan_id": "{PLAN_ID}"', '"plan_id": "2026-01-02-a\\n"'),
            f"3:14 PW104 {PLAN_ID_IS}'2026-01-02-a\\n'",
        ),
        (
            (f'"plan_id": "{PLAN_ID}"', '"plan_id": "2026-01-02-../../x"'),
            f"3:14 PW104 {PLAN_ID_IS}'2026-01-02-../../x'",
        ),
        (
            (f'"plan_id": "{PLAN_ID}"', f'"plan_id": "2026-01-02-{"a" * 90}"'),
            '3:14 PW104 "plan_id" is longer than 100 characters',
        ),
        (('d": "2026-01-02"', 'd": "2026-02-30"'), f"4:14 PW104 {DATE_IS}'2026-02-30'"),
        (('d": "2026-01-02"', 'd": "20260102"'), f"4:14 PW104 {DATE_IS}'20260102'"),
        (('d": "2026-01-02"', 'd": "2026-W01-5"'), f"4:14 PW104 {DATE_IS}'2026-W01-5'"),
        (
            ('"status": "draft"', '"status": "darft"'),
            f"6:13 PW104 {PLAN_STATUS_IS}'darft'; did you mean \"draft\"?",
        ),
        (
            ('"status": "not-started"', '"status": "Not Started"'),
            f"13:17 PW104 {STAGE_STATUS_IS}'Not Started'; did you mean \"not-started\"?",
        ),
        (
            ('"status": "not-started"', '"status": "later"'),
            f"13:17 PW104 {STAGE_STATUS_IS}'later'",
        ),
        (('"id": "api"', '"id": "-api"'), f"9:13 PW104 {ID_IS}'-api'"),
        (('"id": "api"', '"id": "a/b"'), f"9:13 PW104 {ID_IS}'a/b'"),
        (('"id": "api"', '"id": "api\\n"'), f"9:13 PW104 {ID_IS}'api\\n'"),
        (('"id": "api"', '"id": "\u0430pi"'), f"9:13 PW104 {ID_IS}'\\u0430pi'"),
        (('"id": "api"', '"id": "a\u200bpi"'), f"9:13 PW104 {ID_IS}'a\\u200bpi'"),
        (('"id": "api"', '"id": "\\ud800"'), f"9:13 PW104 {ID_IS}'\\ud800'"),
        (
            ('"id": "api"', f'"id": "{"a" * 65}"'),
            '9:13 PW104 stage 1: "id" is longer than 64 characters',
        ),
        (
            ('"id": "api"', f'"id": "{"é" * 64}"'),
            f"9:13 PW104 {ID_IS}'" + "\\xe9" * 14 + "...",
        ),
        (('"author": "Ada"', '"author": " "'), '5:13 PW104 "author" is empty'),
        (('"name": "The API"', '"name": ""'), '10:15 PW104 stage 1: "name" is empty'),
        (
            ('"depends_on": []', '"depends_on": [""]'),
            '14:22 PW104 stage 1: entry 1 of "depends_on" is empty',
        ),
        (
            ('"depends_on": []', '"verify": ["make", " "]'),
            '14:26 PW104 stage 1: entry 2 of "verify" is empty',
        ),
        (('"author": "Ada"', '"author": "Ada", "base": ""'), '5:28 PW104 "base" is empty'),
        (
            ('"author": "Ada"', '"author": "Ada", "verify": ["make", ""]'),
            '5:39 PW104 entry 2 of "verify" is empty',
        ),
        (
            ('"author": "Ada"', '"author": "Ada", "verify": ["ma\\u0007ke"]'),
            "5:31 PW104 entry 1 of \"verify\" contains '\\x07', which nobody can see: remove it",
        ),
    ),
)
def test_a_bad_value_says_what_is_allowed_and_what_was_found(
    edit: tuple[str, str], expected: str
) -> None:
    assert findings(block(edit), "PW1") == [expected]


def test_a_plan_without_stages_is_a_finding() -> None:
    text = block().split('"stages": [')[0] + '"stages": []\n}\n```\n'
    assert findings(text, "PW1") == ['7:13 PW104 "stages" must hold at least one stage']


def test_the_same_fault_in_each_stage_is_reported_for_each() -> None:
    text = plan("api", "ui").replace('"name": "Api",', '"name": 1,').replace('"Ui"', "[]")
    assert findings(text, "PW1") == [
        '12:15 PW102 stage 1: "name" must be a string, not a number',
        '20:15 PW102 stage 2: "name" must be a string, not an array',
    ]


def test_the_schema_is_valid_and_its_examples_keep_to_it() -> None:
    schema = json.loads((ROOT / "schemas" / "plan-metadata.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    stage = schema["$defs"]["stage"]
    for part in (*schema["properties"].values(), *stage["properties"].values()):
        validator = Draft202012Validator({**part, "$defs": schema["$defs"]})
        assert part["examples"]
        for example in part["examples"]:
            assert validator.is_valid(example), example
