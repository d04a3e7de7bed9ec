"""Decisions about medicine, pure: what is asked before buying, what money must agree, when a prescription comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tongxin.policy.decisions import N_, Refused

PAYERS = ("resident", "insurance", "relief")
MOST = Decimal(1_000_000)


@dataclass(frozen=True)
class Paid:
    """What one purchase cost: yuan, with the receipt's number; ``refund`` what was given back."""

    price: Decimal
    payer: str
    receipt: str
    refund: Decimal = Decimal(0)


def check_purchase(paid: Paid) -> None:
    """A purchase has a price, somebody who pays and a receipt. Raises Refused."""
    if not Decimal(0) <= paid.price < MOST:
        raise Refused(N_("The price is not an amount of yuan between 0 and 1,000,000."))
    if paid.payer not in PAYERS:
        raise Refused(N_("Say who pays: the resident, the insurance or relief."))
    if not paid.receipt.strip():
        raise Refused(N_("Write the receipt's number; without a receipt nobody gets the money back."))
    check_refund(paid)


def check_refund(paid: Paid) -> None:
    """No more is given back than was paid. Raises Refused."""
    if not Decimal(0) <= paid.refund <= paid.price:
        raise Refused(N_("A refund is at most what was paid: %(price)s."), price=paid.price)


@dataclass(frozen=True)
class Balance:
    """A buyer's day in yuan: ``advanced`` was given for it, ``spent`` net of refunds, ``returned`` handed in, and what is
    missing (positive) or too much (negative)."""

    advanced: Decimal
    spent: Decimal
    returned: Decimal

    @property
    def missing(self) -> Decimal:
        return self.advanced - self.spent - self.returned


def balance(advanced: Decimal, returned: Decimal, purchases: Sequence[Paid]) -> Balance:
    """Reconcile a buyer's day. What the insurance pays at the counter was never in the buyer's hands."""
    spent = sum((p.price - p.refund for p in purchases if p.payer != "insurance"), Decimal(0))
    return Balance(advanced, spent, returned)


def check_can_settle(found: Balance, reason: str, buyer: str, actor: str) -> None:
    """Nobody settles their own purse, and a difference has a reason. Raises Refused."""
    if buyer == actor:
        raise Refused(N_("Nobody settles their own purse; ask somebody else."))
    if found.missing and len(reason.strip()) < 3:
        raise Refused(N_("%(missing)s yuan are not accounted for: write the reason."), missing=found.missing)


def comes_back(supplied_on: dt.date, every_days: int, before: dt.timedelta) -> dt.date:
    """The day on which a recurring prescription is asked for again: so long before it runs out."""
    return supplied_on + dt.timedelta(days=every_days) - before


def check_recurring(every_days: int) -> None:
    if not 3 <= every_days <= 90:
        raise Refused(N_("A prescription comes back after 3 to 90 days."))
