"""What the results that are still awaited would set free: later stages weigh tubes, the laboratory queue is in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tongxin.kit import db
from tongxin.screening.queries import Part

Weigher = Callable[[Sequence[int]], Mapping[int, int]]
_weighers: list[Weigher] = []


def register(weigher: Weigher) -> Weigher:
    """Register ``weigher(tube_ids)``: the person-hours of restriction that the result of each of these tubes would end; a
    tube that frees nobody may be missing from the answer. It answers for many tubes at once, under the caller's role."""
    if weigher not in _weighers:
        _weighers.append(weigher)
    return weigher


def weigh(tube_ids: Sequence[int]) -> dict[int, int]:
    """Person-hours by tube, of those that free anybody."""
    found: dict[int, int] = {}
    for weigher in _weighers if tube_ids else ():
        for tube, hours in weigher(tube_ids).items():
            found[tube] = found.get(tube, 0) + hours
    return {tube: hours for tube, hours in found.items() if hours > 0}


class Worth(NamedTuple):
    """What the result of a waiting tube would free, in person-hours, and the step at which it waits."""

    hours: int
    step: int


def worth(part: Part) -> dict[int, Worth]:
    """The tubes of a round whose awaited result would set somebody free."""
    steps = dict(db.rows(db.sql("screening/waiting"), part.params()))
    return {tube: Worth(hours, steps[tube]) for tube, hours in weigh(list(steps)).items()}
