"""PyVRP with a budget: many short searches inside one limit of iterations and seconds."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import Any

from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    Location,
    PenaltyParams,
    ProblemData,
    Solution,
    SolveParams,
    VehicleType,
    solve,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import PerturbationParams

from tongxin.solve.purchase import Effort, Seconds


class _Penalties(PenaltyParams):
    """For problems in which not everything can be done: coming too late must cost more than any order that is saved by it.
    A bag that is too full begins at less, or no way back to the hub is ever put in: an order goes in before its way does."""

    def midpoint_penalties(self, data: ProblemData) -> tuple[list[float], float, float]:
        return [LOAD] * data.num_load_dimensions, LATE, LATE


LOAD, LATE, MOST = 5e4, 5e8, 1e9
# Tours are short: small disturbances find as much in a third of the time.
_PARAMS = SolveParams(perturbation=PerturbationParams(1, 10))

_SCARCE = SolveParams(
    perturbation=PerturbationParams(1, 10),
    penalty=_Penalties(solutions_between_updates=100, penalty_increase=2.0, max_penalty=MOST),
)


@dataclass
class Budget:
    """What is left of an effort. Trials come first, for a share of the time; then the iterations are counted."""

    effort: Effort
    started: float = field(default_factory=time.perf_counter)
    used: int = 0
    out_of_time: bool = False
    _counted: tuple[float, int] = (0.0, 0)

    def trials(self, share: float) -> Part:
        """A part that ends by the clock alone: trials are of a fixed number of iterations each."""
        return Part(self, self.started + self.effort.seconds * share, None, self.effort.seed)

    def count(self) -> None:
        """What follows is counted against the effort's iterations."""
        self._counted = (time.perf_counter(), self.used)

    def part(self, until: float, nth: int = 0) -> Part:
        """Up to the share ``until`` (0 to 1) of what ``count`` found; it ends by itself, and what it leaves is for those who
        come after. ``nth`` changes the seed."""
        since, used = self._counted
        total = self.effort.iterations
        deadline = since + (self.started + self.effort.seconds - since) * until
        return Part(self, deadline, None if total is None else used + int(total * until), self.effort.seed + nth)


@dataclass
class Part:
    """A stretch of a budget, by the clock and by iterations, whichever comes first."""

    budget: Budget
    deadline: float
    iterations: int | None
    seed: int

    def over(self) -> bool:
        if self.iterations is not None and self.budget.used >= self.iterations:
            return True
        if time.perf_counter() < self.deadline:
            return False
        self.budget.out_of_time = True
        return True

    def solve(self, data: ProblemData, at_most: int | None = None, *, scarce: bool = False) -> Solution:
        """The best that this stretch, or ``at_most`` iterations of it, finds for ``data``. ``scarce``: some clients may have to
        be left out, at the price of their prizes."""
        count = 0

        def stop(best_cost: int) -> bool:
            nonlocal count
            if count and (count == at_most or self.over()):
                return True
            count += 1
            self.budget.used += 1
            return False

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            params = _SCARCE if scarce else _PARAMS
            found = solve(data, stop, seed=self.seed, collect_stats=False, params=params)
        return found.best


def problem_data(
    clients: list[Client],
    groups: list[ClientGroup],
    depots: list[Depot],
    vehicles: list[VehicleType],
    distance: Seconds,
    duration: Seconds,
) -> ProblemData:
    """PyVRP's problem; positions are in the matrices alone."""
    locations = [Location(0, 0) for _ in range(len(duration))]
    matrices: Any = ([distance], [duration])  # no array has the type that the stub of PyVRP 0.14 asks for
    return ProblemData(locations, clients, depots, vehicles, matrices[0], matrices[1], groups)
