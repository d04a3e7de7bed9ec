"""How well addresses of real lists are read: labelled by hand under ``tests/fixtures/addresses.md``, not by the parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tongxin.places.addresses import parse, same

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
FIELDS = ("road", "number", "compound", "buildings", "units", "floors", "rooms", "excluded", "confidence")


def records(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines()]


def test_what_is_read_with_high_confidence_is_right_in_every_field() -> None:
    trusted = wrong = 0
    shown = []
    for label in records("addresses.jsonl"):
        answer = parse(label["text"]).as_json()
        if answer["confidence"] != "high":
            continue
        trusted += 1
        if differences := {f: (answer[f], label[f]) for f in FIELDS if answer[f] != label[f]}:
            wrong += 1
            shown.append(f"{label['text']}: {differences}")
    assert 1 - wrong / trusted >= 0.95, f"{wrong} of {trusted} wrong:\n" + "\n".join(shown)


def test_nine_of_ten_real_addresses_are_read_with_high_confidence() -> None:
    confidences = [parse(label["text"]).confidence for label in records("addresses.jsonl")]
    assert confidences.count("high") / len(confidences) >= 0.9


def test_other_words_for_the_same_places_are_told_from_other_places() -> None:
    pairs = records("rewordings.jsonl")
    found = [same(p["before"], p["after"], p["street"]) for p in pairs]
    mistaken = [p for p, same in zip(pairs, found, strict=True) if same != p["same"]]
    right = sum(same and p["same"] for p, same in zip(pairs, found, strict=True))
    shown = "\n".join(f"{p['street']}: {p['before']} | {p['after']}: {p['same']}" for p in mistaken)
    assert right / sum(found) >= 0.95, f"too often the same:\n{shown}"
    assert right / sum(p["same"] for p in pairs) >= 0.95, f"too seldom the same:\n{shown}"
