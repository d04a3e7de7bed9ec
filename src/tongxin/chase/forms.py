"""What people tell about a member: how a call ended, what they judge, where somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.chase.views.words import CALL_OUTCOMES, CHANNELS


class CallForm(forms.Form):
    """An attempt to reach a member."""

    channel = forms.ChoiceField(
        label=_("How"), choices=list(CHANNELS.items()), widget=forms.RadioSelect, initial="phone"
    )
    outcome = forms.ChoiceField(label=_("How it ended"), choices=[("", _("choose")), *CALL_OUTCOMES.items()])
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class JudgeForm(forms.Form):
    """Whether a member whose retest is negative is a close contact."""

    contact = forms.TypedChoiceField(choices=[("no", "no"), ("yes", "yes")], coerce=lambda answer: answer == "yes")


class HandOverForm(forms.Form):
    """To which community of the district a member goes, and why."""

    to = forms.TypedChoiceField(label=_("Community"), coerce=int)
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, communities: Sequence[tuple[str, Sequence[tuple[int, str]]]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("choose")), *communities]  # type: ignore[attr-defined]
