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
    """A small set of places that sells everything: places are left out, or changed for another, as long as queues plus
    ``weight`` times the way to the nearest other place get less. ``between`` is among places, the hub last."""
    sold = np.zeros((len(wants), len(visit)), dtype=bool)
    for row, want in enumerate(wants):
        sold[row, list(want.places)] = True
    sold = np.unique(sold, axis=0)
    chosen = sold.any(axis=0)
    cost = _estimate(chosen, visit, between, weight)
    while True:
        best = min(
            ((_estimate(other, visit, between, weight), i, other) for i, other in enumerate(_neighbours(chosen, sold))),
            default=None,
        )
        if best is None or best[0] >= cost:
            return frozenset(int(p) for p in np.flatnonzero(chosen))
        cost, chosen = best[0], best[2]


def _estimate(chosen: NDArray[np.bool_], visit: Sequence[int], between: Seconds, weight: float) -> float:
    at = [*np.flatnonzero(chosen), len(visit)]
    ways = between[np.ix_(at, at)].astype(float)
    np.fill_diagonal(ways, np.inf)
    return float(sum(visit[p] for p in at[:-1]) + weight * ways.min(axis=1)[:-1].sum())


def _neighbours(chosen: NDArray[np.bool_], sold: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """The choice with one place less, or with one place changed for another, that still sells everything."""
    only = sold & chosen & ((sold & chosen).sum(axis=1) == 1)[:, None]
    missed = only.T.astype(np.int64) @ (~sold).astype(np.int64)
    needed = only.any(axis=0)
    for p in np.flatnonzero(chosen):
        if not needed[p]:
            yield _without(chosen, p)
            continue
        for q in np.flatnonzero(~chosen & (missed[p] == 0)):
            yield _without(chosen, p, q)


def _without(chosen: NDArray[np.bool_], p: int, q: int | None = None) -> NDArray[np.bool_]:
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
    """The orders in pieces, of at most ``most`` at each place. Each order is counted to the place of the choice with the fewest so far,
    those with few places first; at a place, orders with the same places come together."""
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
