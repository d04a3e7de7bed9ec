"""PyVRP with a budget: many short searches inside one limit of iterations and seconds."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field

from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Solution,
    SolveParams,
    VehicleType,
    solve,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import PerturbationParams

from tongxin.solve.purchase import Effort, Seconds

# Tours are short: small disturbances find as much in a third of the time.
_PARAMS = SolveParams(perturbation=PerturbationParams(1, 10))


@dataclass
class Budget:
    """What is left of an effort. A part of it (``part``) ends by itself, and what it leaves is for those who come after."""

    effort: Effort
    started: float = field(default_factory=time.perf_counter)
    used: int = 0
    out_of_time: bool = False

    def part(self, until: float) -> Part:
        """The budget up to the share ``until`` (0 to 1) of the whole effort, counted from its beginning."""
        total = self.effort.iterations
        return Part(
            self,
            self.started + self.effort.seconds * until,
            None if total is None else int(total * until),
        )


@dataclass
class Part:
    """A stretch of a budget, by the clock and by iterations, whichever comes first."""

    budget: Budget
    deadline: float
    iterations: int | None

    def over(self) -> bool:
        if self.iterations is not None and self.budget.used >= self.iterations:
            return True
        if time.perf_counter() < self.deadline:
            return False
        self.budget.out_of_time = True
        return True

    def solve(self, data: ProblemData, at_most: int | None = None, first: Solution | None = None) -> Solution:
        """The best that this stretch, or ``at_most`` iterations of it, finds for ``data``."""
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
            found = solve(
                data, stop, seed=self.budget.effort.seed, collect_stats=False, params=_PARAMS, initial_solution=first
            )
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
    return ProblemData(locations, clients, depots, vehicles, [distance], [duration], groups)
