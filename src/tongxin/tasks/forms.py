from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.tasks.kinds import Kind


class OutcomeForm(forms.Form):
    """What came of a task, with a note as evidence."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = list(kind.outcomes.items())


class HandOverForm(forms.Form):
    """To which community a task goes, and why."""

    to = forms.CharField(
        label=_("Community"), max_length=60, help_text=_("Its full name, or its national code of 12 digits.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
