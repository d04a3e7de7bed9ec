from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.ledgers import words
from tongxin.ledgers.categories import CATEGORIES, hidden

_SHORT = forms.Textarea(attrs={"rows": 2})
Users = list[tuple[str, str]]


class ContactForm(forms.Form):
    """What came of asking after somebody."""

    how = forms.ChoiceField(label=_("How"), choices=list(words.HOWS.items()), widget=forms.RadioSelect, initial="phone")
    outcome = forms.ChoiceField(label=_("Outcome"), choices=list(words.OUTCOMES.items()), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), required=False, max_length=1000, widget=_SHORT,
                           help_text=_("What was said, which medicine is left for how many days, what is lacking."))  # fmt: skip


class PutOnForm(forms.Form):
    """Put somebody on the ledger for a further reason."""

    category = forms.ChoiceField(label=_("Category"))
    source = forms.ChoiceField(label=_("Source"), choices=[(k, words.SOURCES[k]) for k in ("door", "self")])

    def __init__(self, sensitive: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left_out = hidden(sensitive)
        self.fields["category"].choices = [(k, c.label) for k, c in CATEGORIES.items() if k not in left_out]


class PlanForm(forms.Form):
    plan = forms.CharField(
        label=_("Plan of care"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Hospital, days and times, medicine, who comes along, what if the building is closed."),
    )  # fmt: skip


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=_SHORT)


class _People(forms.Form):
    """A form that offers users to choose from."""

    nobody: Any = _("nobody by name")
    users: tuple[str, ...] = ()

    def __init__(self, people: Users, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.users:
            self.fields[name].choices = [("", self.nobody), *people]


class OwnerForm(_People):
    users = ("owner", "deputy")
    owner = forms.ChoiceField(label=_("Who answers"), required=False)
    deputy = forms.ChoiceField(label=_("Deputy"), required=False)


class HandOverForm(_People):
    users = ("successor",)
    nobody = _("each to its own deputy")
    successor = forms.ChoiceField(label=_("Everything goes to"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=_SHORT)


class AppointForm(_People):
    users = ("user",)
    nobody = "–"
    user = forms.ChoiceField(label=_("Who"))
    duty = forms.ChoiceField(label=_("Duty"), choices=list(words.DUTIES.items()))
    place = forms.ChoiceField(label=_("Place"))

    def __init__(self, people: Users, where: Users, *args: Any, **kwargs: Any) -> None:
        super().__init__(people, *args, **kwargs)
        self.fields["place"].choices = where


class DoorHeadForm(forms.Form):
    person_no = forms.CharField(label=_("Person number"), max_length=64)


class RoundForm(forms.Form):
    """A round of the buildings that are ticked."""

    name = forms.CharField(label=_("Name"), max_length=60)
    vulnerable_only = forms.BooleanField(label=_("Only homes of people on the ledger"), required=False)


class KnockForm(forms.Form):
    result = forms.ChoiceField(choices=list(words.RESULTS.items()))
    note = forms.CharField(required=False, max_length=500)


class OfferForm(forms.Form):
    """What a neighbour offers. Nothing about anybody's health belongs here."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(words.OFFERS.items()))
    text = forms.CharField(label=_("What is offered"), max_length=300, widget=_SHORT,
                           help_text=_("For everybody here to read: write nothing about anybody's health."))  # fmt: skip
    place = forms.ChoiceField(label=_("Place"))
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    phone = forms.RegexField(r"^[\d +()-]{5,20}$", label=_("Phone"), required=False,
                             error_messages={"invalid": _("Write the number in digits.")})  # fmt: skip

    def __init__(self, where: Users, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = where
