"""What a resident types: few fields, large, for thumbs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.needs.kinds import Kind
from tongxin.needs.words import SATISFACTION
from tongxin.policy.decisions import Refused
from tongxin.resident import rules
from tongxin.resident.operations.asking import HOME, ME, Outside, Typed
from tongxin.web import labels


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Identity number or mobile phone"), max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"]
        try:
            rules.number_of(number)
        except Refused as reason:
            raise forms.ValidationError(labels.refusal(reason)) from None
        return number


class CodeForm(forms.Form):
    code = forms.RegexField(
        rf"^\s*(?:\d\s*){{{rules.DIGITS}}}$", label=_("The six digits"), max_length=20,
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )  # fmt: skip


class WhoForm(forms.Form):
    born = forms.DateField(
        label=_("Date of birth"), input_formats=["%Y%m%d", "%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d"],
        help_text=_("Eight digits: year, month, day, such as 19500131."),
        error_messages={"invalid": _("Write eight digits such as 19500131.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    last_four = forms.RegexField(
        r"^\s*\d{3}[\dXx]\s*$", required=False, label=_("Last four characters of the identity number"),
        help_text=_("Only if two of you were born on the same day."),
        error_messages={"invalid": _("Four characters: digits, the last may be X.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip

    def clean_born(self) -> dt.date:
        born: dt.date = self.cleaned_data["born"]
        return born

    def clean_last_four(self) -> str:
        return str(self.cleaned_data["last_four"]).strip()


class ObjectForm(forms.Form):
    """Why somebody thinks that a limit is wrong; ``limit`` is the restriction."""

    limit = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Why it is wrong"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_{kwargs.pop('of', '')}_%s", **kwargs)


LONG = forms.Textarea(attrs={"rows": 3, "autocomplete": "off"})
ASK, ON_FILE, OTHER_PHONE, DOOR = "ask_", "file", "other", "door"
STARS = [(n, format_lazy("{} {}", "★" * n, label)) for n, label in SATISFACTION.items()]


def _text(label: Any, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=required, widget=LONG, **more)


def _is_number(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


class _Once(forms.Form):
    """A form that has a number from when it was shown, so that it counts once however often it is sent."""

    form = forms.UUIDField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Any = None, **initial: Any) -> None:
        if data is not None and not _is_number(data.get("form", "")):  # from a page whose visit had ended
            data = {**data.dict(), "form": str(uuid.uuid4())}
        super().__init__(data, initial={"form": uuid.uuid4(), **initial})

    def said(self, name: str) -> str:
        """What stands in a field, without the space around it."""
        return str(self.cleaned_data.get(name) or "").strip()

    def number(self, name: str) -> str:
        """A phone number in a field, empty where none is; what is no number is said at the field."""
        try:
            return rules.phone_of(self.said(name)) if self.said(name) else ""
        except Refused as reason:
            self.add_error(name, labels.refusal(reason))
            return ""


class HelpForm(_Once):
    """Ask for help: the questions of a kind, free text, for whom, how to be reached. Text or one answer is enough."""

    text = _text(_("In your own words"), required=False)
    whom = forms.ChoiceField(label=_("For whom"), widget=forms.RadioSelect)
    reach = forms.ChoiceField(label=_("How can we reach you?"), widget=forms.RadioSelect)
    phone = forms.CharField(
        label=_("Another phone number"), required=False, max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, kind: Kind | None, members: Sequence[tuple[str, str]], on_file: str) -> None:
        first = ON_FILE if on_file else OTHER_PHONE
        super().__init__(data, whom=ME, reach=first)
        self.kind = kind
        for ask in kind.asks if kind else ():
            self.fields[ASK + ask.name] = _text(ask.label, required=False, max_length=1000) if ask.long else forms.CharField(
                label=ask.label, required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
            )  # fmt: skip
        if kind:
            self.fields["text"].label = _("Anything else")
        others = [*members, (HOME, _("somebody else who is at my home"))]
        self.fields["whom"].choices = [(ME, _("for me")), *others]  # type: ignore[attr-defined]
        files = [(ON_FILE, on_file)] if on_file else []
        ways = [*files, (OTHER_PHONE, _("call another number")), (DOOR, _("knock at my door"))]
        self.fields["reach"].choices = ways  # type: ignore[attr-defined]

    @property
    def asks(self) -> list[forms.BoundField]:
        """The questions of the kind, in order."""
        return [self[name] for name in self.fields if name.startswith(ASK)]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if not any(self.said(name) for name in ("text", *(n for n in self.fields if n.startswith(ASK)))) and not self.errors:
            self.add_error("text", _("Write in a few words what you need."))
        told["number"] = self.number("phone")
        if told.get("reach") == OTHER_PHONE and not self.said("phone"):
            self.add_error("phone", _("Write the number at which we can reach you, or choose another way."))
        return told

    def typed(self) -> Typed:
        """What was typed, for the operation."""
        told = self.cleaned_data
        answers = {n.removeprefix(ASK): self.said(n) for n in self.fields if n.startswith(ASK) and self.said(n)}
        door = str(_("Knock at my door.")) if told["reach"] == DOOR else ""
        return Typed(
            told["form"], self.said("text"), self.kind.key if self.kind else "", answers, told["whom"], door,
            told["number"] if told["reach"] == OTHER_PHONE else "",
        )  # fmt: skip


class QuietForm(_Once):
    """Ask quietly. Nothing must be filled in."""

    danger = forms.BooleanField(label=_("I am in danger now"), required=False)
    safe_way = forms.CharField(
        label=_("How, and when, is it safe to reach you?"), required=False, max_length=300,
        help_text=_("For instance: after nine in the morning; or never by phone, send somebody who comes for another reason."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("A number at which it is safe to call"), required=False, max_length=30,
        help_text=_("Empty: nobody calls."), widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    text = _text(_("What has happened, if you want to say it"), required=False)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        told["number"] = self.number("phone")
        return told

    def typed(self) -> Typed:
        """What was typed, for the operation."""
        safe = {"safe_way": self.said("safe_way")} if self.said("safe_way") else {}
        told = self.cleaned_data
        return Typed(told["form"], self.said("text"), answers=safe, phone=told["number"], urgency=0 if told["danger"] else 1)


class OutsideForm(_Once):
    """Ask without a visit: a number, where, what."""

    text = _text(_("What do you need?"))
    phone = forms.CharField(
        label=_("Phone number"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"})
    )
    district = forms.TypedChoiceField(label=_("District"), coerce=int)
    address = forms.CharField(
        label=_("Where it is needed"), required=False, max_length=200, help_text=_("Compound, building, unit and room."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, districts: Sequence[tuple[int, str]]) -> None:
        super().__init__(data)
        if len(districts) == 1:
            self.fields["district"] = forms.TypedChoiceField(
                coerce=int, required=False, empty_value=districts[0][0], choices=districts, widget=forms.HiddenInput
            )
        else:
            self.fields["district"].choices = [("", "–"), *districts]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        told["number"] = self.number("phone")
        return told

    def typed(self) -> Outside:
        """What was typed, for the operation."""
        told = self.cleaned_data
        return Outside(told["form"], self.said("text"), told["number"], self.said("address"), told["district"])


class WordForm(forms.Form):
    """More about a need."""

    text = _text(_("What else should we know?"))


class SolvedForm(forms.Form):
    """It is solved."""

    stars = forms.TypedChoiceField(
        label=_("How was it?"), coerce=int, required=False, empty_value=None, choices=STARS, widget=forms.RadioSelect
    )
    text = _text(_("A word about it"), required=False, max_length=1000)


class MissingForm(forms.Form):
    """It is not solved."""

    text = _text(_("What is missing?"))


class WithdrawForm(forms.Form):
    """It is not needed any more."""

    text = forms.CharField(
        label=_("Why you do not need it"), required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def words_of(data: Mapping[str, str]) -> str:
    """All that somebody typed into a form of help, to be shown again where the form itself cannot be."""
    return "\n".join(value.strip() for name, value in data.items() if (name == "text" or name.startswith(ASK)) and value.strip())
