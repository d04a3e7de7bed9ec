"""Quiet hours, back-off, what a group may read, and the words of messages."""

import datetime as dt
import zoneinfo

import pytest

from tongxin.messages import rules, states, templates
from tongxin.policy.decisions import Refused

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2022-11-{text}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "quiet", "then"),
    [
        ("26 20:59", (21, 7), "26 20:59"),
        ("26 21:00", (21, 7), "27 07:00"),
        ("27 00:00", (21, 7), "27 07:00"),
        ("27 06:59", (21, 7), "27 07:00"),
        ("27 07:00", (21, 7), "27 07:00"),
        ("26 13:00", (12, 14), "26 14:00"),
        ("26 14:00", (12, 14), "26 14:00"),
        ("26 03:00", (7, 7), "26 03:00"),
        ("26 23:30", (22, 0), "27 00:00"),
        ("26 23:30", (0, 24), "27 00:00"),
    ],
)
def test_what_falls_into_the_quiet_hours_waits_for_their_end(moment: str, quiet: tuple[int, int], then: str) -> None:
    assert rules.after_quiet(at(moment), ZONE, quiet[0] * HOUR, quiet[1] * HOUR) == at(then)


def test_quiet_hours_are_the_citys_whatever_zone_a_moment_has() -> None:
    utc = at("26 22:00").astimezone(dt.UTC)
    assert rules.after_quiet(utc, ZONE, 21 * HOUR, 7 * HOUR) == at("27 07:00")


def test_each_wait_is_twice_the_one_before_up_to_the_longest() -> None:
    now = at("26 08:00")
    waits = [(rules.next_try(now, n, MINUTE, 15 * MINUTE) - now) // MINUTE for n in (1, 2, 3, 4, 5, 6, 500)]
    assert waits == [1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    "text",
    [
        "请联系张三 10000000001", "电话100 0000 0001", "100-0000-0001", "+86 10000000001", "１００００００００００１",
        "身份证 990111199001010001", "99011119900101000X", "座机 62800001", "3单元有阳性", "Mrs Li is PREGNANT", "302 透 透析",
    ],
)  # fmt: skip
def test_a_group_does_not_read_numbers_or_how_somebody_is(text: str) -> None:
    with pytest.raises(Refused, match="must not read it"):
        rules.check_group_text(text)


@pytest.mark.parametrize(
    "text", ["11-26 16:00 在楼下领蔬菜包", "2022-11-26 08:00–10:00 停水", "核酸检测 8:00 开始，地点 3 栋门口", "拨打 12345 或 120", "non-positively"]
)
def test_a_group_reads_dates_hours_and_service_numbers(text: str) -> None:
    rules.check_group_text(text)


def test_a_wording_holds_its_placeholders_and_no_others() -> None:
    rules.check_wording("收到 {number}", {"number"}, False)
    for text, why in (("收到", "missing"), ("{number} {medicine}", "cannot be used"), ("{number}{0}", "cannot"), (" ", "needed"),
                      ("{number}" + "长" * 600, "at most")):  # fmt: skip
        with pytest.raises(Refused, match=why):
            rules.check_wording(text, {"number"}, False)
    with pytest.raises(Refused, match="health"):
        rules.check_wording("有阳性：{text}", {"text"}, True)


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert rules.filled("{a} {b}", {"a": "{b}", "b": "{a}"}) == "{b} {a}"


def test_every_template_can_be_said_in_both_languages_and_fits_a_robot() -> None:
    for one in templates.known():
        example = {name: templates.PLACEHOLDERS[name].example for name in one.placeholders}
        for text in (one.zh, one.en):
            rules.check_wording(text, one.placeholders, one.for_groups)
            assert "{" not in rules.filled(text, example)
    assert [t.key for t in templates.known() if t.health] == ["medicine.on_the_way", "medicine.at_door"]


def test_the_readme_shows_the_table_of_states() -> None:
    from pathlib import Path

    readme = Path(states.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert states.as_markdown() in readme


def test_what_was_settled_is_never_taken_again() -> None:
    assert {state for state, event in states.TRANSITIONS if event == states.TAKE} == {states.QUEUED}
    into_queue = {state for (state, _event), then in states.TRANSITIONS.items() if then == states.QUEUED}
    assert into_queue == {states.SENDING}
    assert not any(state in (states.DELIVERED, states.WITHDRAWN) for state, _event in states.TRANSITIONS)
