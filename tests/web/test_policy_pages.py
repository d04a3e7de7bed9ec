"""The rule packs on pages: read by all who work, commented from the front line, adopted by the operations centre alone."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.town import COMMUNITY, DISTRICT, NOW, OTHER, Town

TWENTY, TEN, NINTH = "cn-2022-11-twenty", "cn-2022-12-ten", "cn-2022-06-ninth"
WITH_READING = ["officer", "worker", "hospital", "admin", "auditor"]
PAGES = [
    "/policy", f"/policy/{TEN}", f"/policy/{TEN}?section=area&only=own", f"/policy/{TEN}/area.temporary_longest",
    f"/policy/compare?a={TWENTY}&b={TEN}", "/policy?list=levels", "/policy?only=planned",
]  # fmt: skip
DECIDING = ["/policy/adopt", "/policy/roll-back", "/policy/level"]


def _text(response: Any) -> str:
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def _hold(subject: int, place: int) -> None:
    import datetime as dt

    from tongxin.restrictions.models import Restriction

    hour = dt.timedelta(hours=1)
    Restriction.objects.create(
        kind="mixed_positive_hold", subject_kind="person", subject_id=subject, place_id=place, basis="base/x", cause_kind="result",
        cause_id=9, reason_zh="等待", reason_en="wait", starts_at=NOW - 30 * hour, due_at=NOW - 30 * hour, ends_at=NOW + 18 * hour,
    )  # fmt: skip


@pytest.mark.parametrize("who", WITH_READING)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whoever_works_here_reads_the_packs_in_their_language(town: Town, signed_in: Any, who: str, language: str) -> None:
    client = signed_in(town.people[who], language)
    for address in PAGES:
        response = client.get(address)
        assert response.status_code == 200, address
    page = _text(client.get(f"/policy/{TEN}/area.temporary_longest"))
    assert ("0 hours" if language == "en" else "0 小时") in page
    assert ("Ten New Measures" if language == "en" else "新十条") in page


def test_somebody_without_duties_sees_nothing_of_them(town: Town, signed_in: Any) -> None:
    client = signed_in(town.people["outsider"])
    assert {client.get(a).status_code for a in (*PAGES, *DECIDING)} == {403}
    assert "/policy" not in _text(client.get("/"))


@pytest.mark.parametrize("who", ["worker", "hospital", "outsider", "admin", "auditor"])
def test_only_the_operations_centre_decides(town: Town, signed_in: Any, who: str) -> None:
    from tongxin.policy.models import Period, ResponseLevel

    client = signed_in(town.people[who])
    given = {"pack": TEN, "starts_at": "2022-11-27T00:00", "reason": "x", "level": "1", "confirmed": f"{TEN} 2022-11-27T00:00"}
    for address in DECIDING:
        assert client.get(address).status_code == 403
        assert client.post(address, given).status_code == 403
    assert not Period.objects.exists() and not ResponseLevel.objects.exists()
    assert "/policy/adopt" not in _text(client.get("/policy"))


def test_a_pack_is_adopted_after_it_was_said_what_it_does_and_to_how_many(town: Town, signed_in: Any) -> None:
    from tongxin.kit.models import AuditEntry
    from tongxin.policy.models import Period

    _hold(town.own.person, town.own.unit)
    _hold(town.other.person, town.other.unit)
    officer = signed_in(town.people["officer"])
    given = {"pack": TEN, "starts_at": "2022-11-27T00:00", "reason": "the circular of the day"}
    shown = officer.post("/policy/adopt", given)
    page = _text(shown)
    assert shown.status_code == 200 and not Period.objects.exists()
    assert "will hold at 南岸区" in page and 'value="cn-2022-12-ten 2022-11-27T00:00"' in page
    assert "free at once: <b" in page and "the circular of the day" in page
    other = officer.post("/policy/adopt", {**given, "pack": TWENTY, "confirmed": f"{TEN} 2022-11-27T00:00"})
    assert other.status_code == 200 and not Period.objects.exists(), "what was not shown is not confirmed"
    done = officer.post("/policy/adopt", {**given, "confirmed": f"{TEN} 2022-11-27T00:00"}, follow=True)
    assert "is adopted" in _text(done) and "Withdraw the plan" in _text(done)
    one = Period.objects.get()
    assert (one.place_id, one.pack, one.adopted_by, one.reason) == (DISTRICT, TEN, "user:officer", "the circular of the day")
    assert AuditEntry.objects.get(action="policy.adopted").actor == "user:officer"


def test_a_pack_above_the_ceiling_is_refused_with_parameter_values_and_place_and_nothing_is_lost(
    town: Town, signed_in: Any
) -> None:
    from tongxin.policy import operations
    from tongxin.policy.models import Period

    operations.adopt(DISTRICT, TWENTY, NOW, town.people["officer"], "x", NOW)
    officer = signed_in(town.people["officer"])
    given = {"pack": NINTH, "starts_at": "2022-11-26T08:00", "reason": "to be safe"}
    page = officer.post(f"/policy/adopt?place={COMMUNITY}", given)
    text = _text(page)
    assert page.status_code == 422 and "to be safe" in text
    assert "area.high_clear_days would be 7 days" in text and "adopted at 南岸区, allows 5 days at most" in text
    assert "2022-11-26T08:00" in text and "confirmed" not in text and Period.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"starts_at": "2022-11-25T08:00"}, "not backwards"),
        ({"starts_at": "tomorrow"}, "such as 2022-11-25 08:30"),
        ({"pack": "cn-2023"}, "wrong"),
        ({"reason": " "}, "wrong"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(
    town: Town, signed_in: Any, change: dict[str, str], says: str
) -> None:
    given = {"pack": TEN, "starts_at": "2022-11-27T00:00", "reason": "kept words", **change}
    page = signed_in(town.people["officer"]).post("/policy/adopt", given)
    assert page.status_code == 422 and says in _text(page) and given["reason"].strip() in _text(page)


def test_rolling_back_says_what_it_does_and_leaves_both_periods_on_record(town: Town, signed_in: Any) -> None:
    from tongxin.policy import operations
    from tongxin.policy.queries import pack_at

    officer = signed_in(town.people["officer"])
    nothing = officer.get("/policy/roll-back", follow=True)
    assert "follows the place above" in _text(nothing)
    operations.adopt(DISTRICT, TEN, NOW, town.people["officer"], "x", NOW)
    assert "Base parameters will hold again" in _text(officer.get("/policy/roll-back"))
    assert officer.post("/policy/roll-back", {"reason": ""}).status_code == 422
    done = _text(officer.post("/policy/roll-back", {"reason": "too early"}, follow=True))
    assert "It was rolled back" in done and "too early" in done and "as the place above" in done
    assert pack_at(DISTRICT, NOW).name == "base"


def test_a_comparison_counts_what_the_viewer_answers_for_and_opens_the_rows(town: Town, signed_in: Any) -> None:
    _hold(town.own.person, town.own.unit)
    _hold(town.other.person, town.other.unit)
    address = f"/policy/compare?a={TWENTY}&b={TEN}"
    both, own = (_text(signed_in(town.people[who]).get(address)) for who in ("officer", "worker"))
    assert ">2</b> people · Stay in place until the retest: free at once" in both
    assert ">1</b> person · Stay in place until the retest: free at once" in own
    assert f"/people/{town.other.person}" in both and f"/people/{town.own.person}" in own
    assert town.other.mark not in own and f"/people/{town.other.person}" not in own
    assert "area.temporary_longest" in own and "24 hours" in own


def test_a_comment_stands_at_the_parameter_for_the_place_and_those_above_it(town: Town, signed_in: Any) -> None:
    address = f"/policy/{TEN}/area.temporary_longest"
    worker = signed_in(town.people["worker"])
    page = worker.post(f"{address}/comment", {"text": "five days are\nhard to watch"}, follow=True)
    assert "hard to watch" in _text(page) and "Your comment stands" in _text(page)
    assert "hard to watch" in _text(signed_in(town.people["officer"]).get(address))
    assert "#comments" in _text(signed_in(town.people["officer"]).get(f"/policy/{TEN}?section=area"))
    local = _text(signed_in(town.people["auditor"]).get(address))
    assert "hard to watch" in local and "Comment on this parameter" not in local
    long = worker.post(f"{address}/comment", {"text": "x" * 1001})
    assert long.status_code == 422 and "x" * 1001 in _text(long)
    for wrong in ("/policy/cn-2023/area.temporary_longest/comment", f"/policy/{TEN}/moon/comment"):
        assert worker.post(wrong, {"text": "x"}).status_code in (404, 422), wrong


def test_nobody_comments_for_a_place_of_somebody_else_or_reads_it_there(town: Town, signed_in: Any) -> None:
    from tongxin.policy import operations

    operations.comment(OTHER, TEN, "area.temporary_longest", f"{town.other.mark} says", town.people["officer"], NOW)
    worker = signed_in(town.people["worker"])
    assert worker.post(f"/policy/{TEN}/area.temporary_longest/comment?place={OTHER}", {"text": "x"}).status_code == 404
    assert town.other.mark not in _text(worker.get(f"/policy/{TEN}/area.temporary_longest"))
    assert worker.get(f"/policy?place={OTHER}").status_code == 404


def test_a_response_level_is_set_with_a_reason_and_shown_below(town: Town, signed_in: Any) -> None:
    officer = signed_in(town.people["officer"])
    wrong = officer.post("/policy/level", {"level": "2", "reason": ""})
    assert wrong.status_code == 422
    assert officer.get("/policy/level?only=planned").status_code == 302
    assert "level II" in _text(officer.post("/policy/level", {"level": "2", "reason": "outbreak"}, follow=True))
    page = _text(signed_in(town.people["worker"]).get("/policy"))
    assert "level II" in page and "outbreak" in page and "Set another level" not in page


def test_lists_come_a_page_at_a_time_and_as_a_file_with_everything(town: Town, signed_in: Any) -> None:
    import re

    from tongxin.policy.parameters import PARAMETERS

    worker = signed_in(town.people["worker"])
    seen, address = [], f"/policy/{TEN}"
    while address:
        page = _text(worker.get(address))
        seen += re.findall(r'<code class="muted">[^/<]+/([\w.]+)</code>', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/policy/{TEN}{following[1]}".replace("&amp;", "&") if following else ""
    assert seen == list(PARAMETERS)
    lines = _text(worker.get(f"/policy/{TEN}?format=csv")).splitlines()
    assert len(lines) == len(PARAMETERS) + 1
    assert _text(worker.get("/policy?format=csv")).count("\n") == 1


def test_what_is_assumed_is_marked_with_a_word_and_a_shape(town: Town, signed_in: Any) -> None:
    page = _text(signed_in(town.people["worker"]).get(f"/policy/{TEN}?only=assumed"))
    assert '<span class="state state-warn">assumed</span>' in page and "state-good" not in page
