"""What people tell about medicine: what is bought, who has the card, what it cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.needs.medicine import words
from tongxin.needs.medicine.rules import Paid
from tongxin.places.models import Facility

_OFF = {"autocomplete": "off"}
MOST_ITEMS = 20


class ConsultForm(forms.Form):
    """What a pharmacist or doctor says. One medicine a line: name, strength, amount, with commas between."""

    items = forms.CharField(
        label=_("What is bought"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One medicine a line: name, strength, amount."),
    )  # fmt: skip
    note = forms.CharField(label=_("What was said"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 2}))
    sold_at = forms.ChoiceField(label=_("Where it must be bought"), required=False)
    card = forms.BooleanField(label=_("An insurance card is needed"), required=False)

    def __init__(self, shops: Iterable[Facility], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "consult_%s", **kwargs})
        self.fields["sold_at"].choices = [  # type: ignore[attr-defined]
            ("", _("any pharmacy that has it")), *((str(f.pk), f"{f.name} ({words.SHOPS.get(f.kind, f.kind)})") for f in shops),
        ]  # fmt: skip

    def clean_items(self) -> list[dict[str, str]]:
        """``[{"name", "strength", "amount"}]``"""
        lines = [line for line in self.cleaned_data["items"].splitlines() if line.strip()]
        if len(lines) > MOST_ITEMS:
            raise forms.ValidationError(_("At most %(most)s medicines in one order.") % {"most": MOST_ITEMS})
        return [item_of(line) for line in lines]


def item_of(line: str) -> dict[str, str]:
    """A line as an item: name, strength and amount, whichever comma is typed."""
    parts = [part.strip() for part in line.replace("，", ",").replace("、", ",").split(",")]
    found = dict(zip(("name", "strength", "amount"), [*parts[:2], ", ".join(parts[2:])], strict=False))
    return {key: value for key, value in found.items() if value}


def line_of(item: dict[str, str]) -> str:
    return ", ".join(item[key] for key in ("name", "strength", "amount") if item.get(key))


class FoundForm(forms.Form):
    """Where a special drug was found."""

    facility = forms.ChoiceField(label=_("Sold at"), required=False)
    where = forms.CharField(
        label=_("Or who has it"), required=False, max_length=200, widget=forms.TextInput(attrs=_OFF),
        help_text=_("A hospital outside, another community, a resident who gives some: with a way to reach them."),
    )  # fmt: skip

    def __init__(self, shops: Iterable[Facility], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "found_%s", **kwargs})
        self.fields["facility"].choices = [("", "–"), *((str(f.pk), f.name) for f in shops)]  # type: ignore[attr-defined]


class CardForm(forms.Form):
    """One hand-over of the card."""

    step = forms.ChoiceField(label=_("What happened"))
    holder = forms.CharField(label=_("Who has it now"), max_length=100, widget=forms.TextInput(attrs=_OFF))

    def __init__(self, steps: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "card_%s", **kwargs})
        self.fields["step"].choices = [(step, words.CARD[step]) for step in steps]  # type: ignore[attr-defined]


class BuyForm(forms.Form):
    """What was paid."""

    facility = forms.ChoiceField(label=_("Where"), required=False)
    price = forms.DecimalField(label=_("Price, yuan"), max_digits=12, decimal_places=2, min_value=Decimal(0))
    payer = forms.ChoiceField(label=_("Who pays"), choices=list(words.PAYERS.items()))
    receipt = forms.CharField(label=_("Number of the receipt"), max_length=100, widget=forms.TextInput(attrs=_OFF))

    def __init__(self, shops: Iterable[Facility], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "buy_%s", **kwargs})
        self.fields["facility"].choices = [("", "–"), *((str(f.pk), f.name) for f in shops)]  # type: ignore[attr-defined]

    def paid(self) -> Paid:
        told = self.cleaned_data
        return Paid(told["price"], told["payer"], told["receipt"])


class RefundForm(forms.Form):
    amount = forms.DecimalField(label=_("Refund, yuan"), max_digits=12, decimal_places=2, min_value=Decimal(0))


class RecurForm(forms.Form):
    """How long what was bought lasts."""

    days = forms.IntegerField(label=_("Lasts how many days"), min_value=3, max_value=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "recur_%s", **kwargs})


class PlanForm(forms.Form):
    """Who buys on which day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    buyers = forms.MultipleChoiceField(label=_("Buyers"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, buyers: Iterable[tuple[int, str]], today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "plan_%s", "initial": {"day": today}, **kwargs})
        self.today = today
        self.fields["buyers"].choices = [(str(key), name) for key, name in buyers]  # type: ignore[attr-defined]

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if not self.today <= day <= self.today + dt.timedelta(days=7):
            raise forms.ValidationError(_("Choose today or one of the next seven days."))
        return day


class PurseForm(forms.Form):
    """What a buyer was given for the day."""

    advanced = forms.DecimalField(label=_("Advanced, yuan"), max_digits=12, decimal_places=2, min_value=Decimal(0))


class SettleForm(forms.Form):
    """What a buyer hands in at the end of the day."""

    returned = forms.DecimalField(label=_("Handed in, yuan"), max_digits=12, decimal_places=2, min_value=Decimal(0))
    reason = forms.CharField(
        label=_("Reason, if something is missing"), required=False, max_length=300, widget=forms.TextInput(attrs=_OFF)
    )
