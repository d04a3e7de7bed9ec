"""Which places to go to, and which order to buy where: the step before routing.

Whatever is bought goes through the hub, so where an order is bought does not depend on its gate. A *choice* is a set of
places that together sell everything; orders are then packed into pieces of a few, each with the places of the choice that
sell all of it, and routing decides between those.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongxin.solve.purchase import Seconds

Chosen = NDArray[np.bool_]
STEPS, NEAR = 30, 8

@dataclass(frozen=True, slots=True)
class Want:
    """One order as buying sees it: the places (by index) that are open to it, and how much it is worth to have it bought;
    a ``must`` is worth more than any tour costs."""

    order: int
    places: tuple[int, ...]
    worth: int
    must: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Orders that are bought together, at any one of ``places``."""

    orders: tuple[int, ...]
    places: tuple[int, ...]
    worth: int
    must: bool


def first_choice(wants: Sequence[Want], visit: Sequence[int], between: Seconds, weight: float) -> frozenset[int]:
    """A small set of places that sells everything: the dearest are left out first, then places are changed for near ones as
    long as that helps. Dear is the queue plus ``weight`` times the way to the nearest other place of the set or the hub,
    which stands last in ``between``."""
    sold = np.zeros((len(wants), len(visit)), dtype=bool)
    for row, want in enumerate(wants):
        sold[row, list(want.places)] = True
    sold = np.unique(sold, axis=0)
    chosen: Chosen = np.asarray(sold.any(axis=0))
    own = _own(chosen, visit, between, weight)
    for p in sorted(own, key=lambda p: (-own[p], p)):
        if _sells(less := _without(chosen, p), sold):
            chosen = less
    for _ in range(STEPS):
        cost = sum(_own(chosen, visit, between, weight).values())
        others = [(sum(_own(o, visit, between, weight).values()), i, o) for i, o in enumerate(_swaps(chosen, sold, between))]
        best = min(others, default=(cost, 0, chosen), key=lambda other: other[:2])
        if best[0] >= cost:
            break
        chosen = best[2]
    return frozenset(np.flatnonzero(chosen).tolist())


def _own(chosen: Chosen, visit: Sequence[int], between: Seconds, weight: float) -> dict[int, float]:
    """What each place of the set costs."""
    at = [*np.flatnonzero(chosen).tolist(), len(visit)]
    ways = between[np.ix_(at, at)].astype(float)
    np.fill_diagonal(ways, np.inf)
    return {p: visit[p] + weight * float(way) for p, way in zip(at[:-1], ways.min(axis=1)[:-1], strict=True)}


def _sells(chosen: Chosen, sold: Chosen) -> bool:
    return bool((sold & chosen).any(axis=1).all())


def _swaps(chosen: Chosen, sold: Chosen, between: Seconds) -> Iterator[Chosen]:
    """The set with one place left out, or changed for one of the nearest, that still sells everything."""
    for p in np.flatnonzero(chosen).tolist():
        if _sells(less := _without(chosen, p), sold):
            yield less
            continue
        near = [q for q in np.argsort(between[p, :-1], kind="stable").tolist() if not chosen[q]]
        for q in near[:NEAR]:
            if _sells(other := _without(chosen, p, q), sold):
                yield other


def _without(chosen: Chosen, p: int, q: int | None = None) -> Chosen:
    other = chosen.copy()
    other[p] = False
    if q is not None:
        other[q] = True
    return other


def neighbours(choice: frozenset[int], wants: Sequence[Want], places: int) -> Iterator[frozenset[int]]:
    """Choices that differ in one place (less, changed, more) and still sell everything."""
    sets = {want.places for want in wants}
    for p in sorted(choice):
        less = choice - {p}
        for other in (less, *(less | {q} for q in range(places) if q not in choice)):
            if all(not other.isdisjoint(one) for one in sets):
                yield other
                if other is less:
                    break
    for q in range(places):
        if q not in choice:
            yield choice | {q}


def pieces(wants: Sequence[Want], choice: frozenset[int], most: Sequence[int]) -> list[Piece]:
    """The orders in pieces, of at most ``most`` at each place. Each order is counted to the place of the choice with the
    fewest so far, those with few places first; at a place, orders with the same places come together."""
    within = {want.order: tuple(p for p in want.places if p in choice) for want in wants}
    load: Counter[int] = Counter()
    at: dict[tuple[int, bool, int], list[Want]] = defaultdict(list)
    for want in sorted(wants, key=lambda w: (len(within[w.order]), -w.worth, w.order)):
        place = min(within[want.order], key=lambda p: (load[p], p))
        load[place] += 1
        at[place, want.must, want.worth].append(want)
    return [piece for _, group in sorted(at.items()) for piece in _chunks(group, within, most)]


def _chunks(group: list[Want], within: Mapping[int, tuple[int, ...]], most: Sequence[int]) -> Iterator[Piece]:
    group.sort(key=lambda w: (within[w.order], w.order))
    count = -(-len(group) // min(most[p] for want in group for p in within[want.order]))
    for part in np.array_split(np.arange(len(group)), count):
        members = [group[i] for i in part]
        common = set.intersection(*(set(within[w.order]) for w in members))
        yield Piece(
            tuple(w.order for w in members), tuple(sorted(common)), sum(w.worth for w in members), members[0].must
        )
