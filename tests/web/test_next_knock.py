"""The next knock: what a task, or an awaited result, sets free stands on the lists, and they are in that order."""

from __future__ import annotations

import csv
import dataclasses
import re
from typing import Any

import pytest
from tests import areas_town as areas
from tests.areas_town import BASE, BECAUSE, at, on
from tests.web.town import COMMUNITY, PASSWORD

ALL_OF_1 = [f"P1-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]
ALL_OF_2 = [f"P2-{f}0{d}" for f in (1, 2, 3) for d in (1, 2)]


def words(response: Any) -> str:
    text = (b"".join(response.streaming_content) if response.streaming else response.content).decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def evening(city: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """25 November, 14:00, the last day of two areas: of the first all but one are negative, of the second all but two, one
    of whom waits for a result. And a task of an hour ago that frees nobody."""
    from tongxin.access import operations as access
    from tongxin.areas.operations import issue
    from tongxin.areas.operations.issue import Piece
    from tongxin.kit import clocks
    from tongxin.places.place_id import Level
    from tongxin.tasks.models import Task

    at(BASE)
    areas.settle()
    for number in (1, 2):
        piece = Piece(areas.place(Level.BUILDING, number))
        issue.issue(areas.draft(piece, anchor_at=BASE), cast["officer"], BASE, BECAUSE)
    areas.sample(25, *ALL_OF_1[:-1], *ALL_OF_2[:-2], reported=12)
    areas.sample(25, ALL_OF_2[-1], hour=11, result="")
    Task.objects.create(
        kind="screening.unknown_person", place_id=COMMUNITY, subject_kind="tube", subject_id=987654, params={"barcode": "T0"},
        team="sampling", created_at=on(25), due_at=on(25, 13), rule="base/test",
    )  # fmt: skip
    clocks.quick(at(on(25, 14)))
    people = dict(cast)
    for name, role in (("sampler", "sampling"), ("lab", "lab")):
        people[name] = access.create_user(name, name, role, [COMMUNITY], PASSWORD, BECAUSE)
    return people


def test_a_sampler_begins_with_the_door_that_sets_most_free(evening: dict[str, Any], signed_in: Any) -> None:
    page = words(signed_in(evening["sampler"]).get("/tasks"))
    first, second, last = (page.index(word) for word in ("frees 60 person-hours", "frees 30 person-hours", "T0"))
    assert first < second < last


def test_others_begin_with_what_is_due_and_both_can_choose(evening: dict[str, Any], signed_in: Any) -> None:
    worker, sampler = signed_in(evening["worker"]), signed_in(evening["sampler"])
    by_due = words(worker.get("/tasks"))
    assert by_due.index("T0") < by_due.index("frees 60 person-hours")
    by_freed = words(worker.get("/tasks?order=frees"))
    assert by_freed.index("frees 60 person-hours") < by_freed.index("T0")
    chosen = words(sampler.get("/tasks?order=due"))
    assert chosen.index("T0") < chosen.index("frees 60 person-hours")
    assert sampler.get("/tasks?order=nonsense&after=WzEsMiwzXQ").status_code == 200


def test_a_task_says_what_it_is_worth_and_the_file_too(evening: dict[str, Any], signed_in: Any) -> None:
    from tongxin.tasks.models import Task

    worker = signed_in(evening["worker"])
    task = Task.objects.get(kind="area.sample", frees=60)
    assert "frees 60 person-hours" in words(worker.get(f"/tasks/{task.pk}"))
    plain = Task.objects.get(params__barcode="T0")
    assert "person-hour" not in words(worker.get(f"/tasks/{plain.pk}"))
    rows = list(csv.reader(b"".join(worker.get("/tasks?order=frees&format=csv").streaming_content).decode().splitlines()))
    assert rows[0][-1] == "Frees (person-hours)" and [row[-1] for row in rows[1:3]] == ["60", "30"]


def test_the_list_goes_on_by_key_in_this_order_too(
    evening: dict[str, Any], signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongxin.web import paging

    monkeypatch.setattr(paging.paged, "__defaults__", (1,))
    client, seen, address = signed_in(evening["sampler"]), [], "/tasks?kind=area.sample"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"frees (\d+) person-hour", page)
        more = re.search(r'rel="next" href="\?([^"]+)"', page)
        address = f"/tasks?{more[1].replace('&amp;', '&')}" if more else ""
    assert seen == ["60", "30"]


def test_urgent_medical_need_comes_before_whatever_sets_people_free(
    evening: dict[str, Any], signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongxin.tasks import kinds

    known = kinds.known()
    changed = {k.key: dataclasses.replace(k, medical=k.key == "screening.unknown_person") for k in known}
    monkeypatch.setattr(kinds, "_kinds", changed)
    page = words(signed_in(evening["sampler"]).get("/tasks"))
    assert page.index("T0") < page.index("frees 60 person-hours")


# -- the laboratory's queue ----------------------------------------------------------------------------


def swab(barcode: str, number: str, hour: float = 13) -> None:
    """One more tube of the round, that waits for its result."""
    from tongxin.screening.operations import scans

    scans.record([scans.read({
        "scan_id": barcode, "round": "R20221125", "purpose": "screening", "tube_barcode": barcode, "tube_kind": "single",
        "capacity": "1", "site": "S500108106002", "station": "1", "id_number": "", "person_no": number,
        "scanned_at": on(25, hour).isoformat(),
    }, areas.ZONE)])  # fmt: skip


def round_id() -> int:
    from tongxin.screening.models import Round

    return Round.objects.get(name="R20221125").pk


def test_the_laboratory_sees_which_result_sets_most_free_first(evening: dict[str, Any], signed_in: Any) -> None:
    swab("T-again", "P1-101")
    areas.sample(25, ALL_OF_1[-1], hour=13, result="")
    lab = signed_in(evening["lab"])
    page = words(lab.get(f"/screening/{round_id()}/tubes?result=pending"))
    assert re.search(rf"T25-{ALL_OF_1[-1]} .*? 60 .*?T25-{ALL_OF_2[-1]} .*? 30 .*?T-again .*? 0 ", page)
    assert "person-hours" not in words(lab.get(f"/screening/{round_id()}/tubes"))


def test_waiting_tubes_by_where_they_are_say_what_they_free_together(evening: dict[str, Any], signed_in: Any) -> None:
    page = words(signed_in(evening["lab"]).get(f"/screening/{round_id()}/transit"))
    assert re.search(r"at the table 1 1 .* 30 ", page) and "The tubes whose result frees most, first" in page


def test_a_result_that_changes_nothing_weighs_nothing(evening: dict[str, Any], signed_in: Any) -> None:
    from tongxin.areas.waiting import freed_by_tubes
    from tongxin.screening.models import Tube

    tubes = dict(Tube.objects.values_list("barcode", "pk"))
    assert freed_by_tubes(list(tubes.values())) == {tubes[f"T25-{ALL_OF_2[-1]}"]: 30}
    assert freed_by_tubes([]) == {}
    swab("T-too", ALL_OF_2[-1])
    assert len(freed_by_tubes(list(Tube.objects.values_list("pk", flat=True)))) == 2
    # Whoever is negative frees nobody by a second tube, and a tube with its result has said what it knows.
    areas.sample(25, ALL_OF_2[-1], hour=11)
    assert freed_by_tubes(list(Tube.objects.values_list("pk", flat=True))) == {}


def test_the_queue_goes_on_by_key_behind_those_that_free_somebody(
    evening: dict[str, Any], signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongxin.web import paging

    for number in ("P1-101", "P1-102", "P1-201"):
        swab(f"T-{number}", number)
    areas.sample(25, ALL_OF_1[-1], hour=13, result="")
    monkeypatch.setattr(paging.paged, "__defaults__", (2,))
    client, base = signed_in(evening["lab"]), f"/screening/{round_id()}/tubes"
    seen, address = [], f"{base}?result=pending"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"<th scope=\"row\"><a[^>]*>(T[^<]+)</a>", page)
        more = re.search(r'rel="next" href="\?([^"]+)"', page)
        address = f"{base}?{more[1].replace('&amp;', '&')}" if more else ""
    assert seen[:2] == [f"T25-{ALL_OF_1[-1]}", f"T25-{ALL_OF_2[-1]}"] and len(seen) == len(set(seen)) == 5
