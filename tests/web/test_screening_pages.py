"""The screening pages: rounds, one round's progress, who is not tested, its tubes; each within the user's places."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from tests.web.test_chase_day import ROUND, Day, at, day_of_screening, queries_of, report, scan, text  # noqa: F401
from tests.web.town import COMMUNITY, DISTRICT, OTHER

PARTS = ("progress", "times", "transit", "untested")


def words(response: Any) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))


def table(response: Any) -> list[list[str]]:
    return list(csv.reader(text(response).lstrip("\ufeff").splitlines()))


def test_the_rounds_lead_to_a_round_whose_parts_count_by_themselves(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    assert f'href="/screening/{day.round}"' in text(client.get("/screening"))
    page = text(client.get(f"/screening/{day.round}"))
    for part in PARTS:
        assert f'hx-get="/screening/{day.round}/{part}"' in page
        whole = text(client.get(f"/screening/{day.round}/{part}"))
        fragment = text(client.get(f"/screening/{day.round}/{part}", headers={"HX-Request": "true"}))
        assert "<html" in whole and "<html" not in fragment and "counted at" in fragment
    assert client.get("/screening/999999").status_code == 404


def test_progress_counts_the_tubes_of_the_own_sites_only(day: Day, signed_in: Any) -> None:
    officer = words(signed_in(day.people["officer"]).get(f"/screening/{day.round}/progress"))
    assert "Taken 6 · 10 people" in officer and "Result known 83 %" in officer
    assert "positive 1" in officer and "inconclusive 1" in officer and "invalid 1" in officer and "pending 1" in officer
    worker = words(signed_in(day.people["worker"]).get(f"/screening/{day.round}/progress"))
    assert "Taken 5 · 7 people" in worker and "福民社区" not in worker and "S500108106003" not in worker
    assert "inconclusive 0" in worker


def test_flagged_tubes_are_counted_and_open_their_rows(day: Day, signed_in: Any) -> None:
    scan("TA-strange", "500108106002", ["X77"], at(7, 40))
    client = signed_in(day.people["worker"])
    assert "unknown person 1" in words(client.get(f"/screening/{day.round}/progress"))
    rows = text(client.get(f"/screening/{day.round}/tubes?flag=unknown_person"))
    assert "TA-strange" in rows and "TA-found" not in rows
    assert "TA-strange" not in text(client.get(f"/screening/{day.round}/tubes?flag=over_capacity"))
    assert "TA-strange" in text(client.get(f"/screening/{day.round}/tubes?result=pending&step=0"))
    assert "TA-strange" not in text(client.get(f"/screening/{day.round}/tubes?step=3"))


@pytest.mark.parametrize("query", ["flag=nonsense", "site=abc", "site=99999999999999999999", "step=9", "result=x", "after=x"])
def test_a_filter_that_means_nothing_breaks_nothing(day: Day, signed_in: Any, query: str) -> None:
    assert signed_in(day.people["officer"]).get(f"/screening/{day.round}/tubes?{query}").status_code == 200


def test_the_file_of_tubes_holds_the_rows_shown(day: Day, signed_in: Any) -> None:
    rows = table(signed_in(day.people["worker"]).get(f"/screening/{day.round}/tubes?format=csv"))
    assert sorted(row[0] for row in rows[1:]) == ["TA-after", "TA-before", "TA-found", "TA-invalid", "TA-waiting"]
    sites = table(signed_in(day.people["worker"]).get(f"/screening/{day.round}/progress?format=csv"))
    assert [row[0] for row in sites[1:]] == ["S500108106002"]


def test_times_are_those_of_the_tubes_with_both_ends(day: Day, signed_in: Any) -> None:
    from tongxin.screening.operations import handovers

    for barcode, minute in (("TA-before", 30), ("TA-found", 45)):
        handovers.record([handovers.Handover(barcode, 4, "", "收样员", at(7, minute))])
    page = words(signed_in(day.people["officer"]).get(f"/screening/{day.round}/times"))
    assert "sampled → received 35 min 39 min 2 tubes" in page  # 30 and 40 minutes
    assert "sampled → reported 3 h 55 min 5 h 29 min 5 tubes" in page and "检验所 6 1 3" in page


def test_waiting_tubes_stand_at_the_last_step_that_is_known(day: Day, signed_in: Any) -> None:
    from tongxin.screening.operations import handovers

    client = signed_in(day.people["worker"])
    assert "at the table 1 1" in words(client.get(f"/screening/{day.round}/transit"))
    handovers.record([handovers.Handover("TA-waiting", 3, "B1", "快递员", at(8))])
    assert "with the courier 1 1" in words(client.get(f"/screening/{day.round}/transit"))
    assert "TA-waiting" in text(client.get(f"/screening/{day.round}/tubes?step=3"))
    report("TA-waiting", "阴性", at(10))
    assert "Every tube has its result" in words(client.get(f"/screening/{day.round}/transit"))


def test_who_is_not_tested_is_the_same_number_in_export_count_and_list(day: Day, signed_in: Any) -> None:
    from tongxin.screening import queries

    officer = signed_in(day.people["officer"])
    exported = {place: count for _, place, count in queries.untested()}
    counted = {row[1]: int(row[3]) for row in table(officer.get(f"/screening/{day.round}/untested?format=csv"))[1:]}
    assert {str(place)[:12]: n for place, n in exported.items()} == counted == {"500108106002": 3, "500108106003": 1}
    for place, number in exported.items():
        listed = table(officer.get(f"/screening/{day.round}/doors?place={place}&format=csv"))[1:]
        assert len(listed) == number
    assert {row[3] for row in table(officer.get(f"/screening/{day.round}/doors?place={COMMUNITY}&format=csv"))[1:]} == {
        "not sampled", "waiting for the result", "invalid, sample again",
    }  # fmt: skip


def test_the_counts_lead_down_to_the_doors(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["worker"])
    building = text(client.get(f"/screening/{day.round}/untested"))
    assert "和苑 building 2" in building
    place = re.search(r"untested\?place=(\d+)", building)
    assert place
    unit = text(client.get(f"/screening/{day.round}/untested?place={place[1]}"))
    assert "unit 1" in unit
    doors = words(client.get(f"/screening/{day.round}/doors?why=not_sampled"))
    assert "601 名P6 · not sampled" in doors and "名P7" not in doors and "Q3" not in doors
    assert "名P7" in words(client.get(f"/screening/{day.round}/doors?why=waiting"))


def test_a_resident_sampled_elsewhere_is_not_called_untested(day: Day, signed_in: Any) -> None:
    worker = signed_in(day.people["worker"])
    page = words(worker.get(f"/screening/{day.round}/untested"))
    assert "Sampled elsewhere, result not visible here" in page
    assert "名P3" not in words(worker.get(f"/screening/{day.round}/doors"))  # P3 queued at the other community's site
    assert "Sampled elsewhere" not in words(signed_in(day.people["officer"]).get(f"/screening/{day.round}/untested"))


def test_names_are_for_those_who_may_open_a_record(day: Day, signed_in: Any) -> None:
    from tongxin.kit.models import AuditEntry

    sampler = signed_in(day.people["sampler"])
    page = text(sampler.get(f"/screening/{day.round}/doors"))
    assert "601" in page and "a resident" in page and "名P" not in page and "/people/" not in page
    assert "名P" not in text(sampler.get(f"/screening/{day.round}/doors?format=csv"))
    assert "名P" not in text(sampler.get("/screening/tubes/TA-before"))
    assert not AuditEntry.objects.filter(action="view.untested").exists()
    assert "名P6" in text(signed_in(day.people["worker"]).get(f"/screening/{day.round}/doors?format=csv"))
    entry = AuditEntry.objects.get(action="view.untested")
    assert (entry.actor, entry.count, entry.place_id) == ("user:worker", 3, COMMUNITY)


def test_a_list_of_doors_begins_with_a_community(day: Day, signed_in: Any) -> None:
    page = words(signed_in(day.people["officer"]).get(f"/screening/{day.round}/doors"))
    assert "桃花桥社区" in page and "名P6" not in page


def test_a_tube_has_a_page_for_reading_and_a_chased_one_leads_to_its_chase(day: Day, signed_in: Any) -> None:
    officer, sampler = signed_in(day.people["officer"]), signed_in(day.people["sampler"])
    page = words(officer.get("/screening/tubes/TA-before"))
    assert "名P4" in page and "negative" in page and "L-TA-before-0900" in page
    assert officer.get("/screening/tubes/TA-found")["Location"] == "/chase/TA-found"
    assert officer.get("/chase/TA-before")["Location"] == "/screening/tubes/TA-before"
    assert "名" not in words(sampler.get("/screening/tubes/TA-found"))  # may not see chases, nor names
    for client, code in ((officer, "T-unknown"), (officer, "%00"), (signed_in(day.people["worker"]), "TB-found")):
        assert client.get(f"/screening/tubes/{code}").status_code == 404


def test_an_unmatched_report_is_listed_where_it_stands_and_goes_when_its_scan_comes(day: Day, signed_in: Any) -> None:
    report("TC-unknown", "阳性", at(9))
    officer, worker = signed_in(day.people["officer"]), signed_in(day.people["worker"])
    assert "TC-unknown" in text(officer.get("/screening/unmatched")) and "1 tube was reported" in words(officer.get("/screening"))
    assert "TC-unknown" in text(officer.get("/screening/unmatched?format=csv"))
    assert "not scanned yet" in words(officer.get("/screening/tubes/TC-unknown"))
    assert "TC-unknown" not in text(worker.get("/screening/unmatched"))
    scan("TC-unknown", "500108106002", ["P6"], at(7, 50))
    assert "TC-unknown" not in text(officer.get("/screening/unmatched"))


def test_a_place_narrows_every_part(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    assert "Taken 1 · 3 people" in words(client.get(f"/screening/{day.round}/progress?place={OTHER}"))
    page = text(client.get(f"/screening/{day.round}/tubes?place={OTHER}"))
    assert "TB-found" in page and "TA-" not in page
    worker = signed_in(day.people["worker"])
    for part in (*PARTS, "doors", "tubes"):
        assert worker.get(f"/screening/{day.round}/{part}?place={OTHER}").status_code == 404
        assert worker.get(f"/screening/{day.round}/{part}?place={DISTRICT}").status_code == 404


@pytest.mark.parametrize("who", ["hospital", "outsider"])
def test_whoever_has_nothing_to_do_with_screening_is_refused(day: Day, signed_in: Any, who: str) -> None:
    client = signed_in(day.people[who])
    addresses = [f"/screening/{day.round}/{part}" for part in (*PARTS, "doors", "tubes")]
    for address in ("/screening", f"/screening/{day.round}", "/screening/unmatched", "/screening/tubes/TA-before", *addresses):
        assert client.get(address).status_code == 403, address


def test_no_screening_page_asks_the_database_more_than_twelve_times(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    parts = [f"/screening/{day.round}/{part}" for part in (*PARTS, "tubes", f"doors?place={COMMUNITY}")]
    for address in ("/screening", f"/screening/{day.round}", "/screening/unmatched", "/screening/tubes/TA-before", *parts):
        asked = queries_of(client, address)
        assert len(asked) <= 12, (address, asked)


def test_the_round_is_named_in_the_files(day: Day, signed_in: Any) -> None:
    response = signed_in(day.people["officer"]).get(f"/screening/{day.round}/tubes?format=csv")
    assert ROUND in response["Content-Disposition"]


def test_every_flag_is_counted_and_listed_as_the_tube_carries_it(day: Day) -> None:
    from tongxin.screening import queries, rules
    from tongxin.screening.models import Round

    scan("TA-strange", "500108106002", ["X77"], at(7, 40))  # nobody knows the person
    scan("TA-found", "500108106002", ["P4", "P5"], at(23))  # in two tubes, and after the report
    scan("TA-full", "500108106002", [f"X{n}" for n in range(12)], at(7, 45))
    part = queries.Part(Round.objects.get(pk=day.round), COMMUNITY)
    rows = queries.tubes(part, queries.Tubes(), 0, 100)
    counted = queries.progress(queries.sites(part)).flags
    for flag in rules.FLAGS:
        listed = [row.barcode for row in queries.tubes(part, queries.Tubes(flag=flag), 0, 100)]
        assert listed == [row.barcode for row in rows if flag in row.flags] and len(listed) == counted[flag], flag
    assert sum(counted.values()) >= 4
