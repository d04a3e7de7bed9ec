from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReleaseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ExtendForm(forms.Form):
    """An extension is signed by whoever sends this form, for this one restriction."""

    until = forms.DateTimeField(
        label=_("New end"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Write a date and time such as 2022-11-25 08:30.")},
    )  # fmt: skip
    cause = forms.CharField(
        label=_("Cause"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The case, or the result that is missing."),
    )  # fmt: skip
