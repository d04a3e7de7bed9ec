"""A policy pack says what is wrong with it, and a good one says where each value comes from."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tongxin.policy import rules, schema, words
from tongxin.policy.parameters import PARAMETERS
from tongxin.policy.toml_lines import line_of, lines_of

NINTH, TWENTY, TEN = "cn-2022-06-ninth", "cn-2022-11-twenty", "cn-2022-12-ten"
HEAD = 'name = "city"\ntitle_zh = "城市"\ntitle_en = "City"\nextends = "base"\n'  # lines 1 to 4


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def parameter(key: str, **fields: str) -> str:
    given = {"value": "2", "unit": '"hours"', "source": '"here"', "confidence": '"assumed"'} | fields
    return f"[{key}]\n" + "".join(f"{name} = {value}\n" for name, value in given.items() if value)


def write(directory: Path, text: str, name: str = "city") -> Path:
    path = directory / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(directory: Path, text: str) -> list[tuple[int, str]]:
    path = write(directory, text)
    problems = schema.check_file(path)
    assert {p.file for p in problems} <= {str(path)}
    return [(p.line, p.reason) for p in problems]


# What stands below the head, the line of the fault, words of the reason.
FAULTS = [
    ("a key nobody knows", parameter("chase.reach_withn"), 5, "is chase.reach_within meant?"),
    ("a section nobody knows", parameter("moon.phase"), 5, "there is no parameter moon.phase"),
    ("no unit", parameter("chase.reach_within", unit=""), 5, "has no unit"),
    ("no value", parameter("chase.reach_within", value=""), 5, "has no value"),
    ("no source", parameter("chase.reach_within", source=""), 5, "has no source"),
    ("no confidence", parameter("chase.reach_within", confidence=""), 5, "has no confidence"),
    ("the wrong unit", parameter("chase.reach_within", unit='"days"'), 7, "the unit must be minutes or hours"),
    ("days below zero", parameter("retention.chases", value="-1", unit='"days"'), 6, "outside 1 to"),
    ("half a day", parameter("retention.tubes", value="1.5", unit='"days"'), 6, "whole number"),
    ("a text for a number", parameter("chase.reach_within", value='"one"'), 6, "must be a number"),
    ("true for a number", parameter("chase.reach_within", value="true"), 6, "must be a number"),
    ("no end", parameter("chase.reach_within", value="inf"), 6, "outside"),
    ("not a number", parameter("chase.reach_within", value="nan"), 6, "outside"),
    ("a number for a flag", parameter("area.home_case_restarts", value="1", unit='"flag"'), 6, "true or false"),
    ("a made-up confidence", parameter("chase.reach_within", confidence='"sure"'), 9, "must be one of stated"),
    ("a field too many", parameter("chase.reach_within", note='"x"'), 10, "has no field note"),
    ("a bare value", "[chase]\nreach_within = 2\n", 6, "must be a table"),
    ("a bare value at the top", "reach = 2\n", 5, "there is no parameter reach"),
    ("a section left empty", "[chase]\n", 5, "there is no parameter chase"),
    ("a hold that ends after its ceiling", parameter("hold.mixed_positive_ends", value="100"), 5, "must not exceed"),
    ("a choice that there is not", parameter("area.anchor", value='"moon"', unit='"choice"'), 6, "one of removed, disinfected"),
    ("day zero", parameter("area.high_test_days", value="[0, 3]", unit='"day list"'), 6, "days from 1 to 60"),
    ("days out of order", parameter("area.high_test_days", value="[3, 1]", unit='"day list"'), 6, "in order"),
    ("a day twice", parameter("area.high_test_days", value="[3, 3]", unit='"day list"'), 6, "each once"),
    ("a day for a list of days", parameter("area.high_test_days", value="3", unit='"day list"'), 6, "a list of days"),
    ("a ceiling below the value", parameter("chase.reach_within", ceiling="1"), 10, "the ceiling 1 is below the value 2"),
    ("a ceiling of a flag", parameter("area.high_used", value="true", unit='"flag"', ceiling="true"), 10, "only a number"),
    ("a ceiling of a choice", parameter("area.anchor", value='"removed"', unit='"choice"', ceiling='"removed"'), 10, "only a number"),
    ("a ceiling of a day list", parameter("area.high_test_days", value="[1]", unit='"day list"', ceiling="2"), 10, "only a number"),
    ("a ceiling out of bounds", parameter("chase.reach_within", ceiling="9999"), 10, "outside"),
    ("half a day for a ceiling", parameter("retention.tubes", unit='"days"', ceiling="2.5"), 10, "whole number"),
    ("a broken line", "[chase\n", 5, "not valid TOML"),
]


@pytest.mark.parametrize(("body", "line", "reason"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_pack_is_refused_with_the_line_and_the_reason(
    tmp_path: Path, body: str, line: int, reason: str
) -> None:
    found = faults(tmp_path, HEAD + body)
    assert len(found) == 1
    assert found[0][0] == line
    assert reason in found[0][1]


def test_all_faults_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    body = "".join(f[1] for f in FAULTS if f[0] in ("no unit", "days below zero", "a number for a flag"))
    found = faults(tmp_path, 'name = "other"\n' + HEAD.split("\n", 1)[1] + body)
    assert [line for line, _ in found] == [1, 5, 10, 15]


def test_a_ceiling_alone_is_a_parameter_that_lacks_the_rest(tmp_path: Path) -> None:
    found = faults(tmp_path, HEAD + "[chase.reach_within]\nceiling = 3\n")
    assert [(line, reason.rpartition(" ")[2]) for line, reason in found] == [
        (5, field) for field in ("value", "unit", "source", "confidence")
    ]  # fmt: skip


def test_a_pack_without_titles_that_extends_nothing_lacks_them_and_every_parameter(tmp_path: Path) -> None:
    found = faults(tmp_path, "# nothing\n")
    assert len(found) == 3 + len(PARAMETERS)


def test_a_file_that_is_not_there_or_not_utf8_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    missing = schema.check_file(tmp_path / "none.toml")
    path = tmp_path / "gb.toml"
    path.write_bytes('# a\ntitle_zh = "城市"\n'.encode("gb18030"))
    assert len(missing) == 1 and "cannot be read" in missing[0].reason
    assert [(p.line, p.reason) for p in schema.check_file(path)] == [(2, "the file is not UTF-8")]


def test_a_pack_cannot_extend_itself_even_through_another(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("city", "other").replace("base", "city"), "other")
    path = write(tmp_path, HEAD.replace('"base"', '"other"'))
    reasons = [p.reason for p in schema.check_file(path)]
    assert reasons == ["the pack extends itself through city"]


def test_a_pack_that_extends_an_unknown_one_says_only_that(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD.replace('"base"', '"moon"')) == [(4, "there is no pack called moon")]


def test_what_a_pack_overrides_is_cited_under_its_name_and_the_rest_under_the_one_it_extends(tmp_path: Path) -> None:
    body = parameter("chase.reach_within", value="90", unit='"minutes"', source='"街道"', confidence='"stated"')
    pack, problems = schema.read_file(write(tmp_path, HEAD + body))
    assert problems == [] and pack is not None
    assert pack.hours("chase.reach_within") == dt.timedelta(minutes=90)
    assert pack.rule("chase.reach_within") == "city/chase.reach_within"
    assert pack.parameter("chase.reach_within").source == "街道"
    assert pack.parameter("chase.reach_within").confidence == "stated"
    assert pack.rule("chase.retest_within") == "base/chase.retest_within"
    assert list(pack.parameters) == list(PARAMETERS)


def test_a_parameter_may_be_written_on_one_line(tmp_path: Path) -> None:
    body = '[chase]\nreach_within = { value = 2, unit = "hours", source = "here", confidence = "assumed" }\n'
    pack, _ = schema.read_file(write(tmp_path, HEAD + body))
    assert pack is not None and pack.hours("chase.reach_within") == dt.timedelta(hours=2)


@pytest.mark.parametrize("name", schema.names())
def test_every_pack_of_the_program_is_without_fault(name: str) -> None:
    assert schema.check_file(schema.PACKS / f"{name}.toml") == []
    assert schema.load(name).name == name


def test_the_limits_that_the_field_reported_hold_in_base() -> None:
    base = schema.load("base")
    hours = {
        "screening.report_positive_within": 2, "chase.decision_within": 24, "area.temporary_longest": 24,
    }  # fmt: skip
    assert {key: base.hours(key) for key in hours} == {key: dt.timedelta(hours=h) for key, h in hours.items()}
    assert base.number("chase.calls_before_no_answer") == 3
    assert base.days("area.high_clear_days") == dt.timedelta(days=5)
    assert base.flag("area.mixed_positive_closes") is False


def test_asking_in_the_wrong_measure_or_for_nothing_known_fails_loudly() -> None:
    base = schema.load("base")
    with pytest.raises(TypeError, match="in days"):
        base.hours("retention.tubes")
    with pytest.raises(KeyError):
        base.hours("chase.reach")
    with pytest.raises(KeyError, match="no policy pack"):
        schema.load("../packs/base")


def test_lines_are_found_in_tables_dotted_keys_and_around_long_texts() -> None:
    lines = lines_of('a.b = 1\nlong = """\n[not.a.table]\nx = 1\n"""\n[t."q"] # note\nk = 1\n')
    assert lines[("a", "b")] == 1 and lines[("t", "q")] == 6 and lines[("t", "q", "k")] == 7
    assert ("not", "a", "table") not in lines
    assert line_of(lines, ("t", "q", "missing")) == 6
    assert line_of(lines, ("nowhere",)) == 1


def test_a_ceiling_is_in_the_unit_of_the_value_and_goes_with_it_when_another_pack_sets_the_parameter(tmp_path: Path) -> None:
    body = parameter("chase.reach_within", value="90", unit='"minutes"', ceiling="120")
    write(tmp_path, HEAD + body)
    lower = write(tmp_path, HEAD.replace("city", "street").replace("base", "city") + parameter("chase.retest_within"), "street")
    pack, problems = schema.read_file(lower)
    assert problems == [] and pack is not None
    assert pack.parameter("chase.reach_within").highest == dt.timedelta(hours=2)
    assert pack.parameter("chase.retest_within").highest is None
    again = write(tmp_path, lower.read_text() + parameter("chase.reach_within"), "street")
    found, _ = schema.read_file(again)
    assert found is not None and found.parameter("chase.reach_within").highest is None


QUANTITIES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5))


@given(lower=QUANTITIES, upper=QUANTITIES)
def test_what_exceeds_a_ceiling_is_exactly_what_is_more_than_it(lower: dict[str, int], upper: dict[str, int]) -> None:
    assert set(rules.exceeding(lower, upper)) == {k for k in lower.keys() & upper.keys() if lower[k] > upper[k]}
    assert rules.exceeding(upper, upper) == []


# What docs and pages must not lose: the rows of the three official sets, as `stated` unless the text says otherwise.
OFFICIAL = [
    ("area.high_clear_days", {NINTH: 7, TWENTY: 5, TEN: 5}),
    ("area.medium_clear_days", {NINTH: 7}),
    ("area.medium_after_high_days", {NINTH: 3}),
    ("area.high_then", {NINTH: "medium", TWENTY: "low", TEN: "lifted"}),
    ("area.high_all_negative", {NINTH: True, TWENTY: True, TEN: False}),
    ("area.medium_used", {NINTH: True, TWENTY: False, TEN: False}),
    ("area.temporary_longest", {TEN: 0}),
    ("area.home_case_draws_area", {NINTH: False, TWENTY: False, TEN: False}),
    ("area.isolated_case_draws_area", {NINTH: False, TWENTY: False}),
    ("area.repositive_draws_area", {NINTH: False, TWENTY: False}),
    ("area.inbound_ct", {NINTH: 35, TWENTY: 35}),
    ("area.home_case_restarts", {TEN: False}),
    ("area.mixed_positive_closes", {TEN: False}),
    ("area.high_largest", {NINTH: "compound", TWENTY: "building", TEN: "building"}),
]


@pytest.mark.parametrize(("key", "values"), OFFICIAL, ids=[key for key, _ in OFFICIAL])
def test_the_official_sets_say_what_was_published(key: str, values: dict[str, object]) -> None:
    found = {name: schema.load(name).parameter(key) for name in values}
    assert {name: p.value for name, p in found.items()} == values
    assert {p.confidence for p in found.values()} == {"stated"}


def test_what_no_official_text_gives_is_not_called_stated() -> None:
    for name in (NINTH, TWENTY, TEN):
        for p in schema.load(name).parameters.values():
            vague = ("no text", "weak source", "local guides of", "practice of", "neutral default")
            if any(word in p.source.lower() for word in vague):
                assert p.confidence != "stated", (name, p.key)
    assert schema.load(NINTH).parameter("area.sealed_clear_days").value == 14
    assert schema.load(NINTH).parameter("area.sealed_clear_days").confidence == "reported"


def test_a_later_set_may_be_tried_below_an_earlier_one_but_not_the_other_way_round() -> None:
    def refused(lower: str, upper: str) -> bool:
        values = {k: p.quantity for k, p in schema.load(lower).parameters.items()}
        highest = {k: p.highest for k, p in schema.load(upper).parameters.items() if p.highest is not None}
        return bool(rules.exceeding(values, highest))

    found = {(a, b) for a in (NINTH, TWENTY, TEN) for b in (NINTH, TWENTY, TEN) if refused(a, b)}
    assert found == {(NINTH, TWENTY), (NINTH, TEN), (TWENTY, TEN)}


def test_values_are_read_as_people_say_them() -> None:
    ten, ninth = schema.load(TEN), schema.load(NINTH)
    said = {key: words.value(ten.parameter(key)) for key in (
        "area.high_clear_days", "area.temporary_longest", "area.high_test_days", "area.high_then",
        "area.high_used", "policy.backdate_within", "task.escalation_grace", "area.knock_up_to",
    )}  # fmt: skip
    assert list(said.values()) == [
        "5 days", "0 hours", "on no day", "lifted", "yes", "15 minutes", "30 minutes", "20",
    ]  # fmt: skip
    assert words.value(ninth.parameter("area.high_then")) == "medium-risk area"
    assert words.ceiling(ten.parameter("area.temporary_longest")) == "0 hours" and words.ceiling(ten.parameter("area.high_then")) == ""
    choices = {c for spec in PARAMETERS.values() for c in spec.choices}
    assert choices <= words.CHOICES.keys()
    assert {words.section_of(key) for key in PARAMETERS} == set(words.SECTIONS)
