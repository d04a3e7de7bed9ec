"""The three clocks of the home page: each stage registers what it knows about one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Clock = Literal["find", "care", "release"]
CLOCKS: tuple[Clock, ...] = ("find", "care", "release")


@dataclass(frozen=True)
class Figure:
    """One figure and the page that opens the rows behind it.

    ``overdue`` figures stand first, in red unless they are zero; ``headline`` is shown large; ``soon`` is what falls
    due in two hours. ``unit`` follows the value in small, ``note`` is a line below it.
    """

    label: Any
    value: Any
    url: str = ""
    overdue: bool = False
    headline: bool = False
    soon: bool = False
    unit: Any = ""
    note: Any = ""

    @property
    def alarming(self) -> bool:
        return self.overdue and self.value not in (0, "0", None, "")

    @property
    def rank(self) -> int:
        """Overdue first, then what is due soon, then the headline, then the rest."""
        return 0 if self.alarming else 1 if self.headline else 2 if self.overdue else 3 if self.soon else 4


Provider = Callable[[Any, int], Sequence[Figure]]
_providers: dict[Clock, list[Provider]] = {clock: [] for clock in CLOCKS}


def register(clock: Clock, provider: Provider) -> Provider:
    """Show what ``provider(user, place)`` returns in the column of a clock. It runs under the user's jurisdiction."""
    if provider not in _providers[clock]:
        _providers[clock].append(provider)
    return provider


def figures(clock: Clock, user: Any, place: int) -> list[Figure]:
    found = [figure for provider in _providers[clock] for figure in provider(user, place)]
    return sorted(found, key=lambda f: f.rank)
