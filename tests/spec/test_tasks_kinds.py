"""Kinds of work and of restriction are declared once and with times that a pack can give; the README shows the life."""

import dataclasses
import re
from pathlib import Path

import pytest

from tongxin.restrictions import kinds as restriction_kinds
from tongxin.tasks import kinds, states

README = Path(kinds.__file__).with_name("README.md")
KIND = kinds.Kind("test.knock", "Knock", "steward", "chase.reach_within", {"met": "met"}, "person")
HOLD = restriction_kinds.Kind(
    "test.stay", "Stay", frozenset({"person"}), "stay.extend",
    "hold.mixed_positive_due", "hold.mixed_positive_ends", "hold.mixed_positive_ceiling",
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    monkeypatch.setattr(restriction_kinds, "_kinds", {})


def test_a_kind_is_declared_once_though_its_module_may_be_read_twice() -> None:
    assert kinds.declare(KIND) is kinds.get("test.knock")
    kinds.declare(dataclasses.replace(KIND))
    with pytest.raises(ValueError, match="twice"):
        kinds.declare(dataclasses.replace(KIND, team="nobody"))
    assert kinds.known() == [KIND]


@pytest.mark.parametrize("key", ["chase.reach", "chase.calls_before_no_answer", "retention.tubes"])
def test_a_kind_whose_time_no_pack_gives_stops_the_program(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        kinds.declare(dataclasses.replace(KIND, due_key=key))
    with pytest.raises(ValueError, match=key):
        restriction_kinds.declare(dataclasses.replace(HOLD, ceiling_key=key))


def test_a_kind_of_restriction_is_declared_once() -> None:
    assert restriction_kinds.declare(HOLD) is restriction_kinds.get("test.stay")
    with pytest.raises(ValueError, match="twice"):
        restriction_kinds.declare(dataclasses.replace(HOLD, extend_capability="anybody"))
    assert restriction_kinds.known() == [HOLD]


def test_the_readme_shows_the_table_that_the_code_obeys_and_a_diagram_of_the_same() -> None:
    text = README.read_text(encoding="utf-8")
    assert states.as_markdown() in text
    drawn = set()
    for line in text.splitlines():
        if " --> " in line and "[*]" not in line:
            before, after, names = re.split(" --> | : ", line.strip())
            drawn |= {((before, event), after) for event in names.split(", ")}
    assert drawn == set(states.TRANSITIONS.items())


def test_every_state_and_event_has_a_label() -> None:
    assert kinds.STATE_LABELS.keys() == set(states.STATES)
    assert kinds.EVENT_LABELS.keys() == {"opened", *states.EVENTS}
