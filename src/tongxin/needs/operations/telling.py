"""What callers are told, and when. A silent call for help is answered by nobody but a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tongxin.kit.audit import Because
from tongxin.needs.kinds import Kind
from tongxin.needs.locate import Spot
from tongxin.needs.models import Need

if TYPE_CHECKING:
    from tongxin.needs.operations.intake import Raised


def received(made: Sequence[tuple[int, Raised, Spot, Kind]], now: dt.datetime, because: Because) -> None:
    """Tell callers that they were heard."""


def merged(into: Need, needs: Sequence[Need], now: dt.datetime, because: Because) -> None:
    """Tell the callers of merged needs where theirs goes on."""


def done(need: Need, now: dt.datetime, because: Because) -> None:
    """Tell every caller that it is done, and ask whether it is solved."""
