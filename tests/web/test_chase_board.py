"""The chase board: who sees which rows, in which order, live and as a file."""

from __future__ import annotations

import csv
import re
from typing import Any

import pytest
from tests.web.test_chase_day import Day, at, day_of_screening, queries_of, report, text  # noqa: F401
from tests.web.town import COMMUNITY, DISTRICT


def tubes(page: str) -> list[str]:
    """The tubes on the board, in its order, as they are named."""
    return re.findall(r'<th scope="row"><a class="num" href="[^"]*">([^<]*)</a>', page)


def test_the_officer_sees_every_open_chase_and_the_one_with_an_exception_first(day: Day, signed_in: Any) -> None:
    page = text(signed_in(day.people["officer"]).get("/chase"))
    assert tubes(page) == ["TA-found", "TB-found"]  # the second was reported earlier, the first has no phone for P9
    assert "no phone number that works 1" in page and "3 not reached" in page


def test_a_worker_sees_the_own_chase_and_of_a_tube_from_elsewhere_the_own_member_only(
    day: Day, signed_in: Any
) -> None:
    page = text(signed_in(day.people["worker"]).get("/chase"))
    assert tubes(page) == ["TA-found", "a tube of 福民社区"]
    assert "TB-found" not in page and "only yours" in page
    foreign = page[page.index("a tube of 福民社区") :]
    assert 'aria-label="not reached 1"' in foreign and "inconclusive" not in foreign.split("</tr>")[0].split("or ")[0]
    neighbour = text(signed_in(day.people["neighbour"]).get("/chase"))
    assert tubes(neighbour) == ["TB-found"] and "TA-found" not in neighbour and 'aria-label="not reached 2"' in neighbour


@pytest.mark.parametrize("who", ["hospital", "outsider", "sampler"])
def test_whoever_has_nothing_to_do_with_chases_is_refused(day: Day, signed_in: Any, who: str) -> None:
    client = signed_in(day.people[who])
    for address in ("/chase", "/chase/TA-found", f"/chase/elsewhere/{day.member('P3').tube_id}"):
        assert client.get(address).status_code == 403
    for deed in ("call", "judge", "hand-over", "phone"):
        assert client.post(f"/chase/members/{day.member('P1').pk}/{deed}", {}).status_code == 403


def test_a_corrected_chase_leaves_the_open_board(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    assert tubes(text(client.get("/chase?state=corrected"))) == ["TA-after"]
    assert sorted(tubes(text(client.get("/chase?state=all")))) == ["TA-after", "TA-found", "TB-found"]
    report("TA-found", "阴性", at(13, 30))
    assert tubes(text(client.get("/chase"))) == ["TB-found"]
    assert tubes(text(client.get("/chase?state=corrected"))) == ["TA-found", "TA-after"]  # the latest first


def test_a_search_finds_a_part_of_the_barcode_in_any_state(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    assert tubes(text(client.get("/chase?q=after"))) == ["TA-after"]
    assert tubes(text(client.get("/chase?q=found&state=open"))) == ["TA-found", "TB-found"]
    for code in ("%25", "nothing", "%00", "'"):
        page = text(client.get(f"/chase?q={code}"))
        assert tubes(page) == [] or code == "%00"
    assert tubes(text(signed_in(day.people["worker"]).get("/chase?q=TB"))) == []


def test_the_live_fragment_is_the_board_without_its_frame(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    page, part = text(client.get("/chase")), text(client.get("/chase", headers={"HX-Request": "true"}))
    assert 'data-live="chase"' in page and "<html" in page
    assert part.lstrip().startswith('<div id="board" data-live="chase"') and "<html" not in part
    assert tubes(part) == tubes(page)


def test_the_board_narrows_to_a_place(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    page = text(client.get(f"/chase?place={COMMUNITY}"))
    assert tubes(page) == ["TA-found", "TB-found"] and page.count("only yours") == 1
    assert tubes(text(client.get(f"/chase?place={DISTRICT}"))) == ["TA-found", "TB-found"]
    assert signed_in(day.people["worker"]).get(f"/chase?place={DISTRICT}").status_code == 404


def test_the_file_holds_exactly_the_rows_shown(day: Day, signed_in: Any) -> None:
    client = signed_in(day.people["officer"])
    for state in ("open", "all", "corrected", "resolved"):
        shown = tubes(text(client.get(f"/chase?state={state}")))
        rows = list(csv.reader(text(client.get(f"/chase?state={state}&format=csv")).lstrip("\ufeff").splitlines()))
        assert [row[0] for row in rows[1:]] == shown
        assert all(len(row) == len(rows[0]) for row in rows)
    worker = text(signed_in(day.people["worker"]).get("/chase?state=all&format=csv"))
    assert "TB-found" not in worker and worker.count("\n") == 4


def test_pages_by_key_show_every_chase_once_whatever_changes_in_between(day: Day) -> None:
    from tongxin.chase import queries

    wanted, seen, after = queries.Filter(state=None), [], None
    while page := queries.board(wanted, after, 1):
        seen += [row.barcode for row in page]
        after = page[-1].key
    assert seen == [row.barcode for row in queries.board(wanted)] and len(seen) == 3


def test_an_address_that_was_tampered_with_shows_the_beginning(day: Day, signed_in: Any) -> None:
    from tongxin.web.paging import encode

    client = signed_in(day.people["officer"])
    for after in ("x", encode(1), encode(10**30, 1, 1), encode("a", "b", "c")):
        assert len(tubes(text(client.get(f"/chase?after={after}")))) == 2


@pytest.mark.parametrize("address", ["/chase", "/chase?state=all&q=T", "/chase/TA-found", "/"])
def test_a_page_asks_the_database_at_most_twelve_times(day: Day, signed_in: Any, address: str) -> None:
    asked = queries_of(signed_in(day.people["officer"]), address)
    assert len(asked) <= 12, asked


def test_the_home_page_counts_what_the_board_shows(day: Day, signed_in: Any) -> None:
    from tongxin.chase.queries import exceptions

    page = re.sub(r"<[^>]+>|\s+", " ", text(signed_in(day.people["officer"]).get("/")))
    page = re.sub(r"\s+", " ", page)
    assert "Tubes being chased 2 1 with an exception" in page and "Members not reached 6 of 6" in page
    assert [row.barcode for row in exceptions()] == ["TA-found"]
    worker = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(signed_in(day.people["worker"]).get("/"))))
    assert "Tubes being chased 2" in worker and "Members not reached 4 of 4" in worker


def test_the_worklist_leads_to_the_member_on_the_tubes_page(day: Day, signed_in: Any) -> None:
    page = text(signed_in(day.people["worker"]).get("/tasks"))
    own, foreign = day.member("P1"), day.member("P3")
    assert f"/chase/TA-found#member-{own.pk}" in page and f"/chase/elsewhere/{foreign.tube_id}#member-{foreign.pk}" in page
