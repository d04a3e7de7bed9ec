"""What a resident types: few fields, large, for thumbs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.policy.decisions import Refused
from tongxin.resident import rules
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
