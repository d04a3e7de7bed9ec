"""``tongxin policy`` as a user runs it: what it prints, what it refuses in one sentence, its exit codes."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from tests.support import COMMUNITY, DISTRICT, NOW, City

from tongxin.policy.models import Period
from tongxin.restrictions.models import Restriction

TWENTY, TEN = "cn-2022-11-twenty", "cn-2022-12-ten"
SIGNED = ("--by", "officer", "--reason", "the circular of the day")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def run(city: City, cast: dict[str, Any]) -> Any:
    city.at(NOW)

    def tongxin(*words: str) -> tuple[int, str, str]:
        done = city.run("policy", *words, check=False)
        return done.returncode, done.stdout, done.stderr

    return tongxin


def test_packs_are_listed_and_shown_with_values_in_words(run: Any) -> None:
    assert [line.split("\t")[0] for line in run("list")[1].splitlines()] == ["base", "cn-2022-06-ninth", TWENTY, TEN]
    code, said, _ = run("show", TEN)
    assert code == 0
    assert "area.high_test_days = on no day\t[stated]" in said and "area.high_then = lifted\t[stated]" in said
    assert "area.temporary_longest = 0 hours\t[stated, at most 0 hours below]" in said


def test_a_pack_is_adopted_shown_where_it_holds_and_rolled_back(run: Any) -> None:
    code, said, _ = run("adopt", TEN, "--place", "500108", "--from", "2022-11-27T00:00", *SIGNED, "--yes")
    assert code == 0 and "cn-2022-12-ten will hold at 5001080000000000000 from 2022-11-27 00:00 on" in said
    assert "area.temporary_longest: 24 hours [reported] -> 0 hours [stated]" in said
    one = Period.objects.get()
    assert (one.place_id, one.pack, one.adopted_by) == (DISTRICT, TEN, "user:officer")
    assert run("show", "--place", "500108106002")[1].count("[") > 60
    later = run("show", "--place", "500108106002", "--at", "2022-11-28")[1]
    assert later.startswith("# cn-2022-12-ten since") and "area.high_then = lifted" in later
    code, said, _ = run("rollback", "--place", "500108", *SIGNED, "--yes")
    assert code == 0 and "the plan for cn-2022-12-ten" in said and "withdrawn" in said


def test_two_packs_are_compared_for_people_and_for_programs(run: Any) -> None:
    Restriction.objects.create(
        kind="mixed_positive_hold", subject_kind="person", subject_id=7, place_id=COMMUNITY, basis="base/x", cause_kind="result",
        cause_id=9, reason_zh="等待", reason_en="wait", starts_at=NOW - 30 * HOUR, due_at=NOW - 30 * HOUR, ends_at=NOW + 18 * HOUR,
    )  # fmt: skip
    code, said, _ = run("diff", TWENTY, TEN, "--place", "500108")
    assert code == 0 and "Stay in place until the retest: free at once: 1 person" in said
    found = json.loads(run("diff", "-", TEN, "--place", "500108", "--json")[1])
    assert (found["before"], found["after"], found["place"]) == ("base", TEN, DISTRICT)
    (effect,) = [e for e in found["effects"] if e["key"] == "mixed_positive_hold.released"]
    assert (effect["count"], effect["total"], effect["rows"][0]["subject"]) == (1, 1, ["person", 7])
    one = next(d for d in found["differences"] if d["key"] == "area.temporary_longest")
    assert one["after"]["value"] == 0 == one["after"]["ceiling"] and one["after"]["confidence"] == "stated"
    assert Restriction.objects.get().released_at is None


WRONG = [
    ("an unknown pack", ("show", "cn-2023"), "there is no pack 'cn-2023'"),
    ("an unknown pack to compare with", ("diff", TEN, "cn-2023", "--place", "500108"), "there is no pack 'cn-2023'"),
    ("a place that is no code", ("diff", TWENTY, TEN, "--place", "moon"), "'moon' is not the code of a place"),
    ("a place not loaded", ("diff", TWENTY, TEN, "--place", "110105"), "there is no place 110105"),
    ("a pack and a place", ("show", TEN, "--place", "500108"), "not both"),
    ("a time that is none", ("adopt", TEN, "--place", "500108", "--from", "soon", *SIGNED, "--yes"), "'soon' is not a time"),
    ("the past", ("adopt", TEN, "--place", "500108", "--from", "2022-11-20", *SIGNED, "--yes"), "not backwards"),
    ("a stranger", ("adopt", TEN, "--place", "500108", "--by", "moon", "--reason", "x", "--yes"), "there is no user 'moon'"),
    ("a worker", ("adopt", TEN, "--place", "500108106002", "--by", "worker", "--reason", "x", "--yes"), "may not decide"),
    ("no confirmation", ("adopt", TEN, "--place", "500108", *SIGNED), "add --yes"),
    ("nothing to roll back", ("rollback", "--place", "500108", *SIGNED, "--yes"), "follows the place above"),
]


@pytest.mark.parametrize(("words", "says"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_wrong_use_is_one_sentence_and_code_2_and_changes_nothing(run: Any, words: tuple[str, ...], says: str) -> None:
    code, _, error = run(*words)
    assert code == 2 and says in error and len(error.strip().splitlines()) == 1
    assert not Period.objects.exists()


def test_a_faulty_file_is_told_with_line_and_reason(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "city.toml"
    path.write_text(
        'name = "city"\ntitle_zh = "城"\ntitle_en = "City"\nextends = "base"\n[area.high_clear_days]\nvalue = -1\nunit = "days"\n'
        'source = "x"\nconfidence = "assumed"\n[area.high_clear_day]\nvalue = 1\n[area.high_then]\nvalue = "low"\n'
        'source = "x"\nconfidence = "assumed"\n'
    )
    code, said, _ = run("check", str(path))
    assert code == 2
    assert said.splitlines() == [
        f"{path}:6: area.high_clear_days: -1 days is outside 1 to 60",
        f"{path}:10: there is no parameter area.high_clear_day; is area.high_clear_days meant?",
        f"{path}:12: area.high_then has no unit",
    ]


def test_without_a_database_it_says_so_with_code_3(city: City, cast: dict[str, Any]) -> None:
    city.env["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/none"
    done = city.run("policy", "show", "--place", "500108", check=False)
    assert done.returncode == 3 and "the database cannot be reached" in done.stderr
