"""PW2: stages that name each other, themselves, or nobody."""

from __future__ import annotations

import pytest

from tests.lint.plans import findings, plan
from tests.support import Stage


def test_stages_that_name_each_other_rightly_have_no_finding() -> None:
    assert findings(plan("db", "auth", "api:db,auth", "ui:api,db"), "PW2") == []


def test_a_stage_without_dependencies_or_with_none_listed_has_no_finding() -> None:
    text = plan("db").replace(',\n      "depends_on": []', "")
    assert "depends_on" not in text
    assert findings(text, "PW2") == []


def test_a_repeated_id_names_the_line_of_the_first() -> None:
    stages = (Stage("api"), Stage("db"), Stage("api", branch="x/api", worktree_path="../x/api"))
    assert findings(plan(*stages), "PW2") == [
        '27:13 PW201 stage id "api" is already taken in line 11: rename one of them'
    ]


@pytest.mark.parametrize(("one", "other"), (("api", "API"), ("Api", "aPI")))
def test_ids_that_differ_only_by_case_are_one_id(one: str, other: str) -> None:
    assert findings(plan(one, other), "PW2") == [
        f'19:13 PW201 stage id "{other}" is already taken in line 11: rename one of them'
    ]


def test_each_further_use_of_an_id_is_reported() -> None:
    found = findings(plan("a", "a", "a"), "PW201")
    assert [line.split()[0] for line in found] == ["19:13", "27:13"]
    assert all("already taken in line 11" in line for line in found)


def test_an_unknown_dependency_close_to_a_stage_is_taken_for_it() -> None:
    assert findings(plan("stage-1", "stage-2:stage1"), "PW2") == [
        (
            '25:9 PW202 stage "stage-2" depends on "stage1", which is no stage of this plan; '
            'did you mean "stage-1"?'
        )
    ]


def test_an_unknown_dependency_is_never_taken_for_the_stage_itself() -> None:
    assert findings(plan("stage-1", "other:othr"), "PW2") == [
        '25:9 PW202 stage "other" depends on "othr", which is no stage of this plan'
    ]


def test_a_dependency_is_found_only_by_its_exact_case() -> None:
    assert findings(plan("api", "ui:API"), "PW202") == [
        '25:9 PW202 stage "ui" depends on "API", which is no stage of this plan'
    ]


def test_every_unknown_dependency_is_reported_at_its_own_entry() -> None:
    found = findings(plan("db", "ui:db,xx,yy"), "PW2")
    assert [line.split(",")[0] for line in found] == [
        '26:9 PW202 stage "ui" depends on "xx"',
        '27:9 PW202 stage "ui" depends on "yy"',
    ]


def test_a_dependency_may_be_on_a_stage_whose_id_cannot_be_read() -> None:
    text = plan("db", "ui:dbb").replace('"id": "db"', '"id": 7')
    assert findings(text, "PW2") == []


@pytest.mark.parametrize("hidden", ("a\u200bpi", "\u202eapi", "\x1b[2Japi"))
def test_an_invisible_character_in_a_dependency_is_shown(hidden: str) -> None:
    (found,) = findings(plan("api", f"ui:{hidden}"), "PW202")
    shown = hidden.encode("unicode_escape").decode()
    assert f'depends on "{shown}", which' in found
    assert found.isprintable()


def test_a_look_alike_letter_in_a_dependency_is_shown() -> None:
    (found,) = findings(plan("api", "ui:\u0430pi"), "PW202")
    assert 'depends on "\\u0430pi", which' in found


def test_a_stage_that_depends_on_itself_is_reported_once() -> None:
    assert findings(plan("db", "ui:db,ui"), "PW2") == [
        '26:9 PW203 stage "ui" depends on itself: remove this entry'
    ]


def test_a_cycle_is_spelt_out_at_the_entry_that_enters_it() -> None:
    assert findings(plan("db", "a:db,c", "b:a", "c:b"), "PW2") == [
        "26:9 PW204 these stages wait for each other: a -> c -> b -> a; cut one arrow"
    ]


def test_each_knot_is_reported_once() -> None:
    found = findings(plan("a:b", "b:a", "c:d", "d:c", "e:a,c"), "PW2")
    assert [line.split(" ", 1)[1] for line in found] == [
        "PW204 these stages wait for each other: a -> b -> a; cut one arrow",
        "PW204 these stages wait for each other: c -> d -> c; cut one arrow",
    ]


@pytest.mark.parametrize(("length", "shown"), ((11, 12), (12, 12)))
def test_a_long_cycle_is_shown_by_its_ends(length: int, shown: int) -> None:
    stages = [f"s{number}:s{(number + 1) % length}" for number in range(length)]
    (found,) = findings(plan(*stages), "PW204")
    walk = found.split(": ")[1].split(";")[0].split(" -> ")
    assert len(walk) == shown
    assert walk[0] == walk[-1] == "s0"
    assert ("…" in walk) is (length == 12)


def test_a_repeated_dependency_is_a_warning_at_its_second_place() -> None:
    assert findings(plan("db", "api", "ui:db,api,db,db"), "PW2") == [
        '35:9 PW205 stage "ui" lists "db" twice: remove one',
        '36:9 PW205 stage "ui" lists "db" twice: remove one',
    ]


def test_a_cycle_through_a_repeated_id_is_that_of_the_first_stage() -> None:
    stages = (Stage("a", ("b",)), Stage("b", ("a",)), Stage("a", branch="f/x-a"))
    found = findings(plan(*stages), "PW2")
    assert [line.split()[1] for line in found] == ["PW204", "PW201"]
