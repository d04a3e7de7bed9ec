from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    """One box for everything by which somebody is known; sent as a form, so that it stands in no address or log."""

    q = forms.CharField(
        label=_("Who"), min_length=1, max_length=60,
        help_text=_("A person number, an identity number, a phone number, or the beginning of a name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search", "autofocus": True}),
    )  # fmt: skip
